"""A search by gradient from images to an exported network: limits, resuming, and what is wrong."""

import harness
from harness import check, differing, main, read_csv, same

TINY = harness.HERE / "tiny_gradient.yaml"
RUN = ["run", "--config", TINY]
# What must not depend on how often a run was cut off.
FILES = ["gradient/architecture.csv", "gradient/architecture.yaml", "search/result.yaml",
         "search/front.csv", "finalists.csv", "export/winner/model.safetensors"]


def field(text, name):
    return next(line.split(": ", 1)[1] for line in text.splitlines()
                if line.strip().startswith(name + ":"))


def whole_run(tool):
    result = tool.ok(*RUN, "--run-dir", "whole")
    done = harness.stages_done(result.stderr)
    same([name for name in done], ["train", "profile", "fit", "gradient", "search", "finalists",
                                   "export", "report"], "stages")
    text = (tool.folder / "whole/search/result.yaml").read_text()
    limit, value = float(field(text, "limit")), float(field(text, "value"))
    check(value <= limit, f"{value} ms is over the limit of {limit}")
    check(value >= 0.7 * limit, f"{value} ms is far below the limit of {limit}")
    same(field(text, "gap"), "0", "gap of exact search")
    check("log_probability" in text, text)
    again = tool.ok(*RUN, "--run-dir", "whole")
    check(all(word == "already done" for word in harness.stages_done(again.stderr).values()),
          again.stderr)


def the_mean_comes_to_the_limit(tool):
    last = read_csv(tool.folder / "whole/gradient/history.csv")[-1]["means"]
    name, mean, _, limit = last.split()
    same(name, "latency_ms", "metric")
    check(0.85 * float(limit) < float(mean) < 1.15 * float(limit), last)


def probabilities_of_every_slot(tool):
    rows = read_csv(tool.folder / "whole/gradient/architecture.csv")
    sums = {}
    for row in rows:
        key = row["epoch"], row["slot"]
        sums[key] = sums.get(key, 0) + float(row["probability"])
    same(len({slot for _, slot in sums}), 5, "slots")
    same(len({epoch for epoch, _ in sums}), 9, "epochs")
    check(all(abs(total - 1) < 1e-4 for total in sums.values()), sums)
    page = (tool.folder / "whole/report.html").read_text()
    same(page.count("<svg viewBox=\"0 0 240 80\""), 5, "pictures of slots")


def a_new_limit_keeps_what_does_not_depend_on_it(tool):
    result = tool.ok(*RUN, "--run-dir", "whole", "--set", "search.limits.latency_ms=55%")
    done = harness.stages_done(result.stderr)
    same([name for name, word in done.items() if word == "already done"],
         ["train", "profile", "fit"], "kept")
    text = (tool.folder / "whole/search/result.yaml").read_text()
    check(float(field(text, "value")) <= float(field(text, "limit")), text)


def killed_and_resumed(tool):
    tool.ok(*RUN, "--run-dir", "straight", "--threads", "1")
    for moment in (0.5, 1.0, 1.5):
        harness.kill_run(tool, [*RUN, "--run-dir", "killed"], moment * 0.3,
                         tool.folder / "killed/gradient/checkpoint.safetensors")
    tool.ok(*RUN, "--run-dir", "killed")
    read = {name: {part: (tool.folder / name / part).read_bytes() for part in FILES}
            for name in ("straight", "killed")}
    wrong = differing(read["straight"], read["killed"])
    check(not wrong, f"differs from the uninterrupted run in {wrong}")


def an_impossible_limit(tool):
    """Before any training by gradient, with the smallest value there is; nothing is lost."""
    result = tool(*RUN, "--run-dir", "whole", "--set", "search.limits.latency_ms=1e-6")
    same(result.returncode, 3, "exit code")
    check("has latency_ms <= 1e-06: the smallest of all is" in result.stderr, result.stderr)
    check((tool.folder / "whole/train/checkpoint.safetensors").exists(), "the warm-up is gone")


def one_clear_error_each(tool):
    for settings, code, text in (
            (["search.limits={}"], 2, "needs a limit, and search.limits has none"),
            (["gradient.objective={name: add_linear, metric: macs}"], 2,
             "needs a limit on macs, and search.limits has none"),
            (["profile.networks=12"], 2, "a search by gradient needs it as a sum of tables"),
            (["search.limits={params: 1e4}"], 2, "needs it as a sum of tables"),
            (["gradient.gates={name: three_path}"], 2, "two_path"),
            (["gradient.adam.lr=nan"], 2, "gradient.adam.lr")):
        words = [word for setting in settings for word in ("--set", setting)]
        result = tool(*RUN, "--run-dir", "wrong", *words)
        check(result.returncode == code and text in result.stderr,
              f"{settings}: {result.returncode}\n{result.stderr}")
        errors = [line for line in result.stderr.splitlines() if line.startswith("tailor: ")]
        same(len(errors), 1, f"error lines of {settings}")


def a_table_that_lacks_a_block(tool):
    published = tool.folder / "holes.yaml"
    published.write_text("Conv-input:12x12x1-output:6x6x8: {count: 1, mean: 1, std: 0}\n")
    result = tool(*RUN, "--run-dir", "holes", "--set",
                  "search.estimators={latency_ms: {tables: {12: holes.yaml}}}")
    check(result.returncode != 0 and "has no latency of 'expanded_conv-input:6x6x8" in
          result.stderr, f"{result.returncode}\n{result.stderr}")


if __name__ == "__main__":
    main("gradient", whole_run, the_mean_comes_to_the_limit, probabilities_of_every_slot,
         a_new_limit_keeps_what_does_not_depend_on_it, killed_and_resumed, an_impossible_limit,
         one_clear_error_each, a_table_that_lacks_a_block)

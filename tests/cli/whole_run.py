"""A whole run leaves the promised files, is done once, and redoes only what a change asks for."""
import json
import re
import time

import harness
from harness import (HERE, STAGES, check, checksums, differing, main, read_csv, read_tensors, same,
                     same_results, stages_done)

FILES = """config.yaml env.yaml events.jsonl train/history.csv train/checkpoint.safetensors
train/checkpoint.safetensors.prev evaluate/accuracy.csv fit/quality.yaml profile/lut.yaml
search/result.yaml search/front.csv search/history.csv search/timing.yaml finalists.csv
export/winner/model.onnx export/winner/model.safetensors export/winner/model.py
export/winner/model.ts export/winner/model.pth export/winner/arch.yaml export/winner/card.md report.html""".split()


def check_files(folder):
    for name in FILES:
        path = folder / name
        check(path.is_file() and path.stat().st_size > 0, f"{name} is missing")
    for path in folder.rglob("*.csv"):
        rows = read_csv(path)
        check(rows and all(None not in row and None not in row.values() for row in rows),
              f"{path}: no rows, or rows of another width than the header")
    for path in folder.rglob("*.safetensors"):
        check(read_tensors(path)[0], f"{path}: no tensors")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    same([e["stage"] for e in events if e["event"] == "stage_end"], STAGES, "events.jsonl")
    for path in folder.rglob("*.yaml"):
        text = path.read_text()
        check(path.name == "config.yaml" or re.search(r"^(format_version|format): *[12]$", text, re.M),
              f"{path}: no format version")
    compile((folder / "export/winner/model.py").read_text(), "model.py", "exec")
    page = (folder / "report.html").read_text()
    check(page.lower().startswith("<!doctype html>") and "</html>" in page, "report.html")


def first_run(tool):
    result = tool.run("a")
    check_files(tool.folder / "a")
    same([line.split()[0] for line in result.stdout.splitlines()],
         ["winner", "accuracy", "latency", "size", "exported", "report"], "stdout")
    same(stages_done(result.stderr), dict.fromkeys(STAGES, "ran"), "stages")


def second_run_changes_nothing(tool):
    before, began = checksums(tool.folder / "a"), time.monotonic()
    result = tool.run("a")
    check(time.monotonic() - began < 10, "the second call took 10 s or more")
    same(stages_done(result.stderr), dict.fromkeys(STAGES, "already done"), "stages")
    same(differing(before, checksums(tool.folder / "a")), [], "changed files")


def threads_do_not_matter(tool):
    tool.run("one_thread", "--threads", 1)
    same_results(tool.folder / "one_thread", tool.folder / "a", "--threads 1")


def resolved_config_runs_again(tool):
    tool.run("again", config=tool.folder / "a/config.yaml")
    same_results(tool.folder / "again", tool.folder / "a", "config.yaml of the run folder")


def stages_one_by_one(tool):
    for stage in STAGES:
        result = tool.ok(stage, "--config", harness.TINY, "--run-dir", "single")
        same(stages_done(result.stderr), {stage: "ran"}, stage)
    same_results(tool.folder / "single", tool.folder / "a", "stage by stage")


def seed_matters(tool):
    tool.ok("train", "--config", harness.TINY, "--run-dir", "seeded", "--seed", 7)
    weights = [read_tensors(tool.folder / run / "train/checkpoint.safetensors")[0]
               for run in ("a", "seeded")]
    check(weights[0] != weights[1], "another seed made the same weights")
    check("seed: 7" in (tool.folder / "seeded/env.yaml").read_text(), "env.yaml holds no seed")


def changed_limit_redoes_the_search(tool):
    result = tool.run("a", "--set", "search.limits.latency_ms=80%")
    later = STAGES[STAGES.index("search"):]
    same(stages_done(result.stderr),
         {stage: "ran" if stage in later else "already done" for stage in STAGES}, "stages")


def changed_title_redoes_the_report(tool):
    words = ["--set", "search.limits.latency_ms=80%", "--set", "report.title=Another"]
    done = stages_done(tool.run("a", *words).stderr)
    same([stage for stage in STAGES if done[stage] == "ran"], ["report"], "stages that ran")


def damaged_result_is_made_again(tool):
    tool.run("again")
    (tool.folder / "again/search/result.yaml").write_text("broken\n")
    done = stages_done(tool.run("again").stderr)
    same([stage for stage in STAGES if done[stage] == "ran"], ["search"], "stages that ran")
    same_results(tool.folder / "again", tool.folder / "one_thread", "after the repair")


def finetuning_trains_the_winner_alone(tool):
    words = ["--set", "finetune.epochs=2", "--set", "finetune.lr=0.05"]
    result = tool.run("single", *words)
    done = stages_done(result.stderr)
    same([stage for stage in done if done[stage] == "ran"], ["finetune", "export", "report"],
         "stages that ran")
    folder = tool.folder / "single"
    (before,) = [row for row in read_csv(folder / "finalists.csv") if row["note"] == "winner"]
    (after,) = read_csv(folder / "finetune/winner.csv")
    same(after["arch"], before["arch"], "fine-tuned arch")
    better = float(after["validation_accuracy"]) > float(before["validation_accuracy"])
    same(better, after["note"] == "winner, fine-tuned", "the note follows validation accuracy")
    supernet, tuned = (read_tensors(path / "train/checkpoint.safetensors" if path == folder else
                                    folder / "finetune/checkpoint.safetensors")[0]
                       for path in (folder, folder / "finetune"))
    check(supernet != tuned, "fine-tuning changed no weight")
    line = f"{round(100 * float(after['accuracy']), 2):g} % on test images"
    check(line in result.stdout, f"the summary has no '{line}'")
    again = stages_done(tool.run("single", *words).stderr)
    same(again["finetune"], "already done", "second call")


def published_estimators_need_no_images(tool):
    """The authors' predictor and tables alone: a search, nothing else."""
    data = HERE.parents[2] / "shared/data/ofa"
    if not data.is_dir():
        print(f"skipped published_estimators_need_no_images: {data} is not there")
        return
    (tool.folder / "published").mkdir()
    (tool.folder / "published/ofa").symlink_to(data)
    result = tool.run("note10", "--set", "search.budget.evaluations=3000",
                      config=HERE.parents[1] / "configs/search/ofa_note10.yaml")
    same(stages_done(result.stderr), {"search": "ran"}, "stages")
    found = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    check(float(found["latency_ms"]) <= 25, f"latency {found['latency_ms']} ms")
    check(float(found["accuracy"]) > 0.80, f"accuracy {found['accuracy']}")


def other_family(tool):
    """The family `resnet` needs its YAML and nothing else."""
    result = tool.run("resnet", config=HERE / "tiny_resnet.yaml")
    check_files(tool.folder / "resnet")
    same(stages_done(result.stderr), dict.fromkeys(STAGES, "ran"), "stages")


if __name__ == "__main__":
    main("whole_run", first_run, second_run_changes_nothing, threads_do_not_matter,
         resolved_config_runs_again, stages_one_by_one, seed_matters,
         changed_limit_redoes_the_search, changed_title_redoes_the_report,
         damaged_result_is_made_again, finetuning_trains_the_winner_alone,
         published_estimators_need_no_images, other_family)

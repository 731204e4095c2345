"""From a transformer to a hybrid: every stage, resuming, generation, and what is wrong."""
import json
import struct
import subprocess

import harness
from harness import check, differing, main, read_csv, read_tensors, same

TINY = harness.HERE / "tiny_postnas.yaml"
RUN = ["run", "--config", TINY]
STAGES = ["base", "placement", "blocks", "sizes", "final"]
# What must not depend on how often a run was cut off.
FILES = ["base/result.yaml", "placement/scores.csv", "placement/result.yaml", "sizes/result.yaml",
         "final/result.yaml"]


def write_text(tool):
    lines = [f"line {i * i % 97} of the tale, told on day {i % 31}.\n" for i in range(600)]
    (tool.folder / "tale.txt").write_text("".join(lines))


def entries(path):
    """Indented entries of a small YAML file as section.key."""
    out, section = {}, ""
    for line in path.read_text().splitlines():
        key, _, value = line.strip().partition(": ")
        if line.startswith("  "):
            out[f"{section}.{key}"] = value
        else:
            section = key.rstrip(":")
            out[section] = value
    return out


def whole_run(tool):
    write_text(tool)
    result = tool.ok(*RUN, "--run-dir", "whole")
    same(list(harness.stages_done(result.stderr)), STAGES, "stages")
    placement = entries(tool.folder / "whole/placement/result.yaml")
    found = placement["found.mixers"].split(",")
    same((len(found), found.count("attn"), found.count("gdn")), (4, 1, 3), "placement")
    same(placement["mixers"].split(",").count("swa"), 1, "windows")
    final = entries(tool.folder / "whole/final/result.yaml")
    check("mixer=" in final["arch"] and "attn" in final["arch"], final)
    check(int(final["state_bytes"]) < int(final["base_state_bytes"]), final)
    page = (tool.folder / "whole/report.html").read_text()
    same(page.count('class="heat'), 4 * 4, "cells of the heat map")
    again = tool.ok(*RUN, "--run-dir", "whole")
    check(all(word == "already done" for word in harness.stages_done(again.stderr).values()),
          again.stderr)


def the_search_is_in_tables(tool):
    rows = read_csv(tool.folder / "whole/placement/scores.csv")
    same(sum(row["step"] == "full alone" for row in rows), 4, "importance of layers")
    scored = {}
    for row in rows:  # one network, one score
        same(scored.setdefault(row["mixers"], row["recall_loss"]), row["recall_loss"], "score")
    beam = [row for row in rows if row["step"] == "beam attn" and row["mixers"].count("attn") == 1]
    best = min(beam, key=lambda row: float(row["recall_loss"]))
    found = next(row for row in rows if row["step"] == "found")
    same(found["mixers"], best["mixers"], "best of the beam")
    same({row["candidate"] for row in read_csv(tool.folder / "whole/blocks/candidates.csv")},
         {"retnet", "gdn", "jet"}, "candidates")
    sizes = read_csv(tool.folder / "whole/sizes/candidates.csv")
    same({row["candidate"] for row in sizes}, {"h1_k16_v32", "h2_k8_v32", "h2_k16_v16"}, "sizes")
    check(all(float(row["tokens_per_second"]) > 0 for row in sizes), sizes)
    front = read_csv(tool.folder / "whole/placement/front.csv")
    check(all(float(row["score"]) <= 0 or row["mixers"].count("attn") for row in front), front)


def another_placement_keeps_the_base(tool):
    result = tool.ok(*RUN, "--run-dir", "whole", "--set", "postnas.final.train.steps=9")
    done = harness.stages_done(result.stderr)
    same([name for name, word in done.items() if word == "already done"], STAGES[:-1], "kept")


def killed_and_resumed(tool):
    tool.ok(*RUN, "--run-dir", "straight", "--threads", "1")
    for moment in (0.3, 0.9, 1.6, 2.5, 3.5):
        harness.kill_run(tool, [*RUN, "--run-dir", "killed"], moment)
    tool.ok(*RUN, "--run-dir", "killed")
    read = {name: {part: (tool.folder / name / part).read_bytes() for part in FILES}
            for name in ("straight", "killed")}
    wrong = differing(read["straight"], read["killed"])
    check(not wrong, f"differs from the uninterrupted run in {wrong}")
    # Metadata hold what the stage depends on, measured throughput among it.
    weights = {name: read_tensors(tool.folder / name / "final/train/checkpoint.safetensors")[0]
               for name in ("straight", "killed")}
    same(differing(weights["straight"], weights["killed"]), [], "tensors that differ")


def it_writes_text(tool):
    words = ["generate", "--config", TINY, "--run-dir", "whole", "--prompt", "line 4", "--tokens",
             "20"]
    first = tool.ok(*words, errors="replace").stdout
    same(first, tool.ok(*words, errors="replace").stdout, "greedy text")
    other = tool.ok(*words, "--temperature", "1", "--seed", "3", errors="replace").stdout
    check(other != first, "a temperature changes nothing")


def its_folder_writes_the_same(tool):
    tool.ok("convert", "--config", TINY, "--run-dir", "whole", "--output", "hybrid/")
    words = ["--prompt", "line 4", "--tokens", "20"]
    want = tool.ok("generate", "--config", TINY, "--run-dir", "whole", *words, errors="replace").stdout
    same(tool.ok("generate", "--weights", "hybrid", *words, errors="replace").stdout, want, "text")


def its_code_computes_the_same(tool):
    python = harness.HERE.parents[1] / ".deps/torch-python"
    if not python.exists():
        print("skipped: PyTorch is not there; tools/setup --with-tests installs it")
        return
    folder = tool.folder / "whole/export/winner"
    count = 48  # model.py's example: token ids 0, 1, 2, ...
    header = json.dumps({"input_ids": {"dtype": "I64", "shape": [1, count],
                                       "data_offsets": [0, 8 * count]}}).encode()
    (tool.folder / "ids.safetensors").write_bytes(
        struct.pack("<Q", len(header)) + header + struct.pack(f"<{count}q", *range(count)))
    tool.ok("infer", "--weights", folder, "--input", "ids.safetensors", "--output", "out.safetensors")
    logits = read_tensors(tool.folder / "out.safetensors")[0]["logits"]
    want = struct.unpack(f"<{count * 256}f", logits[2])
    printed = subprocess.run([python, folder / "model.py"], check=True, capture_output=True,
                             text=True).stdout
    got = json.loads(printed[printed.index("["):])
    same(len(got), len(want), "logits")
    check(max(abs(a - b) for a, b in zip(got, want)) < 1e-4, "model.py computes something else")


def it_is_timed(tool):
    words = ["bench", "generate", "--config", TINY, "--context", "32", "--context", "64", "--tokens",
             "4", "--random", "--json"]
    rows = json.loads(tool.ok(*words, "--arch", "mixer=attn", "--batch", "3").stdout)
    same([row["context"] for row in rows], [32, 64], "contexts")
    # 4 layers x keys and values x 1 head x 16 x 4 bytes a token and sequence
    same(rows[0]["state_bytes"], 4 * 2 * 16 * 4 * (32 + 4) * 3, "bytes of the caches")
    check(all(row["decode_tokens_per_second"] > 0 and row["prefill_seconds"] > 0 for row in rows),
          rows)
    rows = json.loads(tool.ok(*words, "--arch", "mixer=attn", "--memory", "200000",
                              "--no-prefill").stdout)
    same([row["batch"] for row in rows], [200000 // (512 * 36), 200000 // (512 * 68)], "batches")
    check("prefill_seconds" not in rows[0], rows)


def exact_placement_within_limits(tool):
    words = ["postnas", "placement", "--config", TINY, "--run-dir", "whole",
             "--set", "postnas.sizes.decode.context=512", "--set", "postnas.placement.exact.prefill=50",
             "--set", "postnas.placement.exact.decode=50", "--set"]
    tool.ok(*words, "postnas.placement.exact.state_bytes=0.6")
    rows = read_csv(tool.folder / "whole/placement/latency.csv")
    same([row["metric"] for row in rows], ["prefill_ms", "decode_ms"], "what was measured")
    for row in rows:
        linear, full, layer = (float(row[f"{name}_ms"])
                               for name in ("all_linear", "all_full", "full_layer"))
        check(linear > 0 and full > 0 and abs(linear + 4 * layer - full) < 1e-6, row)
    front = read_csv(tool.folder / "whole/placement/front.csv")
    same(list(front[0])[:4], ["score", "state_bytes", "prefill_ms", "decode_ms"], "columns")
    # Caches of a layer for 512 tokens are 65536 bytes and a state is far less: 0.6 of four layers'
    # caches leaves at most two full.
    check(all(row["mixers"].count("attn") <= 2 for row in front), front)
    result = tool(*words, "postnas.placement.exact.state_bytes=0.001")
    check(result.returncode == 3 and "state_bytes" in result.stderr, result.stderr)


def one_clear_error_each(tool):
    for settings, text in (
            (["text.files=[absent.txt]"], "absent.txt"),
            (["postnas.placement.full=5"], "postnas.placement.full"),
            (["postnas.placement.windowed=4"], "must be at most 4 layers together"),
            (["postnas.blocks.candidates=[attn]"], "postnas.blocks.candidates"),
            (["postnas.sizes.state=500"], "multiplies to 500"),
            (["space.mixers=[attn]"], "needs attn and at least one linear mixer"),
            (["postnas.base.weights=tale.txt"], "tale.txt"),
            (["text.recall.pairs=17"], "text.recall.pairs")):
        words = [word for setting in settings for word in ("--set", setting)]
        result = tool(*RUN, "--run-dir", "wrong", *words)
        check(result.returncode == 2 and text in result.stderr,
              f"{settings}: {result.returncode}\n{result.stderr}")
    result = tool("generate", "--config", TINY, "--run-dir", "nowhere", "--prompt", "a")
    check(result.returncode == 2 and "final/result.yaml" in result.stderr, result.stderr)


if __name__ == "__main__":
    main("postnas", whole_run, the_search_is_in_tables, another_placement_keeps_the_base,
         killed_and_resumed, it_writes_text, its_folder_writes_the_same,
         its_code_computes_the_same, it_is_timed, exact_placement_within_limits, one_clear_error_each)

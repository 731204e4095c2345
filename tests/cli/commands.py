"""Help, documentation, figures of an arch, and running exported networks."""
import json
import random
import struct
import subprocess

import harness
from harness import TINY, check, main, read_tensors, same, write_tensor

COMMANDS = ["list", "explain", "run", *harness.STAGES, "gradient", "finetune", "infer", "convert", "table"]


def help_of_every_command(tool):
    text = tool.ok("--help").stdout
    for name in COMMANDS:
        check(f"\n  {name} " in text, f"tailor --help does not name {name}")
        own = tool.ok(name, "--help").stdout
        check(own.startswith(f"tailor {name}: "), own)
        check(f"\nexample:\n  tailor {name}" in own, f"{name} --help shows no example")
        for flag in ("--config", "--set", "--run-dir", "--seed", "--threads", "--log-level"):
            check(f"  {flag} " in own, f"{name} --help does not name {flag}")
    same(tool("help").stdout, text, "tailor help")
    same(tool().returncode, 2, "exit code without a command")
    check(tool.ok("--version").stdout.startswith("tailor 0."), "tailor --version")


def list_of_parts(tool):
    text = tool.ok("list").stdout
    for name in ("mobilenet", "resnet", "idx", "sandwich", "stub", "ridge", "evolution", "onnx"):
        check(f"\n  {name} " in text, f"tailor list does not name {name}")


def explain_every_topic(tool):
    topics = [line.strip() for line in tool.ok("explain").stdout.splitlines() if line[:2] == "  "]
    check(len(topics) > 15, f"only {topics}")
    for topic in topics:
        text = tool.ok("explain", topic).stdout
        check(text.startswith(topic + "\n") and text.count("\n") > 1, f"{topic}: {text}")
    for group in ("space", "data", "train.phases", "search.strategy"):
        text = tool.ok("explain", group).stdout
        for topic in topics:
            check(not topic.startswith(group + ".") or topic in text.splitlines(),
                  f"explain {group} leaves {topic} out")
    markdown = tool.ok("explain", "--markdown").stdout
    for topic in topics:
        check(f"\n## {topic}\n" in markdown, f"--markdown leaves {topic} out")


def explain_a_config(tool):
    """The recipe names the steps, and reads no data."""
    text = tool.ok("explain", "--config", TINY).stdout
    for word in ("space", "train 3", "evaluate", "profile", "search", "70 % of the largest"):
        check(word in text, f"no {word!r} in {text}")


def explain_an_arch(tool):
    arch = "ks=3,5,3,0 e=2,3,2,0 d=2,1 r=16"
    words = ["explain", "--config", TINY, "--arch", arch]
    figures = json.loads(tool.ok(*words, "--json").stdout)
    same(figures["arch"], arch, "arch")
    for key in ("macs", "params"):
        same(figures[key], sum(block[key] for block in figures["blocks"]), f"sum of {key}")
        check(figures[key] > 0, key)
    check(figures["memory_bytes"] > 0, "memory_bytes")
    # The stem by hand: 8 filters of 3 x 3 on one channel, 16 x 16 pixels halved.
    same(figures["blocks"][0]["macs"], 8 * 9 * 8 * 8, "MACs of the stem")
    check(f"{figures['macs']} MACs" in tool.ok(*words).stdout, "text without --json")


def infer_the_export(tool):
    """The exported network alone gives what its weights in the run give, whatever the batch."""
    tool.run("a")
    rng = random.Random(5)
    model = "a/export/winner/model.safetensors"
    winner = next(row for row in harness.read_csv(tool.folder / "a/finalists.csv")
                  if row["note"] == "winner")
    side = int(winner["arch"].split("r=")[1])
    values = [rng.gauss(0, 1) for _ in range(3 * side * side)]
    write_tensor(tool.folder / "three.safetensors", "input", [3, 1, side, side], values)
    write_tensor(tool.folder / "one.safetensors", "input", [1, 1, side, side],
                 values[:side * side])
    for name in ("three", "one"):
        tool.ok("infer", "--weights", model, "--input", f"{name}.safetensors", "--output",
                f"{name}_out.safetensors")
    got = {name: read_tensors(tool.folder / f"{name}_out.safetensors")[0]["result"]
           for name in ("three", "one")}
    same(got["three"][:2], ("F32", [3, 4]), "type and shape of the result")
    rows = [struct.unpack(f"<{len(got[name][2]) // 4}f", got[name][2]) for name in ("three", "one")]
    check(all(abs(a - b) < 1e-4 for a, b in zip(*rows)), f"batch of 3 and of 1 differ: {rows}")
    check(max(rows[0]) - min(rows[0]) > 1e-3, f"all logits are alike: {rows[0]}")


def infer_a_subnet(tool):
    """A subnet of the supernet's file, by its arch."""
    write_tensor(tool.folder / "in.safetensors", "input", [2, 1, 12, 12], [0.5] * 288)
    tool.ok("infer", "--config", TINY, "--weights", "a/train/checkpoint.safetensors", "--arch",
            "ks=3,3,3,3 e=2,2,2,2 d=2,2 r=12", "--input", "in.safetensors",
            "--output", "out.safetensors")
    same(read_tensors(tool.folder / "out.safetensors")[0]["result"][1], [2, 4], "shape")


def convert_weights(tool):
    """Weights go to the authors' names and back, whole or cut, and compute the same."""
    arch = ["--arch", "ks=3,5,3,3 e=2,3,2,2 d=2,1 r=12"]
    source = "a/train/checkpoint.safetensors"
    write_tensor(tool.folder / "in.safetensors", "input", [2, 1, 12, 12], [0.5] * 288)
    tool.ok("convert", "--config", TINY, "--weights", source, "--output", "theirs.pth")
    tool.ok("convert", "--config", TINY, "--weights", "theirs.pth", "--output", "t.safetensors")
    tool.ok("convert", "--config", TINY, "--weights", source, *arch, "--output", "cut.pth")
    theirs = read_tensors(tool.folder / "t.safetensors")[0]
    check("blocks.1.conv.depth_conv.conv.conv.weight" in theirs, f"names: {sorted(theirs)}")
    same(theirs["first_conv.bn.num_batches_tracked"][:2], ("I64", []), "counter of batches")
    results = set()
    for weights in (source, "theirs.pth", "t.safetensors", "cut.pth"):
        tool.ok("infer", "--config", TINY, "--weights", weights, *arch, "--input",
                "in.safetensors", "--output", "out.safetensors")
        results.add(read_tensors(tool.folder / "out.safetensors")[0]["result"][2])
    same(len(results), 1, "different outputs of the same weights")


def closed_pipe(tool):
    """`tailor list | head -1` ends quietly; a full disk behind stdout is told."""
    for words in (["list"], ["explain", "--markdown"]):
        process = subprocess.Popen(tool.command(*words), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.read(1)
        process.stdout.close()
        same(process.stderr.read(), b"", f"{words}: stderr")
        check(process.wait(30) in (0, -13), f"{words}: exit code {process.returncode}")
    with open("/dev/full", "w") as full:
        result = subprocess.run(tool.command("list"), stdout=full, stderr=subprocess.PIPE,
                                text=True)
    same((result.returncode, result.stderr), (1, "tailor: stdout: cannot write\n"), "/dev/full")


if __name__ == "__main__":
    main("commands", help_of_every_command, list_of_parts, explain_every_topic, explain_a_config,
         explain_an_arch, infer_the_export, infer_a_subnet, convert_weights, closed_pipe)

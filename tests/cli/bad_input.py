"""Every mistake of a user ends with one clear line on stderr, the right exit code and no result."""
import fcntl
import re

import harness
from harness import TINY, check, main, same


def refused(tool, code, text, *words):
    """Exactly one line on stderr: `tailor: ` and the text, where '...' stands for anything."""
    result = tool(*words)
    # The log of stages that came before is no part of the message.
    lines = [line for line in result.stderr.splitlines() if line.startswith("tailor: ")]
    got = (result.stderr.splitlines() or [""])[-1]
    pattern = ".*".join(re.escape(part) for part in text.split("..."))
    check(re.fullmatch("tailor: " + pattern, got), f"{words}:\n  got  {got}\n  want tailor: {text}")
    same(len(lines), 1, f"{words}: lines on stderr\n{result.stderr}")
    same(result.returncode, code, f"{words}: exit code")
    same(result.stdout, "", f"{words}: stdout")


def edited(tool, name, *replacements):
    """tiny.yaml with texts replaced, in the tool's folder; -> its name."""
    text = TINY.read_text()
    for old, new in replacements:
        check(old in text, f"tiny.yaml does not hold {old!r}")
        text = text.replace(old, new, 1)
    (tool.folder / name).write_text(text)
    return name


def refused_config(tool, text, *replacements):
    name = edited(tool, "bad.yaml", *replacements)
    refused(tool, 2, text, "run", "--config", name, "--run-dir", "bad")
    check(not (tool.folder / "bad").exists(), "a run folder was made for a config that is refused")


def command_line(tool):
    refused(tool, 2, "unknown command 'serach'; did you mean 'search'? known: ...", "serach")
    refused(tool, 2, "run: unrecognised option '--confg'; see tailor run --help",
            "run", "--confg", TINY)
    refused(tool, 2, "--config: a config file is needed, such as configs/quickstart.yaml", "run")
    refused(tool, 2, "none.yaml: cannot open: No such file or directory",
            "run", "--config", "none.yaml")
    refused(tool, 2, "images: is a folder, not a file", "run", "--config", "images")
    refused(tool, 2, "--threads: must be in [1, 1024], got 0", "run", "--config", TINY,
            "--threads", 0)
    refused(tool, 2, "--seed: must be >= 0, got -1", "run", "--config", TINY, "--seed=-1")
    refused(tool, 2, "--device: 'cuda' is not available; this build computes on cpu",
            "run", "--config", TINY, "--device", "cuda")
    refused(tool, 2, "log level: must be one of debug, info, warning, error, got 'loud'",
            "run", "--config", TINY, "--log-level", "loud")
    refused(tool, 2, "--set serach.batch: serach: unknown key; did you mean 'search'?...",
            "run", "--config", TINY, "--set", "serach.batch=3")
    refused(tool, 2, "--set search.batch: must look like section.key=value",
            "run", "--config", TINY, "--set", "search.batch")
    refused(tool, 2, "unknown topic 'serach'; did you mean 'search'?...", "explain", "serach")


def config_text(tool):
    refused_config(tool, "bad.yaml:28:3: train.batsh: unknown key; did you mean 'batch'?...",
                   ("  batch: 50", "  batsh: 50"))
    refused_config(tool, "bad.yaml:29:3: key 'batch' is given twice, first in line 28",
                   ("  batch: 50", "  batch: 50\n  batch: 60"))
    refused_config(tool, "bad.yaml:28:10: train.batch: must be an integer, got 'many'",
                   ("  batch: 50", "  batch: many"))
    refused_config(tool, "bad.yaml:28:10: train.batch: must be in [1, 1000000], got 0",
                   ("  batch: 50", "  batch: 0"))
    refused_config(tool, "bad.yaml:29:9: not YAML: end of sequence flow not found",
                   ("  batch: 50", "  batch: [50"))


def names(tool):
    """Unknown names are refused before any work, with a suggestion where one is near."""
    refused_config(tool, "bad.yaml:42:20: search.strategy.name: unknown search strategy "
                   "'evolutoin'; did you mean 'evolution'? known: active, evolution, exact, local_search, nsga2, "
                   "ofa_evolution, random",
                   ("name: evolution", "name: evolutoin"))
    refused_config(tool, "bad.yaml:4:3: space: unknown family 'mobilnet'; did you mean "
                   "'mobilenet'? known: fbnet, hybrid_lm, mobilenet, resnet, resnet50d, xception",
                   ("family: mobilenet", "family: mobilnet"))
    refused_config(tool, "bad.yaml:34:7: train.phases.0: unknown training phase 'singel'; did you "
                   "mean 'single'?...", ("name: single", "name: singel"))
    refused_config(tool, "bad.yaml:39:19: profile.device: unknown device 'stab'; did you mean "
                   "'stub'?...", ("name: stub", "name: stab"))
    refused_config(tool, "bad.yaml:43:...unknown metric 'latency_sm'; did you mean "
                   "'latency_ms'?...",
                   ("latency_ms: 70%", "latency_sm: 70%"))
    refused_config(tool, "bad.yaml:43:...no profile 'pixel1'; this run profiles 'stub'",
                   ("latency_ms: 70%", "latency_ms: {pixel1: 30}"))
    refused_config(tool, "bad.yaml:42:...unknown metric 'speed'; known: ...",
                   ("search:\n", "search:\n  objective: speed\n"))


def data_files(tool):
    images = tool.folder / "images"
    whole = (images / "train-images.idx").read_bytes()
    cases = {
        "gone": (None, "cannot open: No such file or directory"),
        "short": (whole[:5000], "holds 4984 elements, its header says 230400"),
        "empty": (b"", "not an IDX file (must begin with two zero bytes)"),
        "text": (b"not images\n", "not an IDX file (must begin with two zero bytes)"),
        "gzip": (b"\x1f\x8b\x08\0\0\0\0\0\0\3" + whole[:100], "damaged or truncated gzip data ..."),
    }
    for name, (data, text) in cases.items():
        if data is not None:
            (images / name).write_bytes(data)
        refused(tool, 2, f"images/{name}: {text}", "run", "--config", TINY, "--run-dir", "data",
                "--set", f"data.train_images=images/{name}")


def weights(tool):
    tool.run("good")
    model = tool.folder / "good/export/winner/model.safetensors"
    cut = tool.folder / "cut.safetensors"
    harness.write_tensor(tool.folder / "in.safetensors", "input", [1, 1, 16, 16], [0.0] * 256)
    harness.write_tensor(tool.folder / "odd.safetensors", "input", [1, 3, 16, 16], [0.0] * 768)
    harness.write_tensor(tool.folder / "name.safetensors", "images", [1], [0.0])
    infer = ["infer", "--input", "in.safetensors", "--output", "out.safetensors", "--weights"]
    for length, text in ((4, "is too short for a safetensors file"), (200, "is truncated: ..."),
                         (-10, "...the file is truncated")):
        cut.write_bytes(model.read_bytes()[:length])
        refused(tool, 2, "cut.safetensors: " + text, *infer, "cut.safetensors")
    refused(tool, 2, "infer: --weights is needed; see tailor infer --help", *infer[:-1])
    for name, text in (("odd", "network ...takes [1, 1, ...got [1, 3, 16, 16]"),
                       ("name", "has no tensor 'input'; it holds 1 tensors")):
        refused(tool, 2, f"{name}.safetensors: {text}", "infer", "--weights", model, "--input",
                f"{name}.safetensors", "--output", "out.safetensors")
    check(not (tool.folder / "out.safetensors").exists(), "a refused infer wrote its output")
    refused(tool, 2, "cut.safetensors: ...the file is truncated", "run", "--config",
            edited(tool, "weights.yaml", ("archs: 20,", "archs: 20, weights: cut.safetensors,")),
            "--run-dir", "weights")


def limits(tool):
    """Exit code 3 and the smallest value; the run before it stays usable."""
    run = ["run", "--config", TINY, "--run-dir", "good"]
    refused(tool, 3, "no subnet of 'tiny' has latency_ms <= 0.001: smallest seen 0.05... ms in ...;"
            " raise the limit or lower resolution",
            *run, "--set", "search.limits.latency_ms=0.001")
    refused(tool, 3, "no subnet of 'tiny' has macs <= 10: smallest seen 2.52...e+04 MACs ...",
            *run, "--set", "search.limits.macs=10")
    tool.run("good")


def run_folder(tool):
    refused(tool, 2, "stage 'search' needs 'fit', which has not run for this config in fresh; run "
            "`tailor fit` or `tailor run`", "search", "--config", TINY, "--run-dir", "fresh")
    refused(tool, 2, "in.safetensors: is not a folder; choose another --run-dir",
            "run", "--config", TINY, "--run-dir", "in.safetensors")
    with open(tool.folder / "good/.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(tool, 2, "good: another process is using this run folder; wait for it to end or "
                "choose another --run-dir", "run", "--config", TINY, "--run-dir", "good")
    tool.run("good")


if __name__ == "__main__":
    main("bad_input", command_line, config_text, names, data_files, weights, limits, run_folder)

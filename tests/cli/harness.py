"""What the command-line tests share: made-up images, running the tool, reading what it wrote.

Every test is called with the tool's path. It works in a folder of its own, `images/` in it, and
leaves it for a look when it fails. By hand: `python3 harness.py FOLDER` writes the images alone.
"""
import csv
import hashlib
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TINY = HERE / "tiny.yaml"
STAGES = ["train", "evaluate", "profile", "fit", "search", "finalists", "export", "report"]
SKIPPED = 77
SIDE = 16


def stripes(label, rng):
    """Stripes in one of four directions, faint below noise: not every subnet sees them well."""
    shift, noise = rng.randrange(4), rng.randbytes(SIDE * SIDE)
    along = [lambda y, x: y, lambda y, x: x, lambda y, x: x + y, lambda y, x: x - y][label]
    return bytes((45 if (along(y, x) + shift) % 4 < 2 else 0) + noise[y * SIDE + x] * 8 // 10
                 for y in range(SIDE) for x in range(SIDE))


def idx_bytes(shape, data):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + data


def write_images(folder, train=900, test=200):
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    for name, count in (("train", train), ("test", test)):
        labels = bytes(rng.randrange(4) for _ in range(count))
        images = b"".join(stripes(label, rng) for label in labels)
        (folder / f"{name}-images.idx").write_bytes(idx_bytes((count, SIDE, SIDE), images))
        (folder / f"{name}-labels.idx").write_bytes(idx_bytes((count,), labels))


class Tool:
    """The binary at work in a folder that holds `images/`."""

    def __init__(self, binary, name):
        self.binary = str(Path(binary).resolve())
        self.folder = Path(tempfile.mkdtemp(prefix=f"tailor_{name}_"))
        write_images(self.folder / "images")

    def command(self, *words):
        return [self.binary, *map(str, words)]

    def __call__(self, *words, timeout=120, **options):
        return subprocess.run(self.command(*words), cwd=self.folder, timeout=timeout, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, **options)

    def ok(self, *words, **options):
        result = self(*words, **options)
        check(result.returncode == 0, f"{words}: exit code {result.returncode}\n{result.stderr}")
        return result

    def run(self, run_dir, *words, config=TINY, **options):
        return self.ok("run", "--config", config, "--run-dir", run_dir, *words, **options)


def kill_run(tool, words, seconds, begun=None):
    """Starts the tool, waits for the file `begun`, then for some seconds, and kills it if it lives."""
    process = subprocess.Popen(tool.command(*words), cwd=tool.folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    while begun and not begun.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def same(got, want, what):
    check(got == want, f"{what}:\n  got  {got!r}\n  want {want!r}")


def checksums(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def differing(before, after):
    return sorted(name for name in before.keys() | after.keys()
                  if before.get(name) != after.get(name))


def stages_done(stderr):
    """Stage -> 'ran' or 'already done', from the log."""
    found = re.findall(r"\b(\w+): (already done|done in)", stderr)
    known = STAGES + ["finetune", "gradient", "base", "placement", "blocks", "sizes", "final"]
    return {name: "ran" if word == "done in" else word for name, word in found if name in known}


def results(run_dir):
    """The files that must not depend on how often a run was cut off."""
    names = ["search/result.yaml", "search/front.csv", "evaluate/accuracy.csv", "finalists.csv"]
    found = {name: (run_dir / name).read_bytes() for name in names}
    exports = sorted(run_dir.glob("export/*/model.safetensors"))
    check(exports, f"{run_dir}: nothing was exported")
    return found | {str(path.relative_to(run_dir)): path.read_bytes() for path in exports}


def same_results(got_dir, want_dir, what):
    got, want = results(got_dir), results(want_dir)
    wrong = differing(want, got)
    check(not wrong, f"{what}: differs from the uninterrupted run in {wrong}")


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def read_tensors(path):
    """-> (name -> (dtype, shape, bytes), metadata) of a safetensors file."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length:]
    return {name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
            for name, entry in header.items()}, metadata


def write_tensor(path, name, shape, values):
    data = struct.pack(f"<{len(values)}f", *values)
    header = json.dumps({name: {"dtype": "F32", "shape": shape, "data_offsets": [0, len(data)]}})
    Path(path).write_bytes(struct.pack("<Q", len(header)) + header.encode() + data)


def with_profile(tool, name, profile):
    """Writes TINY with another profile section into the tool's folder; returns its name."""
    line = "profile: {device: {name: stub}, networks: 6}\n"
    text = TINY.read_text()
    check(line in text, f"{TINY} has another profile section")
    (tool.folder / name).write_text(text.replace(line, f"profile: {profile}\n"))
    return name


def main(name, *tests):
    """Runs each test with a Tool; its folder is removed when all of them hold."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {name}.py TAILOR_BINARY")
    tool, failed = Tool(sys.argv[1], name), 0
    for test in tests:
        try:
            test(tool)
            print(f"ok      {test.__name__}", flush=True)
        except (AssertionError, OSError, LookupError, ValueError, subprocess.SubprocessError) as e:
            failed += 1
            print(f"FAILED  {test.__name__}: {type(e).__name__}: {e}", flush=True)
    if failed:
        sys.exit(f"{name}: {failed} of {len(tests)} failed; see {tool.folder}")
    shutil.rmtree(tool.folder)


if __name__ == "__main__":
    write_images(Path(sys.argv[1]) / "images" if len(sys.argv) > 1 else Path("images"))

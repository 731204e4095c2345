"""A checkpoint that cannot be written leaves the one before it usable."""
import os
import resource
import signal
import subprocess
import time

import harness
from harness import TINY, check, main, read_tensors, same_results

RUN = ["run", "--config", TINY, "--set", "train.checkpoint_seconds=0.1"]


def train_a_little(tool, run_dir):
    """Starts a run; returns it once it has written two checkpoints."""
    process = subprocess.Popen(tool.command(*RUN, "--run-dir", run_dir), cwd=tool.folder, text=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    previous = tool.folder / run_dir / "train/checkpoint.safetensors.prev"
    while not previous.exists():
        check(process.poll() is None, "the run ended without two checkpoints")
        time.sleep(0.01)
    return process


def check_refusal(code, log, reason):
    last = log.splitlines()[-1]
    check(code == 1, f"exit code {code}\n{log}")
    check(last.startswith("tailor: ") and last.endswith(": cannot write: " + reason), log)


def check_resume(tool, run_dir):
    folder = tool.folder / run_dir
    check(read_tensors(folder / "train/checkpoint.safetensors")[0], "the checkpoint is unreadable")
    check(not list(folder.rglob("*.tmp")), "a temporary file was left")
    result = tool.ok(*RUN, "--run-dir", run_dir)
    check("train: going on" in result.stderr, result.stderr)
    same_results(folder, tool.folder / "whole", run_dir)


def whole(tool):
    tool.ok(*RUN, "--run-dir", "whole")


def file_size_limit(tool):
    """The system refuses files as large as a checkpoint."""
    process = train_a_little(tool, "limited")
    process.kill()
    process.communicate(timeout=60)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    result = tool(*RUN, "--run-dir", "limited", preexec_fn=limit)
    check_refusal(result.returncode, result.stderr, "File too large")
    check_resume(tool, "limited")


def full_disk(tool):
    """A small disk in memory, filled up behind the run's back; only root may mount one."""
    disk = tool.folder / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk],
                           capture_output=True, text=True)
    if mount.returncode != 0:
        return print(f"        not tried: {mount.stderr.strip()}")
    try:
        process = train_a_little(tool, "disk/run")
        with open(disk / "filler", "wb", buffering=0) as filler:
            while process.poll() is None:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    time.sleep(0.005)
        check_refusal(process.returncode, process.stderr.read(), "No space left on device")
        os.remove(disk / "filler")
        check_resume(tool, "disk/run")
    finally:
        subprocess.run(["umount", disk], check=True)


if __name__ == "__main__":
    main("disk_full", whole, file_size_limit, full_disk)

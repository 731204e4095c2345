"""A run that is killed or interrupted at any moment goes on to the same results, bit for bit."""
import os
import random
import signal
import subprocess
import time

import harness
from harness import check, main, same, same_results

# Longer training, so that moments fall into different stages and between checkpoints.
LONG = ["run", "--config", harness.TINY, "--set", "train.checkpoint_seconds=0.1",
        "--set", "train.batch=20", "--set", "evaluate.archs=60"]
MOMENTS = 5
whole_seconds = 0.0


def start(tool, run_dir):
    return subprocess.Popen(tool.command(*LONG, "--run-dir", run_dir), cwd=tool.folder,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, start_new_session=True)


def stop(process, number):
    """Sends the signal to the whole process group; -> (exit code, stderr)."""
    os.killpg(process.pid, number)
    _, log = process.communicate(timeout=60)
    return process.returncode, log


def read_until(process, *begins):
    """Reads the log up to a line that begins so."""
    for line in process.stderr:
        if line.startswith(begins):
            return
    check(False, f"no line of the log begins with {begins}")


def last_stage(log):
    begun = [line.split(":")[0] for line in log.splitlines()
             if line.endswith((": begins", ": going on"))]
    return begun[-1] if begun else "reading"


def uninterrupted(tool):
    global whole_seconds
    began = time.monotonic()
    tool.ok(*LONG, "--run-dir", "whole")
    whole_seconds = time.monotonic() - began


def killed_at_random_moments(tool):
    """One run, killed five times: each command goes on from where the last was killed."""
    rng = random.Random(3)
    for moment in range(MOMENTS):
        process = start(tool, "killed")
        time.sleep(rng.uniform(0.1, 0.35) * whole_seconds)
        code, log = stop(process, signal.SIGKILL)
        check(code in (0, -signal.SIGKILL), f"exit code {code}\n{log}")
        print(f"        killed in {last_stage(log)}" if code else "        was done", flush=True)
    tool.ok(*LONG, "--run-dir", "killed")
    same_results(tool.folder / "killed", tool.folder / "whole", "five kills")


def killed_as_each_stage_begins(tool):
    """A kill just behind a stage's first line, for the stages that are too short to be hit."""
    for stage in harness.STAGES[1:]:
        process = start(tool, "edges")
        read_until(process, f"{stage}: begins", f"{stage}: going on")
        stop(process, signal.SIGKILL)
        check(process.returncode in (0, -signal.SIGKILL), f"exit code {process.returncode}")
    tool.ok(*LONG, "--run-dir", "edges")
    same_results(tool.folder / "edges", tool.folder / "whole", "kills at the edges")


def killed_while_training(tool):
    """Every kill falls between the first step and the last one."""
    for part in (0.3, 0.5):
        process = start(tool, "training")
        folder = tool.folder / "training/train"
        while not (folder / "checkpoint.safetensors").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(part * 0.5 * whole_seconds)
        stop(process, signal.SIGKILL)
    tool.ok(*LONG, "--run-dir", "training")
    same_results(tool.folder / "training", tool.folder / "whole", "kills while training")


def killed_while_writing(tool):
    """What a power cut may leave beside the files: half a temporary file."""
    tool.ok("train", *LONG[1:], "--run-dir", "torn")
    (tool.folder / "torn/train/checkpoint.safetensors.tmp").write_bytes(b"half")
    (tool.folder / "torn/events.jsonl").open("a").write('{"time": ')
    tool.ok(*LONG, "--run-dir", "torn")
    same_results(tool.folder / "torn", tool.folder / "whole", "a torn temporary file")


def damaged_checkpoint_falls_back(tool):
    """A truncated checkpoint is replaced by the one before it."""
    process = start(tool, "damaged")
    previous = tool.folder / "damaged/train/checkpoint.safetensors.prev"
    while not previous.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    stop(process, signal.SIGKILL)
    path = tool.folder / "damaged/train/checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    result = tool.ok(*LONG, "--run-dir", "damaged")
    check("going on from the previous checkpoint" in result.stderr, result.stderr)
    same_results(tool.folder / "damaged", tool.folder / "whole", "a damaged checkpoint")


def interrupted(tool):
    """Ctrl-C: exit code 130 after saving, one line that says how to go on."""
    for number, line in ((signal.SIGINT, "phase 1 "), (signal.SIGTERM, "evaluate: begins"),
                         (signal.SIGINT, "profile: begins"), (signal.SIGINT, "finalists: begins")):
        process = start(tool, "interrupted")
        read_until(process, line)
        code, log = stop(process, number)
        same(code, 130, f"exit code after '{line}'")
        same(log.splitlines()[-1], "tailor: interrupted; the same command goes on from here", "log")
    tool.ok(*LONG, "--run-dir", "interrupted")
    same_results(tool.folder / "interrupted", tool.folder / "whole", "four interruptions")


if __name__ == "__main__":
    main("kill_and_resume", uninterrupted, killed_at_random_moments, killed_as_each_stage_begins,
         killed_while_training, killed_while_writing, damaged_checkpoint_falls_back, interrupted)

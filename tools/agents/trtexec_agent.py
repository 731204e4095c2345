"""Measures ONNX models with TensorRT's trtexec for `tailor profile`: JSON lines over stdin, stdout.

    profile: {device: {name: command, command: "ssh jetson python3 trtexec_agent.py"}}

It needs Python 3.8 and trtexec. docs/agents.md describes the protocol. The times are trtexec's own
GPU compute times (field computeMs of --exportTimes). Options: trtexec (path of the program),
host_times ("yes": latencyMs, with the copies to and from the device).
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
FOLDER = tempfile.TemporaryDirectory()
PRECISION = {"f32": [], "f16": ["--fp16"], "bf16": ["--bf16"]}
settings, networks = {}, {}


def trtexec(*arguments):
    program = settings.get("options", {}).get("trtexec", "trtexec")
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, universal_newlines=True)
    if done.returncode != 0:
        raise RuntimeError("trtexec: " + " ".join(done.stdout.strip().splitlines()[-3:]))
    return done.stdout


def word_behind(text, label, otherwise):
    for line in text.splitlines():
        if label in line:
            return line.split(label, 1)[1].strip().strip("]")
    return otherwise


def hello(request):
    settings.update(request)
    text = trtexec("--help")
    return {"protocol": 1, "runtime": "tensorrt", "threads": settings["threads"],
            "version": word_behind(text, "TensorRT v", "unknown").split("]")[0],
            "device": settings.get("options", {}).get("device", "GPU of " + os.uname().nodename)}


def prepare(request):
    number = max(networks, default=0) + 1
    base = os.path.join(FOLDER.name, str(number))
    model = request.get("model_path")
    if not model:
        model = base + ".onnx"
        with open(model, "wb") as file:
            file.write(base64.b64decode(request["model_base64"]))
    shape = "x".join(map(str, [settings["batch"]] + request["input"][1:]))
    text = trtexec("--onnx=" + model, "--saveEngine=" + base + ".engine", "--skipInference",
                   "--optShapes=input:" + shape, "--minShapes=input:" + shape, "--maxShapes=input:" + shape,
                   *PRECISION[settings["precision"]])
    networks[number] = base + ".engine"
    answer = {"network": number}
    memory = word_behind(text, "Total Activation Memory:", "").split()
    if memory and memory[0].isdigit():
        answer["activation_bytes"] = int(memory[0])
    return answer


def measure(request):
    export = os.path.join(FOLDER.name, "times.json")
    trtexec("--loadEngine=" + networks[request["network"]], "--exportTimes=" + export,
            "--iterations=%d" % request["runs"], "--duration=0", "--warmUp=50", "--useCudaGraph")
    with open(export) as file:
        times = json.load(file)
    host = settings.get("options", {}).get("host_times") == "yes"
    return {"unit": "ms", "times": [run["latencyMs" if host else "computeMs"] for run in times][-request["runs"]:]}


def release(request):
    engine = networks.pop(request["network"], None)
    if engine:
        os.remove(engine)
    return {}


def main():
    requests = {"hello": hello, "prepare": prepare, "measure": measure, "release": release}
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "bye":
            break
        answer = {"id": request["id"], "ok": True}
        try:
            answer.update(requests[request["op"]](request))
        except Exception as error:  # told to tailor, which decides
            answer = {"id": request["id"], "ok": False, "error": "%s: %s" % (type(error).__name__, error)}
        ANSWERS.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()

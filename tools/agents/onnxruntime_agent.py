"""Measures ONNX models in ONNX Runtime for `tailor profile`: JSON lines over stdin and stdout.

Copy this file to the device and let tailor start it, for example over ssh:

    profile: {device: {name: command, command: "ssh pi@host python3 onnxruntime_agent.py"}}

It needs Python 3.8 and `pip install onnxruntime`. docs/agents.md describes the protocol.
Options: provider (default CPUExecutionProvider), optimization (all, extended, basic, disable).
"""
import base64
import json
import os
import sys
import time

import numpy
import onnxruntime

ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what libraries print is not to mix with our answers
settings, networks = {}, {}


def device_name():
    try:
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith(("model name", "Model")):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return os.uname().machine


def hello(request):
    if request.get("precision", "f32") != "f32":
        raise ValueError("this agent computes in f32")
    settings.update(request)
    if request.get("cpus") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, request["cpus"])
    return {"protocol": 1, "runtime": "onnxruntime", "version": onnxruntime.__version__,
            "device": device_name(), "threads": settings["threads"]}


def prepare(request):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings["threads"]
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    level = settings.get("options", {}).get("optimization", "all").upper()
    options.graph_optimization_level = getattr(
        onnxruntime.GraphOptimizationLevel,
        "ORT_DISABLE_ALL" if level == "DISABLE" else "ORT_ENABLE_" + level)
    provider = settings.get("options", {}).get("provider", "CPUExecutionProvider")
    if provider not in onnxruntime.get_available_providers():
        raise ValueError("no provider %s here; there are %s"
                         % (provider, ", ".join(onnxruntime.get_available_providers())))
    model = request.get("model_path") or base64.b64decode(request["model_base64"])
    session = onnxruntime.InferenceSession(model, options, providers=[provider])
    feeds = {}
    for value in session.get_inputs():
        shape = [settings["batch"]] + list(value.shape[1:])
        feeds[value.name] = numpy.random.default_rng(1).random(shape, dtype=numpy.float32)
    number = max(networks, default=0) + 1
    networks[number] = (session, feeds)
    return {"network": number}


def measure(request):
    session, feeds = networks[request["network"]]
    times = []
    for _ in range(request["runs"]):
        begin = time.perf_counter()
        session.run(None, feeds)
        times.append((time.perf_counter() - begin) * 1e3)
    return {"unit": "ms", "times": times}


def release(request):
    networks.pop(request["network"], None)
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

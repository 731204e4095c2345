"""Measures ONNX models in OpenVINO for `tailor profile`: JSON lines over stdin and stdout.

Copy this file to the device and let tailor start it:

    profile: {device: {name: command, command: "python3 openvino_agent.py"}}

It needs Python 3.9 and `pip install openvino`. docs/agents.md describes the protocol.
Options: device (default CPU; GPU, NPU where OpenVINO has them).
"""
import base64
import json
import os
import sys
import time

import numpy
import openvino

ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what libraries print is not to mix with our answers
core = openvino.Core()
settings, networks = {}, {}


def target():
    return settings.get("options", {}).get("device", "CPU")


def hello(request):
    settings.update(request)
    if request.get("cpus") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, request["cpus"])
    return {"protocol": 1, "runtime": "openvino", "version": openvino.__version__.split("-")[0],
            "device": core.get_property(target(), "FULL_DEVICE_NAME").strip(),
            "threads": settings["threads"]}


def prepare(request):
    model = request.get("model_path") or base64.b64decode(request["model_base64"])
    network = core.read_model(model)
    network.reshape({value: [settings["batch"]] + list(value.partial_shape)[1:]
                     for value in network.inputs})
    config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": settings["precision"]}
    if target() == "CPU":
        config.update(INFERENCE_NUM_THREADS=settings["threads"], NUM_STREAMS="1")
    request = core.compile_model(network, target(), config).create_infer_request()
    for index, value in enumerate(network.inputs):
        data = numpy.random.default_rng(1).random(list(value.shape), dtype=numpy.float32)
        request.set_input_tensor(index, openvino.Tensor(data))
    number = max(networks, default=0) + 1
    networks[number] = request
    return {"network": number}


def measure(request):
    network = networks[request["network"]]
    times = []
    for _ in range(request["runs"]):
        begin = time.perf_counter()
        network.infer()
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

"""Runs exported networks and compares their outputs.

check_exports.py pytorch FOLDER   runs each network's model.py    -> pytorch.npy
                                  and its model.ts              -> torchscript.npy
check_exports.py onnx FOLDER      runs each model.onnx            -> onnx.npy
check_exports.py compare FOLDER   compares these, and the tensor `output` of output.safetensors where
                                  tailor has written one

FOLDER holds one folder a network: model.onnx, model.py, model.ts, model.safetensors,
input.safetensors. Language models (language_*) have no model.onnx and model.ts, and take token ids.
PyTorch and ONNX Runtime live in different environments, hence the steps.
"""
import importlib.util
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy

# Of the largest output. Both sum in float32 in their own order; 2e-6 is the largest seen.
TOLERANCE = 1e-5


def read_tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {
        name: numpy.frombuffer(data, "<f4", numpy.prod(entry["shape"], dtype=int),
                               8 + length + entry["data_offsets"][0]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def read_input(folder):
    return read_tensors(folder / "input.safetensors")["input"]


def is_language_model(folder):
    return folder.name.startswith("language_")


def load_model_py(folder):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_names(folder, module, network):
    """Parameters are called as in the file, or a table says how; every tensor is used."""
    table = getattr(module, "NAMES_IN_FILE", {})
    names = {table.get(name, name) for name in network.state_dict()
             if not name.endswith(".num_batches_tracked")}
    in_file = set(read_tensors(folder / "model.safetensors"))
    if names != in_file:
        raise SystemExit(f"{folder.name}: model.py and the file differ in {names ^ in_file}")
    if table and not is_language_model(folder) and folder.name not in ("hard_names", "one_weight_two_layers"):
        raise SystemExit(f"{folder.name}: renames {sorted(table)} without need")


def check_pth(folder, torch):
    """model.pth holds the same tensors for torch.load, and a counter for each running variance."""
    state = torch.load(folder / "model.pth", weights_only=True)["state_dict"]
    counters = [name for name in state if name.endswith("num_batches_tracked")]
    plain = {name: value.numpy() for name, value in state.items() if name not in counters}
    expected = read_tensors(folder / "model.safetensors")
    if set(plain) != set(expected) or any((plain[name] != expected[name]).any() for name in plain):
        raise SystemExit(f"{folder.name}: model.pth and model.safetensors differ")
    if len(counters) != sum(name.endswith("running_var") for name in plain):
        raise SystemExit(f"{folder.name}: model.pth has {len(counters)} counters of batches")


def run_torchscript(folder, network):
    """model.ts, whose parameters are called as in model.py."""
    import torch

    extra = {"tailor.preprocessing": ""}
    script = torch.jit.load(folder / "model.ts", _extra_files=extra)
    json.loads(extra["tailor.preprocessing"])
    names = {name for name in network.state_dict() if not name.endswith(".num_batches_tracked")}
    if set(script.state_dict()) != names:
        raise SystemExit(f"{folder.name}: model.ts and model.py differ in "
                         f"{set(script.state_dict()) ^ names}")
    with torch.no_grad():
        return script(torch.tensor(read_input(folder))).numpy()


def run_pytorch(folders):
    import torch

    torch.set_num_threads(1)
    for folder in folders:
        module = load_model_py(folder)
        network = module.load(folder / "model.safetensors")
        check_names(folder, module, network)
        given = torch.tensor(read_input(folder))
        with torch.no_grad():
            output = network(given.long() if is_language_model(folder) else given)
        numpy.save(folder / "pytorch.npy", output.numpy())
        if not is_language_model(folder):
            check_pth(folder, torch)
            numpy.save(folder / "torchscript.npy", run_torchscript(folder, network))
    # As a program, from another folder, with its own weights.
    language_models = [folder for folder in folders if is_language_model(folder)]
    for example in (folders[-1], language_models[0]):
        printed = subprocess.run([sys.executable, example / "model.py"], check=True, text=True,
                                 capture_output=True, cwd="/").stdout
        if not printed.startswith("output (1, "):
            raise SystemExit(f"{example.name}: model.py printed {printed!r}")


def run_onnx(folders):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    for folder in folders:
        if is_language_model(folder):
            continue
        session = onnxruntime.InferenceSession(folder / "model.onnx", options)
        metadata = session.get_modelmeta().custom_metadata_map
        preprocessing = json.loads(metadata["tailor.preprocessing"])
        if folder.name == "preprocessed" and preprocessing["std"] != [0.229, 0.224, 0.225]:
            raise SystemExit(f"{folder.name}: metadata holds {preprocessing}")
        (output,) = session.run(["output"], {"input": read_input(folder)})
        numpy.save(folder / "onnx.npy", output)


def difference(a, b):
    if a.shape != b.shape:
        return numpy.inf
    largest = numpy.abs(b).max()
    return numpy.abs(a - b).max() / largest if largest > 0 else numpy.abs(a).max()


def compare(folders):
    worst = (0.0, "none")
    compared = 0
    for folder in folders:
        names = ["pytorch"] if is_language_model(folder) else ["pytorch", "torchscript", "onnx"]
        outputs = {name: numpy.load(folder / f"{name}.npy") for name in names}
        if (folder / "output.safetensors").exists():
            outputs["tailor"] = read_tensors(folder / "output.safetensors")["output"]
        for name in outputs.keys() - {"pytorch"}:
            error = difference(outputs[name], outputs["pytorch"])
            worst = max(worst, (error, f"{folder.name}, {name}"))
            compared += 1
            if not error <= TOLERANCE:
                print(f"{folder.name}: {name} {outputs[name].shape} differs from pytorch "
                      f"{outputs['pytorch'].shape} by {error:.2e} of the largest output")
    print(f"{len(folders)} networks, {compared} comparisons with PyTorch; largest difference "
          f"{worst[0]:.1e} ({worst[1]}), allowed {TOLERANCE:.0e}")
    return 0 if compared and worst[0] <= TOLERANCE else 1


def main():
    steps = {"pytorch": run_pytorch, "onnx": run_onnx, "compare": compare}
    if len(sys.argv) != 3 or sys.argv[1] not in steps:
        raise SystemExit(__doc__)
    folders = sorted(path for path in Path(sys.argv[2]).iterdir() if path.is_dir())
    return steps[sys.argv[1]](folders)


if __name__ == "__main__":
    sys.exit(main())

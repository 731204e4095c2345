"""Weights and net.config go between the authors' package and tailor, both ways, with equal outputs.

    pip download --no-deps ofa && unzip ofa-*.whl -d ofa_package
    PYTHONPATH=ofa_package python tests/golden/make/check_with_ofa.py build/ci/tailor configs/spaces

By hand, not among the tests: an environment with torch and numpy.
"""
import importlib.util
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import torch

here = pathlib.Path(__file__).resolve().parent
sys.path.remove(str(here))  # where a file is called ofa too
spec = importlib.util.spec_from_file_location("make_ofa", here / "ofa.py")
make_ofa = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_ofa)
sys.meta_path.insert(0, make_ofa.Stubs())
from ofa.imagenet_classification.elastic_nn.networks import (  # noqa: E402
    OFAMobileNetV3, OFAProxylessNASNets, OFAResNets)
from ofa.imagenet_classification.networks import get_net_by_name  # noqa: E402

tailor, configs = sys.argv[1], pathlib.Path(sys.argv[2])
# Float order alone moves networks this deep; see the comment of tests/golden/ofa_test.cpp.
TOLERANCE = 5e-4
CHOICES = {"ks_list": [3, 5, 7], "expand_ratio_list": [3, 4, 6], "depth_list": [2, 3, 4]}


def randomise(net):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, value in torch.nn.Module.state_dict(net).items():
            noise = torch.rand(value.shape, generator=generator) - 0.5
            if name.endswith(("running_var", "bn.weight")):
                value.copy_(1 + noise)
            elif name.endswith(("bias", "running_mean")):
                value.copy_(0.2 * noise)
            elif name.endswith("_matrix"):
                value.add_(0.1 * noise)


def write_input(path, x):
    header = json.dumps({"input": {"dtype": "F32", "shape": list(x.shape),
                                   "data_offsets": [0, 4 * x.numel()]}}).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + x.numpy().tobytes())


def infer(folder, config, weights, arch):
    run("infer", "--config", config, "--weights", weights, "--arch", arch, "--input",
        folder / "in.safetensors", "--output", folder / "out.safetensors")
    data = bytearray((folder / "out.safetensors").read_bytes())
    start = 8 + struct.unpack("<Q", data[:8])[0]
    return torch.frombuffer(data[start:], dtype=torch.float32).reshape(2, -1)


def run(*words):
    subprocess.run([tailor, *map(str, words)], check=True, capture_output=True)


def compare(what, got, want):
    error = float((got - want).abs().max() / want.abs().mean())
    print(f"{what}: {error:.1e} of the mean magnitude")
    assert error <= TOLERANCE, what


def check(folder, name, net, seed):
    choice = make_ofa.draw(name, random.Random(seed))
    config = configs / f"{name}.yaml"
    net.set_active_subnet(**choice)
    arch = make_ofa.arch_text(choice) + " r=160"
    x = torch.randn(2, 3, 160, 160, generator=torch.Generator().manual_seed(seed))
    write_input(folder / "in.safetensors", x)
    with torch.no_grad():
        want = net(x)
    torch.save({"state_dict": torch.nn.Module.state_dict(net)}, folder / "supernet.pth")
    torch.save({"state_dict": torch.nn.Module.state_dict(net)}, folder / "legacy.pth",
               _use_new_zipfile_serialization=False)
    for file in ("supernet.pth", "legacy.pth"):
        compare(f"{name}, their {file}", infer(folder, config, folder / file, arch), want)
    run("convert", "--config", config, "--weights", folder / "supernet.pth", "--output",
        folder / "ours.pth")
    again = torch.load(folder / "ours.pth", weights_only=True)["state_dict"]
    theirs = torch.nn.Module.state_dict(net)
    assert set(again) == set(theirs), set(again) ^ set(theirs)
    assert all(torch.equal(again[key], theirs[key]) for key in theirs)
    run("convert", "--config", config, "--weights", folder / "supernet.pth", "--arch", arch,
        "--output", folder / "subnet.pth")
    described = json.loads((folder / "net.config").read_text())
    static = get_net_by_name(described["name"]).build_from_config(described)
    static.load_state_dict(torch.load(folder / "subnet.pth")["state_dict"])
    with torch.no_grad():
        compare(f"{name}, our subnet in their code", static.eval()(x), want)
    cut = net.get_active_subnet(preserve_weight=True).eval()
    torch.save({"state_dict": cut.state_dict()}, folder / "cut.pth")
    (folder / "theirs").mkdir(exist_ok=True)
    (folder / "theirs/net.config").write_text(json.dumps(cut.config))
    (folder / "theirs/run.config").write_text('{"image_size": 160}')
    got = infer(folder, config, folder / "cut.pth", f"@{folder}/theirs/net.config")
    compare(f"{name}, their subnet here", got, want)


NETWORKS = {
    "ofa_mobilenet_v3_w1.0": lambda: OFAMobileNetV3(dropout_rate=0, width_mult=1.0, **CHOICES),
    "ofa_mobilenet_v3_w1.2": lambda: OFAMobileNetV3(dropout_rate=0, width_mult=1.2, **CHOICES),
    "ofa_proxyless_w1.3": lambda: OFAProxylessNASNets(dropout_rate=0, width_mult=1.3, **CHOICES),
    "ofa_resnet50d": lambda: OFAResNets(
        dropout_rate=0, depth_list=[0, 1, 2], expand_ratio_list=[0.2, 0.25, 0.35],
        width_mult_list=[0.65, 0.8, 1.0])}
for name, make in NETWORKS.items():
    network = make()
    randomise(network)
    for seed in (1, 2, 3):
        with tempfile.TemporaryDirectory() as place:
            check(pathlib.Path(place), name, network.eval(), seed)

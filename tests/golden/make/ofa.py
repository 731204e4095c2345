"""Writes tests/golden/ofa_random.csv: outputs of random subnets of the four published supernets, by
the authors' code (PyPI package `ofa` 0.1.0.post202307202001).

    pip download --no-deps ofa && unzip ofa-*.whl -d ofa_package
    PYTHONPATH=ofa_package python tests/golden/make/ofa.py     # an environment with torch and numpy

Weights are no checkpoint but a formula (tests/golden/ofa_test.cpp holds the same): fill "wide" as
published facts use it, fill "plain" an ordinary initialisation, where outputs are well conditioned.
"""
import csv
import importlib.abc
import importlib.machinery
import random
import sys
import types
from pathlib import Path

import numpy
import torch

ARCHS = 20
OUT = Path(__file__).resolve().parents[1] / "ofa_random.csv"


class Anything(type):
    """A class whose attributes are their own names."""

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return name


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Packages that the networks import and never use."""
    names = ("torch._six", "gdown", "torchvision", "horovod", "matplotlib", "tqdm", "yaml", "PIL")

    def find_spec(self, name, path=None, target=None):
        if any(name == stub or name.startswith(stub + ".") for stub in self.names):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = lambda name: Anything(name, (), {}) if name[:1] != "_" else None
        return module

    def exec_module(self, module):
        pass


def uniform(i, count):
    """u(i, 0..count-1) in [-1, 1): splitmix64 of i * 2^32 + j."""
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(i) * numpy.uint64(2**32) + numpy.arange(count, dtype=numpy.uint64)
        z = (z + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-53 * 2 - 1


def value(key, shape, u, fill):
    plain = fill == "plain"
    if key.endswith("running_var"):
        return 1 + (0 if plain else 0.5) * u
    if key.endswith("running_mean"):
        return (0 if plain else 0.1) * u
    if key.endswith("_matrix"):
        return numpy.eye(shape[0]).reshape(-1) + (0 if plain else 0.05) * u
    if key.endswith("bias"):
        return (0.01 if plain else 0.1) * u
    if len(shape) == 1:
        return (0.4 if "conv3.bn" in key and not plain else 1) + (0.1 if plain else 0.25) * u
    fan_in = u.size / shape[0]
    return u * numpy.sqrt((3 if plain else 6) / fan_in)


def fill_network(network, fill):
    state = network.state_dict()
    keys = sorted(key for key in state if not key.endswith("num_batches_tracked"))
    for rank, key in enumerate(keys, 1):
        shape = tuple(state[key].shape)
        u = uniform(rank, state[key].numel())
        state[key].copy_(torch.from_numpy(value(key, shape, u, fill).astype(numpy.float32)).reshape(shape))


def draw(name, rng):
    if name == "ofa_resnet50d":
        return {"e": [rng.choice([0.2, 0.25, 0.35]) for _ in range(18)],
                "d": [rng.choice([0, 2])] + [rng.choice([0, 1, 2]) for _ in range(4)],
                "w": [rng.choice([0, 1, 2]) for _ in range(6)]}
    proxyless = "proxyless" in name
    blocks = 21 if proxyless else 20
    return {"ks": [rng.choice([3, 5, 7]) for _ in range(blocks)],
            "e": [rng.choice([3, 4, 6]) for _ in range(blocks)],
            "d": [rng.choice([2, 3, 4]) for _ in range(5)] + [1] * proxyless}


def arch_text(arch):
    return " ".join(f"{group}={','.join(map(str, values))}" for group, values in arch.items())


def main():
    sys.path.pop(0)  # this folder, where this file itself is called ofa
    sys.meta_path.insert(0, Stubs())
    from ofa.imagenet_classification.elastic_nn.networks import (OFAMobileNetV3,
                                                                  OFAProxylessNASNets, OFAResNets)
    choices = dict(ks_list=[3, 5, 7], expand_ratio_list=[3, 4, 6], depth_list=[2, 3, 4], dropout_rate=0)
    networks = {
        "ofa_mobilenet_v3_w1.0": lambda: OFAMobileNetV3(width_mult=1.0, **choices),
        "ofa_mobilenet_v3_w1.2": lambda: OFAMobileNetV3(width_mult=1.2, **choices),
        "ofa_proxyless_w1.3": lambda: OFAProxylessNASNets(width_mult=1.3, **choices),
        "ofa_resnet50d": lambda: OFAResNets(dropout_rate=0, depth_list=[0, 1, 2],
                                            expand_ratio_list=[0.2, 0.25, 0.35],
                                            width_mult_list=[0.65, 0.8, 1.0]),
    }
    images = torch.from_numpy((1.5 * uniform(1000000, 2 * 3 * 64 * 64)).astype(numpy.float32))
    images = images.reshape(2, 3, 64, 64)
    with open(OUT, "w", newline="") as file, torch.no_grad():
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["space", "fill", "arch", "y00", "y01", "y02", "y03", "y1999", "mean_abs"])
        for name, make in networks.items():
            network = make()
            network.eval()
            rng = random.Random(name)
            archs = [draw(name, rng) for _ in range(ARCHS)]
            for fill in ("wide", "plain"):
                fill_network(network, fill)
                for arch in archs:
                    network.set_active_subnet(**arch)
                    y = network(images)
                    row = [y[0, 0], y[0, 1], y[0, 2], y[0, 3], y[1, 999], y.abs().mean()]
                    writer.writerow([name, fill, arch_text(arch)] + [f"{v.item():.9g}" for v in row])


if __name__ == "__main__":
    main()

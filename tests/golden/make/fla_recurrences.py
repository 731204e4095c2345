"""Writes tests/golden/fla_recurrences.safetensors: outputs, final states and gradients of the
recurrences by flash-linear-attention's naive references, in float64.

    pip install torch==2.11.0 einops safetensors; pip download --no-deps fla-core; unzip fla_core*.whl
    python tests/golden/make/fla_recurrences.py FOLDER_WITH_fla

The references round to float32; the names by which they ask for that mean float64 while they run.
Inputs are sine_fill of tests/support/recurrence_samples.h.
"""
import importlib.util
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[1] / "fla_recurrences.safetensors"
BATCH, TOKENS, HEADS, KEYS, VALUES = 2, 70, 2, 4, 3


def sine_fill(seed, shape, amplitude=1.0):
    i = torch.arange(1, torch.Size(shape).numel() + 1, dtype=torch.float64)
    return (amplitude * torch.sin(0.9 * i + seed)).reshape(shape)


def unit(x):
    return x / (x.square().sum(-1, keepdim=True) + 1e-6).sqrt()


def inputs():
    keys, gate = (BATCH, TOKENS, HEADS, KEYS), (BATCH, TOKENS, HEADS)
    removal = unit(sine_fill(10, keys))
    return {
        "q": sine_fill(1, keys), "k": unit(sine_fill(2, keys)),
        "v": sine_fill(3, (BATCH, TOKENS, HEADS, VALUES)),
        "g": -sine_fill(5, gate).abs(), "beta": sine_fill(6, gate).sigmoid(),
        "gk": -sine_fill(7, keys).abs() / 4, "w": -0.6 * sine_fill(8, keys).sigmoid(),
        "a": -removal, "b": removal * sine_fill(11, keys).sigmoid(),
        "state": sine_fill(4, (BATCH, HEADS, KEYS, VALUES), 0.5)}


def by_head(rule):
    """For references that take [B, H, T, ...]."""
    def run(*tokens, **options):
        output, state = rule(*(x.transpose(1, 2) for x in tokens), **options)
        return output.transpose(1, 2), state
    return run


def rules(ops):
    def load(path):
        spec = importlib.util.spec_from_file_location(path.replace("/", "_"), ops / path / "naive.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    gated = load("gated_delta_rule").naive_recurrent_gated_delta_rule
    return {  # name: (reference, its inputs in order)
        "gated_delta": (lambda q, k, v, beta, g, **o: gated(q, k, v, beta, g, **o), "q k v beta g"),
        "delta": (by_head(load("delta_rule").delta_rule_recurrence), "q k v beta"),
        "decay_per_head": (load("simple_gla").naive_recurrent_simple_gla, "q k v g"),
        "decay_per_key": (load("gla").naive_recurrent_gla, "q k v gk"),
        "dplr": (by_head(load("generalized_delta_rule/dplr").dplr_recurrence), "q k v a b w"),
    }


def main():
    torch.float32 = torch.float64
    torch.Tensor.float = torch.Tensor.double
    tensors = {}
    for name, (rule, order) in rules(Path(sys.argv[1]) / "fla/ops").items():
        given = {key: value.requires_grad_() for key, value in inputs().items()
                 if key in (*order.split(), "state")}
        output, state = rule(*(given[key] for key in order.split()), initial_state=given["state"],
                             output_final_state=True)
        grads = torch.autograd.grad((output, state), list(given.values()),
                                    (sine_fill(21, output.shape), sine_fill(22, state.shape)))
        assert output.dtype == torch.float64
        tensors[f"{name}.output"], tensors[f"{name}.state"] = output.detach(), state.detach()
        tensors |= {f"{name}.d_{key}": grad for key, grad in zip(given, grads)}
    save_file({name: value.contiguous() for name, value in tensors.items()}, OUT)
    print(f"{OUT}: {len(tensors)} tensors, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()

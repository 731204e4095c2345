"""Writes tests/golden/pth: one state_dict as torch.save's zip and legacy forms, and what is in it.

Run with an environment that has torch: python tests/golden/make/pth.py
"""
import collections
import os
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parents[1] / "pth"


def weights():
    plain = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4
    shared = torch.arange(8, dtype=torch.float32)
    return collections.OrderedDict(
        [("plain.weight", plain),
         ("turned.weight", plain.t()),  # strides [1, 3]
         ("part.weight", shared[2:6].reshape(2, 2)),  # an offset in a storage that is used twice
         ("part.bias", shared[6:]),
         ("half", torch.tensor([0.5, -2.0, 6e-8, 65504.0], dtype=torch.float16)),
         ("brain", torch.tensor([1.5, -3.0], dtype=torch.bfloat16)),
         ("double", torch.tensor([0.1], dtype=torch.float64)),
         ("parameter", torch.nn.Parameter(torch.tensor([3.0]))),
         ("bn.num_batches_tracked", torch.tensor(7))])


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


def main():
    FOLDER.mkdir(exist_ok=True)
    checkpoint = {"epoch": 3, "best_acc": 71.5, "state_dict": weights(), "notes": [None, True]}
    for zipped, name in ((True, "zip"), (False, "legacy")):
        torch.save(checkpoint, FOLDER / f"{name}.pth", _use_new_zipfile_serialization=zipped)
        torch.save({"state_dict": Evil()}, FOLDER / f"evil_{name}.pth",
                   _use_new_zipfile_serialization=zipped)


if __name__ == "__main__":
    main()

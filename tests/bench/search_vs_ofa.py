#!/usr/bin/env python3
"""Searches of OFA-MobileNetV3 for a Samsung Note10, by the authors' own Python and by tailor, in turns.

    pip download --no-deps ofa && unzip ofa-*.whl -d ofa_package
    PYTHONPATH=ofa_package PYTHON tests/bench/search_vs_ofa.py build/ci/tests/bench/bench_note10_search \
        PUBLISHED/ofa [--limit 25] [--seeds 10]

PYTHON: an environment with torch, numpy and pyyaml. PUBLISHED: a clone of github.com/han-cai/files.

Each seed: theirs (500 generations of 100, 50,100 archs scored) on one thread by processor time; our
evolution with 50,100 archs, and our preset of their algorithm, on one thread. "To their mean": seconds
until a search's best first reaches the mean of their seeds' final accuracies; ours is run again with
just as many evaluations (searches repeat to the bit) and timed. The winner of each of our searches is
scored once more by their predictor and their tables; the largest difference is printed.
"""
import argparse
import importlib.util
import random
import statistics
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy
import torch
import yaml


make = Path(__file__).resolve().parents[1] / "golden" / "make" / "ofa.py"
spec = importlib.util.spec_from_file_location("make_ofa", make)
make_ofa = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_ofa)
sys.meta_path.insert(0, make_ofa.Stubs())  # what their modules import and the search never uses
sys.modules["tqdm"] = types.SimpleNamespace(tqdm=lambda items, **_: items)
from ofa.tutorial.accuracy_predictor import AccuracyPredictor  # noqa: E402
from ofa.tutorial.evolution_finder import EvolutionFinder  # noqa: E402
from ofa.tutorial.latency_table import LatencyEstimator, LatencyTable  # noqa: E402

GENERATIONS, POPULATION = 500, 100
EVALUATIONS = POPULATION * (GENERATIONS + 1)


def their_parts(folder):
    accuracy = AccuracyPredictor(pretrained=False, device="cpu")
    accuracy.model.load_state_dict(torch.load(f"{folder}/acc_predictor.pth", map_location="cpu"))
    latency = LatencyTable.__new__(LatencyTable)  # its constructor downloads
    latency.latency_tables = {}
    for size in (160, 176, 192, 208, 224):
        table = LatencyEstimator.__new__(LatencyEstimator)
        with open(f"{folder}/note10/{size}_lookup_table.yaml") as file:
            table.lut = yaml.safe_load(file)
        latency.latency_tables[size] = table
    return accuracy, latency


def their_search(parts, limit, seed):
    """Best accuracy, processor seconds, and (seconds, best) after each generation."""
    accuracy, latency = parts
    random.seed(seed)
    numpy.random.seed(seed)
    course, best = [], [0.0]
    begin = time.process_time()

    class Watched:
        @staticmethod
        def predict_accuracy(population):
            scores = accuracy.predict_accuracy(population)
            best[0] = max(best[0], scores.max().item())
            course.append((time.process_time() - begin, best[0]))
            return scores

    finder = EvolutionFinder("note10", limit, latency, Watched, mutate_prob=0.1,
                             population_size=POPULATION, max_time_budget=GENERATIONS,
                             parent_ratio=0.25, mutation_ratio=0.5)
    _, info = finder.run_evolution_search()
    return info[0], time.process_time() - begin, course


def our_search(bench, folder, limit, seed, evaluations, strategy):
    """A line of bench_note10_search as a mapping."""
    out = subprocess.run(
        [bench, folder, f"limits={limit}", f"first={seed}", "seeds=1", "threads=1", "arch=1",
         f"evaluations={evaluations}", f"strategy={{name: {strategy}}}"],
        check=True, capture_output=True, text=True).stdout
    head, line, arch = out.splitlines()[:3]
    return dict(zip(head.split(), line.split())) | {"arch": arch}


def scored_by_them(parts, text):
    """(accuracy, latency) of an arch "ks=5,3,0,... e=... d=... r=192"."""
    fields = {key: [int(float(v)) for v in values.split(",")]
              for key, values in (word.split("=") for word in text.split())}
    sample = {"ks": fields["ks"], "e": fields["e"], "d": fields["d"], "r": fields["r"]}
    return (parts[0].predict_accuracy([sample]).item(), parts[1].predict_efficiency(sample))


def spread(values):
    return f"{statistics.median(values):.4g} ({min(values):.4g} to {max(values):.4g})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--limit", type=float, default=25)
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(1)
    parts = their_parts(args.folder)
    theirs, ours, preset, apart = [], [], [], [0.0, 0.0]
    for seed in range(args.seeds):
        theirs.append(their_search(parts, args.limit, seed))
        for to, strategy in ((ours, "evolution"), (preset, "ofa_evolution")):
            to.append(our_search(args.bench, args.folder, args.limit, seed, EVALUATIONS, strategy))
            accuracy, latency = scored_by_them(parts, to[-1]["arch"])
            apart[0] = max(apart[0], abs(accuracy - float(to[-1]["accuracy"])))
            apart[1] = max(apart[1], abs(latency - float(to[-1]["latency"])))
        print(f"seed {seed}: theirs {theirs[-1][0]:.5f} in {theirs[-1][1]:.2f} s, evolution "
              f"{float(ours[-1]['accuracy']):.5f} in {ours[-1]['seconds']} s, their algorithm here "
              f"{float(preset[-1]['accuracy']):.5f} in {preset[-1]['seconds']} s", flush=True)
    target = statistics.mean(best for best, _, _ in theirs)
    ratios, shorter, reached = [], [], 0
    for seed, (_, seconds, course) in enumerate(theirs):
        ratios.append(seconds / float(ours[seed]["seconds"]))
        arrival = [at for at, best in course if best >= target]
        reached += bool(arrival)
        again = our_search(args.bench, args.folder, args.limit, seed, f"target:{target}",
                           "evolution")
        shorter.append((arrival[0] if arrival else seconds) / float(again["seconds"]))
    print(f"theirs            best {max(b for b, _, _ in theirs):.5f}, mean {target:.5f}, "
          f"{spread([s for _, s, _ in theirs])} s")
    for name, rows in (("evolution", ours), ("ofa_evolution", preset)):
        values = [float(row["accuracy"]) for row in rows]
        print(f"{name:17} best {max(values):.5f}, mean {statistics.mean(values):.5f}, "
              f"{spread([float(row['seconds']) for row in rows])} s")
    print(f"same evaluations  {spread(ratios)} times faster")
    print(f"to their mean     {spread(shorter)} times sooner ({args.seeds - reached} of their seeds "
          f"never reached it: their whole time counts)")
    print(f"winners scored by them differ by at most {apart[0]:.1e} and {apart[1]:.1e} ms")


if __name__ == "__main__":
    main()

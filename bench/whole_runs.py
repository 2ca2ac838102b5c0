#!/usr/bin/python3
"""Whole programs beside PyTorch's: start-up, memory, and the default comparison. Prints Markdown.

    /usr/bin/python3 bench/whole_runs.py     # needs build/release/fanin, and both cores for the last row

PyTorch runs experiments/peer/train.py, which does what `fanin train` does. Start-up is a process from its start to its end
with one LeNet-5 step on MNIST and the evaluation of the 10,000 test images. Memory is the peak of an epoch of LeNet-5.
The comparison is what `make compare` runs, of seed 0 alone and without LSUV, which PyTorch lacks: two runs at a time.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FANIN, PEER = [ROOT / "build/release/fanin", "train"], ["/usr/bin/python3", "-W", "ignore", ROOT / "experiments/peer/train.py"]
INITS = ["zero", "normal", "xavier_uniform", "kaiming_uniform", "kaiming_normal", "orthogonal:gain=1.41421", "default"]
LENET = [init for init in INITS if "orthogonal" not in init] + ["xavier_normal"]
COMMON = ["--seed", "0", "--lr", "0.01", "--momentum", "0.9", "--eval-every", "200"]
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")


def run(command):
    """Seconds and peak megabytes of a process."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def peer_sweep():
    runs = [["lenet5", "--init", init, "--epochs", "3"] for init in LENET]
    runs += [[f"mlp:depth={depth},width=128,act=relu", "--init", init] for depth in (10, 30) for init in INITS]
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda options: run([*PEER, *options, *COMMON]), runs))
    return time.perf_counter() - begun


def our_sweep():
    with tempfile.TemporaryDirectory() as out:
        compare = [ROOT / "build/release/fanin", "compare", "--seeds", "0", "--jobs", "2", "--out", out]
        return run([*compare, "lenet5", "--inits", *LENET])[0] + run([*compare, "mlp", "--inits", *INITS])[0]


def row(name, unit, pairs, goal, stretch):
    ours, theirs = (statistics.median(column) for column in zip(*pairs))
    ratios = sorted(a / b for a, b in pairs)
    print("|", " | ".join([name, f"{ours:.3g} {unit}", f"{theirs:.3g} {unit}", f"{statistics.median(ratios):.2f}",
                           f"{ratios[0]:.2f} to {ratios[-1]:.2f}", f"{goal:.2f}", f"{stretch:.2f}"]), "|", flush=True)


def main():
    print("| whole program | fanin | PyTorch | ratio | range | goal | stretch |\n| --- | --: | --: | --: | --- | --: | --: |")
    step, epoch = ["lenet5", "--max-steps", "1"], ["lenet5", *COMMON]
    run([*FANIN, *step]), run([*PEER, *step])  # the files' pages
    row("start-up, one step, one evaluation", "s", [(run([*FANIN, *step])[0], run([*PEER, *step])[0]) for _ in range(9)], 0.20, 0.05)
    row("peak memory of an epoch of LeNet-5", "MB", [(run([*FANIN, *epoch])[1], run([*PEER, *epoch])[1]) for _ in range(3)], 0.35, 0.20)
    row("`make compare`, two runs at a time", "s", [(our_sweep(), peer_sweep()) for _ in range(3)], 0.30, 0.20)


if __name__ == "__main__":
    main()

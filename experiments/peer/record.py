#!/usr/bin/env python3
"""Trains PyTorch on the runs of one seed in results folders of `fanin compare`, and writes their curves to curves.csv.

    record.py [--seed 0] results/lenet5 results/mlp

train.py repeats the command that each run's log names. Runs with an init that PyTorch lacks are left out. From then on the
figures show PyTorch's curve next to every run with such a command.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ["epoch", "step", "train_loss", "test_loss", "test_accuracy"]


def events(log):
    return [json.loads(line) for line in Path(log).read_text().splitlines()]


def curve(command):
    """Returns the evaluations of PyTorch's run of a command, or none if PyTorch lacks the init."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        words = shlex.split(command)[2:]  # without `fanin train`
        done = subprocess.run([sys.executable, HERE / "train.py", *words, "--log", log], capture_output=True, text=True,
                              env={**os.environ, "OMP_NUM_THREADS": "1"})
        if done.returncode != 0:
            print(f"left out: {command}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return []
        return [event for event in events(log) if event["event"] == "epoch"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logs = [log for folder in options.folders for log in sorted((folder / "runs").glob(f"*-seed{options.seed}*.jsonl"))
            if log.name.split(f"-seed{options.seed}")[1][0] in ".-"]
    commands = [events(log)[0]["command"] for log in logs]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        curves = list(pool.map(curve, commands))
    with open(HERE / "curves.csv", "w", newline="") as file:
        file.write(",".join(["command", *COLUMNS]) + "\n")
        for command, evaluations in zip(commands, curves):
            for event in evaluations:
                numbers = (f"{float('nan') if event[name] is None else event[name]:.6g}" for name in COLUMNS)
                file.write(",".join([f'"{command}"', *numbers]) + "\n")
    print(f"{sum(map(bool, curves))} of {len(commands)} runs in {HERE / 'curves.csv'}")


if __name__ == "__main__":
    main()

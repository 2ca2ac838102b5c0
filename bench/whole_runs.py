#!/usr/bin/env python3
"""Times whole programs of fanin and PyTorch in turns: start-up, an epoch, memory, and a sweep. Prints Markdown.

    make side-by-side ARGS=runs      # into results/bench/README.md; or, after `make build`:
    python3 bench/whole_runs.py [--rounds 9] [--sweep-rounds 3] [--seeds 0] [--max-steps 0]

PyTorch's side is experiments/peer/train.py, a plain script that does what `fanin train` does: same options, weights, batches
and log. It does not look into the layers; fanin does, and its time includes these looks. It slices its batches and
keeps the images as bytes, so it needs no DataLoader. Times are those of the process, which runs on one core with one thread.

The sweep is what `make compare` runs, with the seeds of --seeds and without LSUV, which PyTorch lacks. fanin's side is
`fanin compare --fresh` with its summaries and figures. PyTorch's side repeats the commands in fanin's logs. Both run two
processes at a time. --max-steps shortens all runs. A second table compares --jobs 2 and --jobs 1 of that sweep in fanin; it
is meaningful only on a machine with two free cores.

--looks measures the processor time of an epoch of `fanin train` with its usual looks into the layers, and without.
"""

import json
import shlex
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import turns  # does not load PyTorch, so a child's peak of memory does not start at PyTorch's
from turns import FANIN, run

PEER = [sys.executable, "-W", "ignore", turns.ROOT / "experiments/peer/train.py"]
SPECS = ["lenet5", "mlp"]  # the specs that `fanin compare` runs without arguments
LOOKED_AT = ["lenet5", "mlp:depth=5,width=256", "mlp:depth=50,width=64,act=tanh", "lstm", "mlp:depth=10,bn=1"]


def pairs_of(options, rounds, folder):
    """Returns the usage of `fanin train` and of PyTorch's script, a pair for each round."""
    sides = [[FANIN, "train"], PEER]
    for side in sides:
        run([*side, "lenet5", "--max-steps", "1"])  # brings the files into memory
    return [[run([*side, *options], f"{folder}/{round_}-{number}.jsonl", turns.CORE) for number, side in enumerate(sides)]
            for round_ in range(rounds)]


def events(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def compare(spec, arguments, folder, jobs):
    """Returns the seconds that a spec takes with all its inits but LSUV."""
    inits = tomllib.loads((turns.ROOT / f"experiments/specs/{spec}.toml").read_text())["inits"]
    steps = ["--max-steps", str(arguments.max_steps)] if arguments.max_steps else []
    return run([FANIN, "compare", spec, "--inits", *(init for init in inits if init != "lsuv"), "--seeds", arguments.seeds,
                *steps, "--jobs", str(jobs), "--fresh", "--out", folder]).whole


def sweep(spec, arguments, folder):
    """Returns the seconds of both sides, the number of runs, and how many began with the same weights on both sides."""
    ours = compare(spec, arguments, folder, 2)
    logs = sorted(Path(folder, spec, "runs").glob("*.jsonl"))
    commands = [shlex.split(events(log)[0]["command"])[2:] for log in logs]  # after "fanin train"
    theirs = [f"{log}.torch" for log in logs]
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda command, log: run([*PEER, *command, "--log", log]), commands, theirs))
    seconds = time.perf_counter() - begun
    ends = [[events(Path(log))[-1]["initial_fingerprint"] for log in side] for side in (logs, theirs)]
    return ours, seconds, len(logs), sum(a == b for a, b in zip(*ends))


def sweeps(arguments, folder):
    rounds = [[sweep(spec, arguments, f"{folder}/sweep{i}") for spec in SPECS] for i in range(arguments.sweep_rounds)]
    sums = [[sum(column) for column in zip(*done)] for done in rounds]
    _, _, runs, same = sums[-1]
    return [pair[:2] for pair in sums], f"{same} of {runs} runs began with the same weights, bit for bit"


def compare_jobs(arguments, folder):
    """Prints a table of the same runs, two at a time and one at a time in turns."""
    pairs = [[sum(compare(spec, arguments, f"{folder}/jobs{jobs}", jobs) for spec in SPECS) for jobs in (2, 1)]
             for _ in range(arguments.sweep_rounds)]
    print()
    turns.header("the same sweep in fanin", "ratio", "quartiles", "two at a time", "one at a time")
    turns.row("`--jobs 2` divided by `--jobs 1`", *turns.result(pairs).cells(" s"))


def looks(rounds):
    turns.made_by(f"Each model ran for {rounds} rounds, with its usual looks and with `--diagnostics-every 0`.")
    turns.header("an epoch of fanin with and without looks", "goal", "ratio", "quartiles", "with", "without")
    with tempfile.TemporaryDirectory() as folder:
        for model in LOOKED_AT:
            pairs = [[run([FANIN, "train", model, *off], f"{folder}/looks.jsonl", turns.CORE).processor
                      for off in ([], ["--diagnostics-every", "0"])] for _ in range(rounds)]
            turns.row(f"`{model}`", "1.10", *turns.result(pairs).cells(" s", digits=3))


def show(name, unit, pairs, goals=("", "")):
    turns.row(name, *goals, *turns.result(pairs).cells(f" {unit}"))


def main():
    parser = turns.options(__doc__, 9, "rounds of the start; the epoch has a third as many")
    parser.add_argument("--sweep-rounds", type=int, default=3, help="rounds of the sweep; 0: none")
    parser.add_argument("--seeds", default="0", help="seeds of the sweep; `make compare` uses those of the specs")
    parser.add_argument("--max-steps", type=int, default=0, help="steps of each run of the sweep; 0: as the specs say")
    parser.add_argument("--looks", action="store_true", help="measure only what looks into the layers cost")
    arguments = parser.parse_args()
    if arguments.looks:
        return looks(arguments.rounds)
    epochs, sweep_rounds = max(2, arguments.rounds // 3), arguments.sweep_rounds
    turns.made_by(f"The rounds: {arguments.rounds} of the start, {epochs} of the epoch, and {sweep_rounds} of the sweep.")
    turns.header("whole program", "goal", "stretch", "ratio", "quartiles", "fanin", "PyTorch")
    with tempfile.TemporaryDirectory() as folder:
        start = pairs_of(["lenet5", "--max-steps", "1"], arguments.rounds, folder)
        first = [[usage.first_step for usage in pair] for pair in start]
        show("from the start to the first step of LeNet-5 on MNIST", "s", first, ("0.20", "0.05"))
        show("from the start to the end, with an evaluation on 10,000 images", "s", [[u.whole for u in p] for p in start])
        epoch = pairs_of(["lenet5", "--momentum", "0.9"], epochs, folder)
        show("an epoch of LeNet-5 on MNIST, and an evaluation", "s", [[u.whole for u in p] for p in epoch])
        show("peak memory of that epoch", "MB", [[u.megabytes for u in p] for p in epoch], ("0.35", "0.20"))
        if sweep_rounds:
            pairs, note = sweeps(arguments, folder)
            cut = f", {arguments.max_steps} steps each" if arguments.max_steps else ""
            show(f"`make compare`, seeds {arguments.seeds}, without LSUV{cut}, two runs at a time", "s", pairs, ("0.30", "0.20"))
            print(f"\n{note}. The first lines of bench/whole_runs.py explain each row.")
            compare_jobs(arguments, folder)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Whole programs in turns with PyTorch's: start-up, an epoch, memory, and the default comparison. Prints Markdown.

    make side-by-side ARGS=runs      # into results/bench/README.md; or, once `make build` was here:
    /usr/bin/python3 bench/whole_runs.py [--rounds 9] [--sweep-rounds 3] [--seeds 0] [--max-steps 0]

PyTorch's side is experiments/peer/train.py, the work of `fanin train` in a plain script with the same options, weights,
batches and log, but without fanin's looks into its layers, whose time fanin's includes. It slices its batches and keeps the
images as bytes, which spares it a DataLoader's time and memory. Time is that of the process; "first step" is when its log
has one. One process runs on one core with one thread.

The sweep is what `make compare` runs, of --seeds alone and without LSUV, which PyTorch lacks: `fanin compare --fresh` with
its summaries and figures, and then, by the commands in fanin's logs, the same runs in PyTorch, two at a time in both.
--max-steps cuts the runs of both. The second table is of that sweep by fanin alone, with --jobs 2 and with --jobs 1; on a
machine with fewer cores, or busy ones, it says nothing.

With --looks: processor time of an epoch of `fanin train` with looks into the layers, as they are by default, and without.
"""

import json
import shlex
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import turns  # and not PyTorch: a child's peak of memory is never below that of its parent
from turns import FANIN, run

PEER = ["/usr/bin/python3", "-W", "ignore", turns.ROOT / "experiments/peer/train.py"]
SPECS = ["lenet5", "mlp"]  # what `fanin compare` takes by itself
LOOKED_AT = ["lenet5", "mlp:depth=5,width=256", "mlp:depth=50,width=64,act=tanh", "lstm", "mlp:depth=10,bn=1"]


def pairs_of(options, rounds, folder):
    """(ours, theirs) round by round of `fanin train` and of PyTorch's script."""
    sides = [[FANIN, "train"], PEER]
    for side in sides:
        run([*side, "lenet5", "--max-steps", "1"])  # has the files' pages in memory
    return [[run([*side, *options], f"{folder}/{round_}-{number}.jsonl", turns.CORE) for number, side in enumerate(sides)]
            for round_ in range(rounds)]


def events(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def compare(spec, arguments, folder, jobs):
    """Seconds of all inits but LSUV."""
    inits = tomllib.loads((turns.ROOT / f"experiments/specs/{spec}.toml").read_text())["inits"]
    steps = ["--max-steps", str(arguments.max_steps)] if arguments.max_steps else []
    return run([FANIN, "compare", spec, "--inits", *(init for init in inits if init != "lsuv"), "--seeds", arguments.seeds,
                *steps, "--jobs", str(jobs), "--fresh", "--out", folder]).whole


def sweep(spec, arguments, folder):
    """Seconds of both sides, the number of runs, and how many began with the same weights."""
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
    """The specs in turns."""
    pairs = []
    for round_ in range(arguments.sweep_rounds):
        done = [sweep(spec, arguments, f"{folder}/sweep{round_}") for spec in SPECS]
        ours, theirs, runs, same = map(sum, zip(*done))
        pairs.append((ours, theirs))
    return pairs, f"{same} of {runs} runs began with the same weights, bit for bit"


def compare_jobs(arguments, folder):
    """A table of the same runs two at a time and one at a time, in turns."""
    pairs = [[sum(compare(spec, arguments, f"{folder}/jobs{jobs}", jobs) for spec in SPECS) for jobs in (2, 1)]
             for _ in range(arguments.sweep_rounds)]
    print()
    turns.header("fanin's runs of that sweep", "ratio", "quartiles", "two at a time", "one at a time")
    turns.row("`--jobs 2` by `--jobs 1`", *turns.result(pairs).cells(" s"))


def looks(rounds):
    turns.made_by(f"{rounds} rounds; every model with `--diagnostics-every 0` and without.")
    turns.header("an epoch of fanin, looks into layers by none", "goal", "ratio", "quartiles", "with", "without")
    with tempfile.TemporaryDirectory() as folder:
        for model in LOOKED_AT:
            pairs = [[run([FANIN, "train", model, *off], f"{folder}/looks.jsonl", turns.CORE).processor
                      for off in ([], ["--diagnostics-every", "0"])] for _ in range(rounds)]
            turns.row(f"`{model}`", "1.10", *turns.result(pairs).cells(" s", digits=3))


def show(name, unit, pairs, goals=("", "")):
    turns.row(name, *goals, *turns.result(pairs).cells(f" {unit}"))


def main():
    parser = turns.options(__doc__, 9, "of the start; a third of them of the epoch")
    parser.add_argument("--sweep-rounds", type=int, default=3, help="0: no sweep")
    parser.add_argument("--seeds", default="0", help="of the sweep; make compare has those of the specs")
    parser.add_argument("--max-steps", type=int, default=0, help="of each run of the sweep; 0: as the specs say")
    parser.add_argument("--looks", action="store_true", help="what looks into the layers cost, alone")
    arguments = parser.parse_args()
    if arguments.looks:
        return looks(arguments.rounds)
    turns.made_by(f"{arguments.rounds} rounds of the start, {max(2, arguments.rounds // 3)} of the epoch, "
                  f"{arguments.sweep_rounds} of the sweep.")
    turns.header("whole program", "goal", "stretch", "ratio", "quartiles", "fanin", "PyTorch")
    with tempfile.TemporaryDirectory() as folder:
        start = pairs_of(["lenet5", "--max-steps", "1"], arguments.rounds, folder)
        first = [[usage.first_step for usage in pair] for pair in start]
        show("from the start to the first step of LeNet-5 on MNIST", "s", first, ("0.20", "0.05"))
        show("to the end: a step, and an evaluation of 10,000 images", "s", [[u.whole for u in p] for p in start])
        epoch = pairs_of(["lenet5", "--momentum", "0.9"], max(2, arguments.rounds // 3), folder)
        show("an epoch of LeNet-5 on MNIST and an evaluation", "s", [[u.whole for u in p] for p in epoch])
        show("peak memory of that", "MB", [[u.megabytes for u in p] for p in epoch], ("0.35", "0.20"))
        if arguments.sweep_rounds:
            pairs, note = sweeps(arguments, folder)
            cut = f", {arguments.max_steps} steps each" if arguments.max_steps else ""
            show(f"runs of `make compare`, seeds {arguments.seeds}, no LSUV{cut}, two at a time", "s", pairs, ("0.30", "0.20"))
            print(f"\n{note}. The docstring of bench/whole_runs.py says what each row is.")
            compare_jobs(arguments, folder)


if __name__ == "__main__":
    main()

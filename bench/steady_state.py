#!/usr/bin/env python3
"""Counts page faults and system calls of a training step; fails if a step causes faults or asks for memory.

    make side-by-side ARGS=steady    # or, after bench and `make build`:
    python3 bench/steady_state.py [WORK ...]

Each count is the difference between a process of 550 steps and one of 50, which excludes start-up and end. Page faults come
from wait4, calls from `strace -f -c`. WORK is a net of bench/steps.hpp, or "train NET" for the whole of `fanin train`.
"""

import sys
import tempfile
from collections import Counter

import turns

FEW, MANY = 50, 550
WORK = [*(net for net in turns.GOALS if not turns.is_fill(net)), "train lenet5", "train mlp:depth=20,width=100,bn=1"]
MEMORY = {"mmap", "munmap", "brk", "mremap", "madvise"}
ALLOWED = {"faults": 50, "calls": 5}  # for all steps together; the system itself causes a few


def run(work, steps, *tracer):
    if work.startswith("train "):
        return turns.run([*tracer, turns.FANIN, *work.split(), "--momentum", "0.9", "--max-steps", str(steps)])
    return turns.run([*tracer, turns.STEPS, work, "64"], text=f"{steps}\n")


def calls(work, steps):
    with tempfile.NamedTemporaryFile("r") as table:
        run(work, steps, "strace", "-f", "-c", "-U", "name,calls", "-o", table.name)
        lines = [line.split() for line in table if len(line.split()) == 2]
    return Counter({name: int(count) for name, count in lines if count.isdigit() and name != "total"})


def main():
    failed = False
    turns.made_by(f"Each count is the difference between runs of {MANY} and {FEW} steps with batches of 64.")
    turns.header("steps of", "page faults", "mmap, munmap, brk, mremap, madvise", "other system calls", "page faults a step")
    for work in sys.argv[1:] or WORK:
        more = run(work, MANY).faults - run(work, FEW).faults
        few, many = calls(work, FEW), calls(work, MANY)
        memory = sum(many[name] - few[name] for name in MEMORY)
        other = {name: many[name] - few[name] for name in sorted({*few, *many} - MEMORY) if many[name] != few[name]}
        failed |= more > ALLOWED["faults"] or memory > ALLOWED["calls"]
        turns.row(work, more, memory, ", ".join(f"{name} {count:+}" for name, count in other.items()) or "0",
                  f"{more / (MANY - FEW):.3f}")
    sys.exit(failed)


if __name__ == "__main__":
    main()

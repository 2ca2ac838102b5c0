"""What the measurements beside PyTorch share: taking turns, medians, and saying how a table was made. Needs no PyTorch."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before anyone loads PyTorch; children inherit it
CORE = max(os.sched_getaffinity(0))


def stay_on_one_core():
    os.sched_setaffinity(0, [CORE])


class Fanin:
    """bench/step_worker.cpp: training steps of a net at a batch size, or fills of a shape by a call of an init function."""

    def __init__(self, work, size):
        if not (ROOT / "build/bench/fanin_steps").exists():
            sys.exit("build/bench/fanin_steps is not there: make side-by-side builds it")
        self.process = subprocess.Popen([ROOT / "build/bench/fanin_steps", work, str(size)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"fanin_steps does not do {work} {size}")

    def seconds(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Python:
    """The same of a function."""

    def __init__(self, work):
        self.work = work
        work()

    def seconds(self, steps):
        begun = time.perf_counter()
        for _ in range(steps):
            self.work()
        return time.perf_counter() - begun


class Result(NamedTuple):
    ours: float  # medians
    theirs: float
    ratio: float  # of the medians
    low: float  # quartiles of the ratios round by round
    high: float


def result(pairs):
    """Of (ours, theirs), one pair a round."""
    ours, theirs = (statistics.median(side) for side in zip(*pairs))
    ratios = [a / b for a, b in pairs]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Result(ours, theirs, ours / theirs, low, high)


def compare(fanin, python, rounds, seconds=0.3):
    """Milliseconds a step of both, in turns, each turn about so many seconds long."""
    counts = []
    for side in (fanin, python):
        side.seconds(2)
        counts.append(max(1, int(seconds / (side.seconds(3) / 3))))
    pairs = [[1000 * side.seconds(count) / count for side, count in zip((fanin, python), counts)] for _ in range(rounds)]
    fanin.end()
    return result(pairs)


def cpu():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), os.uname().machine)
    return name + (", AVX-512" if any("avx512f" in line for line in lines) else "")


def made_by(what):
    """A paragraph: the command, and where and when it ran."""
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)  # noqa: E731
    changed = git("diff", "--quiet", "HEAD", "--", ".", ":!results").returncode  # results are what is written here
    commit = git("rev-parse", "--short", "HEAD").stdout.strip() + ("-dirty" if changed else "")
    command = " ".join(["bench/" + Path(sys.argv[0]).name, *sys.argv[1:]])
    print(f"Made by `/usr/bin/python3 {command}` on commit {commit}, {time.strftime('%F')}; {cpu()}. {what}\n")


def header(*columns):
    """Columns after the first hold numbers."""
    print("|", " | ".join(columns), "|\n| ---", "| --: " * (len(columns) - 1) + "|")


def row(*cells):
    print("|", " | ".join(cells), "|", flush=True)

"""What the measurements share: processes, turns of fanin and PyTorch, medians, and tables. It does not load PyTorch."""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FANIN = ROOT / "build/release/fanin"
STEPS = ROOT / "build/bench/fanin_steps"
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # must be set before PyTorch is loaded; children inherit it
CORE = max(os.sched_getaffinity(0))
# For nets of bench/steps.hpp and functions that fill a matrix: the ratio that is the goal, and the stretch goal.
GOALS = {"lenet5": (0.20, 0.14), "mlp:depth=3,width=256": (0.45, 0.36), "mlp:depth=10,width=256": (0.50, 0.38),
         "mlp:depth=30,width=128": (0.40, 0.30), "mlp:depth=50,width=64,act=tanh": (0.25, 0.18),
         "mlp:depth=20,width=100,bn=1": (0.40, 0.25), "conv": (0.50, 0.35), "lstm:hidden=128": (0.50, 0.35),
         "tokens": (0.40, 0.25), "kaiming_normal_": (0.60, 0.40), "kaiming_uniform_": (0.60, 0.40), "uniform_": (0.60, 0.40)}


class Usage(NamedTuple):
    first_step: float  # seconds until the log has a step; None without a log
    whole: float  # seconds of wall time
    processor: float  # seconds
    megabytes: float  # peak
    faults: int  # page faults


def has_step(log):
    return any(os.path.exists(path) and b'"event":"step"' in Path(path).read_bytes() for path in (f"{log}.part", log))


def run(command, log=None, core=None, cwd=None, text=""):
    """Runs a process that reads the text, and returns its usage. If it fails, this program ends with its error message."""
    said, asked = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    asked.write(text.encode())
    asked.seek(0)
    begun, first = time.perf_counter(), None
    child = subprocess.Popen([*command, *(["--log", log] if log else [])], cwd=cwd, stdin=asked, stdout=subprocess.DEVNULL,
                             stderr=said, preexec_fn=(lambda: os.sched_setaffinity(0, [core])) if core is not None else None)
    watching = log is not None
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG if watching else 0)
        now = time.perf_counter() - begun
        if watching and (pid or has_step(log)):
            first, watching = now, False
        if pid:
            break
        if watching:
            time.sleep(0.0005)
    child.returncode = os.waitstatus_to_exitcode(status)
    if status:
        said.seek(0)
        sys.exit(f"{shlex.join(map(str, command))} failed: {said.read().decode()}")
    return Usage(first, now, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, usage.ru_minflt + usage.ru_majflt)


class Fanin:
    """Runs bench/step_worker.cpp: training steps of a net at a batch size, or calls of an init function on a shape."""

    def __init__(self, work, size):
        if not STEPS.exists():
            sys.exit("build/bench/fanin_steps does not exist; `make side-by-side` builds it")
        self.process = subprocess.Popen([STEPS, work, str(size)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"fanin_steps cannot run {work} {size}")

    def seconds(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def end(self):
        self.process.communicate()


class Python:
    """Calls a function as often."""

    def __init__(self, work):
        self.work = work
        work()

    def seconds(self, steps):
        begun = time.perf_counter()
        for _ in range(steps):
            self.work()
        return time.perf_counter() - begun


class Result(NamedTuple):
    ours: float  # a median, as theirs
    theirs: float
    ratio: float  # of the medians
    low: float  # quartiles of the ratios of the single rounds
    high: float

    def cells(self, unit="", digits=2):
        """Returns the ratio, its quartiles and both medians as text."""
        return [f"{self.ratio:.{digits}f}", f"{self.low:.{digits}f} to {self.high:.{digits}f}",
                f"{self.ours:.3g}{unit}", f"{self.theirs:.3g}{unit}"]


def is_fill(work):
    return work.partition(":")[0].endswith("_")


def result(pairs):
    """Summarises pairs (ours, theirs), one for each round."""
    ours, theirs = (statistics.median(side) for side in zip(*pairs))
    ratios = [a / b for a, b in pairs]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Result(ours, theirs, ours / theirs, low, high)


def compare(fanin, python, rounds, seconds=0.3):
    """Measures the milliseconds per step of both, in turns that last about so many seconds."""
    counts = []
    for side in (fanin, python):
        side.seconds(2)
        counts.append(max(1, int(seconds / (side.seconds(3) / 3))))
    pairs = [[1000 * side.seconds(count) / count for side, count in zip((fanin, python), counts)] for _ in range(rounds)]
    fanin.end()
    return result(pairs)


def options(doc, rounds, note=None):
    """Returns a parser of a script's options, which begins with --rounds."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=rounds, help=note)
    return parser


def cpu():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), os.uname().machine)
    return name + (", AVX-512" if any("avx512f" in line for line in lines) else "")


def made_by(what):
    """Prints a paragraph that says which command measured, where and when, and then `what`."""
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)  # noqa: E731
    changed = git("diff", "--quiet", "HEAD", "--", ".", ":!results").returncode  # the measurements write results
    commit = git("rev-parse", "--short", "HEAD").stdout.strip() + ("-dirty" if changed else "")
    command = " ".join(["bench/" + Path(sys.argv[0]).name, *sys.argv[1:]])
    day = time.strftime("%F")
    print(f"`python3 {command}` measured this on commit {commit}, {day}. The CPU is {cpu()}. {what}\n")


def header(*columns):
    """Prints the head of a table whose first column holds text and whose others hold numbers."""
    print("|", " | ".join(columns), "|\n| ---", "| --: " * (len(columns) - 1) + "|")


def row(*cells):
    print("|", " | ".join(map(str, cells)), "|", flush=True)

#!/usr/bin/env python3
"""Measures what sweeps cost beside training: single runs, and thousands of tiny ones in one folder. Prints Markdown.

    make scaling            # into results/bench/scaling.md; or, after `make build`:
    python3 bench/scaling.py [--runs 1000,10000] [--shards 1000] [--repeats 5]

The first table is about single runs on MNIST, and its times are medians of --repeats. It has the wall time of `fanin train
... --max-steps 1` (start, data, one step, one look into the layers and the test images), the time of one more step, the peak
of memory, and the sizes of the log of an epoch and of a checkpoint.

The second table is about a net of 610 parameters that trains for 8 steps on 256 images of random bytes. Many such runs go
into one folder, as one sweep and as shards one after the other; then commands read the folder. It has the wall time and the
peak of memory of one process, the largest of several, and --jobs is 1 throughout. Node, which draws the figures, needs 85 MB
or more by itself. The last rows read as many logs of LeNet-5's size: one epoch, copied under other seeds.
"""

import argparse
import hashlib
import json
import random
import re
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import turns

NETS = [("mlp:depth=2,width=32", 64), ("mlp:depth=2,width=128", 64), ("mlp:depth=2,width=512", 64),
        ("mlp:depth=5,width=128", 64), ("mlp:depth=20,width=128", 64), ("mlp:depth=80,width=128", 64),
        ("lenet5", 16), ("lenet5", 64), ("lenet5", 256), ("lstm", 64)]


def run(*words, **options):
    return turns.run([turns.FANIN, *map(str, words)], **options)


def start(*words, until, **options):
    """Starts fanin, and returns as soon as `until` holds or the process has ended."""
    process = subprocess.Popen([turns.FANIN, *map(str, words)], **options)
    while not until() and process.poll() is None:
        time.sleep(0.01)
    return process


def folder_bytes(folder):
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


def single_runs(repeats):
    turns.header("model", "batch", "start, ms", "step, ms", "epoch, s", "peak, MB", "log, kB", "checkpoint, kB")
    for model, batch in NETS:
        with tempfile.TemporaryDirectory() as work:
            train = ["train", model, "--batch", batch, "--log", f"{work}/a.jsonl"]
            short, steps = [run(*train, "--max-steps", 1) for _ in range(repeats)], 101
            longer = [run(*train, "--max-steps", steps) for _ in range(repeats)]
            step = (median(u.whole for u in longer) - median(u.whole for u in short)) / (steps - 1)
            whole = run(*train)
            log, kept = Path(f"{work}/a.jsonl").stat().st_size, Path(f"{work}/a.jsonl.checkpoints")
            stopped = start(*train, "--epochs", 1000, "--checkpoint-every", 1, stderr=subprocess.DEVNULL,
                            until=lambda: kept.is_dir() and len(list(kept.glob("*.json"))) >= 2)
            if stopped.poll() is not None:
                raise SystemExit(f"fanin train {model} ended before it had two checkpoints")
            stopped.terminate()
            stopped.wait()
            checkpoint = folder_bytes(kept) / len(list(kept.glob("*.json")))
            turns.row(f"`{model}`", batch, f"{1e3 * median(u.whole for u in short):.0f}", f"{1e3 * step:.2f}",
                      f"{whole.whole:.1f}", f"{whole.megabytes:.0f}", f"{log / 1e3:.0f}", f"{checkpoint / 1e3:.0f}")


def make_data(folder):
    random.seed(1)
    folder.mkdir()
    for name, count in (("train", 256), ("t10k", 64)):
        images, labels = random.randbytes(count * 64), bytes(random.randrange(10) for _ in range(count))
        (folder / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, 8, 8) + images)
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)


SPEC = """
name = "tiny"
model = "net.txt"
inits = ["default", "xavier_uniform"]
seeds = [0]
[train]
dataset = "idx"
data_dir = "idx"
data_mean = 0.5
data_std = 0.3
batch = 32
"""


def many_runs(counts, shards):
    print("\n| runs | | wall, s | ms per run | peak, MB |\n| --: | --- | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        make_data(work / "idx")
        (work / "net.txt").write_text("Sequential(Flatten(), Linear(64, 8), ReLU(), Linear(8, 10))\n")
        (work / "tiny.toml").write_text(SPEC)
        for count in counts:
            folder_of_runs(work, count, min(shards, count))


def folder_of_runs(work, count, shards):
    compare = ["compare", "tiny.toml", "--seeds", f"0-{count // 2 - 1}", "--jobs", 1, "--quiet"]
    whole, parts, both = f"whole-{count}", f"parts-{count}", f"both-{count}"

    def row(what, *commands, per_run=True):
        used = [run(*words, cwd=work) for words in commands]
        seconds = sum(u.whole for u in used)
        turns.row(count, what, f"{seconds:.2f}", f"{1e3 * seconds / count:.2f}" if per_run else "",
                  f"{max(u.megabytes for u in used):.0f}")

    row("`compare`, all runs", [*compare, "--out", whole])
    row("`compare` again, with nothing left to do", [*compare, "--out", whole])
    row("`status`", ["status", f"{whole}/tiny"])
    row("`report`", ["report", f"{whole}/tiny"])
    shard = [[*compare, "--out", parts, "--shard", f"{i}/{shards}"] for i in range(1, shards + 1)]
    row(f"`compare --shard`: {shards} shards, one after the other", *shard)
    (work / parts / "tiny/report.html").unlink()
    row("one shard again, which summarises the whole", shard[1], per_run=False)
    row("`merge` of both folders", ["merge", both, whole, parts])
    if (work / whole / "tiny/summary.csv").read_bytes() != (work / parts / "tiny/summary.csv").read_bytes():
        raise SystemExit("the summaries of the sweep and of its shards differ")
    megabytes = folder_bytes(work / whole) / 1e6
    turns.row(count, f"size of the folder: {megabytes:.0f} MB, {1e3 * megabytes / count:.1f} kB per run", "", "", "")
    copy_logs(work, count)
    row("`status` of LeNet-5's logs", ["status", "large/lenet5"])
    row("`report` of LeNet-5's logs", ["report", "large/lenet5"])
    turns.row(count, "`compare` with LeNet-5's logs, until the missing run starts", f"{seconds_to_start(work):.2f}", "", "")


def seconds_to_start(work):
    folder = work / "large/lenet5"
    missing = folder / "runs/default-seed2.jsonl"
    missing.unlink()
    begun = time.perf_counter()
    sweep = start("compare", folder / "spec.toml", "--out", work / "large", "--quiet", cwd=work, stdin=subprocess.DEVNULL,
                  stdout=subprocess.DEVNULL, until=missing.with_suffix(".jsonl.part").exists)
    seconds = time.perf_counter() - begun
    if sweep.wait():
        raise SystemExit("the sweep of LeNet-5's logs failed")
    return seconds


def copy_logs(work, count):
    shutil.rmtree(work / "large", ignore_errors=True)
    run("compare", "--model", "lenet5", "--inits", "default", "--seeds", "1", "--quiet", "--out", "large", cwd=work)
    folder = work / "large/lenet5"
    log = (folder / "runs/default-seed1.jsonl").read_text()
    lines, end = log[:-1].rsplit("\n", 1)
    end = json.loads(end)
    unhashed = json.dumps({key: end[key] for key in end if key not in ("sha256", "train_seconds")}, sort_keys=True,
                          separators=(",", ":"))
    for seed in range(1, count + 1):
        copy = lines.replace("--seed 1", f"--seed {seed}", 1) + "\n"
        end["sha256"] = hashlib.sha256((copy + unhashed).encode()).hexdigest()
        (folder / f"runs/default-seed{seed}.jsonl").write_text(copy + json.dumps(end, separators=(",", ":")) + "\n")
    spec = folder / "spec.toml"
    spec.write_text(re.sub(r"seeds = \[.*?\]", f"seeds = {list(range(1, count + 1))}", spec.read_text(), flags=re.S))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", default="1000,10000")
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print("# What a sweep costs beside training\n\n`make scaling` wrote this page. bench/scaling.py explains each column.\n")
    single_runs(options.repeats)
    many_runs([int(count) for count in options.runs.split(",")], options.shards)


if __name__ == "__main__":
    main()

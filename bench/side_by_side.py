#!/usr/bin/python3
"""Times training steps of fanin and of PyTorch in turns, on one core, and prints the ratios.

    make side-by-side                                  # all of NETS, into results/bench/README.md; or, once bench is built:
    /usr/bin/python3 bench/side_by_side.py [--rounds 9] [--batch 64] [NET ...]

A ratio is the median over the rounds of fanin's time divided by PyTorch's in the same round, with the quartiles. The
floor is the longer of what the net's products take at the rate of a large one and of what its parameters' traffic takes
at the rate of a large copy, both measured in the same run: each weight is read forward and backward and by the
optimiser, its momentum read, and gradient, momentum and weight written. "least" is the floor by PyTorch's time: no
program has a smaller ratio on this CPU, but one that stays in the cache.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])  # PyTorch here and fanin as a child: one core for both

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/golden"))

import torch
from torch import nn

import record_models

torch.set_num_threads(1)
CONV = nn.Sequential(nn.Conv2d(1, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3),
                     nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(10000, 128), nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.table(x).mean(1))


class RowLstm(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts

    def forward(self, x):
        return self.parts["fc"](self.parts["lstm"](x.squeeze(1))[0][:, -1])


# Each with the ratio that this project aims at, and the one it dreams of.
GOALS = {"lenet5": (0.20, 0.14), "mlp:depth=3,width=256": (0.45, 0.36), "mlp:depth=10,width=256": (0.50, 0.38),
         "mlp:depth=30,width=128": (0.40, 0.30), "mlp:depth=50,width=64,act=tanh": (0.25, 0.18),
         "mlp:depth=20,width=100,bn=1": (0.40, 0.25), "conv": (0.50, 0.35), "lstm:hidden=128": (0.50, 0.35),
         "tokens": (0.40, 0.25), "kaiming_normal_": (0.60, 0.40), "uniform_": (0.60, 0.40)}
NETS = list(GOALS)
# The other functions of torch.nn.init, with what they need; orthogonal_ takes minutes at 4096.
FILLS = {"normal_": {}, "xavier_uniform_": {}, "xavier_normal_": {}, "kaiming_uniform_": {}, "constant_": {"val": 0.5},
         "ones_": {}, "zeros_": {}, "eye_": {}, "trunc_normal_": {}, "sparse_": {"sparsity": 0.1}, "orthogonal_": {}}
EXTENTS = {"trunc_normal_": 1024, "sparse_": 1024, "orthogonal_": 512}


def torch_net(name):
    if name == "tokens":
        return Tokens()
    if name == "conv":
        return CONV
    if name.endswith(".txt"):
        return eval(Path(name).read_text(), vars(nn))
    net = record_models.build(name, "default", 0)
    return RowLstm(net) if name.startswith("lstm") else net


def torch_work(name, batch):
    """What is timed, as a function."""
    if name.endswith("_"):
        extent = EXTENTS.get(name, 4096)
        matrix, fill, arguments = torch.empty(extent, extent), getattr(nn.init, name), FILLS.get(name, {})
        return lambda: fill(matrix, **arguments)
    net = torch_net(name)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    x = torch.randint(10000, (batch, 32)) if name == "tokens" else torch.randn(batch, 1, 28, 28)
    y = torch.arange(batch) % 10

    def step():
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def products(name, batch):
    """Multiplications and additions in the products of one step: forward, weights' and inputs' gradients."""
    if name.endswith("_") or name == "tokens":
        return 0
    counts, net = [], torch_net(name)

    def count(layer, inputs, output):
        x = inputs[0]
        if isinstance(layer, nn.Linear):
            counts.append(2 * x.numel() * layer.out_features)
        elif isinstance(layer, nn.Conv2d):
            counts.append(2 * output.numel() * layer.weight[0].numel())
        elif isinstance(layer, nn.LSTM):
            weights = [p.numel() for p in layer.parameters() if p.dim() == 2]
            counts.extend(2 * batch * x.shape[1] * weight for weight in weights)  # the images' first

    for layer in net.modules():
        layer.register_forward_hook(count)
    net(torch.randn(batch, 1, 28, 28))
    return 3 * sum(counts) - counts[0]  # the images need no gradient


def traffic(name):
    """Bytes that the parameters of one step take through memory at the least."""
    return 0 if name.endswith("_") else 7 * 4 * sum(p.numel() for p in torch_net(name).parameters())


def rates(n=1024):
    """FLOP/s of a large product, and bytes/s of a large copy."""
    a, b, c = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
    x, y = torch.ones(1 << 25), torch.empty(1 << 25)
    times = []
    for _ in range(7):
        begun = time.perf_counter()
        torch.mm(a, b, out=c)
        middle = time.perf_counter()
        y.copy_(x)
        times.append((middle - begun, time.perf_counter() - middle))
    product, copy = (statistics.median(t) for t in zip(*times))
    return 2 * n**3 / product, 8 * x.numel() / copy


class Torch:
    def __init__(self, name, batch):
        self.work = torch_work(name, batch)
        self.work()

    def seconds(self, steps):
        begun = time.perf_counter()
        for _ in range(steps):
            self.work()
        return time.perf_counter() - begun


class Fanin:
    def __init__(self, name, batch):
        size = batch
        if name.endswith("_"):
            size = EXTENTS.get(name, 4096)
            name += "".join(f":{key}={value}" for key, value in FILLS.get(name, {}).items())
        self.process = subprocess.Popen([ROOT / "build/bench/fanin_steps", name, str(size)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "ready\n"

    def seconds(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def compare(name, batch, rounds, seconds=0.3):
    """Milliseconds a step of both, and their ratio round by round."""
    sides = [Fanin(name, batch), Torch(name, batch)]
    counts = []
    for side in sides:
        side.seconds(2)
        counts.append(max(1, int(seconds / (side.seconds(3) / 3))))
    times = [[1000 * side.seconds(count) / count for side, count in zip(sides, counts)] for _ in range(rounds)]
    sides[0].process.stdin.close()
    sides[0].process.wait()
    return [statistics.median(t) for t in zip(*times)], [ours / theirs for ours, theirs in times]


def cpu():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    return name + (", AVX-512" if any("avx512f" in line for line in lines) else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nets", nargs="*", metavar="NET", default=NETS + list(FILLS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=64)
    arguments = parser.parse_args()
    flops, bytes_ = rates()
    print(f"{cpu()}; PyTorch {torch.__version__}; batch {arguments.batch}, one thread, {arguments.rounds} rounds.")
    print(f"In the same run a product of 1024 by 1024 matrices does {flops / 1e9:.0f} GFLOP/s in PyTorch, a copy of 128 MB "
          f"{bytes_ / 1e9:.1f} GB/s.\n")
    print("| step | fanin ms | PyTorch ms | ratio | quartiles | goal | stretch | floor ms | least |")
    print("| --- | --: | --: | --: | --- | --: | --: | --: | --: |")
    for name in arguments.nets:
        (ours, theirs), ratios = compare(name, arguments.batch, arguments.rounds)
        low, ratio, high = statistics.quantiles(ratios, n=4)
        floor = 1000 * max(products(name, arguments.batch) / flops, traffic(name) / bytes_)
        goals = [f"{goal:.2f}" for goal in GOALS.get(name, ())] or ["", ""]
        least = [f"{floor:.2g}", f"{floor / theirs:.2f}"] if floor else ["", ""]
        print("|", " | ".join([name, f"{ours:.3g}", f"{theirs:.3g}", f"{ratio:.2f}", f"{low:.2f} to {high:.2f}", *goals,
                               *least]), "|", flush=True)


if __name__ == "__main__":
    main()

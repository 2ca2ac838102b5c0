"""The work of bench/step_worker.cpp in PyTorch, and lower bounds of its time."""

import sys

import turns  # before PyTorch, which reads the number of threads when it is loaded

sys.path.insert(0, str(turns.ROOT / "tests/golden"))

import os
import statistics

import torch
from torch import nn

import record_models

VERSION = torch.__version__
torch.set_num_threads(1)
os.sched_setaffinity(0, [turns.CORE])


class Parts(nn.Module):
    """Named layers, and the function that sends x through them."""

    def __init__(self, through, **layers):
        super().__init__()
        self.through, self.layers = through, nn.ModuleDict(layers)

    def forward(self, x):
        return self.through(x, **self.layers)


def network(name):
    if name == "tokens":
        return Parts(lambda x, table, out: out(table(x).mean(1)), table=nn.Embedding(10000, 128), out=nn.Linear(128, 10))
    if name == "conv":
        return nn.Sequential(nn.Conv2d(1, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3),
                             nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10))
    net = record_models.build(name, "default", 0)
    return Parts(lambda x, lstm, fc: fc(lstm(x.squeeze(1))[0][:, -1]), **net) if name.startswith("lstm") else net


def step(name, batch):
    """Returns a function that does one training step."""
    net = network(name)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    x = torch.randint(10000, (batch, 32)) if name == "tokens" else torch.randn(batch, 1, 28, 28)
    y = torch.arange(batch) % 10

    def work():
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return work


def fill(call, shape):
    """Returns a function that fills a tensor of a shape such as "64,3,7,7" by a call such as "constant_:val=0.5"."""
    name, arguments = record_models.parse_spec(call)
    arguments = {key: float(value) for key, value in arguments.items()}
    tensor, function = torch.empty(*map(int, shape.split(","))), getattr(nn.init, name)
    return lambda: function(tensor, **arguments)


def compare(name, size, rounds, seconds=0.3):
    python = turns.Python((fill if turns.is_fill(name) else step)(name, size))
    return turns.compare(turns.Fanin(name, size), python, rounds, seconds)


def flops(name, batch):
    """Counts the multiplications and additions in a step's products: outputs, gradients of weights and of inputs."""
    counts, net = [], network(name)

    def count(layer, inputs, output):
        x = inputs[0]
        if isinstance(layer, nn.Linear):
            counts.append(2 * x.numel() * layer.out_features)
        elif isinstance(layer, nn.Conv2d):
            counts.append(2 * output.numel() * layer.weight[0].numel())
        elif isinstance(layer, nn.LSTM):
            weights = [p.numel() for p in layer.parameters() if p.dim() == 2]
            counts.extend(2 * batch * x.shape[1] * weight for weight in weights)  # those on the images come first

    if name == "tokens":
        return 0
    for layer in net.modules():
        layer.register_forward_hook(count)
    net(torch.randn(batch, 1, 28, 28))
    return 3 * sum(counts) - counts[0]  # the images need no gradient


def median_seconds(work, times=7):
    return statistics.median(turns.Python(work).seconds(1) for _ in range(times))


def product_rate(n=1024):
    """Returns the FLOP/s of a product of n by n matrices."""
    a, b, c = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
    return 2 * n**3 / median_seconds(lambda: torch.mm(a, b, out=c))


def copy_rate(bytes_):
    """Returns the bytes read and written per second when one half of a block of memory is copied to the other."""
    x = torch.ones(max(1, bytes_ // 8))
    y, copies = torch.empty_like(x), max(1, (1 << 25) // bytes_)

    def work():
        for _ in range(copies):
            y.copy_(x)

    return 8 * x.numel() * copies / median_seconds(work)


def traffic_seconds(name):
    """
    Returns the time to move the parameters, of 4 bytes each, through memory in a step. The passes read a weight twice, write
    its gradient once, and the optimizer reads the gradient and reads and writes the weight and its momentum. An Embedding is
    an exception: the passes read only a few of its rows, which are not counted, but its gradient is dense as in PyTorch. The
    rate is that of a copy within as much memory as weights, gradients and momenta need, so they may stay in a cache.
    """
    net = network(name)
    table = sum(layer.weight.numel() for layer in net.modules() if isinstance(layer, nn.Embedding))
    parameters = sum(p.numel() for p in net.parameters())
    return 4 * (8 * parameters - 2 * table) / copy_rate(3 * 4 * parameters)

#!/usr/bin/env python3
"""Repeats published trainings in plain PyTorch if `fanin reproduce` trains something different from their notebooks.

    published.py [--seeds 20] [--fashion DIR] > experiments/peer/published.csv

It prints a row for each run and epoch: the spec of fanin's nearest runs, the variant, seed, epoch and accuracy. From
fast.ai's course22p2, 11_initializing, come the default init and Kaiming's on raw images, LSUV after the activation, and
batch norm with no gradient through mean and variance. From its course-v3, 07a_lsuv, come Kaiming's init, and LSUV that also
moves the ReLU's output. From Nielsen come large weights with weight decay on weights only. The seeds are ours: under the
default init fanin trains the same weights and batches. PyTorch 1.13.1 of Debian 12 wrote published.csv. A diverged network
predicts class 0.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import train

FASHION = Path("/usr/share/datasets/fashion-mnist")


class GeneralReLU(nn.Module):
    def __init__(self, leak=0.0, sub=0.0):
        super().__init__()
        self.leak, self.sub = leak, sub

    def forward(self, x):
        return F.leaky_relu(x, self.leak) - self.sub


class NoGradientBatchNorm(nn.Module):
    """The batch norm of course22p2: mean and unbiased variance are taken without gradient."""

    def __init__(self, channels, mom=0.1, eps=1e-5):
        super().__init__()
        self.mom, self.eps = mom, eps
        self.mults, self.adds = nn.Parameter(torch.ones(channels, 1, 1)), nn.Parameter(torch.zeros(channels, 1, 1))
        self.register_buffer("vars", torch.ones(1, channels, 1, 1))
        self.register_buffer("means", torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                m, v = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True)
                self.means.lerp_(m, self.mom)
                self.vars.lerp_(v, self.mom)
        else:
            m, v = self.means, self.vars
        return (x - m) / (v + self.eps).sqrt() * self.mults + self.adds


def convolutions(channels, kernels, activation, norm=None):
    layers = []
    for i, kernel in enumerate(kernels):
        layers.append(nn.Conv2d(channels[i], channels[i + 1], kernel, stride=2, padding=kernel // 2))
        last = i + 1 == len(kernels) and channels[-1] == 10
        layers += [] if last else [*([norm(channels[i + 1])] if norm else []), activation()]
    return layers


def five_convolutions(activation, norm=None):
    return nn.Sequential(*convolutions([1, 8, 16, 32, 64, 10], [3] * 5, activation, norm), nn.Flatten())


def lsuv_net():
    return nn.Sequential(*convolutions([1, 8, 16, 32, 64, 64], [5, 3, 3, 3, 3], GeneralReLU),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def kaiming(model, zero_bias, a=0.1):
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=a)
            if zero_bias:
                nn.init.zeros_(layer.bias)


@torch.no_grad()
def spread_behind(model, activation, images):
    seen = []
    hook = activation.register_forward_hook(lambda module, inputs, output: seen.append((output.mean(), output.std())))
    model(images)
    hook.remove()
    return seen[0]


@torch.no_grad()
def lsuv(model, images, move_activation):
    """fast.ai's LSUV: gives each activation's output mean 0 and standard deviation 1, up to 0.001. 07a first moves the ReLU's
    output, then scales; 22p2 moves the bias and scales in the same step."""
    pairs = [(model[i], model[i + 1]) for i in range(len(model) - 1) if isinstance(model[i + 1], GeneralReLU)]
    for conv, activation in pairs:
        if move_activation:
            while abs(mean := spread_behind(model, activation, images)[0]) > 1e-3:
                activation.sub += mean.item()
            while abs((std := spread_behind(model, activation, images)[1]) - 1) > 1e-3:
                conv.weight /= std
            continue
        for _ in range(1000):
            mean, std = spread_behind(model, activation, images)
            if abs(std - 1) <= 1e-3 and abs(mean) <= 1e-3:
                break
            conv.bias -= mean
            conv.weight /= std


def fit(model, data, test, prepare, epochs, order, loss=F.cross_entropy, **sgd):
    """Yields each epoch and the accuracy after it."""
    optimizer = torch.optim.SGD(**{"params": model.parameters(), **sgd})
    for epoch in range(1, epochs + 1):
        for batch in order():
            optimizer.zero_grad()
            loss(model(prepare(data[0][batch])), data[1][batch]).backward()
            optimizer.step()
        yield epoch, train.evaluate(model, test, 1000, prepare)[1]


def fashion_runs(folder, seed):
    data, test = train.load(folder, "train"), train.load(folder, "t10k")
    raw, norm = (partial(train.normalised, mean=mean, std=std) for mean, std in ((0, 1), (0.28, 0.35)))
    in_file_order = lambda: torch.arange(len(data[1])).split(1024)  # noqa: E731
    leaky = partial(GeneralReLU, 0.1, 0.4)
    for spec, init, net, prepare, epochs, lr in (
            ("fastai-default", "default", partial(five_convolutions, nn.ReLU), raw, 1, 0.2),
            ("fastai-kaiming", "kaiming", partial(five_convolutions, nn.ReLU), raw, 3, 0.2),
            ("fastai-leaky", "lsuv", partial(five_convolutions, leaky), norm, 3, 0.2),
            ("fastai-batchnorm", "kaiming", partial(five_convolutions, leaky, NoGradientBatchNorm), norm, 3, 0.4)):
        torch.manual_seed(seed)
        model = net()
        if init == "kaiming":
            kaiming(model, zero_bias=False, a=0 if prepare is raw else 0.1)
        if init == "lsuv":
            lsuv(model, norm(data[0][:1024]), move_activation=False)
        yield spec, init, fit(model, data, test, prepare, epochs, in_file_order, lr=lr, momentum=0.85)


def mnist_runs(seed):
    images, labels = train.load(train.MNIST, "train")
    data, valid = (images[:50000], labels[:50000]), (images[50000:], labels[50000:])
    shuffled = lambda size: lambda: torch.randperm(50000).split(size)  # noqa: E731
    pixels = data[0].float().div(255)
    norm = partial(train.normalised, mean=pixels.mean(), std=pixels.std())
    for init in ("kaiming", "lsuv"):
        torch.manual_seed(seed)
        model = lsuv_net()
        kaiming(model, zero_bias=True)
        if init == "lsuv":
            lsuv(model, norm(data[0][torch.randperm(50000)[:512]]), move_activation=True)
        yield "fastai-lsuv", init, fit(model, data, valid, norm, 2, shuffled(512), lr=0.6)

    torch.manual_seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.Sigmoid(), nn.Linear(30, 10))
    for p in model.parameters():
        nn.init.normal_(p)
    groups = [{"params": [p for p in model.parameters() if p.dim() == dim], "weight_decay": decay}
              for dim, decay in ((2, 1e-4), (1, 0))]

    def cross_entropy(logits, target):
        hot = F.one_hot(target, 10).float()
        return F.binary_cross_entropy_with_logits(logits, hot, reduction="sum") / len(target)

    yield "nielsen-weights", "large", fit(model, data, valid, partial(train.normalised, mean=0, std=1), 1, shuffled(10),
                                          cross_entropy, params=groups, lr=0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--fashion", type=Path, default=FASHION, help="folder of Fashion-MNIST's four IDX files")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("spec,init,seed,epoch,accuracy")
    for seed in range(options.seeds):
        for runs in (fashion_runs(options.fashion, seed), mnist_runs(seed)):
            for spec, init, epochs in runs:
                for epoch, right in epochs:
                    print(f"{spec},{init},{seed},{epoch},{right:.4f}", flush=True)
        print(f"seed {seed}", file=sys.stderr)


if __name__ == "__main__":
    main()

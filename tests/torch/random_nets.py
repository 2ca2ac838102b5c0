"""Makes random Sequentials of layers that fanin reads, with an input for each."""

import random

import torch
from torch import nn

CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
POOL = {1: [nn.MaxPool1d, nn.AvgPool1d], 2: [nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d], 3: [nn.Identity]}
ACTIVATIONS = [nn.ReLU, nn.LeakyReLU, lambda: nn.LeakyReLU(0.2), nn.ELU, nn.SELU, nn.GELU, lambda: nn.GELU("tanh"), nn.SiLU,
               nn.Tanh, nn.Sigmoid, nn.Softplus, nn.PReLU, nn.Identity, lambda: nn.Softmax(1), lambda: nn.LogSoftmax(-1),
               lambda: nn.Dropout(random.choice([0, 0.3, 0.5]))]


def activation():
    return random.choice(ACTIVATIONS)()


def extents(axes, least, most):
    return random.choice([random.randint(least, most), tuple(random.randint(least, most) for _ in range(axes))])


def convolution(axes, channels):
    groups = random.choice([groups for groups in (1, 1, 2, 3, channels) if channels % groups == 0])
    same = random.random() < 0.2
    return CONV[axes](channels, groups * random.randint(1, 4), extents(axes, 1, 4), stride=1 if same else extents(axes, 1, 2),
                      padding="same" if same else random.choice(["valid", extents(axes, 0, 3)]),
                      dilation=extents(axes, 1, 2), groups=groups, bias=random.random() < 0.7)


def pool(axes):
    layer = random.choice(POOL[axes])
    if layer is nn.AdaptiveAvgPool2d:
        return layer(extents(2, 1, 4))
    if layer is nn.Identity:
        return layer()
    kernel = random.randint(1, 3)
    options = {"stride": random.choice([None, random.randint(1, 3)]), "padding": random.randint(0, kernel // 2)}
    if layer in (nn.MaxPool1d, nn.MaxPool2d):
        options |= {"dilation": random.randint(1, 2), "ceil_mode": random.random() < 0.3}
    return layer(kernel, **options)


def norm(axes, channels):
    return NORM[axes](channels, eps=random.choice([1e-5, 1e-3]), momentum=random.choice([0.1, None, 0.5]),
                      affine=random.random() < 0.8, track_running_stats=random.random() < 0.8)


def spatial_layer(shape):
    axes, channels = len(shape) - 2, shape[1]
    if axes == 2 and random.random() < 0.1:
        return nn.ZeroPad2d(random.choice([1, (0, 1, 0, 1), (2, 0, 1, 3)]))
    return random.choice([lambda: convolution(axes, channels)] * 2 + [lambda: pool(axes), lambda: norm(axes, channels),
                                                                      activation])()


def flat_layer(shape):
    width = shape[-1]
    return random.choice([lambda: nn.Linear(width, random.randint(1, 40), bias=random.random() < 0.8),
                          lambda: nn.LayerNorm(width, elementwise_affine=random.random() < 0.8),
                          lambda: norm(1, width), lambda: nn.PReLU(width), activation, activation])()


def grow(x, draw, count):
    """Returns layers that PyTorch accepts one after the other, and their output for x."""
    layers = []
    while len(layers) < count:
        layer = draw(tuple(x.shape))
        try:
            y = layer(x).detach()
        except (RuntimeError, ValueError):  # the window does not fit the input
            continue
        if 0 < y.numel() < 200_000:
            layers.append(layer)
            x = y
    return layers, x


def random_net(seed):
    random.seed(seed)
    torch.manual_seed(seed)
    batch, kind = random.choice([2, 5, 16, 17, 33]), random.choice("flat flat 1 2 2 2 3 tokens".split())
    if kind == "tokens":
        words = random.randint(2, 30)
        x = torch.randint(words, (batch, random.randint(1, 6)))
        layers = [nn.Embedding(words, random.randint(1, 8), padding_idx=random.choice([None, 0, -1])), nn.Flatten()]
    elif kind == "flat":
        x, layers = torch.randn(batch, random.randint(1, 40)), []
    else:
        largest = {"1": 40, "2": 20, "3": 8}[kind]
        x = torch.randn(batch, random.randint(1, 6), *(random.randint(2, largest) for _ in range(int(kind))))
        layers = [*grow(x, spatial_layer, random.randint(1, 6))[0], nn.Flatten()]
    more, y = grow(nn.Sequential(*layers)(x).detach(), flat_layer, random.randint(0, 5))
    return nn.Sequential(nn.Sequential(*layers), *more, nn.Linear(y.shape[1], random.randint(2, 12))), x

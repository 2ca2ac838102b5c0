"""Records what torch.nn.init draws. Each tensor is named after the call that fills it."""

import math
from itertools import cycle, product

import numpy as np
import torch
from torch import nn

SEEDS = [0, 1, 42, 123456789, 2**32 + 5]

SHAPES = "1 2 7 15 16 17 20 31 32 33 100 1003 3,5 2,3,4 4,3,3,3 2,2,3,2,3 50,41".split()
MATRICES = "1,1 2,1 1,7 5,3 4,4 1,17 4,5 31,1 8,4 3,11 10,10 17,59 2,3,4 4,3,3,3 2,2,3,2,3 16,8,5,5".split()
GAINS = ["gain=1.0", "gain=1.4142135623730951", "gain=1.6666666666666667", "gain=1e-06", "gain=10000.0", "gain=0.0"]
KERNELS = """4,2,3 6,3,2,2 4,4,3,3 2,4,1,5 8,2,3,3,3 4,1,2,3,4 2,2,1 6,6,4,4 2,1,7 4,3,2,2,2 2,5,1 8,3,4 6,1,2,5 10,4,3,1
4,5,7,7 2,2,6,1 6,3,1,1,1 8,4,2,5,2 2,3,4,4,4 12,2,1,3,5""".split()
EYES = [f"{rows},{columns}" for rows, columns in product([1, 2, 3, 7, 16, 17], [1, 2, 5, 16, 17, 33, 40])]
FLAT = [shape for shape in MATRICES if shape.count(",") == 1]
TRUNC = [f"mean={mean}|std={std}|a={a}|b={b}" for mean, std, a, b in [
    (0.0, 1.0, -2.0, 2.0), (0.5, 0.1, 0.0, 1.0), (0.0, 0.02, -2.0, 2.0), (1.0, 2.0, 0.0, 5.0), (-3.0, 10.0, -4.0, 4.0)]]
RARE = [f"mean={mean}|std={std}|a={a}|b={b}" for mean, std, a, b in [  # less than 0.3 of the mass: another algorithm
    (0.0, 1.0, 1.0, 2.0), (0.0, 1.0, -7.0, -5.0), (0.1, 0.7, 0.3, 0.31)]]
KAIMING = [f"a={a}|mode={mode}|nonlinearity={phi}" for mode in ("fan_in", "fan_out") for a, phi in [
    (0.0, "leaky_relu"), (5**0.5, "leaky_relu"), (-0.2, "leaky_relu"), (1e4, "leaky_relu"), (0.0, "relu"), (0.0, "tanh")]]
INIT = [  # function, shapes, arguments: each shape is combined with each argument, and seeds take turns
    ("uniform_", SHAPES, ["a=0.0|b=1.0", "a=-1.0|b=1.0", f"a={-1 / 28}|b={1 / 28}", "a=-1e-06|b=1e-06",
                          "a=-100000.0|b=100000.0", "a=0.1|b=0.3", "a=0.5|b=0.5"]),
    ("normal_", SHAPES, ["mean=0.0|std=1.0", "mean=0.0|std=0.01", "mean=0.0|std=1e-08", "mean=0.0|std=10000.0",
                         "mean=3.0|std=0.1", "mean=-0.1|std=0.7", "mean=0.5|std=0.0"]),
    ("constant_", SHAPES[::2], ["val=0.1", "val=-0.0", "val=1e-45", "val=16777217.0", "val=-inf"]),
    ("ones_", SHAPES + MATRICES + KERNELS[1:], [""]),
    ("zeros_", SHAPES + MATRICES + KERNELS[1:], [""]),
    ("xavier_uniform_", MATRICES, GAINS),
    ("xavier_normal_", MATRICES, GAINS),
    ("kaiming_uniform_", MATRICES, KAIMING),
    ("kaiming_normal_", MATRICES, KAIMING),
    ("uniform_64", SHAPES[:11], ["a=0.0|b=1.0", "a=-0.3|b=0.1", "a=-1e-06|b=1e-06", "a=-100000.0|b=100000.0"]),
    ("normal_64", SHAPES[:11], ["mean=0.0|std=1.0", "mean=-0.1|std=0.7", "mean=3.0|std=1e-08", "mean=0.5|std=0.0"]),
    ("trunc_normal_", SHAPES, TRUNC + RARE),
    ("trunc_normal_64", SHAPES[:11], TRUNC[:2] + RARE),
    ("trunc_normal_erfinv_", SHAPES, TRUNC),
    ("orthogonal_", MATRICES, ["gain=1.0", "gain=1.4142135623730951", "gain=0.0"]),
    ("sparse_", FLAT, ["sparsity=0.1|std=0.01", "sparsity=0.5|std=1.0", "sparsity=0.0|std=1.0", "sparsity=1.0|std=1.0"]),
    ("eye_", EYES, [""]),
    ("dirac_", KERNELS, ["groups=1", "groups=2"]),
]
UNIT, STANDARD = "a=0.0|b=1.0", "mean=0.0|std=1.0"
SEQUENCES = {  # calls after one manual_seed: small normals come in pairs, and the next small fill uses a cached second
    0: [f"normal_|shape=5|{STANDARD}", f"normal_|shape=20|{STANDARD}", f"normal_|shape=3|{STANDARD}",
        f"uniform_|shape=4|{UNIT}", f"normal_|shape=2|{STANDARD}"],
    42: [f"normal_|shape=1|{STANDARD}", "randperm|n=10", f"normal_64|shape=1|{STANDARD}", f"normal_64|shape=1|{STANDARD}",
         f"uniform_64|shape=3|{UNIT}", f"normal_64|shape=17|{STANDARD}", f"normal_|shape=16|{STANDARD}",
         f"normal_|shape=2|{STANDARD}"],
    2**32 + 5: ["normal_|shape=15|mean=100.0|std=1e-08", f"uniform_|shape=7,5|{UNIT}", "constant_|shape=5|val=0.1",
                "normal_|shape=1|mean=-3.0|std=10000.0", "xavier_normal_|shape=3,3|gain=1.0", "randperm|n=3",
                "kaiming_normal_|shape=5,7|a=0.0|mode=fan_out|nonlinearity=relu", "xavier_normal_|shape=1,2|gain=2.0",
                f"normal_|shape=100|{STANDARD}", f"normal_|shape=1|{STANDARD}"],
}
PARSE = {"seed": int, "shape": lambda text: [int(n) for n in text.split(",")], "head": int, "n": int, "groups": int,
         "mode": str, "nonlinearity": str}


def trunc_normal_erfinv_(tensor, mean, std, a, b):
    """Is trunc_normal_ as PyTorch 1.13 to 2.11 had it."""
    low, high = ((1 + math.erf((x - mean) / std / math.sqrt(2))) / 2 for x in (a, b))
    tensor.uniform_(2 * low - 1, 2 * high - 1).erfinv_().mul_(std * math.sqrt(2)).add_(mean).clamp_(a, b)
    return tensor


def call(name):
    """Makes the call that a name describes, such as `normal_|seed=0|shape=3,5|mean=0.0|std=1.0`."""
    function, *fields = name.split("|")
    args = {key: PARSE.get(key, float)(value) for key, value in (field.split("=") for field in fields)}
    if "seed" in args:
        torch.manual_seed(args.pop("seed"))
    if function == "randperm":
        return torch.randperm(args["n"])
    head, dtype = args.pop("head", None), torch.float64 if function.endswith("64") else torch.float32
    fill = trunc_normal_erfinv_ if function == "trunc_normal_erfinv_" else getattr(nn.init, function.removesuffix("64"))
    tensor = fill(torch.empty(args.pop("shape"), dtype=dtype), **args)
    return tensor.flatten()[:head] if head else tensor


def init():
    names, seeds = [], cycle(SEEDS)
    for function, shapes, arguments in INIT:
        for shape, args in product(shapes, arguments):
            head = "head=64" if np.prod(PARSE["shape"](shape)) > 1024 else ""
            names.append("|".join(filter(None, [function, f"seed={next(seeds)}", f"shape={shape}", args, head])))
    names += [f"randperm|seed={seed}|n={n}" for n, seed in product([1, 2, 3, 10, 17, 100, 257, 1000], SEEDS)]
    tensors = {name: call(name) for name in names}
    for seed, steps in SEQUENCES.items():
        torch.manual_seed(seed)
        tensors |= {f"sequence|seed={seed}|step={k}|{step}": call(step) for k, step in enumerate(steps)}
    return tensors


def gains():
    names = "linear conv1d conv2d conv3d sigmoid tanh relu leaky_relu selu"
    return {name: float(nn.init.calculate_gain(name)) for name in names.split()} | {
        "leaky_relu|param=0.2": nn.init.calculate_gain("leaky_relu", 0.2)}

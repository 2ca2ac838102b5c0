#!/usr/bin/env python3
"""Times training steps of fanin and of PyTorch in turns, on one core, and prints the ratios beside the goals.

    make side-by-side ARGS=steps                       # writes into results/bench/README.md
    python3 bench/side_by_side.py [--rounds 9] [--batch 64] [NET ...]    # once bench is built

The ratio is the median of fanin's times divided by the median of PyTorch's. The quartiles are those of the ratios of the
single rounds. The floor is a lower bound of the time, the larger of two: the time of the net's products, at the best rate
of PyTorch's square products of 64 to 1024 rows; and the time to move its parameters, at the rate of a copy within as much
memory (traffic_seconds in bench/peer_work.py). Both rates are measured in the same run. "Least" is the floor divided by
PyTorch's time: an estimate of the smallest ratio that a program can reach on this CPU if it computes every product in full.
LeNet-5 in fanin can be below it, because it skips the zeros behind its pooling.

With --inits it times every function of torch.nn.init instead. With --curves FOLDER it times steps over depth, width and
batch, and writes FOLDER/cost_curves.csv and FOLDER/cost_curves.svg.
"""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

import peer_work
import turns

MATRIX = "4096,4096"
LARGE, SMALL = "2048,2048", "512,512"  # 16 MB, and less for slow functions
CALLS = {"uniform_": LARGE, "normal_": LARGE, "trunc_normal_": SMALL, "constant_:val=0.5": LARGE, "ones_": LARGE,
         "zeros_": LARGE, "eye_": LARGE, "dirac_": "256,256,3,3", "xavier_uniform_": LARGE, "xavier_normal_": LARGE,
         "kaiming_uniform_": LARGE, "kaiming_normal_": LARGE, "orthogonal_": SMALL, "sparse_:sparsity=0.1": SMALL}

BATCHES = [4**i for i in range(6)]
CURVES = [  # title, what varies, (its value, network, batch) ...
    ("MLP of width 100, batch 64", "depth (layers)", [(d, f"mlp:depth={d},width=100", 64) for d in (5, 10, 20, 50, 100, 200)]),
    ("MLP of depth 5, batch 64", "width (units)", [(w, f"mlp:depth=5,width={w}", 64) for w in (32, 64, 128, 256, 512, 1024)]),
    ("MLP of depth 3, width 256", "batch (images)", [(n, "mlp:depth=3,width=256", n) for n in BATCHES]),
    ("LeNet-5", "batch (images)", [(n, "lenet5", n) for n in BATCHES]),
    ("conv: two 3x3 of 32 and 64 channels", "batch (images)",
     [(n, "conv", n) for n in (1, 2, 4, 8, 12, 17, 32, 64, 128, 256)]),
]


def inits(o):
    turns.made_by(f"The functions run in {o.rounds} rounds on one thread, and PyTorch is {peer_work.VERSION}.")
    turns.header("function", "shape", "ratio", "quartiles", "fanin ms", "PyTorch ms")
    for call, shape in CALLS.items():
        turns.row(call, shape.replace(",", " x "), *peer_work.compare(call, shape, o.rounds).cells())


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


def curves(o):
    turns.made_by(f"The times are medians of {o.rounds} rounds on one thread, and PyTorch is {peer_work.VERSION}.")
    turns.header("net", "varied", "at", "ratio", "fanin ms", "PyTorch ms")
    table, panels = [["net", "varied", "at", "fanin_ms", "torch_ms", "ratio"]], []
    for title, axis, points in CURVES:
        rows = []
        for x, net, batch in points:
            r = peer_work.compare(net, batch, o.rounds, seconds=0.2)
            table.append([title, axis, x, f"{r.ours:.4g}", f"{r.theirs:.4g}", f"{r.ratio:.3f}"])
            turns.row(title, axis, x, f"{r.ratio:.2f}", f"{r.ours:.3g}", f"{r.theirs:.3g}")
            rows += [{"x": x, "ms": r.ours, "program": "fanin"}, {"x": x, "ms": r.theirs, "program": "PyTorch"}]
        panels.append(panel(title, axis, rows))
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", "columns": 2,
            "concat": panels, "resolve": {"scale": {"color": "shared", "shape": "shared"}},
            "config": {"axis": {"domain": False, "ticks": False, "gridColor": "#e6e6e6"}, "view": {"stroke": None},
                       "legend": {"orient": "top"}}}
    o.curves.mkdir(parents=True, exist_ok=True)
    with open(o.curves / "cost_curves.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    with tempfile.NamedTemporaryFile("w", suffix=".vl.json") as file:
        json.dump(spec, file)
        file.flush()
        render = turns.ROOT / "experiments/charts/render.mjs"
        subprocess.run(["node", render, file.name, o.curves / "cost_curves.svg"], check=True)
    print("\n![The time of a step of fanin and of PyTorch over depth, width and batch](cost_curves.svg)")
    print("\n[cost_curves.csv](cost_curves.csv) holds the same numbers.")


def steps(o):
    rates = {n: peer_work.product_rate(n) for n in (64, 128, 256, 512, 1024)}
    best = max(rates, key=rates.get)
    turns.made_by(f"The batch is {o.batch}, the steps run in {o.rounds} rounds on one thread, functions fill a matrix of "
                  f"{MATRIX.replace(',', ' by ')}, and PyTorch is {peer_work.VERSION}. In the same run PyTorch computed "
                  f"square products at up to {rates[best] / 1e9:.0f} GFLOP/s ({best} rows) and those of 1024 rows at "
                  f"{rates[1024] / 1e9:.0f}, and it copied within 256 MB at {peer_work.copy_rate(1 << 28) / 1e9:.1f} GB/s.")
    turns.header("step", "goal", "stretch", "ratio", "quartiles", "least", "fanin ms", "PyTorch ms", "floor ms")
    for name in o.nets:
        fill = turns.is_fill(name)
        r = peer_work.compare(name, MATRIX if fill else o.batch, o.rounds)
        goals = [f"{goal:.2f}" for goal in turns.GOALS[name]] if name in turns.GOALS else ["", ""]
        floor = 0 if fill else 1000 * max(peer_work.flops(name, o.batch) / rates[best], peer_work.traffic_seconds(name))
        ratio, quartiles, ours, theirs = r.cells()
        turns.row(name, *goals, ratio, quartiles, f"{floor / r.theirs:.2f}" if floor else "", ours, theirs,
                  f"{floor:.2g}" if floor else "")
    print("\nThe floor is a lower bound of a step's time on this CPU, and \"least\" is the floor divided by PyTorch's time. "
          "The first lines of bench/side_by_side.py explain how the floor is estimated.")


if __name__ == "__main__":
    parser = turns.options(__doc__, rounds=9)
    parser.add_argument("nets", nargs="*", metavar="NET", default=turns.GOALS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--inits", action="store_true", help="time the functions of torch.nn.init instead")
    parser.add_argument("--curves", type=Path, metavar="FOLDER", help="time steps over depth, width and batch instead")
    options = parser.parse_args()
    (inits if options.inits else curves if options.curves else steps)(options)

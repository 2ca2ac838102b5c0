#!/usr/bin/python3
"""Time per training step over depth, width and batch, fanin's and PyTorch's in turns on one core, as a table and a figure.

    /usr/bin/python3 bench/cost_curves.py FOLDER     # writes FOLDER/cost_curves.csv, .vl.json and .svg
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

from side_by_side import ROOT, compare

ROUNDS, SECONDS = 5, 0.15
CURVES = {
    "depth of an MLP of width 100, batch 64": [(d, f"mlp:depth={d},width=100", 64) for d in (5, 10, 20, 50, 100, 200)],
    "width of an MLP of depth 5, batch 64": [(w, f"mlp:depth=5,width={w}", 64) for w in (32, 64, 128, 256, 512, 1024)],
    "batch of an MLP of depth 3, width 256": [(4**i, "mlp:depth=3,width=256", 4**i) for i in range(6)],
    "batch of LeNet-5": [(4**i, "lenet5", 4**i) for i in range(6)],
}


def panel(title, rows):
    log = {"scale": {"type": "log"}}
    return {"title": title, "width": 260, "height": 200, "data": {"values": rows},
            "mark": {"type": "line", "point": True},
            "encoding": {"x": {"field": "x", "type": "quantitative", "title": title.split(" of ")[0],
                               "axis": {"values": sorted({row["x"] for row in rows})}, **log},
                         "y": {"field": "ms", "type": "quantitative", "title": "ms a step", **log},
                         "color": {"field": "program", "type": "nominal", "title": None,
                                   "scale": {"domain": ["fanin", "PyTorch"], "range": ["#0072b2", "#d55e00"]}},
                         "shape": {"field": "program", "type": "nominal", "title": None}}}


def main():
    folder = Path(sys.argv[1])
    table, panels = [], []
    for title, points in CURVES.items():
        rows = []
        for x, net, batch in points:
            (ours, theirs), ratios = compare(net, batch, ROUNDS, SECONDS)
            ratio = sorted(ratios)[ROUNDS // 2]
            table.append([title, x, f"{ours:.4g}", f"{theirs:.4g}", f"{ratio:.3f}"])
            print(*table[-1], sep=", ", flush=True)
            rows += [{"x": x, "ms": ours, "program": "fanin"}, {"x": x, "ms": theirs, "program": "PyTorch"}]
        panels.append(panel(title, rows))
    with open(folder / "cost_curves.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["curve", "x", "fanin_ms", "torch_ms", "ratio"], *table])
    spec = folder / "cost_curves.vl.json"
    spec.write_text(json.dumps({"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "columns": 2, "concat": panels,
                                "resolve": {"scale": {"color": "shared", "shape": "shared"}}}, indent=1) + "\n")
    subprocess.run(["node", ROOT / "experiments/render.mjs", spec, folder / "cost_curves.svg"], check=True)


if __name__ == "__main__":
    main()

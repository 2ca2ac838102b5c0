#!/usr/bin/python3
"""What looks into the layers cost: an epoch of `fanin train` with them, as they are by default, and without, in turns.

    make side-by-side ARGS=diagnostics      # into results/bench/README.md; or, once `make build` was here:
    /usr/bin/python3 bench/diagnostics_cost.py [--rounds 5]

Processor time of the whole program, on one core, evaluation of 10,000 images included in both. Prints Markdown.
"""

import argparse
import tempfile

import turns
from whole_runs import FANIN, run

MODELS = ["lenet5", "mlp:depth=5,width=256", "mlp:depth=50,width=64,act=tanh", "lstm", "mlp:depth=10,bn=1"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    turns.made_by(f"{rounds} rounds; every model with `--diagnostics-every 0` and without.")
    turns.header("an epoch of fanin, looks into layers by none", "goal", "ratio", "quartiles", "with", "without")
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            pairs = [[run([FANIN, "train", model, *off], f"{folder}/looks.jsonl", turns.CORE).processor
                      for off in ([], ["--diagnostics-every", "0"])] for _ in range(rounds)]
            r = turns.result(pairs)
            turns.row(f"`{model}`", "1.10", f"{r.ratio:.3f}", f"{r.low:.3f} to {r.high:.3f}", f"{r.ours:.3g} s",
                      f"{r.theirs:.3g} s")


if __name__ == "__main__":
    main()

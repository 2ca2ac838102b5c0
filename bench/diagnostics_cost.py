#!/usr/bin/python3
"""What looks into the layers cost: an epoch of `fanin train` with them, as they are by default, and without, in turns.

    make side-by-side ARGS=diagnostics      # into results/bench/README.md; or, once `make build` was here:
    /usr/bin/python3 bench/diagnostics_cost.py [--rounds 5]

Processor time of the whole program, on one core, evaluation of 10,000 images included in both. Prints Markdown.
"""

import tempfile

import turns

MODELS = ["lenet5", "mlp:depth=5,width=256", "mlp:depth=50,width=64,act=tanh", "lstm", "mlp:depth=10,bn=1"]


def main():
    rounds = turns.options(__doc__, rounds=5).parse_args().rounds
    turns.made_by(f"{rounds} rounds; every model with `--diagnostics-every 0` and without.")
    turns.header("an epoch of fanin, looks into layers by none", "goal", "ratio", "quartiles", "with", "without")
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            pairs = [[turns.run([turns.FANIN, "train", model, *off], f"{folder}/looks.jsonl", turns.CORE).processor
                      for off in ([], ["--diagnostics-every", "0"])] for _ in range(rounds)]
            turns.row(f"`{model}`", "1.10", *turns.result(pairs).cells(" s", digits=3))


if __name__ == "__main__":
    main()

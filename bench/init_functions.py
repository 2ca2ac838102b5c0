#!/usr/bin/python3
"""Times every function of torch.nn.init in turns with fanin's, on one core: bench/init_functions.py [--rounds 9]."""

import peer_work
import turns

# A matrix of 16 MB; smaller ones where a call is slow, and a kernel for dirac_.
LARGE, SMALL = "2048,2048", "512,512"
CALLS = {"uniform_": LARGE, "normal_": LARGE, "trunc_normal_": SMALL, "constant_:val=0.5": LARGE, "ones_": LARGE,
         "zeros_": LARGE, "eye_": LARGE, "dirac_": "256,256,3,3", "xavier_uniform_": LARGE, "xavier_normal_": LARGE,
         "kaiming_uniform_": LARGE, "kaiming_normal_": LARGE, "orthogonal_": SMALL, "sparse_:sparsity=0.1": SMALL}


def main():
    rounds = turns.options(__doc__, rounds=9).parse_args().rounds
    turns.made_by(f"PyTorch {peer_work.torch.__version__}; one thread, {rounds} rounds.")
    turns.header("function", "shape", "ratio", "quartiles", "fanin ms", "PyTorch ms")
    for call, shape in CALLS.items():
        turns.row(call, shape.replace(",", " x "), *peer_work.compare(call, shape, rounds).cells())


if __name__ == "__main__":
    main()

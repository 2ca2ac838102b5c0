#!/usr/bin/python3
"""Times training steps of fanin and of PyTorch in turns, on one core, and prints the ratios beside the goals.

    make side-by-side ARGS=steps                       # into results/bench/README.md; or, once bench is built:
    /usr/bin/python3 bench/side_by_side.py [--rounds 9] [--batch 64] [NET ...]

The ratio is the median of fanin's time by the median of PyTorch's; the quartiles are of the ratios round by round. The
floor is the longer of two times: of the net's products at the best rate of PyTorch's square products of 64 to 1024 rows,
and of its parameters' traffic at the rate of a copy in as much memory (bench/peer_work.py has the rule), both measured in
the same run. "least", the floor by PyTorch's time, estimates the smallest ratio that this CPU permits to a program that
does every product in full; LeNet-5's skips zeros behind its pool. With --inits: every function of torch.nn.init instead.
"""

import peer_work
import turns

MATRIX = "4096,4096"
# A matrix of 16 MB; smaller ones where a call is slow, and a kernel for dirac_.
LARGE, SMALL = "2048,2048", "512,512"
CALLS = {"uniform_": LARGE, "normal_": LARGE, "trunc_normal_": SMALL, "constant_:val=0.5": LARGE, "ones_": LARGE,
         "zeros_": LARGE, "eye_": LARGE, "dirac_": "256,256,3,3", "xavier_uniform_": LARGE, "xavier_normal_": LARGE,
         "kaiming_uniform_": LARGE, "kaiming_normal_": LARGE, "orthogonal_": SMALL, "sparse_:sparsity=0.1": SMALL}


def inits(rounds):
    turns.made_by(f"PyTorch {peer_work.torch.__version__}; one thread, {rounds} rounds.")
    turns.header("function", "shape", "ratio", "quartiles", "fanin ms", "PyTorch ms")
    for call, shape in CALLS.items():
        turns.row(call, shape.replace(",", " x "), *peer_work.compare(call, shape, rounds).cells())


def main():
    parser = turns.options(__doc__, rounds=9)
    parser.add_argument("nets", nargs="*", metavar="NET", default=turns.GOALS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--inits", action="store_true")
    arguments = parser.parse_args()
    if arguments.inits:
        return inits(arguments.rounds)
    rates = {n: peer_work.product_rate(n) for n in (64, 128, 256, 512, 1024)}
    best = max(rates, key=rates.get)
    rate = rates[best]
    turns.made_by(f"PyTorch {peer_work.torch.__version__}; batch {arguments.batch}, one thread, {arguments.rounds} rounds; "
                  f"functions fill a matrix of {MATRIX.replace(',', ' by ')}. In the same run PyTorch's square products "
                  f"do up to {rate / 1e9:.0f} GFLOP/s ({best} rows), of 1024 rows {rates[1024] / 1e9:.0f}, a copy within 256 MB "
                  f"{peer_work.copy_rate(1 << 28) / 1e9:.1f} GB/s.")
    turns.header("step", "goal", "stretch", "ratio", "quartiles", "least", "fanin ms", "PyTorch ms", "floor ms")
    for name in arguments.nets:
        fill = turns.is_fill(name)
        r = peer_work.compare(name, MATRIX if fill else arguments.batch, arguments.rounds)
        goals = [f"{goal:.2f}" for goal in turns.GOALS[name]] if name in turns.GOALS else ["", ""]
        floor = 0 if fill else 1000 * max(peer_work.flops(name, arguments.batch) / rate, peer_work.traffic_seconds(name))
        ratio, quartiles, ours, theirs = r.cells()
        turns.row(name, *goals, ratio, quartiles, f"{floor / r.theirs:.2f}" if floor else "", ours, theirs,
                  f"{floor:.2g}" if floor else "")
    print("\nleast: floor by PyTorch's ms, what this CPU permits by estimate; floor: the docstring of "
          "bench/side_by_side.py.")


if __name__ == "__main__":
    main()

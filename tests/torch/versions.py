"""What other versions of PyTorch do otherwise than the reference, 2.13, as far as fanin's users see it.

    python3 tests/torch/versions.py      # prints the table in docs/coming-from-pytorch.md

test_torch.py checks each row with the installed PyTorch.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

REFERENCE = (2, 13)
VERSION = tuple(int(part) for part in torch.__version__.split(".")[:2])


@dataclass
class Difference:
    name: str
    last: tuple[int, int]  # the last version that has it
    theirs: str
    fanin: str
    is_there: Callable[[], bool]  # in the installed PyTorch
    exact: bool = True  # False: versions between `last` and the reference were not seen

    def expected(self):
        """Whether the installed PyTorch should have it. None if nobody knows."""
        if VERSION <= self.last:
            return True
        return False if self.exact or VERSION >= REFERENCE else None


def filled(size, function, *arguments, dtype=torch.float32):
    torch.manual_seed(0)
    return function(torch.empty(size, dtype=dtype), *arguments)


def inverts_erf():
    """All of normal_'s numbers lie within 100 std, so rejection keeps them."""
    return not filled(20, nn.init.trunc_normal_, 0, 0.02).equal(filled(20, nn.init.normal_, 0, 0.02))


def reaches_the_end():
    return not filled(20, nn.init.uniform_, -0.0, 0.0).signbit().all()


def takes_log():
    for seed in range(200):
        torch.manual_seed(seed)
        u1, u2 = torch.empty(2, dtype=torch.float64).uniform_(0, 1).tolist()
        torch.manual_seed(seed)
        if torch.empty(1, dtype=torch.float64).normal_().item() != math.sqrt(-2 * math.log1p(-u2)) * math.cos(2 * math.pi * u1):
            return True
    return False


def adam_multiplies():
    """The first moment after two steps is not lerp's."""
    parameter = nn.Parameter(torch.zeros(1000))
    optimizer, moment = torch.optim.Adam([parameter]), torch.zeros(1000)
    torch.manual_seed(0)
    for _ in range(2):
        parameter.grad = torch.randn(1000)
        moment.lerp_(parameter.grad, 1 - 0.9)
        optimizer.step()
    return not optimizer.state[parameter]["exp_avg"].equal(moment)


def masks_are_mkl():
    if not torch.backends.mkl.is_available():  # such builds always drew from the Mersenne Twister
        return VERSION <= (2, 6)
    torch.manual_seed(0)
    kept = nn.functional.dropout(torch.ones(100), 0.5) != 0
    return not kept.equal(filled(100, nn.init.uniform_, 0, 1, dtype=torch.float64) < 0.5)


DIFFERENCES = [
    Difference("`trunc_normal_`", (2, 11), "inverts the error function", "`trunc_normal_erfinv_` draws these numbers",
               inverts_erf),
    Difference("`uniform_(a, b)`", (1, 13), "gives `b` if a number rounds to it", "gives `a` then, as 2.13 does",
               reaches_the_end, exact=False),
    Difference("`normal_` of fewer than 16 doubles", (1, 13), "the last bit of 3 % of them is another", "has 2.13's bits",
               takes_log, exact=False),
    Difference("`Adam`, `AdamW`", (2, 0), "round otherwise, by 5e-8 in six steps", "rounds as 2.13 does", adam_multiplies),
    Difference("`Dropout`", (2, 6), "draws other masks if PyTorch was built with MKL", "draws the masks of 2.13, and of "
               "all builds without MKL", masks_are_mkl),
    Difference("`print` of `LayerNorm`", (2, 0), "no `bias=`", "prints as 2.13 does and reads both",
               lambda: "bias" not in str(nn.LayerNorm(3))),
    Difference("`print` of `BatchNorm`", (2, 11), "no `bias=`", "prints as 2.13 does and reads both",
               lambda: "bias" not in str(nn.BatchNorm2d(3))),
    Difference("`print` of `Softplus`", (1, 13), "`beta=1, threshold=20`", "prints `beta=1.0, threshold=20.0` and reads "
               "both", lambda: "beta=1," in str(nn.Softplus()), exact=False),
]


def table():
    lines = ["| what | PyTorch up to | does this | fanin |", "| --- | --- | --- | --- |"]
    for row in DIFFERENCES:
        last = ".".join(map(str, row.last)) + ("" if row.exact else " or later")
        lines.append(f"| {row.name} | {last} | {row.theirs} | {row.fanin} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())

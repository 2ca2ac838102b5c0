"""Records the arguments of layers' constructors, in PyTorch's order."""

import inspect
import re

from torch import nn

from record_layers import LAYERS


def signature(layer):
    """Returns the names of arguments that need no name, then of the others; without device, dtype and private ones."""
    documented = re.match(r"__init__\((.*)\)", layer.__doc__)  # of RNN, LSTM and GRU, which inspect does not tell
    if documented:
        names = [argument.split("=")[0] for argument in documented[1].split(",")]
        kinds = dict.fromkeys(names, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    else:
        kinds = {name: parameter.kind for name, parameter in inspect.signature(layer).parameters.items()}
    kinds = {name: kind for name, kind in kinds.items() if name not in ("device", "dtype") and name[0] != "_"}
    return [[name for name, kind in kinds.items() if kind == wanted]
            for wanted in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)]


def signatures():
    types = sorted({text.split("(")[0] for text in LAYERS} - {"GeneralReLU"})
    return {name: signature(getattr(nn, name)) for name in types}

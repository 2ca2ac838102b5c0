"""What single layers and losses compute."""

import torch
from torch import nn

LAYERS = {  # constructor: input shapes; the k-th shape is run with seed k
    "Linear(7, 5)": [(1, 7), (5, 7), (16, 7), (33, 7)],
    "Linear(6, 3, bias=False)": [(1, 6), (5, 6), (16, 6), (33, 6)],
    "Conv2d(3, 4, 3)": [(1, 3, 6, 7), (3, 3, 6, 7), (16, 3, 5, 5), (17, 3, 5, 4), (2, 3, 3, 3)],
    "Conv2d(2, 3, 1)": [(3, 2, 4, 5), (17, 2, 1, 1)],
    "Conv2d(1, 6, 5, padding=2)": [(3, 1, 8, 8), (17, 1, 6, 6)],
    "Conv2d(2, 3, 5, stride=2, padding=2, bias=False)": [(1, 2, 9, 8), (3, 2, 7, 7)],
    "Conv2d(2, 3, (1, 3), padding=(0, 2))": [(3, 2, 4, 5)],
    "Conv2d(2, 3, (5, 2), stride=(1, 2), padding=(2, 1))": [(3, 2, 6, 5)],
    "Conv2d(2, 3, 3, dilation=2)": [(3, 2, 7, 8)],
    "Conv2d(2, 2, (3, 2), stride=2, padding=2, dilation=(2, 3))": [(3, 2, 7, 6)],
    "Conv2d(4, 6, 3, padding=1, groups=2)": [(1, 4, 5, 5), (16, 4, 4, 3)],
    "Conv2d(4, 4, 3, groups=4, bias=False)": [(3, 4, 5, 5)],
    "Conv2d(3, 6, 3, stride=2, groups=3)": [(17, 3, 5, 5)],
    "Conv2d(2, 3, 2, padding=3)": [(3, 2, 2, 3)],
    "Conv2d(3, 4, 3, stride=2, bias=False)": [(3, 3, 3, 4)],
    "MaxPool2d(2)": [(1, 2, 4, 4), (3, 2, 5, 7), (17, 2, 4, 6)],
    "MaxPool2d(3, stride=2, padding=1)": [(1, 2, 6, 7), (16, 1, 5, 5)],
    "MaxPool2d(2, stride=1, dilation=2)": [(3, 2, 6, 5)],
    "MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 3))": [(3, 2, 6, 6)],
    "LSTM(3, 4)": [(5, 1, 3), (5, 2, 3), (1, 3, 3), (2, 17, 3)],
    "LSTM(3, 4, batch_first=True)": [(1, 5, 3), (16, 3, 3)],
    "LSTM(3, 4, num_layers=2, batch_first=True)": [(3, 4, 3)],
    "LSTM(3, 4, bidirectional=True)": [(5, 2, 3)],
    "LSTM(3, 4, bias=False)": [(5, 2, 3)],
    "LSTM(3, 2, num_layers=2, bias=False, batch_first=True, bidirectional=True)": [(3, 4, 3)],
    "LSTM(3, 2, num_layers=2, bidirectional=True)": [(4, 3, 3)],
    "BatchNorm1d(5)": [(2, 5), (8, 5), (17, 5), (4, 5, 6)],
    "BatchNorm2d(3)": [(4, 3, 5, 4), (17, 3, 2, 2), (1, 3, 4, 4)],
    "BatchNorm2d(3, affine=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, track_running_stats=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, eps=0.1, momentum=0.3)": [(4, 3, 3, 4)],
    "Embedding(10, 3)": [(4,), (5, 6)],
    "Embedding(10, 3, padding_idx=2)": [(5, 6)],
    "ReLU()": [(3, 5), (2, 3, 4, 4)],
    "Tanh()": [(3, 5), (2, 3, 4, 4)],
    "Sigmoid()": [(3, 5), (2, 3, 4, 4)],
    "Flatten()": [(3, 2, 4, 5), (3, 7)],
}
INF, NAN = float("inf"), float("nan")
TIES = [[1, 1, 2, 3, -1, -1], [1, 1, 3, 3, -1, -1], [0.0, -0.0, 5, 4, -INF, -INF], [-0.0, 0.0, 4, 5, -INF, -INF],
        [INF, INF, 7, 6, 2, 1], [INF, 0, 6, 7, 1, 2]]
NANS = [[NAN, 1, 1, NAN, NAN, NAN], [1, 2, 2, 1, NAN, NAN], [0, NAN, INF, NAN, -INF, 0], [NAN, 0, 1, 1, NAN, -INF],
        [1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, NAN]]
EDGES = [-INF, -1e4, -100.0, -20.0, -9.0, -1e-8, -1e-40, -0.0, 0.0, 1e-40, 1e-8, 9.0, 20.0, 100.0, 1e4, INF]
HANDMADE = {  # constructor: inputs; the k-th is run with seed 900 + k
    "MaxPool2d(2)": [[[TIES]], [[NANS]]],
    "MaxPool2d(3, stride=2, padding=1)": [[[TIES]], [[NANS]]],
    "ReLU()": [[EDGES], [[NAN, -1.0, 0.0, 1.0, NAN]]],
    "Tanh()": [[EDGES]],
    "Sigmoid()": [[EDGES]],
}


def layer_case(constructor, seed, given):
    """Everything a layer does with one input: `given` is its shape, or the values themselves."""
    torch.manual_seed(seed)
    layer = eval(constructor, {}, vars(nn))
    generator = torch.Generator().manual_seed(1000 + seed)
    if isinstance(given, list):
        x = torch.tensor(given)
    elif isinstance(layer, nn.Embedding):
        x = torch.randint(layer.num_embeddings, given, generator=generator)
    else:
        x = torch.randn(given, generator=generator)
    x.requires_grad_(x.is_floating_point())
    case = {f"init|{key}": value.clone() for key, value in layer.state_dict().items()} | {"input": x}

    output, states = layer(x) if isinstance(layer, nn.LSTM) else (layer(x), ())
    loss = 0
    for name, coef_name, y in zip(["output", "h_n", "c_n"], ["coef", "coef_h", "coef_c"], [output, *states]):
        coef = torch.randn(y.shape, generator=generator)
        loss = loss + (y * coef).sum()
        case |= {name: y, coef_name: coef}
    loss.backward()
    case |= {f"grad|{key}": p.grad for key, p in [*layer.named_parameters(), ("input", x)] if p.requires_grad}

    if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
        case |= {f"after|{key}": value.clone() for key, value in layer.named_buffers()} | {"eval": layer.eval()(x)}
    return {f"{layer}|seed={seed}|{key}": value for key, value in case.items()}


def layers():
    tensors = {}
    for first_seed, table in ((0, LAYERS), (900, HANDMADE)):
        for constructor, inputs in table.items():
            for seed, given in enumerate(inputs, first_seed):
                tensors |= layer_case(constructor, seed, given)
    return tensors


LOGITS = [(1, 10, 1), (5, 3, 1), (16, 10, 1), (17, 10, 10), (64, 10, 1), (33, 2, 100), (8, 10, 1e4), (4, 1, 1)]


def cross_entropy():
    tensors = {}
    for case, (n, classes, scale) in enumerate(LOGITS):
        generator = torch.Generator().manual_seed(case)
        logits = (torch.randn(n, classes, generator=generator) * scale).requires_grad_()
        targets = torch.randint(classes, (n,), generator=generator)
        loss = nn.functional.cross_entropy(logits, targets)
        loss.backward()
        tensors |= {f"case={case}|{key}": value for key, value in
                    {"logits": logits, "targets": targets, "loss": loss, "grad": logits.grad}.items()}
    return tensors

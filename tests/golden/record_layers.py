"""Records what single layers and losses compute."""

import torch
from torch import nn


class GeneralReLU(nn.Module):
    """This layer is fastai's; PyTorch lacks it."""

    def __init__(self, leak=0.0, sub=0.0):
        super().__init__()
        self.leak, self.sub = leak, sub

    def forward(self, x):
        return nn.functional.leaky_relu(x, self.leak) - self.sub

    def extra_repr(self):
        return f"leak={self.leak}, sub={self.sub}"


LAYERS = {  # constructor: input shapes; the k-th shape runs with seed k
    "Linear(7, 5)": [(1, 7), (5, 7), (16, 7), (33, 7), (7,), (2, 3, 7)],
    "Linear(6, 3, bias=False)": [(1, 6), (5, 6), (16, 6), (33, 6)],
    "Conv1d(3, 4, 3)": [(1, 3, 7), (5, 3, 6), (17, 3, 3), (3, 9)],
    "Conv1d(4, 6, 4, stride=2, padding=3, dilation=2, groups=2, bias=False)": [(3, 4, 9)],
    "Conv1d(2, 3, 4, padding='same', dilation=3)": [(5, 2, 8)],
    "Conv2d(3, 4, 3)": [(1, 3, 6, 7), (3, 3, 6, 7), (16, 3, 5, 5), (17, 3, 5, 4), (2, 3, 3, 3), (3, 5, 6)],
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
    "Conv2d(2, 3, (4, 3), padding='same', dilation=(1, 2))": [(3, 2, 5, 6)],
    "Conv2d(2, 3, 3, padding='valid')": [(3, 2, 5, 6)],
    "Conv3d(2, 3, 2)": [(2, 2, 3, 4, 3), (17, 2, 2, 2, 3)],
    "Conv3d(2, 4, (3, 2, 1), stride=(1, 2, 1), padding=(1, 0, 2), dilation=(1, 2, 3), groups=2)": [(3, 2, 4, 5, 2)],
    "Conv3d(1, 2, (2, 3, 4), padding='same', bias=False)": [(3, 1, 3, 4, 4)],
    "Conv1d(2, 3, 4, padding='same', dilation=2, padding_mode='circular')": [(5, 2, 8), (2, 2, 3)],
    "Conv1d(3, 4, 3, padding=2, padding_mode='reflect')": [(17, 3, 5), (3, 6)],
    "Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(3, 2), padding_mode='circular')": [(3, 2, 3, 4), (17, 2, 4, 2)],
    "Conv2d(4, 6, 3, padding=2, dilation=2, groups=2, bias=False, padding_mode='reflect')": [(3, 4, 4, 3)],
    "Conv2d(2, 3, 3, padding=(0, 4), padding_mode='replicate')": [(3, 2, 3, 2), (2, 4, 3)],
    "Conv2d(2, 3, 2, padding='valid', padding_mode='circular')": [(3, 2, 3, 2)],
    "Conv3d(2, 3, 2, padding=(1, 2, 0), padding_mode='circular')": [(3, 2, 2, 3, 4)],
    "Conv3d(1, 2, 3, padding=(2, 1, 3), padding_mode='reflect')": [(3, 1, 3, 2, 4)],
    "Conv3d(2, 2, (1, 2, 3), stride=2, padding=1, padding_mode='replicate')": [(2, 2, 1, 4, 3), (2, 2, 2, 3)],
    "MaxPool1d(2)": [(1, 2, 6), (17, 2, 7), (2, 6)],
    "MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True)": [(3, 2, 8)],
    "MaxPool2d(2)": [(1, 2, 4, 4), (3, 2, 5, 7), (17, 2, 4, 6), (2, 4, 5)],
    "MaxPool2d(3, stride=2, padding=1)": [(1, 2, 6, 7), (16, 1, 5, 5)],
    "MaxPool2d(2, stride=1, dilation=2)": [(3, 2, 6, 5)],
    "MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 3))": [(3, 2, 6, 6)],
    "MaxPool2d((2, 2), ceil_mode=True)": [(3, 2, 5, 6)],
    "AvgPool1d(2)": [(1, 2, 6), (17, 2, 7), (2, 6)],
    "AvgPool1d(4, 3, 2, ceil_mode=True)": [(3, 2, 8)],
    "AvgPool1d(3, 2, 1, True, False)": [(3, 2, 8)],
    "AvgPool2d(2)": [(1, 2, 4, 4), (3, 2, 5, 7), (17, 2, 4, 6), (2, 4, 5)],
    "AvgPool2d((3, 2), stride=(2, 1), padding=(1, 1))": [(3, 2, 6, 5)],
    "AvgPool2d(3, 2, 1, ceil_mode=True)": [(3, 2, 6, 6)],
    "AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)": [(3, 2, 6, 6)],
    "AvgPool2d((2, 3), padding=1, divisor_override=5)": [(3, 2, 5, 6)],
    "AdaptiveAvgPool2d(1)": [(3, 2, 5, 4), (17, 2, 3, 3)],
    "AdaptiveAvgPool2d((3, 2))": [(3, 2, 5, 7), (2, 7, 4)],
    "AdaptiveAvgPool2d((4, 5))": [(3, 2, 3, 3)],
    "RNN(3, 4)": [(5, 2, 3), (1, 17, 3), (5, 3)],
    "RNN(3, 4, nonlinearity='relu')": [(5, 2, 3), (2, 17, 3)],
    "RNN(3, 2, num_layers=2, bias=False, batch_first=True, bidirectional=True)": [(3, 4, 3)],
    "RNN(3, 4, num_layers=3, dropout=0.4)": [(5, 3, 3)],
    "LSTM(3, 4)": [(5, 1, 3), (5, 2, 3), (1, 3, 3), (2, 17, 3), (5, 3)],
    "LSTM(3, 4, batch_first=True)": [(1, 5, 3), (16, 3, 3)],
    "LSTM(3, 4, num_layers=2, batch_first=True)": [(3, 4, 3)],
    "LSTM(3, 4, bidirectional=True)": [(5, 2, 3)],
    "LSTM(3, 4, bias=False)": [(5, 2, 3)],
    "LSTM(3, 2, num_layers=2, bias=False, batch_first=True, bidirectional=True)": [(3, 4, 3)],
    "LSTM(3, 2, num_layers=2, bidirectional=True)": [(4, 3, 3)],
    "LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.3, bidirectional=True)": [(3, 5, 3)],
    "GRU(3, 4)": [(5, 1, 3), (5, 2, 3), (2, 17, 3), (5, 3)],
    "GRU(3, 4, bias=False)": [(5, 2, 3)],
    "GRU(3, 2, num_layers=2, batch_first=True, bidirectional=True)": [(3, 4, 3)],
    "GRU(3, 4, num_layers=2, dropout=0.5)": [(5, 3, 3)],
    "BatchNorm1d(5)": [(2, 5), (8, 5), (17, 5), (4, 5, 6)],
    "BatchNorm1d(5, momentum=None)": [(8, 5)],
    "BatchNorm2d(3)": [(4, 3, 5, 4), (17, 3, 2, 2), (1, 3, 4, 4)],
    "BatchNorm2d(3, affine=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, bias=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, track_running_stats=False)": [(4, 3, 3, 4)],
    "BatchNorm2d(3, eps=1, momentum=0.3)": [(4, 3, 3, 4)],
    "BatchNorm3d(3)": [(4, 3, 2, 3, 2), (17, 3, 1, 2, 2)],
    "LayerNorm(5)": [(3, 5), (17, 5), (2, 3, 5)],
    "LayerNorm((3, 4), eps=0.1)": [(5, 3, 4), (2, 2, 3, 4)],
    "LayerNorm(4, elementwise_affine=False)": [(3, 4)],
    "LayerNorm(4, 1e-3, True, False)": [(3, 4)],
    "Embedding(10, 3)": [(4,), (5, 6)],
    "Embedding(10, 3, padding_idx=2)": [(5, 6)],
    "Embedding(10, 3, padding_idx=-1)": [(5, 6)],
    "Dropout()": [(3, 5), (2, 3, 4, 4)],
    "Dropout(0.9)": [(17, 5)],
    "Dropout(0)": [(3, 5)],
    "Dropout(1)": [(3, 5)],
    **{f"{name}()": [(3, 5), (2, 3, 4, 4)] for name in
       "Identity ReLU LeakyReLU ELU SELU GELU SiLU Tanh Sigmoid Softplus Mish Hardswish Hardtanh ReLU6 Softsign "
       "LogSigmoid".split()},
    "Hardtanh(-0.5, 2)": [(17, 5)],
    "LeakyReLU(0.3)": [(17, 5)],
    "GeneralReLU()": [(3, 5)],
    "GeneralReLU(0.1, sub=0.4)": [(17, 5), (2, 3, 4, 4)],
    "ELU(2, inplace=False)": [(17, 5)],
    "GELU(approximate='tanh')": [(17, 5)],
    "Softplus(0.5, 1.5)": [(17, 5)],
    "Softmax()": [(6,), (3, 5), (2, 3, 4)],
    "Softmax(dim=-1)": [(17, 5), (2, 3, 4, 4)],
    "Softmax(dim=1)": [(17, 5), (2, 3, 4, 4)],
    "LogSoftmax(dim=-1)": [(6,), (17, 5), (2, 3, 4, 4)],
    "LogSoftmax(dim=0)": [(3, 5), (4, 3, 2)],
    "PReLU()": [(17, 5), (2, 3, 4, 4), (6,)],
    "PReLU(3, 0.1)": [(5, 3), (2, 3, 4, 4)],
    "ZeroPad2d(1)": [(3, 2, 4, 5), (17, 1, 2, 2), (2, 3, 3)],
    "ZeroPad2d((0, 1, 3, 2))": [(3, 2, 4, 5)],
    "Flatten()": [(3, 2, 4, 5), (3, 7)],
    "Flatten(start_dim=0, end_dim=-2)": [(3, 2, 4, 5)],
}
INF, NAN = float("inf"), float("nan")
TIES = [[1, 1, 2, 3, -1, -1], [1, 1, 3, 3, -1, -1], [0.0, -0.0, 5, 4, -INF, -INF], [-0.0, 0.0, 4, 5, -INF, -INF],
        [INF, INF, 7, 6, 2, 1], [INF, 0, 6, 7, 1, 2]]
NANS = [[NAN, 1, 1, NAN, NAN, NAN], [1, 2, 2, 1, NAN, NAN], [0, NAN, INF, NAN, -INF, 0], [NAN, 0, 1, 1, NAN, -INF],
        [1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, NAN]]
EDGES = [-INF, -1e4, -100.0, -20.0, -9.0, -1e-8, -1e-40, -0.0, 0.0, 1e-40, 1e-8, 9.0, 20.0, 100.0, 1e4, INF]
HANDMADE = {  # constructor: inputs; the k-th input runs with seed 900 + k
    "MaxPool2d(2)": [[[TIES]], [[NANS]]],
    "MaxPool2d(3, stride=2, padding=1)": [[[TIES]], [[NANS]]],
    "ReLU()": [[EDGES], [[NAN, -1.0, 0.0, 1.0, NAN]]],
    "Tanh()": [[EDGES]],
    "Sigmoid()": [[EDGES]],
    **{f"{name}()": [[EDGES[1:-1]]] for name in "LeakyReLU ELU SELU GELU SiLU Softplus PReLU Mish Hardswish Hardtanh ReLU6 Softsign "
       "LogSigmoid".split()},
    "Softmax(dim=1)": [[[-1e4, 0.0, 1.0], [1e4, 1e4, -1e4], [-100.0, 100.0, 99.0]]],
    "LogSoftmax(dim=1)": [[[-1e4, 0.0, 1.0], [1e4, 1e4, -1e4], [-100.0, 100.0, 99.0]]],
    "AvgPool2d(2)": [[[NANS]]],
}


def layer_case(constructor, seed, given):
    """Records everything that a layer computes for one input. `given` is the input's shape or its values."""
    torch.manual_seed(seed)
    layer = eval(constructor, {"GeneralReLU": GeneralReLU}, vars(nn))
    generator = torch.Generator().manual_seed(1000 + seed)
    if isinstance(given, list):
        x = torch.tensor(given)
    elif isinstance(layer, nn.Embedding):
        x = torch.randint(layer.num_embeddings, given, generator=generator)
    else:
        x = torch.randn(given, generator=generator)
    x.requires_grad_(x.is_floating_point())
    case = {f"init|{key}": value.clone() for key, value in layer.state_dict().items()} | {"input": x}

    output, *states = layer(x) if isinstance(layer, nn.RNNBase) else (layer(x),)
    if states and isinstance(states[0], tuple):
        states = states[0]
    loss = 0
    for name, coef_name, y in zip(["output", "h_n", "c_n"], ["coef", "coef_h", "coef_c"], [output, *states]):
        coef = torch.randn(y.shape, generator=generator)
        loss = loss + (y * coef).sum()
        case |= {name: y, coef_name: coef}
    if loss.requires_grad:
        loss.backward()
    case |= {f"grad|{key}": p.grad for key, p in [*layer.named_parameters(), ("input", x)] if p.requires_grad}

    if isinstance(layer, nn.modules.batchnorm._BatchNorm):
        case |= {f"after|{key}": value.clone() for key, value in layer.named_buffers()} | {"eval": layer.eval()(x)}
    return {f"{constructor}|{layer}|seed={seed}|{key}": value for key, value in case.items()}


def layers():
    tensors = {}
    for first_seed, table in ((0, LAYERS), (900, HANDMADE)):
        for constructor, inputs in table.items():
            for seed, given in enumerate(inputs, first_seed):
                tensors |= layer_case(constructor, seed, given)
    return tensors


LOGITS = [(1, 10, 1), (5, 3, 1), (16, 10, 1), (17, 10, 10), (64, 10, 1), (33, 2, 100), (8, 10, 1e4), (4, 1, 1),
          (3, 4, 1, 5), (2, 3, 10, 2, 3)]  # N, K, scale, then further extents
LABELLED = ["cross_entropy()", "cross_entropy(label_smoothing=0.1)", "cross_entropy(ignore_index=1)",
            "cross_entropy(ignore_index=0, label_smoothing=0.3)", "nll_loss()", "nll_loss(ignore_index=1)"]
PAIRED = {f"{loss}({reduction})": draw for reduction in ("", "reduction='sum'")  # loss: how its targets are drawn
          for loss, draw in (("mse_loss", torch.randn), ("binary_cross_entropy_with_logits", torch.rand))}
PAIRED |= {call: torch.randn for call in ("l1_loss()", "l1_loss(reduction='sum')", "smooth_l1_loss()",
                                          "smooth_l1_loss(beta=0.3)", "smooth_l1_loss(reduction='sum', beta=3.0)")}


def loss_case(call, case, x, target):
    x = x.requires_grad_()
    loss = eval(call.replace("(", "(x, target, ", 1), {"x": x, "target": target}, vars(nn.functional))
    loss.backward()
    return {f"{call}|case={case}|{key}": value for key, value in
            {"input": x, "target": target, "loss": loss, "grad": x.grad}.items()}


def losses():
    tensors = {}
    for case, (n, classes, scale, *extents) in enumerate(LOGITS):
        for call in LABELLED:
            generator = torch.Generator().manual_seed(case)
            logits = torch.randn(n, classes, *extents, generator=generator) * scale
            labels = torch.randint(classes, (n, *extents), generator=generator)
            tensors |= loss_case(call, case, logits, labels)
        for call, draw in PAIRED.items():
            generator = torch.Generator().manual_seed(case)
            shape = (n, classes, *extents)
            tensors |= loss_case(call, case, torch.randn(shape, generator=generator) * scale,
                                 draw(shape, generator=generator))
    return tensors

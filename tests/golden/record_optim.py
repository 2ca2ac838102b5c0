"""Records the steps of optimisers and the learning rates of schedules."""

import torch
from torch import nn
from torch.optim import lr_scheduler

OPTIMISERS = {
    "SGD": ["lr=0.1", "lr=0.1, momentum=0.9", "lr=0.1, weight_decay=0.01", "lr=0.1, momentum=0.9, weight_decay=0.01",
            "lr=0.1, momentum=0.9, nesterov=True", "lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True",
            "lr=0.1, momentum=0.9, dampening=0.5"],
    "Adam": ["", "lr=0.1", "lr=0.1, betas=(0.8, 0.95)", "lr=0.1, eps=0.001", "lr=0.1, weight_decay=0.1",
             "lr=0.1, amsgrad=True", "lr=0.1, betas=(0.5, 0.6), weight_decay=0.1, amsgrad=True"],
    "AdamW": ["", "lr=0.1", "lr=0.1, weight_decay=0.0", "lr=0.1, betas=(0.8, 0.95), eps=0.001, weight_decay=0.1",
              "lr=0.1, betas=(0.5, 0.6), amsgrad=True"],
    "RMSprop": ["", "lr=0.1", "lr=0.1, alpha=0.9, eps=0.001", "lr=0.1, weight_decay=0.1", "lr=0.1, momentum=0.9",
                "lr=0.1, centered=True", "lr=0.1, alpha=0.9, momentum=0.9, weight_decay=0.01, centered=True"],
    "Adadelta": ["", "lr=0.1", "rho=0.5, eps=0.001", "weight_decay=0.1", "lr=0.5, rho=0.95, weight_decay=0.01"],
}
MUON = {  # arguments: the parameter's shape
    "": (24, 16), "lr=0.1": (16, 24), "lr=0.1, nesterov=False": (16, 16), "lr=0.1, weight_decay=0.5": (12, 40),
    "lr=0.1, adjust_lr_fn='original'": (40, 12), "lr=0.1, adjust_lr_fn='match_rms_adamw'": (12, 30),
    "lr=0.1, momentum=0.4, adjust_lr_fn='match_rms_adamw'": (30, 12), "lr=0.1, ns_steps=3, eps=0.001": (1, 20),
    "lr=0.1, ns_coefficients=(2.0, -1.5, 0.5)": (20, 20),
}
CLIPS = ["clip_grad_norm_(max_norm=1.0)", "clip_grad_norm_(max_norm=0.01)", "clip_grad_norm_(max_norm=100.0)",
         "clip_grad_value_(clip_value=0.5)", "clip_grad_value_(clip_value=0.01)"]
# Schedule, as written on the command line: (steps of the run, steps of an epoch).
SCHEDULES = {
    "step:step_size=7": (50, 10), "step:step_size=1,gamma=0.9": (50, 10), "step:step_size=2,gamma=0.5,every=epoch": (50, 7),
    "cosine": (50, 10), "cosine:eta_min=0.02": (50, 10), "cosine:t_max=13,eta_min=0.001": (50, 10), "cosine:t_max=1": (5, 10),
    "cosine:every=epoch": (50, 10), "cosine:t_max=3,every=epoch": (50, 7),
    "warmup:steps=5": (50, 10), "warmup:steps=20,start_factor=0.01": (50, 10), "warmup:steps=3,every=epoch": (50, 10),
    "warmup:steps=10+cosine": (50, 10), "warmup:steps=10+cosine:t_max=9": (50, 10),
    "warmup:steps=5,start_factor=0.1+step:step_size=10,gamma=0.3": (50, 10),
    "warmup:steps=2,every=epoch+cosine:every=epoch": (60, 10), "warmup:steps=60+step:step_size=5": (50, 10),
    "multistep:milestones=10/30": (50, 10), "multistep:milestones=1/2/4,gamma=0.5,every=epoch": (50, 7),
    "exponential:gamma=0.9": (50, 10), "exponential:gamma=0.5,every=epoch": (50, 7), "warmup:steps=5+exponential:gamma=0.95": (50, 10),
    "linear": (50, 10), "linear:start_factor=1,end_factor=0": (50, 10), "linear:start_factor=0.5,total_iters=4": (50, 10),
    "linear:start_factor=1,end_factor=0.1,total_iters=3,every=epoch": (50, 7), "warmup:steps=5+linear:start_factor=1,end_factor=0": (50, 10),
    "one_cycle": (50, 10), "one_cycle:pct_start=0.5,anneal_strategy=linear": (50, 10), "one_cycle:total_steps=33,pct_start=0.1": (33, 10),
    "one_cycle:div_factor=10,final_div_factor=100,base_momentum=0.5,max_momentum=0.9": (50, 10),
    "one_cycle:cycle_momentum=false": (50, 10),
}


def optimiser(text, parameters):
    name, arguments = text.split("(", 1)
    return eval(f"{name}(parameters, {arguments}", {"parameters": parameters}, vars(torch.optim))


def trajectory(text, start, grads):
    """Returns the parameter after each step."""
    parameter, after = nn.Parameter(start.clone()), []
    steps = optimiser(text, [parameter])
    for parameter.grad in grads:
        steps.step()
        after.append(parameter.detach().clone())
    return {f"{text}|start": start, f"{text}|grads": grads, f"{text}|after": torch.stack(after)}


def optim():
    generator = torch.Generator().manual_seed(0)
    start, grads = torch.randn(7, generator=generator), torch.randn(6, 7, generator=generator)
    grads[:, 6] = 0  # this gradient is always 0, so only weight decay moves the parameter
    tensors = {}
    for text in (f"{name}({arguments})" for name, rows in OPTIMISERS.items() for arguments in rows):
        tensors |= trajectory(text, start, grads)
    for arguments, shape in MUON.items():
        tensors |= trajectory(f"Muon({arguments})", torch.randn(shape, generator=generator),
                              torch.randn(6, *shape, generator=generator))
    return tensors


def clips():
    tensors = {}
    for call in CLIPS:
        generator = torch.Generator().manual_seed(0)
        before = [torch.randn(shape, generator=generator) for shape in ((5, 7), (5,))]
        parameters = [nn.Parameter(torch.zeros_like(grad)) for grad in before]
        for parameter, grad in zip(parameters, before):
            parameter.grad = grad.clone()
        norm = eval(call.replace("(", "(parameters, ", 1), {"parameters": parameters}, vars(nn.utils))
        tensors |= {f"{call}|before|{i}": grad for i, grad in enumerate(before)}
        tensors |= {f"{call}|after|{i}": parameter.grad for i, parameter in enumerate(parameters)}
        tensors |= {f"{call}|norm": norm} if norm is not None else {}
    return tensors


def schedule(text, steps, optimizer):
    """Returns PyTorch's scheduler for one part of a schedule's text, and the number of steps that it takes."""
    name, _, options = text.partition(":")
    o = dict(option.split("=") for option in options.split(",") if option)
    if name == "step":
        return lr_scheduler.StepLR(optimizer, int(o["step_size"]), float(o.get("gamma", 0.1))), steps
    if name == "multistep":
        milestones = [int(milestone) for milestone in o["milestones"].split("/")]
        return lr_scheduler.MultiStepLR(optimizer, milestones, float(o.get("gamma", 0.1))), steps
    if name == "exponential":
        return lr_scheduler.ExponentialLR(optimizer, float(o["gamma"])), steps
    if name == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, int(o.get("t_max", steps)), float(o.get("eta_min", 0))), steps
    if name == "linear":
        return lr_scheduler.LinearLR(optimizer, float(o.get("start_factor", 1 / 3)), float(o.get("end_factor", 1)),
                                     int(o.get("total_iters", steps))), steps
    if name == "one_cycle":
        words = {"anneal_strategy": o.pop("anneal_strategy", "cos"), "cycle_momentum": o.pop("cycle_momentum", "true") == "true",
                 "total_steps": int(o.pop("total_steps", steps))}
        return lr_scheduler.OneCycleLR(optimizer, 0.1, **words, **{key: float(value) for key, value in o.items()}), steps
    return lr_scheduler.LinearLR(optimizer, float(o.get("start_factor", 1 / 3)), total_iters=int(o["steps"])), int(o["steps"])


def rates(text, steps, epoch):
    """Yields the learning rate and the momentum before each step."""
    optimizer, unit = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1), epoch if "every=epoch" in text else 1
    parts, milestones, left = [], [], -(-steps // unit)
    for part in text.split("+"):
        scheduler, length = schedule(part, left, optimizer)
        parts.append(scheduler)
        milestones.append(length)
        left = max(left - length, 1)
    scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones[:-1]) if len(parts) > 1 else parts[0]
    for step in range(1, steps + 1):
        yield optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]
        optimizer.step()
        if step % unit == 0:
            scheduler.step()


def schedules():
    records = []
    for text, (steps, epoch) in SCHEDULES.items():
        lr, momentum = zip(*rates(text, steps, epoch))
        records.append({"schedule": text, "steps": steps, "epoch": epoch, "lr": lr} | ({"momentum": momentum} if any(momentum) else {}))
    return records

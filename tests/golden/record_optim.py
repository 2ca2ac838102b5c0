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
}
# Schedule, as written on the command line: (steps of the run, steps of an epoch).
SCHEDULES = {
    "step:step_size=7": (50, 10), "step:step_size=1,gamma=0.9": (50, 10), "step:step_size=2,gamma=0.5,every=epoch": (50, 7),
    "cosine": (50, 10), "cosine:eta_min=0.02": (50, 10), "cosine:t_max=13,eta_min=0.001": (50, 10), "cosine:t_max=1": (5, 10),
    "cosine:every=epoch": (50, 10), "cosine:t_max=3,every=epoch": (50, 7),
    "warmup:steps=5": (50, 10), "warmup:steps=20,start_factor=0.01": (50, 10), "warmup:steps=3,every=epoch": (50, 10),
    "warmup:steps=10+cosine": (50, 10), "warmup:steps=10+cosine:t_max=9": (50, 10),
    "warmup:steps=5,start_factor=0.1+step:step_size=10,gamma=0.3": (50, 10),
    "warmup:steps=2,every=epoch+cosine:every=epoch": (60, 10), "warmup:steps=60+step:step_size=5": (50, 10),
}


def optimiser(text, parameters):
    name, arguments = text.split("(", 1)
    return eval(f"{name}(parameters, {arguments}", {"parameters": parameters}, vars(torch.optim))


def optim():
    generator = torch.Generator().manual_seed(0)
    start, grads = torch.randn(7, generator=generator), torch.randn(6, 7, generator=generator)
    grads[:, 6] = 0  # this gradient is always 0, so only weight decay moves the parameter
    tensors = {}
    for text in (f"{name}({arguments})" for name, rows in OPTIMISERS.items() for arguments in rows):
        parameter, after = nn.Parameter(start.clone()), []
        steps = optimiser(text, [parameter])
        for parameter.grad in grads:
            steps.step()
            after.append(parameter.detach().clone())
        tensors |= {f"{text}|start": start, f"{text}|grads": grads, f"{text}|after": torch.stack(after)}
    return tensors


def schedule(text, steps, optimizer):
    """Returns PyTorch's scheduler for one part of a schedule's text, and the number of steps that it takes."""
    name, _, options = text.partition(":")
    o = dict(option.split("=") for option in options.split(",") if option)
    if name == "step":
        return lr_scheduler.StepLR(optimizer, int(o["step_size"]), float(o.get("gamma", 0.1))), steps
    if name == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, int(o.get("t_max", steps)), float(o.get("eta_min", 0))), steps
    return lr_scheduler.LinearLR(optimizer, float(o.get("start_factor", 1 / 3)), total_iters=int(o["steps"])), int(o["steps"])


def learning_rates(text, steps, epoch):
    optimizer, unit = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1), epoch if "every=epoch" in text else 1
    parts, milestones, left = [], [], -(-steps // unit)
    for part in text.split("+"):
        scheduler, length = schedule(part, left, optimizer)
        parts.append(scheduler)
        milestones.append(length)
        left = max(left - length, 1)
    scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones[:-1]) if len(parts) > 1 else parts[0]
    for step in range(1, steps + 1):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        if step % unit == 0:
            scheduler.step()


def schedules():
    return [{"schedule": text, "steps": steps, "epoch": epoch, "lr": list(learning_rates(text, steps, epoch))}
            for text, (steps, epoch) in SCHEDULES.items()]

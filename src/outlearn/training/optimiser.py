"""The optimiser, and the learning rate at every step as a pure function of the step.

AdamW keeps two numbers for every weight, Adafactor two for every row and column of a matrix. Optimisers that
keep AdamW's two in 8 bits are not offered: they need libraries that run on some devices only, and their
quantisation would make results depend on the device.
"""

import math

import torch
from torch import nn

from outlearn.training.recipe import Recipe


def optimiser_of(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return the recipe's optimiser over the model's trainable parameters."""
    return adafactor(model, recipe) if recipe.optimiser == "adafactor" else adamw(model, recipe)


def adamw(model: nn.Module, recipe: Recipe, *, stacked_axes: int = 0) -> torch.optim.AdamW:
    """Return AdamW over the model's trainable parameters; vectors (biases, norms) are not decayed.

    Args:
        model: What is trained.
        recipe: Its learning rate and weight decay.
        stacked_axes: How many axes of every parameter, in front, only tell models apart.

    Reference:
        Loshchilov & Hutter 2019, arXiv:1711.05101. The paper under study does not name its optimiser.
    """
    return torch.optim.AdamW(_groups(model, recipe, stacked_axes), lr=recipe.peak(), fused=True)


def adafactor(model: nn.Module, recipe: Recipe) -> torch.optim.Adafactor:
    """Return Adafactor over the model's trainable parameters; vectors (biases, norms) are not decayed.

    The second moment of a matrix is kept as a mean for each row and one for each column.

    Reference:
        Shazeer & Stern 2018, arXiv:1804.04235, algorithms 4 and 5 without momentum, in PyTorch's version.
        Steps are absolute, as AdamW's are, and not in proportion to the weights (sec. 8 there), so that the
        same learning rates suit both; weight decay is decoupled.
    """
    # A step is the rate times the larger of the second number here and the tensor's root mean square.
    return torch.optim.Adafactor(_groups(model, recipe, 0), lr=recipe.peak(), eps=(None, 1.0), foreach=False)


def _groups(model: nn.Module, recipe: Recipe, stacked_axes: int) -> list[dict[str, object]]:
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups: list[dict[str, object]] = []
    for own, decay in (
        ([p for p in trainable if p.ndim >= 2 + stacked_axes], recipe.weight_decay),
        ([p for p in trainable if p.ndim < 2 + stacked_axes], 0.0),
    ):
        if own:
            groups.append({"params": own, "weight_decay": decay})
    return groups


def learning_rate_at(step: int, *, num_steps: int, recipe: Recipe) -> float:
    """Return the learning rate of step `step` (0-based) of `num_steps`.

    Warm-up rises linearly and without a jump to the peak; linear and cosine schedules then fall to 0 at the
    end.
    """
    warmup_steps = round(recipe.warmup_frac * num_steps)
    if step < warmup_steps:
        return recipe.peak() * (step + 1) / (warmup_steps + 1)
    left = 1 - (step - warmup_steps) / (num_steps - warmup_steps)
    match recipe.schedule:
        case "linear":
            return recipe.peak() * left
        case "cosine":
            return recipe.peak() * (1 - math.cos(math.pi * left)) / 2
        case "constant":
            return recipe.peak()

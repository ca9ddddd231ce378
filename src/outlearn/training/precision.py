"""The arithmetic of forward passes."""

from contextlib import nullcontext

import torch

from outlearn.training.recipe import Recipe


def autocast(recipe: Recipe, device: torch.device) -> torch.autocast | nullcontext[None]:
    """Return the context in which forward passes run: bfloat16 where the recipe asks for it."""
    if recipe.precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()

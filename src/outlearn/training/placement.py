"""Where and how fast a model runs. Nothing here may reach a fingerprint."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch


def ignore_progress(step: int, num_steps: int) -> None:
    """Report nothing."""


def ignore_model(model: torch.nn.Module, step: int) -> None:
    """Look at nothing."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Device and memory of one training run or prediction."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    train_tokens: int = 8192
    """Most padded tokens in a micro-batch of training; fewer where memory does not hold them."""

    predict_tokens: int = 4096
    """Most padded tokens in a batch of prediction."""

    sharers: int = 1
    """Processes that train on the device at a time: each plans with its share of what memory is free."""

    gradient_checkpointing: bool = False
    """Recompute activations in the backward pass: less memory, about a third more time, the same gradient."""

    scratch: Path | None = None
    """Folder for checkpoints that let a killed run go on; None keeps none."""

    checkpoint_every_s: float = 60.0
    """Seconds between checkpoints."""

    num_points: int = 0
    """At how many evenly spaced steps `observe` looks at the model, the last step among them."""

    observe: Callable[[torch.nn.Module, int], None] = ignore_model
    """Called with (model, steps done) at those steps; it must leave the weights alone."""

    on_step: Callable[[int, int], None] = ignore_progress
    """Called with (steps done, steps in all), for a progress bar."""

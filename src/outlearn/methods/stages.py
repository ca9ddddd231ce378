"""What every training within a method shares, be the student one of classes or one that writes."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import torch

from outlearn.core import DataError
from outlearn.training import Placement


def check_known(ids: Sequence[str], *, known: Collection[str]) -> None:
    """Return if every label is on an example that the student may read.

    Raises:
        DataError: If one is not; the message names the first.
    """
    strangers = [name for name in ids if name not in known]
    if strangers:
        raise DataError(
            f"{len(strangers)} of {len(ids)} labels are on examples that the student may not read,"
            f" first {strangers[0]!r}; keep those it may with labels.only([...])"
        )


def stage_of(placement: Placement, *, done: int, digest: str) -> Placement:
    """Return the placement of one of a method's trainings.

    Args:
        placement: Of the student.
        done: Optimiser steps that the student has taken; who observes is told of those that follow.
        digest: Of what it is trained on: a method may train more than once, and no stage may take the
            checkpoint of another for its own.
    """
    if placement.scratch is not None:
        placement = replace(placement, scratch=placement.scratch / f"from_step_{done}_{digest}")
    return replace(placement, observe=partial(_observe_later, placement, done))


def _observe_later(placement: Placement, done: int, model: torch.nn.Module, step: int) -> None:
    placement.observe(model, done + step)

"""Several classifiers as one: the mean of their logits. Importing this module imports torch."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from outlearn.core import ModelError


class Ensemble(nn.Module):
    """Models that read the same inputs and have the same classes; logits are averaged.

    Args:
        members: One or more; each has `num_classes` and gives logits [b c].

    Raises:
        ModelError: If there are none, or their numbers of logits differ.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        if len({_num_classes(member) for member in members}) != 1:
            raise ModelError(
                "an ensemble needs one or more members with the same number of logits, got"
                f" {[_num_classes(member) for member in members]}"
            )
        self.members = nn.ModuleList(members)

    @property
    def num_classes(self) -> int:
        """Return the number of logits."""
        return _num_classes(self.members[0])

    def forward(self, *read: Tensor) -> Tensor:
        """Return the mean of the members' logits; the mean of one is its own, bit for bit."""
        logits = [member(*read) for member in self.members]
        return torch.stack(logits).mean(dim=0)


def _num_classes(member: Any) -> int:
    return int(member.num_classes)

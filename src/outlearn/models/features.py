"""The feature track: hidden states of a frozen model, computed once, and the linear head that reads them.

A probe sees rows of a matrix instead of texts, so a training run takes seconds. The matrix is a tensor that
safetensors maps from its file: only the rows that a batch asks for are read.

Shapes: m rows of the matrix, r texts, b texts of a batch, h hidden units, c classes. Importing this module
imports torch.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

from outlearn.models.head import read_head, zero_head


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Hidden states of r texts at one position of one layer of a frozen model."""

    values: Float[Tensor, "m h"]
    """On the CPU, perhaps mapped from a file; rows may belong to other texts too."""

    rows: Int64[np.ndarray, "r"]
    """Each text's row in `values`."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> Int64[np.ndarray, "r"]:
        """Return 1 for every text: what one costs in memory, as a number of tokens does elsewhere."""
        return np.ones(len(self.rows), dtype=np.int64)


class Probe(nn.Module):
    """A linear head on frozen features; logits in float32, weights and bias 0 at the start.

    Args:
        width: Number of hidden units.
        num_classes: At least 1.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 5.2.3 and app. D.2.
    """

    def __init__(self, width: int, *, num_classes: int) -> None:
        super().__init__()
        self.head = zero_head(width, num_classes=num_classes)

    @property
    def num_classes(self) -> int:
        """Return the number of logits."""
        return self.head.out_features

    def forward(
        self, features: Float[Tensor, "b h"], *, keep: Float[Tensor, "b h"] | None = None
    ) -> Float32[Tensor, "b c"]:
        """Return the logits of every text.

        Args:
            features: Hidden states.
            keep: Factors that dropout multiplies them with; None drops nothing.
        """
        return read_head(self.head, features, keep=keep)

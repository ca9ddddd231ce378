"""Random label noise: a share of the labels say another class.

Letters in shapes: n examples, c classes.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from outlearn.core import SpecError, derive, unit_hash


def flip_labels(
    probabilities: Float[np.ndarray, "n c"], *, ids: Sequence[str], frac: float, seed: int
) -> Float[np.ndarray, "n c"]:
    """Return the labels with `frac` of them flipped: the likeliest class trades places with a random other.

    Which ones, and for what, follows from the seed and the examples' ids, not from their order. What is
    flipped at one `frac` is flipped at every larger one. Of classes that tie for likeliest the first trades.

    Args:
        probabilities: The labels.
        ids: The examples' ids.
        frac: Share of the labels to flip, in [0, 1]; rounded to whole examples.
        seed: Root of the choice.

    Raises:
        SpecError: If `frac` is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B, "noise injection"; the paper does not say what noise.
    """
    if not 0 <= frac <= 1:
        raise SpecError(f"frac must be in [0, 1], got {frac}")
    num_classes = probabilities.shape[1]
    which, whither = f"{derive(seed, 'noise', 'which')}", f"{derive(seed, 'noise', 'whither')}"
    rows = np.argsort([unit_hash(which, name) for name in ids])[: round(frac * len(ids))]
    steps = np.array([unit_hash(whither, ids[row]) for row in rows])
    likeliest = probabilities[rows].argmax(axis=1)
    other = (likeliest + 1 + (steps * (num_classes - 1)).astype(np.int64)) % num_classes
    flipped = probabilities.copy()
    flipped[rows, likeliest] = probabilities[rows, other]
    flipped[rows, other] = probabilities[rows, likeliest]
    return flipped

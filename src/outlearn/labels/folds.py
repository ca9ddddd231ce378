"""Folds: parts of equal size that follow from the examples' ids, never from the order of rows."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from outlearn.core import SpecError, UsageError, derive, unit_hash


def fold_of(ids: Sequence[str], *, num_folds: int, seed: int) -> Int[np.ndarray, " n"]:
    """Return the fold, in 0..num_folds-1, of each example; sizes differ by one at most.

    Args:
        ids: The examples' ids; unique.
        num_folds: At least 2.
        seed: Root of the choice.

    Raises:
        SpecError: If there is but one fold.
        UsageError: If there are fewer examples than folds.
    """
    if num_folds < 2:
        raise SpecError(f"folds must be at least 2, got {num_folds}")
    if len(ids) < num_folds:
        raise UsageError(f"{len(ids)} examples cannot be parted into {num_folds} folds; use fewer folds")
    salt = f"fold {derive(seed, 'folds')}"
    order = np.argsort([unit_hash(salt, name) for name in ids])
    folds = np.empty(len(ids), dtype=np.int64)
    folds[order] = np.arange(len(ids)) % num_folds
    return folds

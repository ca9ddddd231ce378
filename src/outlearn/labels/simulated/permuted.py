"""The control that nothing can be learned from: labels that have no more to do with a text than its name."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int, Int64

from outlearn.core import DataError
from outlearn.labels.simulated.lots import draw_lots


def permuted_labels(
    counts: Int[np.ndarray, " c"], *, ids: Sequence[str], seed: int
) -> Int64[np.ndarray, "n"]:
    """Return labels dealt out by lot, exactly as many of each class as `counts` says.

    Args:
        counts: Labels of each class; they sum to the number of examples.
        ids: The examples' ids.
        seed: Of the lots.

    Raises:
        DataError: If the counts do not sum to the number of examples, or one is negative.
    """
    if counts.sum() != len(ids) or (counts < 0).any():
        raise DataError(f"counts {counts.tolist()} by class cannot be dealt out to {len(ids)} examples")
    lots = draw_lots(ids, seed=seed, purpose="permuted labels")
    labels = np.empty(len(ids), dtype=np.int64)
    labels[np.lexsort((np.array(ids, dtype=np.str_), lots))] = np.repeat(np.arange(len(counts)), counts)
    return labels

"""What the two kinds of label set, of classes and of texts, ask of their rows alike.

Letters in shapes: n examples.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from outlearn.core import DataError


def rows_of(asked: Sequence[str], *, among: Sequence[str]) -> list[int]:
    """Return the row of every example that is asked for.

    Args:
        asked: Ids of examples.
        among: Ids of the rows; unique.

    Raises:
        DataError: If one has no label.
    """
    place = {name: row for row, name in enumerate(among)}
    missing = [name for name in asked if name not in place]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(asked)} examples have no label in this set, first {missing[0]!r};"
            " label them all, or ask only for those that have one"
        )
    return [place[name] for name in asked]


def checked_weights(
    weights: Float[np.ndarray, " n"], *, num_labels: int, source: str
) -> Float[np.ndarray, " n"]:
    """Return a read-only copy of the weights.

    Raises:
        DataError: If a weight is negative or not finite, or all are 0; `source` says whose they are.
    """
    if weights.shape != (num_labels,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(f"{source}: weights must be one finite number of at least 0 for each example")
    if not weights.any():
        raise DataError(f"{source}: every weight is 0, so there is nothing to train on")
    return frozen(weights)


def check_unique(ids: Sequence[str], *, source: str) -> None:
    """Return if no id is empty and none comes twice.

    Raises:
        DataError: If one is or does.
    """
    seen: set[str] = set()
    for name in ids:
        if not name:
            raise DataError(f"{source}: a label has an empty id; every label needs the id of its example")
        if name in seen:
            raise DataError(f"{source}: example {name!r} is labelled twice; keep one label for each example")
        seen.add(name)


def frozen(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return a read-only copy in row order: sums over it are then the same wherever the labels came from."""
    own = np.array(values, dtype=np.float64, order="C")
    own.setflags(write=False)
    return own

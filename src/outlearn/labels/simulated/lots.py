"""Lots: the random numbers of simulated supervisors, drawn for an id and never for a row.

An example's lot depends on its id, the seed and what the lot is for, so the order of rows, or which other
examples there are, never moves it.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from outlearn.core import DataError, derive, unit_hash


def draw_lots(ids: Sequence[str], *, seed: int, purpose: str) -> Float64[np.ndarray, "n"]:
    """Return a number in [0, 1) for each id, uniform over ids; lots of two purposes are independent.

    Raises:
        DataError: If an id comes twice: two examples would share their luck.
    """
    if len(set(ids)) < len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise DataError(f"example {twice!r} is there twice; give each example an id of its own")
    salt = str(derive(seed, "simulated supervisor", purpose))
    return np.array([unit_hash(salt, name) for name in ids], dtype=np.float64)

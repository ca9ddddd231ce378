"""A supervisor whose errors are partly imitable and partly not: another's labels, some flipped by lot."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int, Int64

from outlearn.core import SpecError
from outlearn.labels.simulated.flips import flip
from outlearn.labels.simulated.lots import draw_lots


def mix_in_flips(
    labels: Int[np.ndarray, "n"], *, flip_prob: float, num_classes: int, ids: Sequence[str], seed: int
) -> Int64[np.ndarray, "n"]:
    """Return the labels, each flipped with the same probability whether it is right or wrong.

    For two classes labels of accuracy a become labels of accuracy a (1 - p) + (1 - a) p on average. Labels
    that a small probability flips are flipped by a larger one too.

    Args:
        labels: Of the simulatable supervisor.
        flip_prob: The probability p, in [0, 1]; the paper uses 0.1, 0.07, 0.05, 0.01 and 0.
        num_classes: Two or more.
        ids: The examples' ids.
        seed: Of the lots.

    Raises:
        SpecError: If the probability is none.
        DataError: As `flip`.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.1, fig. 24c and f.
    """
    if not 0 <= flip_prob <= 1:
        raise SpecError(f"mixture: flip_prob must be in [0, 1], got {flip_prob}")
    which = draw_lots(ids, seed=seed, purpose="mixed-in flips") < flip_prob
    return flip(labels, which=which, num_classes=num_classes, ids=ids, seed=seed)

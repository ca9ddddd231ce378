"""Labels part way between the teacher's and others."""

import numpy as np
from jaxtyping import Float

from outlearn.labels import LabelSet


def blended(labels: LabelSet, others: Float[np.ndarray, "n c"], *, blend: float) -> LabelSet:
    """Return the labels (1 - blend) * teacher's + blend * others; `blend` 0 gives the teacher's, bit for bit.

    Args:
        labels: The teacher's.
        others: Probabilities of the same examples.
        blend: In [0, 1].
    """
    if blend == 0:
        return labels
    mixed = (1 - blend) * labels.probabilities + blend * others
    return labels.relabelled(mixed, source="labels blended with others")

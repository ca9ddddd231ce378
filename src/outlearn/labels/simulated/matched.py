"""What a simulated supervisor copies from a real teacher: how often it errs and what it says how often."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Int64

from outlearn.core import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """A teacher's labels on one part, counted."""

    num_errors: int

    errors_by_class: Int64[np.ndarray, " c"]
    """Errors on the examples of each gold class."""

    labels_by_class: Int64[np.ndarray, " c"]
    """How often it said each class."""


def matched(weak: Int[np.ndarray, "n"], *, gold: Int[np.ndarray, "n"], num_classes: int) -> Matched:
    """Return the counts of a teacher's hard labels against gold, for the examples of one part.

    Raises:
        DataError: If there is not one weak label for each gold label, or one is not a class.
    """
    if len(weak) != len(gold):
        raise DataError(f"a weak label is needed for each gold label: got {len(weak)} and {len(gold)}")
    both = np.concatenate([weak, gold])
    if not ((both >= 0) & (both < num_classes)).all():
        raise DataError(f"labels must be in [0, {num_classes}), got {np.unique(both).tolist()}")
    errors = np.bincount(gold[weak != gold], minlength=num_classes).astype(np.int64)
    said = np.bincount(weak, minlength=num_classes).astype(np.int64)
    return Matched(num_errors=int(errors.sum()), errors_by_class=errors, labels_by_class=said)

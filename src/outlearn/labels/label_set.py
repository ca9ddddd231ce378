"""What a teacher said about examples. There is no gold field, so nothing that reads a set can see gold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from outlearn.core import DataError
from outlearn.labels.distributions import hardened
from outlearn.labels.rows import check_unique, checked_weights, frozen, rows_of

TOLERANCE = 1e-4
"""How far a row of probabilities may be from summing to 1; published labels are often rounded to 4 digits."""

EXACT = 1e-12
"""A row this near to summing to 1 is left as it is, or writing and reading labels would change their bits."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelSet:
    """Soft labels of n examples over c classes."""

    ids: tuple[str, ...]
    """The examples' ids; unique."""

    probabilities: Float[np.ndarray, "n c"]
    """Each row sums to 1; read-only."""

    classes: tuple[str, ...]
    """Names of the classes, in the order of the columns."""

    weights: Float[np.ndarray, " n"]
    """How much each example counts in training, at least 0; 1 each unless a transform weighs them."""

    votes: Float[np.ndarray, "n k c"]
    """What each of k teachers said, where several were combined to the probabilities; k is 0 for one
    teacher."""

    def hard(self) -> Float[np.ndarray, "n c"]:
        """Return the labels as one-hot rows; classes that tie for the maximum share it."""
        return hardened(self.probabilities)

    def only(self, ids: Sequence[str]) -> "LabelSet":
        """Return the labels of these examples, in this order.

        Raises:
            DataError: If an id has no label.
        """
        return self.at(rows_of(ids, among=self.ids))

    def at(self, rows: Sequence[int] | np.ndarray) -> "LabelSet":
        """Return the labels at these rows, in this order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return LabelSet(
            tuple(self.ids[row] for row in chosen.tolist()),
            frozen(self.probabilities[chosen]),
            self.classes,
            frozen(self.weights[chosen]),
            frozen(self.votes[chosen]),
        )

    def relabelled(self, probabilities: Float[np.ndarray, "n c"], *, source: str) -> "LabelSet":
        """Return the same examples with other probabilities and their weights kept.

        Raises:
            DataError: If a row is not a distribution; `source` says whose they are.
        """
        checked = label_set(self.ids, probabilities, classes=self.classes, source=source)
        return replace(checked, weights=self.weights, votes=self.votes)

    def weighed(self, weights: Float[np.ndarray, " n"], *, source: str) -> "LabelSet":
        """Return the same labels with other weights.

        Raises:
            DataError: If a weight is negative or not finite, or all are 0; `source` says whose they are.
        """
        checked = checked_weights(weights, num_labels=len(self.ids), source=source)
        return replace(self, weights=checked)


def label_set(
    ids: Sequence[str],
    probabilities: Float[np.ndarray, "n c"],
    *,
    classes: Sequence[str],
    source: str,
) -> LabelSet:
    """Return a checked label set.

    Args:
        ids: The examples' ids; none empty.
        probabilities: Their class probabilities; rows that sum to 1 within rounding are normalised.
        classes: Names of the classes; two or more, all different.
        source: Where the labels come from, for error messages: "labels.tsv.xz", "world/xs".

    Raises:
        DataError: If there are no labels, an id comes twice or is empty, the classes are not different names,
            the shapes disagree, or a row is not a distribution.
    """
    if len(classes) < 2 or len(set(classes)) < len(classes) or not all(classes):
        raise DataError(f"{source}: classes must be two or more different names, got {tuple(classes)!r}")
    if len(ids) == 0:
        raise DataError(f"{source} holds no labels; at least one example must be labelled")
    if probabilities.shape != (len(ids), len(classes)):
        raise DataError(
            f"{source}: {len(ids)} ids and {len(classes)} classes need probabilities of shape"
            f" ({len(ids)}, {len(classes)}), got {probabilities.shape}"
        )
    check_unique(ids, source=source)
    sums = probabilities.sum(axis=1)
    wrong = ~(np.isfinite(probabilities).all(axis=1) & (probabilities >= 0).all(axis=1))
    wrong |= ~(np.abs(sums - 1) <= TOLERANCE)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{source}: the label of example {ids[row]!r} is {probabilities[row].tolist()}; a label is"
            f" {len(classes)} finite probabilities in [0, 1] that sum to 1"
        )
    divisor = np.where(np.abs(sums - 1) <= EXACT, 1.0, sums)
    return LabelSet(
        tuple(ids),
        frozen(probabilities / divisor[:, None]),
        tuple(classes),
        weights=frozen(np.ones(len(ids))),
        votes=frozen(np.zeros((len(ids), 0, len(classes)))),
    )


def with_votes(labels: LabelSet, votes: Float[np.ndarray, "n k c"]) -> LabelSet:
    """Return the labels with what each of several teachers said beside them."""
    n, c = labels.probabilities.shape
    assert votes.shape[0] == n, f"votes on {votes.shape[0]} examples beside {n} labels"
    assert votes.shape[2] == c, f"votes on {votes.shape[2]} classes beside {c}"
    return replace(labels, votes=frozen(votes))

"""Supervisors that know gold and then err where they are told to: the error structures of appendix E.2.

A chooser says which examples are wrongly labelled, exactly as many as it is asked for; `flip` makes them
wrong. Ties, of which saturated probabilities have many, are broken by lot. Choosing more examples keeps those
that fewer would have chosen, so supervisors of two error counts are nested.

Reference:
    Burns et al. 2023, arXiv:2312.09390, app. E.2 and fig. 26. How the paper breaks ties is not stated.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Int64, Shaped

from outlearn.core import DataError
from outlearn.labels.simulated.lots import draw_lots


def flip(
    labels: Int[np.ndarray, "n"],
    *,
    which: Bool[np.ndarray, "n"],
    num_classes: int,
    ids: Sequence[str],
    seed: int,
) -> Int64[np.ndarray, "n"]:
    """Return the labels with the chosen ones replaced: by the other class, or one of the others by lot.

    Args:
        labels: Class indices, in [0, num_classes).
        which: The examples whose label is replaced.
        num_classes: Two or more.
        ids: The examples' ids; they decide which of several other classes is taken.
        seed: Of those lots.

    Raises:
        DataError: If a label is not a class, or the numbers of labels, choices and ids differ.
    """
    if not len(labels) == len(which) == len(ids):
        raise DataError(
            f"a choice and an id are needed for each label: got {len(labels)} labels, {len(which)} choices,"
            f" {len(ids)} ids"
        )
    if num_classes < 2 or not ((labels >= 0) & (labels < num_classes)).all():
        raise DataError(
            f"labels must be class indices in [0, {num_classes}) of two or more classes, got"
            f" {np.unique(labels).tolist()}"
        )
    step = 1 + np.floor(draw_lots(ids, seed=seed, purpose="wrong class") * (num_classes - 1))
    return np.where(which, (labels + step.astype(np.int64)) % num_classes, labels).astype(np.int64)


def choose_random(ids: Sequence[str], *, seed: int, num_flips: int) -> Bool[np.ndarray, "n"]:
    """Return which examples err, chosen by lot.

    Raises:
        DataError: If more flips are asked for than there are examples.
    """
    return _lowest((), ids=ids, seed=seed, num_flips=num_flips, purpose="flips")


def choose_longest(
    lengths: Int[np.ndarray, "n"], *, ids: Sequence[str], seed: int, num_flips: int
) -> Bool[np.ndarray, "n"]:
    """Return which examples err: those of the longest texts.

    Args:
        lengths: Of the texts, in characters.
        ids: The examples' ids.
        seed: Of the lots that break ties.
        num_flips: How many examples err.

    Raises:
        DataError: If more flips are asked for than there are examples.
    """
    return _lowest((-lengths,), ids=ids, seed=seed, num_flips=num_flips)


def choose_shortest(
    lengths: Int[np.ndarray, "n"], *, ids: Sequence[str], seed: int, num_flips: int
) -> Bool[np.ndarray, "n"]:
    """Return which examples err: those of the shortest texts; else as `choose_longest`.

    Raises:
        DataError: If more flips are asked for than there are examples.
    """
    return _lowest((lengths,), ids=ids, seed=seed, num_flips=num_flips)


def choose_unconfident(
    probabilities: Float[np.ndarray, "n c"], *, ids: Sequence[str], seed: int, num_flips: int
) -> Bool[np.ndarray, "n"]:
    """Return which examples err: those whose likeliest class is least likely, right or wrong.

    Args:
        probabilities: What the ceiling, a strong model trained on gold, says.
        ids: The examples' ids.
        seed: Of the lots that break ties.
        num_flips: How many examples err.

    Raises:
        DataError: If more flips are asked for than there are examples.
    """
    return _lowest((probabilities.max(axis=1),), ids=ids, seed=seed, num_flips=num_flips)


def choose_confidently_correct(
    probabilities: Float[np.ndarray, "n c"],
    *,
    gold: Int[np.ndarray, "n"],
    ids: Sequence[str],
    seed: int,
    num_flips: int,
) -> Bool[np.ndarray, "n"]:
    """Return which examples err: those whose gold class the ceiling thinks likeliest.

    Examples that the ceiling gets right come first; with two classes they do so anyway.

    Args:
        probabilities: What the ceiling says.
        gold: The true classes.
        ids: The examples' ids.
        seed: Of the lots that break ties.
        num_flips: How many examples err.

    Raises:
        DataError: If more flips are asked for than there are examples.
    """
    of_gold = probabilities[np.arange(len(gold)), gold]
    wrong = of_gold < probabilities.max(axis=1)
    return _lowest((wrong, -of_gold), ids=ids, seed=seed, num_flips=num_flips)


def _lowest(
    keys: tuple[Shaped[np.ndarray, "n"], ...],
    *,
    ids: Sequence[str],
    seed: int,
    num_flips: int,
    purpose: str = "ties",
) -> Bool[np.ndarray, "n"]:
    """Return the `num_flips` examples that sort first by the keys, then by lot, then by id."""
    if not 0 <= num_flips <= len(ids):
        raise DataError(
            f"{num_flips} of {len(ids)} labels cannot be flipped; ask for 0 to {len(ids)} flips, and count"
            " the errors to match on these same examples"
        )
    lots = draw_lots(ids, seed=seed, purpose=purpose)
    order = np.lexsort((np.array(ids, dtype=np.str_), lots, *reversed(keys)))
    which = np.zeros(len(ids), dtype=np.bool_)
    which[order[:num_flips]] = True
    return which

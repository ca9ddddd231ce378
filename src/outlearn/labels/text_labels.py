"""What a teacher wrote about examples, where answers are written and not chosen. There is no gold field.

Letters in shapes: n examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from outlearn.core import DataError
from outlearn.labels.rows import check_unique, checked_weights, frozen, rows_of

COLUMNS = ("id", "text", "confidence", "weight")


@dataclass(frozen=True, slots=True, eq=False)
class TextLabels:
    """Written labels of n examples."""

    ids: tuple[str, ...]
    """The examples' ids; unique."""

    texts: tuple[str, ...]
    """What was written after each example's text, letter for letter; none blank."""

    confidences: Float[np.ndarray, " n"]
    """How sure the teacher was of each, in [0, 1]; read-only."""

    weights: Float[np.ndarray, " n"]
    """How much each example counts in training, at least 0; read-only."""

    def only(self, ids: Sequence[str]) -> "TextLabels":
        """Return the labels of these examples, in this order.

        Raises:
            DataError: If an id has no label.
        """
        return self.at(rows_of(ids, among=self.ids))

    def at(self, rows: Sequence[int] | np.ndarray) -> "TextLabels":
        """Return the labels at these rows, in this order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return TextLabels(
            tuple(self.ids[row] for row in chosen.tolist()),
            tuple(self.texts[row] for row in chosen.tolist()),
            frozen(self.confidences[chosen]),
            frozen(self.weights[chosen]),
        )

    def weighed(self, weights: Float[np.ndarray, " n"], *, source: str) -> "TextLabels":
        """Return the same labels with other weights.

        Raises:
            DataError: If a weight is negative or not finite, or all are 0; `source` says whose they are.
        """
        checked = checked_weights(weights, num_labels=len(self.ids), source=source)
        return replace(self, weights=checked)


def text_labels(
    ids: Sequence[str],
    texts: Sequence[str],
    *,
    confidences: Sequence[float] | Float[np.ndarray, " n"] = (),
    source: str,
) -> TextLabels:
    """Return checked labels.

    Args:
        ids: The examples' ids; none empty.
        texts: What was written after each example's text; none blank.
        confidences: In [0, 1], one each; none stands for 1 each.
        source: Where the labels come from, for error messages: "moves.csv", "chess/xs".

    Raises:
        DataError: If there are no labels, an id comes twice or is empty, a text is blank, the counts disagree
            or a confidence is out of its range.
    """
    if not ids:
        raise DataError(f"{source} labels nothing; a label set holds one label or more")
    sure = np.asarray(confidences if len(confidences) else np.ones(len(ids)), dtype=np.float64)
    if len(texts) != len(ids) or sure.shape != (len(ids),):
        raise DataError(
            f"{source}: got {len(ids)} ids, {len(texts)} texts and {sure.size} confidences; give one each"
        )
    check_unique(ids, source=source)
    blank = [name for name, text in zip(ids, texts, strict=True) if not text.strip()]
    if blank:
        raise DataError(
            f"{source}: the label of example {blank[0]!r} is blank; give it a text, or leave it out"
        )
    wrong = ~((sure >= 0) & (sure <= 1))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{source}: the confidence in example {ids[row]!r} is {sure[row]}; it is a number from 0 to 1"
        )
    return TextLabels(tuple(ids), tuple(texts), frozen(sure), frozen(np.ones(len(ids))))


def write_text_labels(labels: TextLabels, path: Path) -> None:
    """Write written labels as parquet, one row an example: columns id, text, confidence and weight."""
    values = (list(labels.ids), list(labels.texts), labels.confidences, labels.weights)
    pl.DataFrame(dict(zip(COLUMNS, values, strict=True))).write_parquet(path)


def read_text_labels(path: Path) -> TextLabels:
    """Read what `write_text_labels` wrote, bit for bit.

    Raises:
        DataError: If the file holds no written labels.
    """
    try:
        with path.open("rb") as file:
            frame = pl.read_parquet(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} cannot be read as parquet: {error}") from error
    wanted = dict(zip(COLUMNS, (pl.String(), pl.String(), pl.Float64(), pl.Float64()), strict=True))
    if dict(frame.schema) != wanted:
        found = ", ".join(f"{name} ({kind})" for name, kind in frame.schema.items())
        raise DataError(
            f"{path.name} holds no written labels: it needs the columns"
            f" {', '.join(f'{name} ({kind})' for name, kind in wanted.items())}; it has {found}"
        )
    if frame.null_count().sum_horizontal().item():
        raise DataError(f"{path.name} has empty cells; every label needs an id, a text and two numbers")
    labels = text_labels(
        frame["id"].to_list(),
        frame["text"].to_list(),
        confidences=frame["confidence"].to_numpy(),
        source=path.name,
    )
    return labels.weighed(frame["weight"].to_numpy(), source=path.name)


def majority_texts(votes: Sequence[TextLabels], *, source: str) -> TextLabels:
    """Return what most of several teachers wrote, blanks around it aside; its confidence is their share.

    Of texts that equally many wrote, the one whose writers are surest on average is taken, then the first in
    alphabetical order, so that the order of the teachers never matters. A teacher that did not label an
    example has no vote on it.

    Raises:
        DataError: If there are no votes.
    """
    found: dict[str, dict[str, list[float]]] = {}
    spelled: dict[tuple[str, str], str] = {}
    for one in votes:
        for name, text, sure in zip(one.ids, one.texts, one.confidences.tolist(), strict=True):
            found.setdefault(name, {}).setdefault(text.strip(), []).append(sure)
            key = (name, text.strip())
            spelled[key] = min(text, spelled.get(key, text))
    chosen = {
        name: min(heard, key=lambda text: (-len(heard[text]), -sum(sorted(heard[text])), text))
        for name, heard in found.items()
    }
    shares = [len(found[name][text]) / sum(map(len, found[name].values())) for name, text in chosen.items()]
    texts = [spelled[name, text] for name, text in chosen.items()]
    return text_labels(list(chosen), texts, confidences=shares, source=source)

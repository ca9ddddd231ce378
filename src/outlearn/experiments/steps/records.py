"""Records as steps read and write them: splits, predictions and labels."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from outlearn.core import DataError
from outlearn.experiments.graph import PREDICTED, VERSIONS, Step
from outlearn.experiments.steps.kept_splits import kept_splits
from outlearn.labels import LabelSet, TextLabels, label_set, read_labels, read_text_labels
from outlearn.store import Draft, Store
from outlearn.tasks import Example, Split


def writing(step: Step, store: Store) -> AbstractContextManager[Draft]:
    """Return the draft of a step's record; it is committed when the context ends without an error."""
    return store.writing(
        step.fingerprint,
        kind=step.kind,
        version=VERSIONS[step.kind],
        meaning=dict(step.meaning),
        inputs=tuple(before.fingerprint for before in step.inputs.values()),
    )


def split_of(step: Step, store: Store) -> tuple[Split, tuple[str, ...]]:
    """Return the examples a step works on, and the names of their classes."""
    return examples_of(step.inputs["split"], store)


def examples_of(before: Step, store: Store) -> tuple[Split, tuple[str, ...]]:
    """Return what a step that holds examples holds."""
    classes = before.meaning["classes"]
    assert isinstance(classes, list)
    return kept_splits.read(store.artifact(before.fingerprint, "split.parquet")), tuple(classes)


def writes(step: Step) -> bool:
    """Return whether a step's examples are to be written after, not classified."""
    before = step.inputs.get("split")
    return before is not None and before.meaning.get("setting") == "generation"


def texts_of(step: Step, store: Store) -> TextLabels:
    """Return the written labels among a step's inputs."""
    return read_text_labels(store.artifact(step.inputs["labels"].fingerprint, "labels.parquet"))


def labels_of(step: Step, store: Store) -> LabelSet:
    """Return the label set among a step's inputs."""
    return read_labels(store.artifact(step.inputs["labels"].fingerprint, "labels.parquet"))


def predictions_of(before: Step, store: Store) -> pl.DataFrame:
    """Return a step's predictions on all parts."""
    return _read_predictions(store.artifact(before.fingerprint, "predictions.parquet"))


@lru_cache(maxsize=8)
def _read_predictions(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path)


def predicted(
    before: Step, store: Store, part: Sequence[Example], *, name: str, classes: tuple[str, ...]
) -> LabelSet:
    """Return a step's predictions on one part of a split, in the part's order.

    Raises:
        DataError: If there is none for some example.
    """
    frame = predictions_of(before, store).filter(pl.col("part") == name)
    if frame.is_empty():
        raise DataError(f"{before.title} answered no example of the {name} part")
    labels = label_set(
        frame["id"].to_list(),
        frame.select(f"p{place}" for place in range(len(classes))).to_numpy(),
        classes=classes,
        source=before.title,
    )
    return labels.only([example.id for example in part])


def asked_of(split: Split) -> list[Example]:
    """Return the examples that every model is asked about, part after part."""
    return [example for name in PREDICTED for example in split.parts[name]]


def by_part(said: Float[np.ndarray, "n c"], split: Split) -> dict[str, Float[np.ndarray, "m c"]]:
    """Return what was said of `asked_of(split)`, apart for each part."""
    ends = np.cumsum([len(split.parts[name]) for name in PREDICTED])
    return dict(zip(PREDICTED, np.split(said, ends[:-1]), strict=True))


def weak_labels(
    said: dict[str, Float[np.ndarray, "n c"]], split: Split, *, classes: tuple[str, ...], source: str
) -> LabelSet:
    """Return what was said of the transfer part as a label set."""
    ids = [example.id for example in split.transfer]
    return label_set(ids, said["transfer"], classes=classes, source=source)


def write_all(said: dict[str, Float[np.ndarray, "n c"]], split: Split, draft: Draft) -> None:
    """Write predictions on every part that anything later may ask for."""
    asked = [(name, example.id) for name in PREDICTED for example in split.parts[name]]
    write_predictions(
        [name for name, _ in asked],
        [name for _, name in asked],
        np.concatenate([said[name] for name in PREDICTED if split.parts[name]]),
        draft.path("predictions.parquet"),
    )


def write_predictions(
    parts: Sequence[str], ids: Sequence[str], probabilities: Float[np.ndarray, "n c"], path: Path
) -> None:
    """Write probabilities without gold: columns part, id, p0, p1, ..."""
    columns = {f"p{place}": probabilities[:, place] for place in range(probabilities.shape[1])}
    pl.DataFrame({"part": list(parts), "id": list(ids), **columns}).write_parquet(path)

"""Label sets as parquet: one row an example, columns `id` and one probability a class (`p_<class>`).

Weights, where they are not all 1, are a column `weight`; the votes of several teachers are columns
`v<teacher>_<class>`.
"""

import re
from pathlib import Path

import numpy as np
import polars as pl

from outlearn.core import DataError
from outlearn.labels.label_set import LabelSet, label_set, with_votes

PREFIX = "p_"
WEIGHT = "weight"


def write_labels(labels: LabelSet, path: Path) -> None:
    """Write a label set; `read_labels` gives it back bit for bit."""
    columns = {f"{PREFIX}{name}": labels.probabilities[:, place] for place, name in enumerate(labels.classes)}
    if (labels.weights != 1).any():
        columns[WEIGHT] = labels.weights
    for teacher in range(labels.votes.shape[1]):
        for place, name in enumerate(labels.classes):
            columns[f"v{teacher}_{name}"] = labels.votes[:, teacher, place]
    pl.DataFrame({"id": list(labels.ids), **columns}).write_parquet(path)


def read_labels(path: Path) -> LabelSet:
    """Read what `write_labels` wrote.

    Raises:
        DataError: If the file is not a label set.
    """
    try:
        with path.open("rb") as file:
            frame = pl.read_parquet(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} cannot be read as parquet: {error}") from error
    columns = [name for name in frame.columns if name.startswith(PREFIX)]
    wanted = {"id": pl.String(), **dict.fromkeys(columns, pl.Float64())}
    if len(columns) < 2 or {name: frame.schema.get(name) for name in wanted} != wanted:
        found = ", ".join(f"{name} ({kind})" for name, kind in frame.schema.items())
        raise DataError(
            f"{path.name} is not a label set: it needs a column 'id' of texts and for each class a column"
            f" '{PREFIX}<class>' of Float64; it has {found}"
        )
    if frame.select(*wanted).null_count().sum_horizontal().item():
        raise DataError(
            f"{path.name} has empty cells; every label needs an id and a probability for each class"
        )
    classes = [name.removeprefix(PREFIX) for name in columns]
    labels = label_set(
        frame["id"].to_list(), frame.select(columns).to_numpy(), classes=classes, source=path.name
    )
    if WEIGHT in frame.columns:
        labels = labels.weighed(frame[WEIGHT].to_numpy(), source=path.name)
    first = re.compile(rf"v\d+_{re.escape(classes[0])}")
    num_voters = sum(first.fullmatch(name) is not None for name in frame.columns)
    votes = [
        frame.select(f"v{teacher}_{name}" for name in classes).to_numpy() for teacher in range(num_voters)
    ]
    return with_votes(labels, np.stack(votes, axis=1)) if votes else labels

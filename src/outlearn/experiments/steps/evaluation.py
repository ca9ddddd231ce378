"""Steps that put gold beside predictions, example by example, for analysis."""

import polars as pl

from outlearn.experiments.graph import PREDICTED, Step
from outlearn.experiments.steps.curves import WATCHED, curve_file
from outlearn.experiments.steps.records import predictions_of, split_of
from outlearn.store import Draft, Store
from outlearn.tasks import HIDDEN, Split


def evaluate(step: Step, store: Store, draft: Draft) -> None:
    """Put gold beside a model's predictions."""
    split, classes = split_of(step, store)
    predictions = predictions_of(step.inputs["trained"], store)
    scores = _gold(split, PREDICTED).join(predictions, on=["part", "id"], how="inner", maintain_order="left")
    columns = [f"p{place}" for place in range(len(classes))]
    kept = [name for name in ("part", "id", "group", "gold", "difficulty") if name in scores.columns]
    scores.select(*kept, *columns).write_parquet(draft.path("scores.parquet"))


def curve(step: Step, store: Store, draft: Draft) -> None:
    """Put gold beside a student's predictions along its training."""
    split, classes = split_of(step, store)
    name = curve_file(str(step.meaning["points"]))
    along = pl.read_parquet(store.artifact(step.inputs["trained"].fingerprint, name))
    joined = along.join(_gold(split, WATCHED), on=["part", "id"], how="inner", maintain_order="left")
    columns = [f"p{place}" for place in range(len(classes))]
    joined.select("point", "frac", "part", "id", "group", "gold", *columns).write_parquet(
        draft.path("curve.parquet")
    )


def _gold(split: Split, parts: tuple[str, ...]) -> pl.DataFrame:
    """Return what is true of every example, null where it is sealed.

    Its difficulty is there only where the task has such.
    """
    measured = any(example.difficulty for part in split.parts.values() for example in part)
    return pl.DataFrame(
        [
            {
                "part": part,
                "id": example.id,
                "group": example.group,
                "gold": None if example.gold == HIDDEN else example.gold,
                **({"difficulty": example.difficulty} if measured else {}),
            }
            for part in parts
            for example in split.parts[part]
        ],
        schema_overrides={"gold": pl.Int64},
    )

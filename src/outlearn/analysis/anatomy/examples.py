"""The examples behind a number, readable: text, gold, and what teacher, student and ceiling answered.

Which examples is said as a person would: `quadrant=elicited`, `teacher=wrong,student=right`, `agree=yes`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool

from outlearn.analysis.anatomy.cells import ALL, Cells
from outlearn.analysis.anatomy.quadrants import QUADRANTS, weights
from outlearn.analysis.anatomy.reading import Asked, Reading, Said, Three, agreed
from outlearn.analysis.entries import marked, read_entries
from outlearn.core import UsageError
from outlearn.store import Store

# n: examples

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "quadrant": QUADRANTS,
    "teacher": ("right", "wrong"),
    "student": ("right", "wrong"),
    "ceiling": ("right", "wrong"),
    "agree": ("yes", "no"),
}
"""What examples are chosen by, and the values each can have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one model said of an example."""

    said: str
    right: bool
    """Whether it is more likely right than not; options that tie share the example."""

    confidence: float | None
    """Probability of what it said; None where answers are written."""


@dataclass(frozen=True, slots=True)
class ShownExample:
    """One test example, with three models' answers."""

    task: str
    teacher: str
    student: str
    method: str
    seed: int
    id: str
    text: str
    """What the student read; "" where the store does not hold the texts."""

    gold: str
    weak: Answer
    student_answer: Answer
    ceiling: Answer


def wanted(text: str) -> dict[str, str]:
    """Return what a choice of examples asks for: "quadrant=elicited,student=right".

    Raises:
        UsageError: If it asks for what there is not; the message says what can be asked for.
    """
    pairs = dict(part.strip().split("=", 1) for part in text.split(",") if "=" in part)
    strange = [part.strip() for part in text.split(",") if "=" not in part]
    strange += [f"{key}={value}" for key, value in pairs.items() if value not in ALLOWED.get(key, ())]
    if strange:
        told = "; ".join(f"{key} = {', '.join(values)}" for key, values in ALLOWED.items())
        raise UsageError(
            f"examples cannot be chosen by {strange[0]!r}; there is {told}; join several by commas, as in"
            " quadrant=elicited,student=wrong"
        )
    return pairs


def examples(store: Store, name: str, *, choice: str, cells: Cells = ALL) -> Iterator[ShownExample]:
    """Yield the test examples of a run that a choice takes, cell after cell, in order of id.

    Args:
        store: The store.
        name: The run.
        choice: Which examples; see `wanted`. "" takes all.
        cells: Which cells.

    Raises:
        UsageError: If the choice cannot be understood, or the run has no such cell.
        StoreError: If there is no such run, or a record is damaged.
    """
    asked_for = wanted(choice) if choice else {}
    reading = Reading(store)
    entries = [cell for cell in read_entries(store, name) if reading.complete(cell)]
    chosen = [cell for cell in entries if cells.holds(cell)]
    if not chosen:
        known = sorted({f"{cell['teacher']} -> {cell['student']}, {cell['method']}" for cell in entries})
        raise UsageError(f"run {name!r} has no complete cell like that; it has {'; '.join(known) or 'none'}")
    for cell in chosen:
        yield from _of_cell(reading, cell, asked_for)


def _of_cell(
    reading: Reading, cell: Mapping[str, object], asked_for: Mapping[str, str]
) -> Iterator[ShownExample]:
    three = reading.three(cell)
    asked = reading.examples(str(cell["student_record"]))
    test = asked.examples.filter(pl.col("part") == "test")
    rows = {str(row["id"]): row for row in test.iter_rows(named=True)}
    method = marked(str(cell["method"]), cheating=cell.get("cheating") is True)
    for place in np.flatnonzero(_mask(three, asked_for)).tolist():
        row = rows.get(three.weak.ids[place], {})
        yield ShownExample(
            task=str(cell["task"]),
            teacher=str(cell["teacher"]),
            student=str(cell["student"]),
            method=method,
            seed=three.seed,
            id=three.weak.ids[place],
            text=_text(row),
            gold=_gold(row, asked, int(three.weak.gold[place])),
            weak=_answer(three.weak, place, asked),
            student_answer=_answer(three.student, place, asked),
            ceiling=_answer(three.ceiling, place, asked),
        )


def _mask(three: Three, asked_for: Mapping[str, str]) -> Bool[np.ndarray, " n"]:
    models = {"teacher": three.weak, "student": three.student, "ceiling": three.ceiling}
    mask = np.ones(len(three.weak.ids), dtype=bool)
    for key, value in asked_for.items():
        if key == "quadrant":
            inside = next(weight for name, weight in weights(three).items() if name == value) > 0.5
        elif key == "agree":
            inside = (agreed(three.student, three.weak) > 0.5) == (value == "yes")
        else:
            inside = (models[key].correct > 0.5) == (value == "right")
        mask &= inside
    return mask


def _text(row: Mapping[str, object]) -> str:
    text = str(row.get("text", ""))
    options = row.get("options")
    if isinstance(options, list) and options:
        text = "\n".join([text, *(f"[{number}] {option}" for number, option in enumerate(options))]).strip()
    return text


def _gold(row: Mapping[str, object], asked: Asked, number: int) -> str:
    return str(row.get("target") or "") or _named(asked, number)


def _named(asked: Asked, number: int) -> str:
    return asked.classes[number] if number < len(asked.classes) else str(number)


def _answer(said: Said, place: int, asked: Asked) -> Answer:
    right = bool(said.correct[place] > 0.5)
    if not said.num_options:
        return Answer(said.written[place], right, None)
    number = int(said.chosen[place])
    return Answer(_named(asked, number), right, float(said.probabilities[place, number]))

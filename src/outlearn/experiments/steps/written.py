"""Steps of a task whose answers are written: what `training`, `asking` and `labelling` are to classes.

Predictions are texts, each with the probability that the model gave it; labels are hard. An answer is right
if it is the target, blanks around both aside. One that is blank is wrong, and labels nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import torch

from outlearn.core import DataError
from outlearn.experiments.graph import PREDICTED, Step
from outlearn.experiments.steps.curves import WATCHED, curve_file, folder_of, keep_earlier, noted_steps
from outlearn.experiments.steps.gold import gold_texts
from outlearn.experiments.steps.labelling import chunk_of
from outlearn.experiments.steps.models import Role, role_of
from outlearn.experiments.steps.records import asked_of, predictions_of, split_of, texts_of
from outlearn.experiments.steps.supervisors import shown_of
from outlearn.experiments.steps.training import method_of, training_part, write_weights
from outlearn.experiments.steps.writers import pretrained, write_after, writer_of
from outlearn.labels import TextLabels, majority_texts, text_labels, write_text_labels
from outlearn.methods import Writer, learn
from outlearn.models import TextLikelihood
from outlearn.store import Draft, Store
from outlearn.tasks import Split, judges
from outlearn.training import Completion, Placement, Recipe

SCHEMA = {"part": pl.String, "id": pl.String, "text": pl.String, "confidence": pl.Float64}


def teach_to_write(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Fine-tune a model on gold: a teacher or a ceiling."""
    split, _ = split_of(step, store)
    part = split.parts[str(step.meaning["half"])]
    placement = replace(placement, scratch=store.scratch(step.fingerprint))
    writer = writer_of(role_of(step), store, part, placement=placement)
    _write_trained(learn(writer, gold_texts(part)), step, store, draft)


def transfer_to_writer(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Let a method train the student on what its teacher wrote."""
    split, _ = split_of(step, store)
    labels, role = texts_of(step, store), role_of(step)
    placement = replace(placement, scratch=store.scratch(step.fingerprint))
    if "points" in step.place:
        placement = _watched(placement, step, store, split=split, role=role)
    writer = writer_of(role, store, training_part(labels, split), placement=placement)
    (write,) = method_of(step).write
    trained = write(writer, labels)
    _write_trained(trained, step, store, draft)
    if "points" in step.place:
        _write_curve(step, store, draft, num_steps=len(trained.losses))


def write_zero_shot(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Let the student write as it was pretrained: the baseline that students may fail to beat.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. A.2 and fig. 15.
    """
    split, _ = split_of(step, store)
    role = role_of(step)
    recipe = Recipe.model_validate({key: step.meaning[key] for key in ("precision", "max_answer_tokens")})
    asked = asked_of(split)
    said = write_after(
        pretrained(role, store),
        asked,
        role=role,
        split=step.inputs["split"],
        recipe=recipe,
        placement=placement,
    )
    _write_said(said, split, draft)


def _write_trained(writer: Writer, step: Step, store: Store, draft: Draft) -> None:
    split, _ = split_of(step, store)
    said = write_after(
        writer.model,
        asked_of(split),
        role=role_of(step),
        split=step.inputs["split"],
        recipe=writer.recipe,
        placement=replace(writer.placement, on_step=Placement().on_step),
    )
    _write_said(said, split, draft)
    pl.DataFrame({"loss": writer.losses}).write_parquet(draft.path("losses.parquet"))
    if "weights" in step.place:
        write_weights(writer.model, draft)
    draft.numbers["final_loss"] = float(writer.losses[-1])
    draft.cost["train_tokens"] = float(writer.train_tokens)


def _write_said(said: Sequence[Completion], split: Split, draft: Draft) -> None:
    """Write what a model said of `asked_of(split)`."""
    asked = [(name, example.id) for name in PREDICTED for example in split.parts[name]]
    rows = [(*of, one.text, one.confidence) for of, one in zip(asked, said, strict=True)]
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(draft.path("predictions.parquet"))


def write_written(parts: Sequence[str], labels: TextLabels, path: Path) -> None:
    """Write labels as predictions, without gold: columns part, id, text and confidence."""
    columns = (list(parts), list(labels.ids), list(labels.texts), labels.confidences)
    pl.DataFrame(dict(zip(SCHEMA, columns, strict=True)), schema=SCHEMA).write_parquet(path)


def said_by(before: Step, store: Store, *, part: str) -> TextLabels:
    """Return what a step's model wrote of one part of a split; an answer that is blank says nothing.

    Raises:
        DataError: If all are blank.
    """
    frame = predictions_of(before, store)
    frame = frame.filter((pl.col("part") == part) & (pl.col("text").str.strip_chars() != ""))
    if frame.is_empty():
        raise DataError(
            f"{before.title} wrote nothing for any example of the {part} part, so it labels none; train it"
            " for longer, or choose another teacher"
        )
    return text_labels(
        frame["id"].to_list(),
        frame["text"].to_list(),
        confidences=frame["confidence"].to_numpy(),
        source=before.title,
    )


def label_by_text(step: Step, store: Store, draft: Draft) -> None:
    """Keep what a model wrote of the students' half as labels, or of one chunk of it."""
    split, _ = split_of(step, store)
    said = said_by(step.inputs["teacher"], store, part="transfer")
    wrote = set(said.ids)
    chosen = [one for one in split.transfer if one.id in wrote]
    if "chunks" in step.meaning:
        place, chunks = step.meaning["chunk"], step.meaning["chunks"]
        assert isinstance(place, int)
        assert isinstance(chunks, int)
        chosen = [one for one in chosen if chunk_of(one, chunks=chunks) == place]
    if not chosen:
        raise DataError(
            f"{step.title}: nothing was written for any example of its chunk; raise sizes.transfer"
        )
    write_text_labels(said.only([one.id for one in chosen]), draft.path("labels.parquet"))
    draft.numbers["blank"] = float(len(split.transfer) - len(said.ids))


def combine_texts(step: Step, store: Store, draft: Draft) -> None:
    """Take what most teachers wrote of every example."""
    split, _ = split_of(step, store)
    members = [before for role, before in step.inputs.items() if role.startswith("member_")]
    frames = []
    for name in PREDICTED:
        if not split.parts[name]:
            continue
        together = majority_texts([said_by(one, store, part=name) for one in members], source=step.title)
        found = set(together.ids)
        together = together.only([example.id for example in split.parts[name] if example.id in found])
        if name == "transfer":
            write_text_labels(together, draft.path("labels.parquet"))
        frames.append(_predictions(name, together, split))
    pl.concat(frames).write_parquet(draft.path("predictions.parquet"))


def _predictions(part: str, labels: TextLabels, split: Split) -> pl.DataFrame:
    """Return labels as predictions of one part; what nobody labelled is blank."""
    said = {
        name: (text, sure)
        for name, text, sure in zip(labels.ids, labels.texts, labels.confidences.tolist(), strict=True)
    }
    rows = [(part, one.id, *said.get(one.id, ("", 0.0))) for one in split.parts[part]]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def show_gold_texts(step: Step, store: Store, draft: Draft) -> None:
    """Keep gold of those transfer examples that are easy, or hard, enough; of all else nothing is said.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. C.1.
    """
    split, _ = split_of(step, store)
    write_text_labels(gold_texts(shown_of(step, split)), draft.path("labels.parquet"))
    _write_said([Completion("", 0.0)] * len(asked_of(split)), split, draft)


def evaluate_texts(step: Step, store: Store, draft: Draft) -> None:
    """Put gold beside what a model wrote, and what the task's judges make of every answer."""
    split, _ = split_of(step, store)
    predictions = predictions_of(step.inputs["trained"], store)
    named = step.meaning["judges"]
    assert isinstance(named, list)
    texts = {example.id: example.text for name in PREDICTED for example in split.parts[name]}
    scores = _scored(predictions, split, PREDICTED)
    asked = [(texts[name], answer) for name, answer in scores.select("id", "answer").iter_rows()]
    made = {name: judges[name]() for name in named}
    judged = {name: [bool(one(text, answer)) for text, answer in asked] for name, one in made.items()}
    scores = scores.with_columns(pl.Series(name, told, dtype=pl.Boolean) for name, told in judged.items())
    scores.write_parquet(draft.path("scores.parquet"))


def curve_of_texts(step: Step, store: Store, draft: Draft) -> None:
    """Put gold beside what a student wrote along its training."""
    split, _ = split_of(step, store)
    name = curve_file(str(step.meaning["points"]))
    along = pl.read_parquet(store.artifact(step.inputs["trained"].fingerprint, name))
    scores = _scored(along, split, WATCHED)
    scores.select("point", "frac", pl.exclude("point", "frac")).write_parquet(draft.path("curve.parquet"))


def _scored(said: pl.DataFrame, split: Split, parts: Sequence[str]) -> pl.DataFrame:
    """Return what was said with gold beside it, and whether it is right."""
    gold = pl.DataFrame(
        [
            (part, one.id, one.group, one.target, one.difficulty)
            for part in parts
            for one in split.parts[part]
        ],
        schema={**dict.fromkeys(("part", "id", "group", "gold"), pl.String), "difficulty": pl.Float64},
        orient="row",
    )
    if not any(one.difficulty for part in split.parts.values() for one in part):
        gold = gold.drop("difficulty")
    joined = said.join(gold, on=["part", "id"], how="inner", maintain_order="left").rename({"text": "answer"})
    right = pl.col("answer").str.strip_chars() == pl.col("gold").str.strip_chars()
    return joined.select(
        "part",
        "id",
        "group",
        "gold",
        "answer",
        right.alias("correct"),
        *(pl.col(name) for name in ("difficulty", "point", "frac") if name in joined.columns),
    )


def _watched(placement: Placement, step: Step, store: Store, *, split: Split, role: Role) -> Placement:
    """Return the placement that also notes what the student writes at evenly spaced steps."""
    asked = [example for name in WATCHED for example in split.parts[name]]
    answer = partial(
        write_after,
        examples=asked,
        role=role,
        split=step.inputs["split"],
        recipe=role.recipe,
        placement=replace(placement, on_step=Placement().on_step),
    )

    def note(model: torch.nn.Module, done: int) -> None:
        assert isinstance(model, TextLikelihood)
        keep_earlier(folder_of(step, store), done)
        told = [(one.text, one.confidence) for one in answer(model)]
        (folder_of(step, store) / f"{done}.json").write_text(json.dumps(told), encoding="utf-8")

    return replace(placement, num_points=int(step.place["points"]), observe=note)


def _write_curve(step: Step, store: Store, draft: Draft, *, num_steps: int) -> None:
    """Write what was noted: columns point, frac, part, id, text, confidence."""
    split, _ = split_of(step, store)
    asked = [(name, example.id) for name in WATCHED for example in split.parts[name]]
    rows = []
    for point, place in enumerate(noted_steps(step, store, num_steps=num_steps)):
        told = json.loads((folder_of(step, store) / f"{place}.json").read_text(encoding="utf-8"))
        rows += [(point, place / num_steps, *of, *one) for of, one in zip(asked, told, strict=True)]
    schema = {"point": pl.Int64, "frac": pl.Float64, **SCHEMA}
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(
        draft.path(curve_file(step.place["points"]))
    )

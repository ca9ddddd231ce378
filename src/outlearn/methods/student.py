"""A student: a model at the start of its training and the texts it may read; no gold, no test texts."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float

from outlearn.core import DataError, UsageError, derive
from outlearn.labels import LabelSet
from outlearn.methods.stages import check_known, stage_of
from outlearn.models import Classifier, Features, Tokens
from outlearn.training import (
    Inputs,
    Loss,
    Options,
    Orders,
    Placement,
    Read,
    Recipe,
    hidden_states,
    lesson,
    predict,
    subset,
    train,
)


@dataclass(frozen=True, slots=True)
class Student:
    """What a method is given."""

    model: torch.nn.Module
    """What gives logits: a whole classifier, one with adapters, or a probe; `fit` trains it in place. Where
    options are compared by their rewards it gives one for each text."""

    inputs: Inputs
    """The examples it may train on, as the model reads them."""

    rows: Mapping[str, int]
    """Example id to its row in `inputs`."""

    recipe: Recipe
    seed: int
    placement: Placement

    load: Callable[[], torch.nn.Module]
    """Gives the model anew, as it was before any training."""

    num_classes: int

    losses: Float[np.ndarray, " s"]
    """Training loss of every step so far, in nats; empty before the first."""

    prior: tuple[LabelSet, ...] = ()
    """What the pretrained model answers when it is asked about its texts by prompt: one set, and only for a
    method that needs it."""

    contrast: tuple[Float[np.ndarray, "n c h"], ...] = ()
    """Hidden states after each text with each of the c answers added: one array with a row for each row of
    `inputs`, and only for a method that needs it."""


def fit(student: Student, labels: LabelSet, *, loss: Loss) -> Student:
    """Return the student trained on the labels; its order of examples follows from the seed alone.

    The same seed gives the same order to every method and every teacher, so differences between them are
    paired. A method that fits more than once goes on from the student that the last `fit` returned, or from
    a `fresh` one.

    Raises:
        DataError: If a label is on an example that is not among the student's texts, the labels have other
            classes than the student has logits, or all weights are 0.
        TrainingError: If the training goes wrong.
    """
    rows = labelled_rows(student, labels)
    if not labels.weights.any():
        raise DataError("every label has weight 0, so there is nothing to train on; keep some that count")
    told = labels.votes if loss.reads == "votes" else labels.probabilities
    read = lesson(subset(student.inputs, rows), told, weights=labels.weights)
    losses = train(
        student.model,
        read.inputs,
        read.labels,
        weights=read.weights,
        loss=loss,
        recipe=student.recipe,
        seed=derive(student.seed, "fit"),
        placement=stage_of(student.placement, done=len(student.losses), digest=_digest(labels, student)),
    )
    return replace(student, losses=np.concatenate([student.losses, losses]))


def labelled_rows(student: Student, labels: LabelSet) -> np.ndarray:
    """Return the row among the student's texts of every label.

    Raises:
        DataError: As `fit`.
    """
    check_known(labels.ids, known=student.rows)
    if len(labels.classes) != student.num_classes:
        raise DataError(
            f"labels of {len(labels.classes)} classes ({', '.join(labels.classes)}) cannot train a student"
            f" with {student.num_classes} logits; give it one logit a class"
        )
    return np.array([student.rows[name] for name in labels.ids])


def fresh(student: Student, *, again: int = 0) -> Student:
    """Return the student as it was before any training.

    Args:
        student: Trained or not.
        again: From 1 on, training sees the examples in another order, one for each number.
    """
    seed = derive(student.seed, "again", again) if again else student.seed
    return replace(student, model=student.load(), seed=seed, losses=np.zeros(0, dtype=np.float32))


def ask(student: Student, labels: LabelSet) -> LabelSet:
    """Return the labels with the student's own probabilities in place of the teacher's."""
    rows = labelled_rows(student, labels)
    said = predict(
        student.model, subset(student.inputs, rows), recipe=student.recipe, placement=_quiet(student)
    )
    return labels.relabelled(said, source="the student")


def read_features(student: Student, labels: LabelSet) -> Float[np.ndarray, "n h"]:
    """Return what the student's head reads of every labelled example, in float32, in the labels' order.

    Of two options it is the difference, the second's less the first's, so that an example whose options
    change places has the opposite features; so it is of the two orders of a pair in one text, where answers
    are made consistent over both. Of more options, it is each one's less their mean, side by side.

    Raises:
        UsageError: If the student reads something other than texts, features, or comparisons of them.
    """
    inputs = with_features(student, subset(student.inputs, labelled_rows(student, labels)))
    match inputs:
        case Features():
            return _values(inputs)
        case Options():
            return one_each(_values(inputs.texts).reshape(len(inputs), inputs.num_options, -1))
        case Orders():
            both = _values(inputs.texts).reshape(len(inputs), 2, -1)
            return one_each(both) if inputs.consistent else both[:, 0]
    raise UsageError(f"features are read of texts, not of {type(inputs).__name__}")


def one_each(states: Float[np.ndarray, "n *c h"]) -> Float[np.ndarray, "n f"]:
    """Return one vector an example: its state, two options' difference, or each of more less their mean."""
    if states.ndim == 2:
        return states
    if states.shape[1] == 2:
        difference: Float[np.ndarray, "n f"] = states[:, 1] - states[:, 0]
        return difference
    centred: Float[np.ndarray, "n f"] = states - states.mean(axis=1, keepdims=True)
    return centred.reshape(len(states), -1)


def with_features(student: Student, inputs: Inputs) -> Inputs:
    """Return the inputs with what the student's head reads in place of every text."""
    match inputs:
        case Tokens():
            assert isinstance(student.model, Classifier)
            states = hidden_states(student.model, inputs, recipe=student.recipe, placement=_quiet(student))
            return Features(torch.from_numpy(states), rows=np.arange(len(states)))
        case Options() | Orders():
            texts = with_features(student, inputs.texts)
            assert isinstance(texts, Features)
            return replace(inputs, texts=texts)
        case _:
            return inputs


def _values(features: Read) -> Float[np.ndarray, "r h"]:
    assert isinstance(features, Features)
    values: Float[np.ndarray, "r h"] = features.values[torch.from_numpy(features.rows)].float().numpy()
    return values


def _quiet(student: Student) -> Placement:
    """Return the placement without its progress bar, which counts training steps."""
    plain = Placement()
    return replace(student.placement, on_step=plain.on_step, observe=plain.observe)


def _digest(labels: LabelSet, student: Student) -> str:
    digest = hashlib.sha256(
        f"{type(student.inputs)} {student.seed} {student.recipe!r} {labels.ids!r}".encode()
    )
    for values in (labels.probabilities, labels.weights, labels.votes):
        digest.update(values.tobytes())
    return digest.hexdigest()[:16]

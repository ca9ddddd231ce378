"""Steps that train alike: done together, each leaving the record it would leave alone.

Probes of the same features read them once for all; small classifiers of one checkpoint train as one stack of
weights. Nothing here reaches a fingerprint. Predictions agree with those of steps done one by one but for
rounding: sums are taken in another order, as they are on another device. A classifier that may be stacked
always is, be there others or not, so that it comes out the same whoever was there.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch

from outlearn.core import canonical_text, derive
from outlearn.experiments.graph import Step
from outlearn.experiments.steps.execute import execute
from outlearn.experiments.steps.models import Role, role_of
from outlearn.experiments.steps.records import writes, writing
from outlearn.experiments.steps.training import given, method_of, taught, write_trained
from outlearn.labels import LabelSet
from outlearn.methods import OneFit, Student, fit, labelled_rows
from outlearn.models import Classifier, Features, Probe, Tokens, open_model
from outlearn.store import Store
from outlearn.training import (
    CROSS_ENTROPY,
    Head,
    Loss,
    Placement,
    Pupil,
    TrainedHead,
    can_share,
    most_beside,
    stacks_of,
    subset,
    train_heads,
    train_stack,
)

FROM_GOLD = OneFit(loss=CROSS_ENTROPY)
"""How teachers and ceilings learn."""

MOST_WEIGHTS = 200_000
"""Weights of the largest classifier, embeddings and all, that is asked whether a stack would help. Larger
ones are bound by arithmetic, and are better dealt out among the workers one by one."""


@dataclass(frozen=True, slots=True)
class Companions:
    """What a step has in common with others: steps with the same may be done together."""

    shared: str

    least: int
    """How many of them hardly take longer together than half of them."""

    few: int
    """How many of them may be done ahead of the others, so that first results come early."""


ALONE = Companions("", least=1, few=1)
"""Of a step that has nothing in common with another."""


def companionship(step: Step) -> Companions:
    """Return what the step has in common with those that `execute_together` does beside it, or `ALONE`.

    Steps of one companionship train probes of the same features, or the same small checkpoint, by the same
    recipe. They may be done together unless one of them reads what another leaves.
    """
    if step.kind not in ("teach", "transfer") or "points" in step.place or writes(step):
        return ALONE
    role = role_of(step)
    # A comparison's example is several texts.
    small = role.kind == "full" and not role.comparison and _num_weights(role) <= MOST_WEIGHTS
    if not small and (role.kind != "probe" or role.comparison):
        return ALONE
    for parts in _parts(step):  # one, or none where the method is more than one fit
        recipe = parts.settings(role.recipe)
        if can_share(parts.loss, recipe):
            read = role.meaning["model"] if small else step.inputs["features"].fingerprint
            told = f"{read} {canonical_text(recipe)}"
            # In a stack, two take no longer than one, which is given a twin.
            return Companions(told, least=4, few=2) if small else Companions(told, least=16, few=16)
    return ALONE


def _num_weights(role: Role) -> int:
    return _weights_of(str(role.meaning["model"]), name=role.name)


@cache
def _weights_of(digest: str, *, name: str) -> int:  # noqa: ARG001 (it is the key)
    # Thousands of steps ask. Whether it is still the model they were planned with is seen when it is read.
    return open_model(name).parameters


def _parts(step: Step) -> tuple[OneFit, ...]:
    return (FROM_GOLD,) if step.kind == "teach" else method_of(step).parts


def execute_together(steps: Sequence[Step], *, store: Store, placement: Placement) -> None:
    """Run steps of one companionship whose inputs are in the store, and leave their records there.

    Raises:
        OutlearnError: If one of them cannot be done; then no record is left of those not yet written.
    """
    probes = companionship(steps[0]) != ALONE and role_of(steps[0]).kind == "probe"
    if companionship(steps[0]) == ALONE or (probes and len(steps) == 1):
        for step in steps:
            execute(step, store=store, placement=placement)
        return
    parts: dict[str, OneFit] = {}
    pupils = []
    for step in steps:
        # Students of one method share its loss, whatever their seeds: it is worked out for all at once.
        told = canonical_text([step.kind, step.meaning.get("method", ""), step.meaning.get("params", "")])
        if told not in parts:
            (parts[told],) = _parts(step)
        pupils.append(_prepared(step, parts[told], store=store, placement=placement))
    for one, trained, seconds in (_as_heads if probes else _in_stacks)(pupils, placement):
        with writing(one.step, store) as draft:
            start = time.monotonic()
            write_trained(trained, one.step, store, draft)
            draft.cost["seconds"] = one.seconds + seconds + time.monotonic() - start


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A student about to be trained, its labels prepared."""

    step: Step
    student: Student
    labels: LabelSet
    loss: Loss

    seconds: float
    """What it took to prepare."""


_Done = Iterator[tuple[_Prepared, Student, float]]
"""Who was trained, what became of it, and its share of the seconds."""


def _prepared(step: Step, parts: OneFit, *, store: Store, placement: Placement) -> _Prepared:
    start = time.monotonic()
    student, labels = (taught if step.kind == "teach" else given)(step, store, placement)
    student = replace(student, recipe=parts.settings(student.recipe))
    labels = parts.prepare(student, labels)
    return _Prepared(step, student, labels, parts.loss, seconds=time.monotonic() - start)


def _in_stacks(pupils: Sequence[_Prepared], placement: Placement) -> _Done:
    """Train classifiers, in stacks where that is faster; what one stack leaves is written before the next."""
    as_pupils = [_pupil(one) for one in pupils]
    alone = [most_beside(one, placement) == 1 for one in as_pupils]
    for one, apart in zip(pupils, alone, strict=True):
        if apart:
            start = time.monotonic()
            trained = fit(one.student, one.labels, loss=one.loss)
            yield one, trained, time.monotonic() - start
    stacked = np.flatnonzero(~np.array(alone)).tolist()
    for places in stacks_of([as_pupils[place] for place in stacked], placement):
        own, start = [stacked[place] for place in places], time.monotonic()
        losses = train_stack([as_pupils[place] for place in own], placement=placement)
        seconds = (time.monotonic() - start) / len(own)
        for place, found in zip(own, losses, strict=True):
            yield pupils[place], replace(pupils[place].student, losses=found), seconds


def _pupil(one: _Prepared) -> Pupil:
    """Return what `fit` would train."""
    own = subset(one.student.inputs, labelled_rows(one.student, one.labels))
    assert isinstance(own, Tokens)
    assert isinstance(one.student.model, Classifier)
    return Pupil(
        model=one.student.model,
        inputs=own,
        labels=one.labels.probabilities,
        weights=one.labels.weights,
        loss=one.loss,
        recipe=one.student.recipe,
        seed=derive(one.student.seed, "fit"),
        name=one.step.title,
    )


def _as_heads(pupils: Sequence[_Prepared], placement: Placement) -> _Done:
    start = time.monotonic()
    trained = train_heads(_heads(pupils), placement=placement)
    seconds = (time.monotonic() - start) / len(pupils)
    for one, head in zip(pupils, trained, strict=True):
        yield one, _after(one.student, head), seconds


def _heads(pupils: Sequence[_Prepared]) -> list[Head]:
    """Return what `fit` would train, all on one mapping of the features."""
    shared = pupils[0].student.inputs
    assert isinstance(shared, Features)
    heads = []
    for pupil in pupils:
        student, labels = pupil.student, pupil.labels
        own = subset(student.inputs, labelled_rows(student, labels))
        assert isinstance(own, Features)
        heads.append(
            Head(
                features=Features(shared.values, rows=own.rows),
                labels=labels.probabilities,
                weights=labels.weights,
                loss=pupil.loss,
                recipe=student.recipe,
                seed=derive(student.seed, "fit"),
                name=pupil.step.title,
            )
        )
    return heads


def _after(student: Student, head: TrainedHead) -> Student:
    probe = student.model.to(head.weight.device)
    assert isinstance(probe, Probe)
    with torch.no_grad():
        probe.head.weight.copy_(head.weight)
        probe.head.bias.copy_(head.bias)
    return replace(student, losses=head.losses)

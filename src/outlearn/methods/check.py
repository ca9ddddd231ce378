"""The promises every method must keep, as one public check for a new one.

Each promise has cost somebody a result when it was broken: a buffer that remembers the last run, a threshold
that depends on how much memory there is, labels joined by row instead of id, a resumed run that starts again.
"""

import inspect
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from outlearn.core import TrainingError, UsageError
from outlearn.labels import LabelSet
from outlearn.methods.check_writing import writing_failures
from outlearn.methods.method import Method, Prompting, methods
from outlearn.methods.one_fit import one_fit
from outlearn.methods.trial import (
    LONGEST_TOKENS,
    NUM_EXAMPLES,
    Outcome,
    Track,
    labels_of,
    run_trial,
    soft_labels,
)
from outlearn.training import CROSS_ENTROPY, Placement

ROUNDING = 1e-4
"""How far rounding may move a probability over a trial's few steps. AdamW divides a gradient by its size, so
where it is nearly 0, rounding sets the step. Of the methods here `weight_regularized` makes most of it: 7e-6.
"""

ROUNDING_FITTED = 5e-3
"""How far rounding of hidden states may move it. A regression on them (`fit_logistic`) stops where float32
shows no way further down, at a gradient of up to 4e-5. Where its penalty, 1e-2, is all that bends the slope,
the minimum may be a hundred times as far: its answers move by 5e-4, and those of a student by 2e-3 in
`em_posterior`, which reckons with their log-odds; without a regression it is less than 1e-5."""

HOLD_GOLD = ("outlearn.tasks", "outlearn.chess", "outlearn.world", "outlearn.experiments", "outlearn.store")


def check_method(method: str | Method | Prompting) -> None:
    """Return if a method keeps to what Outlearn relies on; takes about a second and needs no download.

    The same student, labels and seed give the same bits, whatever ran before and wherever a run was cut off;
    memory settings move nothing but rounding; labels are joined by id; the names of two classes do not
    matter; labels of one class and labels that are all alike are survived, or refused with a `UsageError`;
    a registered method with a `zero` is naive fine-tuning there, to the bit; where it can write answers, they
    too follow from the seed and not from memory; and the method's module reaches nothing that holds gold.

    A prompting method runs no code of its own, so of these promises only those of its card can be broken.

    Args:
        method: A registered name, tried with its default parameters, or a method with its parameters filled
            in.

    Raises:
        UnknownName: If no method has that name.
        UsageError: If a promise is broken; the message lists every one that is.
    """
    made = methods[method]() if isinstance(method, str) else method
    failures = list(_card_failures(made))
    if isinstance(made, Prompting):
        failures += _prompting_failures(made)
    else:
        failures += _code_failures(made)
        if isinstance(method, str) and made.zero:
            failures += _zero_failures(methods[method](**made.zero))
        failures += writing_failures(made) if made.write else []
        for track in _tracks(made):
            broken = list(_trial_failures(made, track))
            broken += [] if broken else _hard_case_failures(made, track)
            failures += [f"on {track}: {promise}" for promise in broken]
    if failures:
        name = f"method {method!r}" if isinstance(method, str) else "the method"
        raise UsageError("\n- ".join([f"{name} breaks {len(failures)} promise(s):", *failures]))


def _card_failures(method: Method | Prompting) -> Iterator[str]:
    if not method.reference.strip():
        yield "it has no reference; name the paper and section, or say that it is your own"
    if method.version < 1:
        yield f"its version is {method.version}; versions start at 1"


def _prompting_failures(method: Prompting) -> Iterator[str]:
    if method.num_shots < 0 or (method.num_shots == 0) != (method.labels == "none"):
        yield (
            f"it shows {method.num_shots} shots with {method.labels} labels; shots have weak or gold labels,"
            ' and without shots labels are "none"'
        )


def _code_failures(method: Method) -> Iterator[str]:
    for name, value in getattr(inspect.unwrap(method.transfer), "__globals__", {}).items():
        home = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
        if isinstance(home, str) and home.startswith(HOLD_GOLD):
            yield f"its module uses {name} of {home}, which holds gold; a method sees labels and texts alone"


def _zero_failures(at_zero: Method | Prompting) -> Iterator[str]:
    """Yield what is wrong with a method whose strength is nought."""
    assert isinstance(at_zero, Method)
    for num_classes in (2, 3):
        try:
            found = run_trial(at_zero, soft_labels(num_classes), placement=Placement())
        except UsageError:
            continue  # labels of that many classes are not for it
        if found.weights != _naive_weights(num_classes):
            yield f"with {dict(at_zero.zero)} it is not naive fine-tuning, to the bit, as its `zero` says"
            return


@cache
def _naive_weights(num_classes: int) -> str:
    plain = one_fit(loss=CROSS_ENTROPY, reference="naive")
    return run_trial(plain, soft_labels(num_classes), placement=Placement()).weights


def _tracks(method: Method) -> Iterator[Track]:
    """Yield what the method can be tried on; every method trains on texts.

    Comparisons take none that asks about a text by prompt, or with every answer added.
    """
    yield "texts"
    if not (method.needs_prior or method.needs_contrast):
        yield "comparison"
    try:
        run_trial(method, soft_labels(2), placement=Placement(), track="features")
    except UsageError:
        return  # it says in so many words that it is not for probes
    yield "features"


def _trial_failures(method: Method, track: Track) -> Iterator[str]:
    labels = soft_labels(2)
    steps: list[int] = []
    watched = Placement(on_step=lambda step, _: steps.append(step))
    plain = run_trial(method, labels, placement=watched, track=track)
    if not 0 < len(plain.losses) <= len(steps):
        yield f"{len(steps)} steps left {len(plain.losses)} losses; return a student that `fit` returned"
    if not (np.isfinite(plain.probabilities).all() and np.isfinite(plain.losses).all()):
        yield "a loss or a probability is not finite"
    if run_trial(method, labels, placement=Placement(), track=track, global_seed=1).weights != plain.weights:
        yield (
            "the same student, labels and seed give other weights the second time; keep nothing between runs,"
            " and draw random numbers from outlearn.core.generator(student.seed, ...)"
        )
        return  # nothing below can be told from that
    small = Placement(train_tokens=LONGEST_TOKENS, predict_tokens=LONGEST_TOKENS)
    cut = run_trial(method, labels, placement=small, track=track)
    if _furthest(cut, plain.probabilities) > ROUNDING_FITTED:
        yield "the result depends on the micro-batch; what looks at a whole batch belongs in Loss.retarget"
    if _resumed(method, labels, track, stop_after=len(steps) // 2).weights != plain.weights:
        yield (
            "a run that was cut off and went on gives other weights; train by `fit` alone, and fit again from"
            " the student that the last `fit` returned"
        )
    backwards = tuple(reversed(range(NUM_EXAMPLES)))
    if (
        run_trial(method, labels, placement=Placement(), track=track, order=backwards).weights
        != plain.weights
    ):
        yield "the result depends on the order of the texts; a label's text is at row student.rows[id]"
    swapped = run_trial(
        method, labels_of(labels.probabilities[:, ::-1]), placement=Placement(), track=track, swapped=True
    )
    if _furthest(swapped, plain.probabilities[:, ::-1]) > ROUNDING:
        yield "swapping the two classes does more than swap the probabilities; see to ties and thresholds"


def _hard_case_failures(method: Method, track: Track) -> Iterator[str]:
    cases = {
        "labels all of one class": labels_of(np.tile([1.0, 0.0], (NUM_EXAMPLES, 1))),
        "labels that are all alike": labels_of(np.full((NUM_EXAMPLES, 2), 0.5)),
        "hard labels": labels_of(soft_labels(2).hard()),
        "labels of three classes": soft_labels(3),
    }
    for name, labels in cases.items():
        try:
            outcome = run_trial(method, labels, placement=Placement(), track=track)
        except UsageError:
            continue  # refused in so many words, which is as good
        except TrainingError as error:
            yield f"{name} break the training: {error}"
            continue
        if not np.isfinite(outcome.probabilities).all():
            yield f"{name} leave a student whose probabilities are not finite"


class _Cut(Exception):  # noqa: N818
    """Stands for a kill."""


def _resumed(method: Method, labels: LabelSet, track: Track, *, stop_after: int) -> Outcome:
    """Return what comes of a run that is cut off after some steps and started again."""
    left = [stop_after]

    def cut(*_: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise _Cut

    with tempfile.TemporaryDirectory() as folder:
        kept = Placement(scratch=Path(folder), checkpoint_every_s=0.0)
        with suppress(_Cut):
            run_trial(method, labels, placement=replace(kept, on_step=cut), track=track)
        return run_trial(method, labels, placement=kept, track=track)


def _furthest(outcome: Outcome, expected: Float[np.ndarray, "n c"]) -> float:
    return float(np.nan_to_num(np.abs(outcome.probabilities - expected), nan=np.inf).max())

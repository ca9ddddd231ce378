"""What a step's record keeps beside its predictions: trained weights, and predictions along the training.

Neither is part of a step's meaning, so a store may hold a step's record without them. Where they are wanted
such a step counts as not done: its record is removed and the step runs again, to the same predictions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from outlearn.experiments import Step, kept_artifacts
from outlearn.store import Store

READERS = {"points": "curve", "weights": "gold_probe"}
"""Key of a step's place to the kind of step that reads what is kept for it."""


def keeping_weights(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps, of which those that train students keep the trained weights."""
    return tuple(
        replace(step, place={**step.place, "weights": "keep"}) if step.kind == "transfer" else step
        for step in steps
    )


def done_steps(steps: Sequence[Step], store: Store, *, keep_weights: bool) -> Iterator[Step]:
    """Yield the steps whose records the store holds, with all that is wanted of them.

    Args:
        steps: Of one experiment, all of them.
        store: What is done already.
        keep_weights: Whether a user wants students' weights; else they are wanted by steps yet to be done.
    """
    held = {step.fingerprint for step in steps if store.has(step.fingerprint)}
    wanted = {
        (before.fingerprint, step.kind)
        for step in steps
        if step.fingerprint not in held and step.kind in READERS.values()
        for before in step.inputs.values()
    }
    for step in steps:
        if step.fingerprint not in held:
            continue
        artifacts = {
            name
            for key, name in kept_artifacts(step).items()
            if (keep_weights and key == "weights") or (step.fingerprint, READERS[key]) in wanted
        }
        if not artifacts or artifacts <= store.read(step.fingerprint).artifacts.keys():
            yield step


def remove_lacking(to_run: Iterable[Step], *, store: Store) -> None:
    """Remove the records of steps that are to run although the store holds them."""
    for step in to_run:
        if store.has(step.fingerprint):
            with store.lock(step.fingerprint):
                store.remove(step.fingerprint)

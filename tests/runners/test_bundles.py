"""Probes of the same features are trained side by side, and nothing but the time shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outlearn.experiments import ALONE, Companions, Step, companionship, prepare
from outlearn.runners import Run, RunOptions, make_plan, run, run_steps
from outlearn.runners import bundles as bundling
from outlearn.runners.bundles import bundles_of
from outlearn.store import Store, open_store
from tests.every_method import methods_of_one_fit
from tests.small_experiment import Small, small_experiment

OPTIONS = RunOptions(device="cpu", train_tokens=200)
METHODS = ["naive", "confidence", "entropy_confidence", "harden", "filter_knn"]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Small matrices on many threads spend their time waiting for each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outlearn.runners.options.num_cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    methods_of_one_fit()
    return small_experiment(
        tmp_path_factory.mktemp("small"),
        seeds=3,
        track={"kind": "probe", "epochs": 5, "batch_size": 16},
        methods=[*METHODS, {"name": "confidence_window", "radius": 0.2}, "averaged_weights"],
    )


@contextmanager
def one_by_one() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "companionship", lambda step: ALONE)
        yield


@pytest.fixture(scope="module")
def alone(small: Small) -> Run:
    with one_by_one():
        return go(small, "alone")


@pytest.fixture(scope="module")
def together(small: Small) -> Run:
    return go(small, "together")


def part_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have bundles parted from four steps on."""

    def early(step: Step) -> Companions:
        found = companionship(step)
        return found if found == ALONE else replace(found, least=2)

    monkeypatch.setattr(bundling, "companionship", early)


def go(small: Small, store: str, *, options: RunOptions = OPTIONS) -> Run:
    return run(small.spec, store=small.folder / store, options=options, base=small.folder)


def steps_of(small: Small) -> tuple[Step, ...]:
    return make_plan(small.spec, store=None, options=OPTIONS, base=small.folder).graph.steps


def assert_same_records(found: Store, expected: Store) -> None:
    ours, theirs = list(found.records()), list(expected.records())
    assert [one.fingerprint for one in ours] == [one.fingerprint for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert (one.kind, one.meaning, one.inputs) == (other.kind, other.meaning, other.inputs)
        assert one.artifacts.keys() == other.artifacts.keys()
        assert one.cost.keys() == other.cost.keys()
        for name in one.artifacts:
            if name.endswith(".parquet"):
                frames = (
                    pl.read_parquet(store.artifact(one.fingerprint, name)) for store in (found, expected)
                )
                assert_same_frames(*frames)


def assert_same_frames(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    assert found.schema == expected.schema
    for column in found:
        if column.dtype.is_float():
            np.testing.assert_allclose(column.to_numpy(), expected[column.name].to_numpy(), atol=1e-6)
        else:
            assert column.equals(expected[column.name])


def test_probes_trained_side_by_side_leave_the_records_of_probes_trained_alone(
    together: Run, alone: Run
) -> None:
    assert_same_records(together.store, alone.store)
    assert_same_frames(together.results(), alone.results())


def test_workers_share_bundles_and_leave_the_same_records(
    small: Small, alone: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_early(monkeypatch)
    shared = go(small, "workers", options=RunOptions(device="cpu", train_tokens=200, workers=2))
    assert_same_records(shared.store, alone.store)


def test_students_of_every_method_and_seed_train_in_one_bundle(small: Small) -> None:
    bundles = bundles_of(steps_of(small), workers=1)
    students = [one for one in bundles if one.steps[0].kind == "transfer"]
    shared, *others = sorted(students, key=lambda one: -len(one.steps))
    assert len(shared.steps) == 3 * (len(METHODS) + 1)
    assert [len(one.steps) for one in others] == [1, 1, 1]
    assert {one.steps[0].meaning["method"] for one in others} == {"averaged_weights"}


@pytest.mark.parametrize("workers", [1, 3])
def test_bundles_hold_every_step_once_with_inputs_first(
    small: Small, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_early(monkeypatch)
    steps = steps_of(small)
    bundles = bundles_of(steps, workers=workers)
    order = {step.fingerprint: turn for turn, bundle in enumerate(bundles) for step in bundle.steps}
    assert sum(len(bundle.steps) for bundle in bundles) == len(order) == len(steps)
    for step in steps:
        for before in step.inputs.values():
            assert order[before.fingerprint] < order[step.fingerprint]


def test_large_bundles_are_parted_among_workers_and_by_seed(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_early(monkeypatch)
    parts = [
        bundle
        for bundle in bundles_of(steps_of(small), workers=3)
        if bundle.steps[0].kind == "transfer" and len(bundle.steps) > 1
    ]
    assert [len(part.steps) for part in parts] == [len(METHODS) + 1] * 3
    assert all(len({step.meaning["seed"] for step in part.steps}) == 1 for part in parts)
    monkeypatch.setattr(bundling, "MOST", 4)
    assert max(len(bundle.steps) for bundle in bundles_of(steps_of(small), workers=1)) == 4


def test_steps_stay_in_their_order_where_nothing_is_done_together(small: Small) -> None:
    recipe = {"learning_rate": 1e-3, "dropout": 0.1}
    steps = steps_of(Small(small.folder, {**small.content, "track": "full", "recipe": recipe}))
    assert all(companionship(step) == ALONE for step in steps)
    ordered = [step for bundle in bundles_of(steps, workers=2) for step in bundle.steps]
    assert ordered == list(steps)


def test_every_step_is_told_to_be_done_once(small: Small) -> None:
    store, ended = open_store(small.folder / "told"), []
    made = make_plan(small.spec, store=store, options=OPTIONS, base=small.folder)
    prepare(made.resolved, store=store)
    run_steps(
        made.graph.steps,
        store=store,
        options=OPTIONS,
        on_told=lambda told: ended.extend(told.steps) if told.state == "done" else None,
    )
    # Splits are written before anything runs.
    assert sorted(ended) == sorted(step.fingerprint for step in made.to_run if step.kind != "split")


def test_a_run_goes_on_where_a_bundle_was_cut_off(
    small: Small, alone: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    from outlearn.experiments.steps import together

    written = []

    def stop_after_four(*args: object) -> None:
        if len(written) == 4:
            raise Killed
        written.append(args)
        write(*args)

    write = together.write_trained
    with monkeypatch.context() as patch:
        patch.setattr(together, "write_trained", stop_after_four)
        with pytest.raises(Killed):
            go(small, "cut")
    again = go(small, "cut")
    assert again.num_cached >= 4
    assert_same_records(again.store, alone.store)


def test_a_training_curve_is_watched_alone(tmp_path: Path) -> None:
    small = small_experiment(tmp_path, track={"kind": "probe", "epochs": 2}, curve_points=2)
    assert {companionship(step) for step in steps_of(small) if step.kind == "transfer"} == {ALONE}


def test_kinds_of_step_that_train_no_probe_are_alone(together: Run, small: Small) -> None:
    shared = {step.kind for step in steps_of(small) if companionship(step) != ALONE}
    assert shared == {"teach", "transfer"}

"""Small classifiers are trained in stacks, and nothing but the time shows it."""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pytest

from outlearn.experiments import ALONE, Step, by_cell, companionship
from outlearn.experiments.steps import together as doing
from outlearn.runners import Run, RunOptions, make_plan, run
from outlearn.runners import bundles as bundling
from outlearn.runners.bundles import bundles_of
from tests.runners.test_bundles import assert_same_frames, assert_same_records
from tests.small_experiment import Small, small_experiment
from tests.small_runs import planned

OPTIONS = RunOptions(device="cpu")
METHODS = ["naive", "confidence", "harden"]


@pytest.fixture(autouse=True, scope="module")
def _stacked() -> Iterator[None]:
    """One thread, and texts may differ more in length than a stack would have it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outlearn.runners.options.num_cores", lambda: 1)
        patch.setattr("outlearn.training.stacked.LEAST_FILLED", 0.0)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    methods = [*METHODS, "averaged_weights"]
    return small_experiment(tmp_path_factory.mktemp("small"), seeds=3, methods=methods)


@contextmanager
def one_by_one() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "companionship", lambda step: ALONE)
        patch.setattr(doing, "companionship", lambda step: ALONE)
        yield


@pytest.fixture(scope="module")
def together(small: Small) -> Run:
    return go(small, "together")


def go(small: Small, store: str) -> Run:
    return run(small.spec, store=small.folder / store, options=OPTIONS, base=small.folder)


def steps_of(small: Small) -> tuple[Step, ...]:
    return make_plan(small.spec, store=None, options=OPTIONS, base=small.folder).graph.steps


def assert_same_bits(found: Run, expected: Run) -> None:
    assert found.results().equals(expected.results())
    for record in expected.store.records():
        for name in (name for name in record.artifacts if name.endswith(".parquet")):
            frames = [
                pl.read_parquet(one.store.artifact(record.fingerprint, name)) for one in (found, expected)
            ]
            assert frames[0].equals(frames[1])


def test_students_trained_in_stacks_leave_the_records_of_students_trained_alone(
    small: Small, together: Run
) -> None:
    with one_by_one():
        alone = go(small, "alone")
    assert_same_records(together.store, alone.store)
    assert_same_frames(together.results(), alone.results())


def test_students_of_every_seed_and_method_are_in_one_bundle(small: Small) -> None:
    bundles = bundles_of(steps_of(small), workers=1)
    sizes = sorted(len(one.steps) for one in bundles if one.steps[0].kind in ("teach", "transfer"))
    assert sizes == [1, 1, 1, 3, 3, 3 * len(METHODS)]  # averaged weights alone; teachers, ceilings, students


@pytest.mark.parametrize("workers", [1, 2])
def test_a_first_cell_is_complete_by_half_of_the_steps(small: Small, workers: int) -> None:
    made = planned(small, seeds=6, methods=["naive", "confidence"])
    cells = [{step.fingerprint for step in (one.weak, one.ceiling, one.transfer)} for one in made.graph.cells]
    done: set[str] = set()
    for bundle in bundles_of(by_cell(made.graph), workers=workers):
        done |= set(bundle.fingerprints)
        if any(cell <= done for cell in cells):
            break
    assert len(done) < len(made.graph.steps) / 2


@pytest.mark.parametrize(
    ("seeds", "waves"), [(5, [5]), (6, [2, 4]), (8, [2, 6]), (14, [2, 4, 8]), (21, [2, 4, 15])]
)
def test_each_wave_of_seeds_is_larger_than_the_one_before(small: Small, seeds: int, waves: list[int]) -> None:
    made = planned(small, seeds=seeds, methods=["naive", "confidence"])
    parts = [one.steps for one in bundles_of(by_cell(made.graph), workers=1)]
    for kind, apiece in (("teach", 1), ("transfer", 2)):
        ours = [part for part in parts if part[0].kind == kind and part[0].place["model"].endswith("student")]
        assert [len(part) for part in ours] == [apiece * wave for wave in waves]
        assert [step.meaning["seed"] for part in ours for step in part] == sorted([*range(seeds)] * apiece)


def test_students_cut_off_come_out_the_same_to_the_bit_whoever_is_left(
    small: Small, together: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    write, written = doing.write_trained, []

    def stop_after_one(*args: object) -> None:
        if written:
            raise Killed
        written.append(args)
        write(*args)  # type: ignore[arg-type]

    while True:
        written.clear()
        with monkeypatch.context() as patch:
            patch.setattr(doing, "write_trained", stop_after_one)
            try:
                cut = go(small, "cut")
            except Killed:
                continue
            break
    assert_same_bits(cut, together)


def test_what_no_stack_can_do_has_no_companions(small: Small) -> None:
    for changes in ({"curve_points": 2}, {"recipe": {"learning_rate": 1e-3, "ema_decay": 0.9}}):
        steps = steps_of(Small(small.folder, {**small.content, **changes}))
        assert {companionship(step) for step in steps if step.kind == "transfer"} == {ALONE}


def test_large_models_have_no_companions(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {companionship(step).least for step in steps_of(small) if step.kind == "teach"} == {4}
    monkeypatch.setattr(doing, "MOST_WEIGHTS", 1_000)
    assert all(companionship(step) == ALONE for step in steps_of(small))

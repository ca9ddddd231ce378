"""Curves, weights and gold probes: what is kept beside predictions, and asked for after the fact."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from outlearn.experiments import Step
from outlearn.runners import Run
from outlearn.store import Store
from tests.small_experiment import Small, small_experiment
from tests.small_runs import LEARNING, go, planned, predictions, steps

ROUNDING = {"rel_tol": 0.0, "abs_tol": 1e-6}
"""A student that is watched trains alone, and others in a stack."""

torch.set_num_threads(1)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # Threads of tests side by side wait for each other longer than these models compute.
        patch.setattr("outlearn.runners.options.num_cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"), methods=["naive"], recipe=LEARNING)


@pytest.fixture(scope="module")
def curved(small: Small) -> Run:
    return go(small, "curved", curve_points=4)


def ends_alike(store: Store, step: Step) -> bool:
    """Return whether a curve ends in the predictions of the student's record; batches differ, so roughly."""
    last = curve_of(store, step).filter(pl.col("frac") == 1).sort("part", "id")
    final = predictions(store, step.inputs["trained"]).filter(pl.col("part") != "transfer").sort("part", "id")
    assert last["id"].to_list() == final["id"].to_list()
    return bool(np.allclose(last["p1"].to_numpy(), final["p1"].to_numpy(), atol=1e-6))


def curve_of(store: Store, step: Step) -> pl.DataFrame:
    return pl.read_parquet(store.artifact(step.fingerprint, "curve.parquet"))


# --- curves ----------------------------------------------------------------------------------------------


def test_a_curve_ends_where_the_student_does(small: Small, curved: Run) -> None:
    (step,) = steps(planned(small, curve_points=4), "curve")
    along = curve_of(curved.store, step)
    assert along["point"].unique().sort().to_list() == [0, 1, 2, 3]
    assert along["frac"].unique().sort().to_list() == [0.25, 0.5, 0.75, 1.0]
    assert set(along["part"]) == {"validation", "test"}
    assert ends_alike(curved.store, step)


def test_the_same_training_with_a_curve_and_without_is_the_same_step(small: Small, curved: Run) -> None:
    (plain,), (watched,) = (steps(planned(small, curve_points=n), "transfer") for n in (0, 4))
    assert plain.fingerprint == watched.fingerprint
    unwatched = go(small, "plain")
    assert_frame_equal(predictions(unwatched.store, plain), predictions(curved.store, watched), **ROUNDING)
    assert go(small, "curved").num_computed == 0


def test_a_curve_asked_for_later_trains_that_student_again_and_nothing_else(small: Small) -> None:
    before = go(small, "later")
    (trained,) = steps(planned(small), "transfer")
    said = predictions(before.store, trained)
    made = planned(small, store=before.store, curve_points=4)
    assert {step.kind for step in made.to_run} == {"transfer", "curve"}
    assert go(small, "later", curve_points=4).num_computed == 2
    assert_frame_equal(predictions(go(small, "later").store, trained), said, **ROUNDING)
    assert go(small, "later", curve_points=4).num_computed == 0


def test_a_record_is_not_made_again_for_a_curve_that_is_there(small: Small) -> None:
    store = go(small, "again", curve_points=4).store
    (trained,) = steps(planned(small), "transfer")
    store.remove(trained.fingerprint)
    go(small, "again")
    assert "curve-4.parquet" not in store.read(trained.fingerprint).artifacts
    assert go(small, "again", curve_points=4).num_computed == 0


def test_planning_alone_removes_nothing(small: Small) -> None:
    store = go(small, "planned").store
    held = [record.fingerprint for record in store.records()]
    planned(small, store=store, curve_points=4, keep_weights=True)
    assert [record.fingerprint for record in store.records()] == held


def test_of_students_trained_in_turn_the_curve_is_the_last_ones(small: Small) -> None:
    methods = [{"name": "strong_to_strong", "rounds": 1}, {"name": "lp_ft", "probe_epochs": 2}]
    run = go(small, "turns", methods=methods, curve_points=4)
    for step in steps(planned(small, methods=methods, curve_points=4), "curve"):
        assert ends_alike(run.store, step)


def test_students_trained_on_the_way_for_another_length_leave_nothing_in_the_curve(small: Small) -> None:
    changes = {"methods": ["out_of_fold"], "curve_points": 4}
    run = go(small, "folds", **changes)
    (step,) = steps(planned(small, **changes), "curve")
    assert curve_of(run.store, step)["frac"].unique().sort().to_list() == [0.25, 0.5, 0.75, 1.0]
    assert ends_alike(run.store, step)


def test_a_link_of_a_chain_that_is_also_a_student_keeps_its_curve(small: Small) -> None:
    chain = {"name": "./teacher", "via": ["./student"], "fresh": False}
    run = go(small, "link", teachers=[chain, "./teacher"], curve_points=3)
    assert set(run.results()["teacher"]) == {"./teacher", "./teacher > ./student (same texts)"}
    assert len(list(run.store.records("curve"))) == 2


# --- weights ---------------------------------------------------------------------------------------------


def test_weights_are_kept_when_asked_for_even_of_students_that_are_there(small: Small) -> None:
    store = go(small, "weights").store
    (step,) = steps(planned(small), "transfer")
    said = predictions(store, step)
    assert "weights.safetensors" not in store.read(step.fingerprint).artifacts
    made = planned(small, store=store, keep_weights=True)
    assert [one.fingerprint for one in made.to_run] == [step.fingerprint]
    assert go(small, "weights", keep_weights=True).num_computed == 1
    assert "weights.safetensors" in store.read(step.fingerprint).artifacts
    assert predictions(store, step).equals(said)
    assert go(small, "weights", keep_weights=True).num_computed == 0
    assert go(small, "weights").num_computed == 0


def test_no_weights_are_kept_unless_asked_for(small: Small, curved: Run) -> None:
    names = {name for record in curved.store.records() for name in record.artifacts}
    assert not any(name.endswith(".safetensors") for name in names)


# --- gold probes -----------------------------------------------------------------------------------------


def test_a_student_probed_with_gold_is_marked_as_cheating(small: Small) -> None:
    run = go(small, "probed", gold_probe=True)
    cells = run.store.read_run("small")["cells"]
    assert isinstance(cells, list)
    assert {cell["method"]: cell.get("cheating", False) for cell in cells} == {
        "naive": False,
        "naive + gold probe": True,
    }
    assert set(run.results()["method"]) == {"naive", "naive + gold probe (cheating)"}


def test_probing_later_trains_the_student_again_once_for_its_weights(small: Small) -> None:
    go(small, "probed-later")
    run = go(small, "probed-later", gold_probe=True)
    assert run.num_computed == 3  # the student, its probe and the probe's evaluation
    assert go(small, "probed-later", gold_probe=True).num_computed == 0


def test_students_with_adapters_and_tuned_ones_can_be_probed(small: Small) -> None:
    students = [
        {"name": "./student", "track": "lora"},
        {"name": "./student", "generative": [{}]},
        {"name": "./student", "track": {"kind": "probe", "epochs": 3}},
    ]
    rows = go(small, "kinds", students=students, gold_probe=True).results().to_dicts()
    assert len({row["student"] for row in rows}) == 3
    probed = {row["student"] for row in rows if "gold probe" in row["method"]}
    assert probed == {"./student (lora)", "./student (generative)"}

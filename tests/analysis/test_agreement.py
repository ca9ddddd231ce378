"""How far a student says what its teacher says."""

from pathlib import Path

import polars as pl
import pytest

from outlearn.analysis import agreement_frame, curve_frame, load_run, results_frame
from outlearn.runners import RunOptions, run
from tests.fake_store import FakeRun, fake_store
from tests.small_experiment import small_experiment


def test_agreement_where_the_teacher_is_right_and_where_it_errs_make_up_the_whole(tmp_path: Path) -> None:
    small = small_experiment(tmp_path, seeds=2, curve_points=3)
    made = run(small.spec, store=tmp_path / "store", base=small.folder, options=RunOptions())
    frame = agreement_frame(made.store, "small")
    results = results_frame(load_run(made.store, "small"))
    both = frame.join(results, on=["method", "seed"])
    assert both.height == frame.height == 4
    for row in both.iter_rows(named=True):
        assert row["accuracy"] == pytest.approx(row["student_accuracy"])
        weak, right, wrong = (row[name] for name in ("weak_accuracy", "agreement_right", "agreement_wrong"))
        assert row["agreement"] == pytest.approx(weak * right + (1 - weak) * wrong)
        # Of two classes, who agrees with a right teacher is right, and who agrees with a wrong one is wrong.
        assert row["accuracy"] == pytest.approx(weak * right + (1 - weak) * (1 - wrong))


def test_the_last_point_of_a_curve_is_the_student_itself(tmp_path: Path) -> None:
    small = small_experiment(tmp_path, curve_points=3)
    made = run(small.spec, store=tmp_path / "store", base=small.folder, options=RunOptions())
    curve = curve_frame(made.store, "small")
    assert curve["frac"].max() == 1.0
    last = curve.filter(pl.col("frac") == 1.0).drop("point", "frac").sort("method")
    assert last.equals(agreement_frame(made.store, "small").sort("method"))


def test_a_method_that_looked_at_gold_says_so_in_its_name_here_too(tmp_path: Path) -> None:
    store = fake_store(tmp_path / "store", FakeRun(cheating=("confidence",)))
    methods = set(agreement_frame(store, "fake")["method"])
    assert (
        methods == {"confidence (cheating)", "naive"} == set(results_frame(load_run(store, "fake"))["method"])
    )

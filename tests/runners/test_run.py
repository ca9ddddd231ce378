"""Whole experiments on this machine: done once, gone on with, and the same however they were run."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from outlearn.analysis import load_run, results_frame
from outlearn.core import DataError, OutlearnError, SpecError, UsageError
from outlearn.labels import read_labels
from outlearn.models import ModelSource
from outlearn.runners import Run, RunOptions, run
from outlearn.store import open_store
from tests.small_experiment import Small, small_experiment

METRICS = ("auroc", "brier", "nll", "calibration_error", "calibration_error_width")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def done(small: Small) -> Run:
    return go(small, "store")


def go(small: Small, store: str, *, options: RunOptions | None = None, **changes: object) -> Run:
    changed = Small(folder=small.folder, content={**small.content, **changes})
    given = options or RunOptions(device="cpu", train_tokens=200)
    return run(changed.spec, store=small.folder / store, options=given, base=small.folder)


def teacher_predictions(done: Run) -> pl.DataFrame:
    labels = next(done.store.records("label"))
    return pl.read_parquet(done.store.artifact(labels.inputs[0], "predictions.parquet"))


def assert_same_but_for_rounding(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Assert that accuracies are the same to the bit, and what is made of probabilities within rounding."""
    exact = [name for name in expected.columns if not name.endswith(METRICS)]
    assert found.select(exact).equals(expected.select(exact))
    assert_frame_equal(found, expected, abs_tol=1e-3)


def test_every_cell_of_the_experiment_is_a_row_of_the_results(done: Run) -> None:
    frame = done.results()
    assert frame.columns == [
        *("task", "teacher", "student", "method", "seed"),
        *("weak_accuracy", "student_accuracy", "ceiling_accuracy", "pgr"),
        *(f"{role}_{metric}" for role in ("weak", "student", "ceiling") for metric in METRICS),
    ]
    assert frame["method"].to_list() == ["confidence", "naive"]
    assert frame.select("weak_accuracy", "student_accuracy", "ceiling_accuracy").max_horizontal().max() <= 1


def test_a_second_run_computes_nothing(small: Small, done: Run) -> None:
    again = go(small, "store")
    assert (again.num_computed, again.num_cached) == (0, done.num_computed)


def test_a_changed_method_runs_its_own_students_only(small: Small, done: Run) -> None:
    changed = go(small, "store", methods=["naive", {"name": "confidence", "max_weight": 0.9}])
    assert changed.num_computed == 2  # its transfer and its evaluation


def test_workers_and_one_process_give_the_same_numbers(small: Small, done: Run) -> None:
    parallel = go(small, "parallel", options=RunOptions(device="cpu", train_tokens=200, workers=2))
    assert_same_but_for_rounding(parallel.results(), done.results())


def test_micro_batches_do_not_move_the_accuracies(small: Small, done: Run) -> None:
    whole = go(small, "whole", options=RunOptions(device="cpu", train_tokens=100_000))
    assert_same_but_for_rounding(whole.results(), done.results())


def test_soft_labels_are_kept_and_can_be_read_back(done: Run) -> None:
    record = next(done.store.records("label"))
    labels = read_labels(done.store.artifact(record.fingerprint, "labels.parquet"))
    assert len(labels.ids) == 40
    assert ((labels.probabilities > 0) & (labels.probabilities < 1)).all()


def test_records_of_training_hold_no_gold(done: Run) -> None:
    for kind in ("teach", "transfer", "label"):
        for record in done.store.records(kind):
            for name in record.artifacts:
                columns = pl.read_parquet_schema(done.store.artifact(record.fingerprint, name))
                assert "gold" not in columns


def test_records_say_what_they_cost_and_where_they_came_from(done: Run) -> None:
    record = next(done.store.records("transfer"))
    assert record.cost["examples"] == 40
    assert record.cost["train_tokens"] > record.cost["examples"]
    assert record.provenance["torch"]


def test_an_imported_label_set_is_a_teacher(small: Small, done: Run) -> None:
    predictions = teacher_predictions(done)
    predictions.select("id", chance="p1").write_csv(small.folder / "labels.csv")
    imported = {"labels": "file:labels.csv", "probability": "chance", "name": "theirs"}
    found = go(small, "imported", teachers=[imported], methods=["naive"]).results()
    own = done.results().filter(pl.col("method") == "naive")
    assert found["teacher"].to_list() == ["theirs"]
    assert found["student_accuracy"].to_list() == own["student_accuracy"].to_list()
    assert found["weak_accuracy"].to_list() == own["weak_accuracy"].to_list()


def test_labels_of_some_examples_are_compared_on_those_only(small: Small, done: Run) -> None:
    predictions = teacher_predictions(done)
    some = pl.concat([predictions.filter(pl.col("part") == part).head(20) for part in ("transfer", "test")])
    some.select("id", chance="p1").write_csv(small.folder / "some.csv")
    imported = {"labels": "file:some.csv", "probability": "chance"}
    partial = go(small, "some", teachers=[imported], methods=["naive"])
    (cell,) = load_run(partial.store, "small").cells
    assert [len(seed.ids) for seed in cell.seeds] == [20]
    assert next(partial.store.records("transfer")).cost["examples"] == 20


def test_labels_of_unknown_examples_are_refused(small: Small) -> None:
    (small.folder / "strange.csv").write_text("id,chance\nnobody,0.5\n")
    with pytest.raises(
        DataError, match="labels 1 examples that task file:texts does not have, first 'nobody'"
    ):
        go(small, "strange", teachers=[{"labels": "file:strange.csv", "probability": "chance"}])


def test_an_experiment_that_is_refused_leaves_no_store(small: Small) -> None:
    with pytest.raises(SpecError):
        go(small, "refused", tasks=["file:none.jsonl"])
    with pytest.raises(DataError, match="more than the limit of 5"):
        go(small, "refused", recipe={"learning_rate": 1e-3, "max_tokens": 5})
    with pytest.raises(UsageError, match="device"):
        go(small, "refused", options=RunOptions(device="abacus"))
    assert not (small.folder / "refused").exists()


def test_a_text_that_is_too_long_is_named_with_its_task_model_and_remedy(small: Small) -> None:
    with pytest.raises(DataError) as error:
        go(small, "refused", recipe={"learning_rate": 1e-3, "max_tokens": 12})
    assert "file:texts, seed 0, model" in str(error.value)
    assert 'long_texts = "cut_start"' in str(error.value)


def test_long_texts_can_be_cut_and_are_counted(small: Small) -> None:
    recipe = {"learning_rate": 1e-3, "epochs": 1, "max_tokens": 12, "long_texts": "cut_start"}
    cut = go(small, "cut", recipe=recipe, methods=["naive"])
    notes = cut.store.read_run("small")["notes"]
    assert any("Texts that lost their start to fit every model" in str(note) for note in notes)


def test_a_model_that_changes_under_a_run_is_refused(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    from outlearn.experiments.steps import models

    real = models.open_model

    def changed(name: str) -> ModelSource:
        from dataclasses import replace

        return replace(real(name), digest="0" * 64)

    monkeypatch.setattr(models, "open_model", changed)
    with pytest.raises(OutlearnError, match="has changed since this experiment was planned"):
        go(small, "changed")


def test_many_classes_work_end_to_end(tmp_path: Path) -> None:
    from tests.small_experiment import write_texts

    small = small_experiment(tmp_path)
    write_texts(tmp_path / "texts.jsonl", num_texts=300, classes=3)
    changes: dict[str, object] = {
        "tasks": ["file:texts.jsonl"],
        "sizes": {"teach": 60, "transfer": 60, "validation": 0, "test": 30},
    }
    frame = go(small, "three", **changes).results()
    assert frame.height == 2


def test_a_random_student_is_named_as_one_and_depends_on_its_seed(small: Small) -> None:
    students = [{"name": "./student", "weights": "random"}]
    frame = go(small, "random", students=students, methods=["naive"], seeds=2).results()
    assert set(frame["student"]) == {"./student (random)"}


@pytest.mark.parametrize("head_init", ["unembedding"])
def test_the_paper_head_runs_on_models_that_have_the_tokens(small: Small, head_init: str) -> None:
    recipe = {"learning_rate": 1e-3, "epochs": 1, "head_init": head_init, "max_tokens": 40}
    assert go(small, "head", recipe=recipe, methods=["naive"]).results().height == 1


def test_two_experiments_in_one_store_share_their_steps(small: Small, done: Run) -> None:
    other = go(small, "store", name="other", methods=["naive"])
    assert other.num_computed == 0
    assert set(open_store(small.folder / "store").run_names()) >= {"small", "other"}
    assert results_frame(load_run(other.store, "other")).height == 1


def test_a_copied_store_is_as_good_as_the_first(small: Small, done: Run) -> None:
    shutil.copytree(small.folder / "store", small.folder / "copied")
    assert go(small, "copied").num_computed == 0

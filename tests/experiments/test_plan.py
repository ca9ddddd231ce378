"""The graph of an experiment: what is shared, and what makes a step another step."""

from pathlib import Path

import pytest

from outlearn.core import DataError, ModelError, SpecError, UnknownName
from outlearn.experiments import Graph, parse_spec, plan, resolve
from outlearn.experiments.graph import Step
from tests.small_experiment import Small, small_experiment
from tests.tiny_models import save_tiny


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"))


def planned(small: Small, **changes: object) -> Graph:
    changed = Small(folder=small.folder, content={**small.content, **changes})
    return plan(resolve(changed.spec, data_dir=None, base=small.folder))


def kinds(graph: Graph) -> dict[str, int]:
    found: dict[str, int] = {}
    for step in graph.steps:
        found[step.kind] = found.get(step.kind, 0) + 1
    return found


def fingerprints(graph: Graph, kind: str) -> set[str]:
    return {step.fingerprint for step in graph.steps if step.kind == kind}


def test_floor_ceiling_and_labeller_share_one_gold_run(small: Small) -> None:
    graph = planned(small, teachers=["./teacher", "./student"], methods=["naive"])
    # Two models, each taught once: teacher is floor and labeller, student is also its own ceiling.
    assert kinds(graph) == {"split": 1, "teach": 2, "label": 2, "transfer": 2, "evaluate": 4}


def test_a_ceiling_on_the_other_half_is_another_run(small: Small) -> None:
    graph = planned(small, teachers=["./teacher", "./student"], methods=["naive"], ceiling_half="transfer")
    assert kinds(graph)["teach"] == 3


MANY_KINDS = {
    "tasks": ["world"],
    "teachers": [
        "world/xs",
        {"name": "world/xs", "via": ["world/s"], "fresh": True},
        {"members": ["world/xs", {"name": "world/xs", "again": 1}], "combine": "mean"},
        {"members": ["world/xs", "world/s"], "combine": "adaboost"},
        {"simulate": "random_flips", "like": "world/xs"},
    ],
    "students": ["world/l", {"name": "world/m", "track": "probe"}],
    "methods": ["naive", {"name": "mdl_curriculum", "calibration": "temperature"}, "zero_shot_labels"],
    "seeds": 2,
    "sizes": {"teach": 40, "transfer": 40, "validation": 20, "test": 100},
    "curve_points": 4,
    "gold_probe": True,
}


@pytest.fixture(scope="module")
def of_many_kinds() -> Graph:
    return plan(resolve(parse_spec(MANY_KINDS, source="here"), data_dir=None, base=Path()))


def test_steps_of_many_kinds_are_the_records_they_were(
    of_many_kinds: Graph, request: pytest.FixtureRequest
) -> None:
    golden = request.path.parent / "golden" / "many-kinds.txt"
    found = "".join(f"{step.kind} {step.fingerprint}\n" for step in of_many_kinds.steps)
    assert found == golden.read_text()


def test_however_many_cells_share_a_step_it_is_made_once_a_teacher(of_many_kinds: Graph) -> None:
    made: dict[str, set[int]] = {}

    def visit(step: Step) -> None:
        made.setdefault(step.fingerprint, set()).add(id(step))
        for before in step.inputs.values():
            visit(before)

    for cell in of_many_kinds.cells:
        for end in (cell.weak, cell.ceiling, cell.transfer, *cell.curve):
            visit(end)
    most = len({cell.teacher for cell in of_many_kinds.cells})
    assert not [one.title for one in of_many_kinds.steps if len(made[one.fingerprint]) > most]


def test_inputs_stand_before_those_who_read_them(small: Small) -> None:
    seen: set[str] = set()
    for step in planned(small, seeds=2).steps:
        assert {before.fingerprint for before in step.inputs.values()} <= seen
        assert step.fingerprint not in seen
        seen.add(step.fingerprint)


def test_a_changed_method_is_only_its_own_students(small: Small) -> None:
    before = planned(small)
    after = planned(small, methods=["naive", {"name": "confidence", "max_weight": 0.25}])
    for kind in ("split", "teach", "label"):
        assert fingerprints(before, kind) == fingerprints(after, kind)
    assert len(fingerprints(after, "transfer") - fingerprints(before, "transfer")) == 1


def test_a_default_written_out_is_the_same_step(small: Small) -> None:
    spelled = planned(small, methods=["naive", {"name": "confidence", "max_weight": 0.5}])
    assert fingerprints(spelled, "transfer") == fingerprints(planned(small), "transfer")


def test_the_optimiser_that_was_always_there_is_no_part_of_what_a_step_means(small: Small) -> None:
    recipe = small.content["recipe"]
    assert isinstance(recipe, dict)
    plain, spelled, other = (
        planned(small, recipe=recipe | own)
        for own in ({}, {"optimiser": "adamw"}, {"optimiser": "adafactor"})
    )
    assert fingerprints(spelled, "teach") == fingerprints(plain, "teach")
    assert not fingerprints(other, "teach") & fingerprints(plain, "teach")


def test_one_and_one_point_nought_are_the_same_parameter(small: Small) -> None:
    whole = planned(small, methods=[{"name": "confidence", "max_weight": 1}])
    fraction = planned(small, methods=[{"name": "confidence", "max_weight": 1.0}])
    assert fingerprints(whole, "transfer") == fingerprints(fraction, "transfer")


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": [7]},
        {"recipe": {"learning_rate": 2e-3, "epochs": 1, "batch_size": 8, "max_tokens": 40}},
        {"recipe": {"learning_rate": 1e-3, "epochs": 2, "batch_size": 8, "max_tokens": 40}},
        {"sizes": {"teach": 40, "transfer": 38, "validation": 10, "test": 30}},
        {"students": [{"name": "./student", "weights": "random"}]},
        {"students": ["./teacher"]},
    ],
)
def test_whatever_means_something_makes_another_student(small: Small, change: dict[str, object]) -> None:
    assert not fingerprints(planned(small), "transfer") & fingerprints(planned(small, **change), "transfer")


def test_moving_a_model_or_a_file_changes_nothing_and_changing_a_weight_does(tmp_path: Path) -> None:
    first = small_experiment(tmp_path / "a" if (tmp_path / "a").mkdir() is None else tmp_path)
    before = planned(first)
    (first.folder / "student").rename(first.folder / "renamed")
    (first.folder / "texts.jsonl").rename(first.folder / "other.jsonl")
    moved = planned(first, students=["./renamed"], tasks=[{"name": "file:other.jsonl", "group": "group"}])
    assert {step.fingerprint for step in moved.steps} == {step.fingerprint for step in before.steps}
    texts = (first.folder / "other.jsonl").read_text().splitlines()
    save_tiny("llama", first.folder / "renamed", seed=2, hidden=16, layers=1, vocab_texts=texts)
    changed = planned(first, students=["./renamed"], tasks=[{"name": "file:other.jsonl", "group": "group"}])
    assert not fingerprints(changed, "transfer") & fingerprints(before, "transfer")


def test_names_and_places_are_not_hashed(small: Small) -> None:
    step = planned(small).steps[-1]
    moved = Step(kind=step.kind, meaning=step.meaning, inputs=step.inputs, place={"title": "elsewhere"})
    assert moved.fingerprint == step.fingerprint


def test_methods_that_share_a_name_are_told_apart_by_their_parameters(small: Small) -> None:
    methods = [{"name": "confidence", "max_weight": 0.25}, {"name": "confidence", "max_weight": 0.75}]
    names = {cell.method for cell in planned(small, methods=methods).cells}
    assert names == {"confidence(max_weight=0.25)", "confidence(max_weight=0.75)"}


@pytest.mark.parametrize(
    ("change", "error", "answer"),
    [
        ({"methods": ["confidnce"]}, UnknownName, "Did you mean 'confidence'"),
        ({"methods": [{"name": "naive", "weight": 1}]}, SpecError, "no parameter 'weight'"),
        (
            {"methods": [{"name": "confidence", "max_weight": 2.0}]},
            SpecError,
            r"max_weight must be in \[0, 1\]",
        ),
        (
            {"methods": [{"name": "confidence", "quota": "most"}]},
            SpecError,
            "input should be 'half' or 'prior', got 'most'",
        ),
        ({"methods": [{"name": "confidence", "max_weight": "high"}]}, SpecError, "valid number, got 'high'"),
        ({"tasks": ["wrold"]}, UnknownName, "Did you mean 'world'"),
        ({"tasks": [{"name": "world", "num_tests": 3}]}, SpecError, "Did you mean 'num_test'"),
        ({"tasks": ["file:none.jsonl"]}, SpecError, "there is no file"),
        ({"tasks": [{"name": "file:texts.jsonl", "text": "txt"}]}, DataError, "txt"),
        ({"students": ["./nobody"]}, ModelError, "nobody"),
        ({"students": ["student"]}, UnknownName, "No model named 'student'"),
        ({"teachers": [{"labels": "labels.tsv", "label": "x"}]}, SpecError, "file:PATH"),
        ({"recipe": {}}, SpecError, "no ladder recommends a learning rate"),
    ],
)
def test_what_cannot_be_found_is_answered_before_anything_runs(
    small: Small, change: dict[str, object], error: type[Exception], answer: str
) -> None:
    with pytest.raises(error, match=answer):
        planned(small, **change)

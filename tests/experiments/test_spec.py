"""What a spec accepts, and what it answers to what it does not."""

from pathlib import Path

import pytest

from outlearn.core import SpecError, canonical_text
from outlearn.experiments import ImportedLabels, ModelChoice, Spec, demo, load_spec, parse_spec

LEAST = {"tasks": ["world"], "teachers": ["world/xs"], "students": ["world/l"]}


def write(folder: Path, text: str) -> Path:
    path = folder / "trial.toml"
    path.write_text(text)
    return path


def test_a_bare_name_stands_for_a_table_with_that_name() -> None:
    assert parse_spec(LEAST, source="x") == parse_spec(
        {"tasks": [{"name": "world"}], "teachers": [{"name": "world/xs"}], "students": [{"name": "world/l"}]},
        source="x",
    )


def test_other_keys_of_a_task_or_method_are_its_parameters() -> None:
    spec = parse_spec({**LEAST, "methods": [{"name": "confidence", "max_weight": 0.75}]}, source="x")
    assert spec.methods[0].params == {"max_weight": 0.75}


def test_a_number_of_seeds_means_that_many_from_zero() -> None:
    assert parse_spec({**LEAST, "seeds": 3}, source="x").seeds == (0, 1, 2)


def test_a_teacher_can_be_a_file_of_labels() -> None:
    content = {**LEAST, "teachers": ["world/xs", {"labels": "file:l.tsv", "probability": "p"}]}
    teachers = parse_spec(content, source="x").teachers
    assert isinstance(teachers[0], ModelChoice)
    assert isinstance(teachers[1], ImportedLabels)


def test_the_toml_file_names_the_run_unless_it_says_so_itself(tmp_path: Path) -> None:
    text = 'tasks = ["world"]\nteachers = ["world/xs"]\nstudents = ["world/l"]\n'
    assert load_spec(write(tmp_path, text)).name == "trial"
    assert load_spec(write(tmp_path, 'name = "other"\n' + text)).name == "other"


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"taks": ["world"]}, "taks: no such key. Did you mean 'tasks'?"),
        ({"seeds": []}, "seeds: "),
        ({"seeds": [-1]}, "seeds.0: "),
        ({"seeds": [1, 1]}, "seeds names 1 twice"),
        ({"methods": ["naive", "naive"]}, "methods names naive twice"),
        ({"teachers": ["world/s", {"name": "world/s"}]}, "teachers names world/s twice"),
        ({"teachers": [{"labels": "file:x"}] * 2}, "teachers names file:x twice"),
        ({"tasks": [{"name": "boolq", "test": ""}] * 2}, "tasks names boolq (test = '') twice"),
        ({"ceiling_half": "both"}, "ceiling_half: "),
        ({"recipe": {"epochs": 0}}, "recipe.epochs: "),
        ({"recipe": {"learning_rate": -1.0}}, "recipe.learning_rate"),
        ({"recipe": {"lr": 1e-3}}, "recipe.lr: no such key"),
        ({"sizes": {"teach": 0}}, "sizes"),
        ({"sizes": {"taech": 10}}, "taech"),
        ({"students": [{"name": "world/l", "weights": "none"}]}, "students.0.weights"),
        ({"students": [{"nmae": "world/l"}]}, "students.0"),
        ({"teachers": [{"labels": "file:x", "lable": "y"}]}, "lable"),
        ({"teachers": []}, "teachers: "),
        ({"name": "../up"}, "name: "),
        ({"name": ""}, "name: "),
    ],
)
def test_a_spec_that_is_wrong_is_answered_with_the_place(change: dict[str, object], answer: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec({**LEAST, **change}, source="trial.toml")
    assert answer in str(error.value)
    assert "trial.toml is not a valid experiment" in str(error.value)


def test_a_missing_or_broken_file_is_answered(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no file"):
        load_spec(tmp_path / "none.toml")
    with pytest.raises(SpecError, match="is not TOML"):
        load_spec(write(tmp_path, "tasks = [world"))


def test_specs_have_one_canonical_text() -> None:
    one = Spec.model_validate(LEAST)
    assert canonical_text(one) == canonical_text(Spec.model_validate(dict(reversed(LEAST.items()))))
    assert canonical_text(one) != canonical_text(demo())


def test_the_shipped_demo_means_what_it_meant(request: pytest.FixtureRequest) -> None:
    golden = request.path.parent / "golden" / "demo.json"
    assert canonical_text(demo()) + "\n" == golden.read_text()

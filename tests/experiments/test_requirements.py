"""What methods, teachers and tracks need is asked for before anything is trained."""

import sys
from pathlib import Path

import pytest

from outlearn.core import DataError, MissingExtra, ModelError, SpecError, UnknownName
from tests.small_experiment import Small, small_experiment
from tests.small_runs import planned
from tests.tiny_models import save_tiny

WORLD = {
    "tasks": ["world"],
    "teachers": ["world/xs"],
    "students": ["world/s"],
    "sizes": {"teach": 20, "transfer": 20, "validation": 4, "test": 10},
    "recipe": {},
    "methods": ["naive"],
}
HINTING = {"name": "./teacher", "hint": True}
CHAIN = {"name": "./teacher", "via": ["./student"]}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"), methods=["naive"])


def without_validation() -> dict[str, object]:
    return {"sizes": {"teach": 40, "transfer": 40, "validation": 0, "test": 30}}


@pytest.mark.parametrize(
    ("change", "error", "answer"),
    [
        (
            {"teachers": [{"simulate": "random_flip", "like": "./teacher"}]},
            UnknownName,
            "No supervisor named 'random_flip'. Did you mean 'random_flips'",
        ),
        (
            {"teachers": [{"simulate": "unconfident_flips", "like": "./teacher"}]},
            SpecError,
            'needs a strong model\'s probabilities.*name one: {simulate = "unconfident_flips"',
        ),
        (
            {"teachers": [{"simulate": "random_flips", "like": "./teacher", "strong": "./student"}]},
            SpecError,
            "looks at no strong model; remove strong",
        ),
        (
            {"teachers": [{"simulate": "random_flips", "like": "./teacher", "match": "all"}]},
            SpecError,
            "parameter 'match': input should be 'total' or 'class', got 'all'",
        ),
        (
            {"teachers": [{"simulate": "simulatable", "like": "./teacher", "strong": "./student"}]},
            SpecError,
            "needs a value for 'num_features'",
        ),
        (
            {"teachers": [{**CHAIN, "via": ["./student"] * 30}]},
            SpecError,
            "transfer examples into 31 chunks, of which .* would be empty; raise sizes.transfer, shorten via",
        ),
        ({"teachers": [CHAIN], "methods": ["zero_shot"]}, SpecError, "models of a chain are trained by the"),
        (
            {"teachers": [HINTING], "methods": ["zero_shot"]},
            SpecError,
            "hints are for students that are trained",
        ),
        (
            {"students": [{"name": "./student", "generative": [{}]}], "methods": ["zero_shot"]},
            SpecError,
            "asks a student as it was pretrained, so generative tuning would play no part",
        ),
        ({"methods": ["raven"]}, SpecError, "needs several teachers at once, but ./teacher is alone"),
        (
            {"methods": ["confidence_weighted"], **without_validation()},
            SpecError,
            "sizes.validation is 0, but method 'confidence_weighted' calibrates the teacher on it",
        ),
        (
            {"curve_points": 3, **without_validation()},
            SpecError,
            r"sizes.validation is 0, but early stopping \(curve_points\) chooses on it; set sizes.validation",
        ),
        (
            {"gold_probe": True, "track": "probe"},
            SpecError,
            "every student here is a probe of a frozen model",
        ),
    ],
)
def test_what_cannot_be_done_is_answered_before_anything_runs(
    small: Small, change: dict[str, object], error: type[Exception], answer: str
) -> None:
    with pytest.raises(error, match=answer):
        planned(small, **change)


def test_more_features_than_the_strong_model_has_are_refused(small: Small) -> None:
    teacher = {"simulate": "simulatable", "like": "./teacher", "strong": "./student", "num_features": 17}
    with pytest.raises(SpecError, match=r"is to read 17 features, but ./student has 16"):
        planned(small, teachers=[teacher])
    planned(small, teachers=[{**teacher, "num_features": 16}])


def test_a_validation_part_that_came_out_empty_is_refused_too(small: Small) -> None:
    sizes = {"teach": 40, "transfer": 40, "test": 30, "validation_frac": 0.0}
    with pytest.raises(SpecError, match="the validation part is empty, but early stopping"):
        planned(small, curve_points=2, sizes=sizes)


def test_adapters_without_their_library_are_refused_with_what_to_install(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtra, match=r"pip install 'outlearn\[lora\]'"):
        planned(small, track="lora")
    planned(small, track="probe")


@pytest.mark.parametrize(
    "change",
    [
        {"teachers": [{"name": "world/xs", "hint": True}]},
        {"teachers": [{"name": "world/xs", "hint": True}], "track": "probe"},
        {"methods": ["ccs"]},
    ],
)
def test_a_tokenizer_that_cannot_tell_what_is_added_is_refused(
    small: Small, change: dict[str, object]
) -> None:
    with pytest.raises(ModelError, match=r"model 'world/s' cannot tell .* apart: its vocabulary has no such"):
        planned(small, **{**WORLD, **change})


@pytest.mark.parametrize("method", ["zero_shot_labels", {"name": "em_posterior", "prior": "prompt"}])
def test_a_student_that_cannot_be_asked_has_no_prior(small: Small, method: object) -> None:
    with pytest.raises(ModelError, match=r"world/s zero-shot.*the answers '0', '1' are not a single token"):
        planned(small, **{**WORLD, "methods": [method]})


def test_hints_are_checked_with_every_students_tokenizer_and_no_teachers(small: Small) -> None:
    able = str(small.folder / "able")
    words = ["What do you think?", "I think this is positive, negative."] * 20
    save_tiny("llama", Path(able), hidden=8, layers=1, vocab_texts=words, vocab_size=400)
    hinting = {**WORLD, "teachers": [{"name": "world/xs", "hint": True}]}
    student = {"name": able, "learning_rate": 1e-3}
    limits = {"recipe": {"long_texts": "cut_start"}}
    planned(small, **{**hinting, **limits, "students": [student]})
    with pytest.raises(ModelError, match="model 'world/s' cannot tell"):
        planned(small, **{**hinting, **limits, "students": [student, "world/s"]})


def test_a_hint_for_which_there_is_no_room_is_refused(small: Small) -> None:
    with pytest.raises(ModelError, match=r"as up to \d+ tokens, but there is room for 24; lower recipe.max"):
        planned(small, teachers=[HINTING], recipe={"learning_rate": 1e-3, "max_tokens": 64})
    planned(small, teachers=[HINTING], recipe={"learning_rate": 1e-3, "max_tokens": 46})


def test_imported_labels_are_calibrated_on_all_of_the_validation_part_or_not_at_all(small: Small) -> None:
    made = planned(small)
    (task,) = made.resolved.tasks
    parts = task.splits[0]
    ids = [example.id for example in (*parts.transfer, *parts.test, *parts.validation)]
    teacher = {"labels": "file:some.csv", "probability": "p"}
    for num_missing, name in ((1, "some"), (0, "every")):
        kept = ids[: len(ids) - num_missing]
        (small.folder / f"{name}.csv").write_text("id,p\n" + "".join(f"{one},0.7\n" for one in kept))
    with pytest.raises(DataError, match="labels all but 1 of the 10 validation examples"):
        planned(small, teachers=[teacher], methods=["confidence_weighted"])
    planned(small, teachers=[teacher])
    planned(small, teachers=[{**teacher, "labels": "file:every.csv"}], methods=["confidence_weighted"])


def test_two_that_would_share_a_name_are_refused(small: Small) -> None:
    students = [{"name": "./student", "learning_rate": rate} for rate in (1e-3, 1e-4)]
    with pytest.raises(SpecError, match=r"two students would both be called './student' in the results"):
        planned(small, students=students)

"""docs/experiments.md says all that a spec may say, and nothing that it may not."""

import inspect
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from outlearn.cli.run import run
from outlearn.experiments import parse_spec
from outlearn.experiments.choices import KINDS, Generative, ModelChoice
from outlearn.experiments.spec import Spec
from outlearn.experiments.steps.labelling import COMBINE
from outlearn.experiments.tracks import Full, Lora, ProbeTrack
from outlearn.labels.simulated import supervisors
from outlearn.runners import RunOptions, make_plan
from outlearn.tasks import Sizes
from outlearn.training import Recipe

PAGE = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text()
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, flags=re.S | re.M)
OWN = [text for text in EXAMPLES if 'tasks = ["world"]' in text]
TABLES: list[type[BaseModel]] = [
    Spec,
    ModelChoice,
    Generative,
    Recipe,
    Full,
    Lora,
    ProbeTrack,
    *KINDS.values(),
]


def first_words(text: str) -> str:
    return text[:60].replace("\n", " ")


@pytest.mark.parametrize("text", EXAMPLES, ids=first_words)
def test_every_example_is_a_spec(text: str) -> None:
    parse_spec(tomllib.loads(text), source="the page")


@pytest.mark.parametrize("text", OWN, ids=first_words)
def test_every_example_of_the_embedded_world_can_be_run(text: str, tmp_path: Path) -> None:
    made = make_plan(
        parse_spec(tomllib.loads(text), source="the page"),
        store=None,
        options=RunOptions(device="cpu"),
        base=tmp_path,
    )
    assert made.to_run


def test_most_examples_can_be_run() -> None:
    assert len(OWN) >= len(EXAMPLES) - 2


def test_everything_that_a_spec_may_say_is_on_the_page() -> None:
    keys = {key for table in TABLES for key in table.model_fields} | {field.name for field in fields(Sizes)}
    missing = sorted(key for key in keys - {"kind", "params"} if not re.search(rf"\b{key}\b", PAGE))
    assert missing == []


def test_every_supervisor_and_way_to_combine_is_on_the_page() -> None:
    named = {*supervisors.names(), *COMBINE, "adaboost"}
    assert sorted(name for name in named if f"`{name}`" not in PAGE) == []
    for name in supervisors.names():
        for parameter in inspect.signature(supervisors[name]).parameters:
            assert f"`{parameter}`" in PAGE, name


def test_every_kind_of_teacher_and_track_says_where_it_comes_from() -> None:
    parts = re.split(r"^##+ ", PAGE, flags=re.M)
    cited = ("A model", "A chain", "A hint", "A committee", "A supervisor", "What is trained", "Generative")
    for title in (*cited, "Training curves", "Gold probes"):
        (part,) = [part for part in parts if part.startswith(title)]
        assert re.search(r"\((sec|app)\. |et al\.", part), title


def test_the_command_lines_are_those_there_are() -> None:
    for flag in set(re.findall(r"outlearn run .*--([a-z-]+)", PAGE)) - {"help"}:
        assert flag.replace("-", "_") in run.__annotations__

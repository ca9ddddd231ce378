"""Presets: every figure plans on the shipped ladders, and on any other ladder names its models."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from outlearn.core import ModelError, SpecError, UnknownName
from outlearn.experiments import PRESETS, Setting, Spec, plan, preset, resolve, told
from outlearn.models import LADDERS
from outlearn.tasks import Pool, Sources, Task, draw_cached

OTHERS = {"fig21": "needs to know how hard", "fig22": "needs to know how hard"}
"""Presets for the shipped ladder alone, for want of difficulties."""


def specs(name: str, **of: object) -> tuple[Spec, ...]:
    return preset(name)(Setting(seeds=1, **of))  # type: ignore[arg-type]


@pytest.fixture(scope="module", autouse=True)
def _drawn_once() -> Iterator[None]:
    """Draw what figures share once: their tasks, for the one seed that all of them have here."""
    pools: dict[tuple[str, int], Pool] = {}

    def draw(task: Task, sources: Sources, *, seed: int, home: str, folder: Path) -> Pool:
        if (task.name, seed) not in pools:
            pools[task.name, seed] = draw_cached(task, sources, seed=seed, home=home, folder=folder)
        return pools[task.name, seed]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("outlearn.experiments.resolve"), "draw_cached", draw)
        yield


SAME = {"fig8": "fig5", "fig12": "fig5"}
"""Presets that look at the students of another."""


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"fig27", *SAME}))
def test_every_preset_resolves_and_plans_on_the_shipped_ladders(name: str) -> None:
    for one in specs(name):
        found = resolve(one, data_dir=None, base=Path())
        assert plan(found).cells
        assert one.name.startswith(name)


@pytest.mark.parametrize("name", SAME)
def test_figures_of_the_same_students_share_their_records(name: str) -> None:
    mine, others = (
        [one.model_dump(exclude={"name"}) for one in specs(figure)] for figure in (name, SAME[name])
    )
    assert mine == others


def test_a_preset_for_which_the_shipped_models_do_not_do_says_so() -> None:
    with pytest.raises(SpecError, match="--ladder pythia"):
        specs("fig27")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("ladder", ["pythia", "qwen2.5"])
def test_another_ladder_takes_its_models_and_the_papers_tasks(name: str, ladder: str) -> None:
    if name in OTHERS:
        with pytest.raises(SpecError, match=OTHERS[name]):
            specs(name, ladder=ladder)
        return
    rungs = {rung.name for rung in LADDERS[ladder].rungs}
    for one in specs(name, ladder=ladder):
        assert {student.name for student in one.students} <= rungs
        assert not {"world", "world_pairs", "chess"} & {task.name for task in one.tasks}


def test_the_paper_has_22_tasks() -> None:
    (nlp, *_) = specs("fig3", ladder="gpt2")
    assert len(nlp.tasks) == 22


def test_the_largest_student_alone_has_the_largest_weight() -> None:
    small, largest = specs("fig5", ladder="gpt2")
    assert [one.name for one in largest.students] == ["gpt2-xl"]
    assert largest.methods[1].params == {"max_weight": 0.75}
    assert small.methods[1].params == {"max_weight": 0.5}
    assert "gpt2-xl" not in {one.name for one in (*small.students, *small.teachers)}  # type: ignore[union-attr]


def test_chains_go_two_three_and_four_rungs_up() -> None:
    (spec,) = specs("fig4", ladder="pythia")
    chains = [[one.name for one in teacher.via] for teacher in spec.teachers if teacher.via]  # type: ignore[union-attr]
    assert chains[:2] == [["pythia-70m"], ["pythia-70m", "pythia-160m"]]


def test_tasks_and_seeds_can_be_chosen() -> None:
    (spec,) = preset("fig13")(Setting(seeds=5, tasks=("world",)))
    assert [one.name for one in spec.tasks] == ["world"]
    assert spec.seeds == (100, 101, 102, 103, 104)


def test_a_name_that_is_almost_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'fig13'"):
        preset("figure13")
    with pytest.raises(SpecError, match="Did you mean 'pythia'"):
        Setting(ladder="pithia")


def test_every_preset_says_what_it_asks() -> None:
    assert all(told(name).splitlines()[0].endswith(".") for name in PRESETS)


def test_without_network_a_ladder_of_the_hub_is_refused_with_advice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("outlearn.models.source.fetch", _unreachable)
    with pytest.raises(ModelError, match="cannot be reached"):
        resolve(specs("fig5", ladder="pythia")[0], data_dir=None, base=Path())


def _unreachable(ref: object, *, offline: bool) -> Path:
    raise ModelError("the hub cannot be reached from here")

"""docs/performance.md: made of the benchmarks' tables, and its commands are there to be run."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks.goals import GOALS, NOT_MEASURED, judged
from benchmarks.measured import Measured, keep, kept
from benchmarks.performance import ON_A_GPU, in_order, text, write

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"


def table(name: str, *, machine: str = "a processor", **changes: object) -> Measured:
    usual: dict[str, object] = {
        "name": name,
        "title": f"Title of {name}",
        "command": "python -m benchmarks.growth",
        "columns": ("steps", "graph, s"),
        "rows": ((100, 0.01), (10_143, 1.5)),
        "plot": ("steps", "graph, s"),
        "machine": machine,
    }
    return Measured(**(usual | changes))  # type: ignore[arg-type]


def named(*tables: Measured) -> dict[str, Measured]:
    return {one.name: one for one in tables}


@pytest.mark.parametrize("page", [PAGE.read_text("utf-8"), ON_A_GPU], ids=["page", "on a GPU"])
def test_every_command_exists_with_its_options(page: str) -> None:
    commands = re.findall(r"python -m benchmarks\.(\w+)([^`\n]*)", page)
    assert commands
    for program, options in commands:
        source = (ROOT / "benchmarks" / f"{program}.py").read_text("utf-8")
        assert set(re.findall(r"--[a-z-]+", options)) <= set(re.findall(r"--[a-z-]+", source)), program


def test_every_plot_of_the_page_is_there_and_is_xml() -> None:
    for shown in re.findall(r"\]\((performance/[^)]+)\)", PAGE.read_text("utf-8")):
        ElementTree.parse(PAGE.parent / shown)


def test_tables_stand_in_their_order_and_unknown_ones_at_the_end() -> None:
    names = ("zebra", "growth-store", "peer-shape-sciq", "growth-planning", "did-not-help", "utilisation")
    ordered = ["peer-shape-sciq", "utilisation", "growth-planning", "growth-store", "zebra"]
    assert in_order(named(*map(table, names))) == ordered


def test_a_goal_is_reached_missed_or_not_measured() -> None:
    def planning(seconds: float) -> str:
        of_steps = table("growth-planning", rows=((10_143, seconds), (28_980, 9.0)))
        return str({str(row[0]): row[3] for row in judged(named(of_steps))}["Planning 10,000 steps"])

    assert planning(1.5) == "yes"
    assert planning(2.5) == "**no**"
    assert {row[2] for row in judged({})} == {NOT_MEASURED}
    assert len(judged({})) == len(GOALS)


def test_what_was_measured_on_a_gpu_takes_the_place_of_the_commands_for_one() -> None:
    without, there = text(named(table("growth-tokens"))), text(named(table("x", machine="NVIDIA H100")))
    assert ON_A_GPU in without
    assert ON_A_GPU not in there
    assert there.index("## On a GPU") < there.index("Title of x")


def test_the_page_is_written_with_its_plots_and_old_plots_go(tmp_path: Path) -> None:
    keep(table("growth-planning"), tmp_path)
    by_hand = table("did-not-help", columns=("what", "ratio"), rows=(("a thing", 0.9),), plot=())
    tables = named(kept(tmp_path / "growth-planning.json"), by_hand)
    (tmp_path / "performance").mkdir()
    (tmp_path / "performance" / "old.svg").write_text("<svg/>")
    page = write(tables, docs=tmp_path).read_text()
    assert [path.name for path in (tmp_path / "performance").iterdir()] == ["growth-planning.svg"]
    assert "![Title of growth-planning](performance/growth-planning.svg)" in page
    assert page.index("## What did not help") < page.index("| a thing | 0.9 |")


def test_a_plot_shows_every_positive_point_and_names_every_line(tmp_path: Path) -> None:
    rows = ((10, 0.5, 0.0), (100, 5.0, 2.0))
    found = table("two", columns=("n", "one, s", "other, s"), rows=rows, plot=("n", "one, s", "other, s"))
    write(named(found), docs=tmp_path)
    drawn = (tmp_path / "performance" / "two.svg").read_text()
    assert drawn.count("<title>") == 3
    assert ">one<" in drawn
    assert ">other<" in drawn
    assert ">seconds<" in drawn

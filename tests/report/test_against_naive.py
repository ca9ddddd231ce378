import io
from pathlib import Path

import pytest
from rich.console import Console

from outlearn.analysis import Comparison, PgrEstimate, compare, load_run
from outlearn.cli.show import show
from outlearn.core import UsageError
from outlearn.report import comparison_markdown, comparison_table
from outlearn.report.numbers import MINUS
from outlearn.report.tables import comparison_csv
from tests.fake_store import FakeRun, fake_store
from tests.report.cells import UNDEFINED, against, comparison

MARKDOWN = """\
| Method | Mean difference in accuracy | p, Holm | Cells better, worse | Seeds |
| --- | ---: | ---: | ---: | ---: |
| confidence | +0.5 [-0.5, 1.6] | 0.040 ▲ | 1 ▲ of 2 | 4 |

**world**

| Method | world/s → world/l | world/s → world/m |
| --- | ---: | ---: |
| confidence | +3.1 [1.1, 5.1], p 0.012 ▲<br>PGR undefined | -2.0 [-4.0, 0.0], p 0.600<br>PGR undefined |

- Method minus naive"""


def text(compared: Comparison, *, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(comparison_table(compared))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def known() -> Comparison:
    return comparison(against(), against("worse", gain=-0.04, p_holm=0.0001, pgr=UNDEFINED))


def test_the_table_holds_differences_adjusted_p_values_and_what_they_mean() -> None:
    written = text(known(), width=100).replace(MINUS, "-")
    assert written.startswith("pilot: methods against naive, in percentage points\n")
    lines = [" ".join(line.split()) for line in written.splitlines()]
    assert "confidence +3.1 [1.1, 5.1] +50.0 [40.0, 60.0] 0.012 ▲" in lines
    assert "worse -4.0 [-6.0, -2.0] undefined <0.001 ▼" in lines
    assert "adjusted for the 2 comparisons of this run (Holm 1979)" in " ".join(lines)


@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in text(known(), width=width).splitlines()) <= width


def test_several_cells_end_with_their_mean_and_one_does_not() -> None:
    both = comparison(against(), against(student="world/m", gain=-0.02, p_holm=0.6))
    written = text(both)
    assert "mean over tasks and pairs" in written
    assert "1 ▲ of 2" in written
    assert "mean over tasks" not in text(known())


def test_markdown_has_methods_down_and_pairs_across() -> None:
    rows = (against(pgr=UNDEFINED), against(student="world/m", gain=-0.02, p_holm=0.6, pgr=UNDEFINED))
    assert comparison_markdown(comparison(*rows)).replace(MINUS, "-").startswith(MARKDOWN)


def test_names_are_never_read_as_markup() -> None:
    name = "[red]a|b[/red] <i>*c*</i>"
    assert name in text(comparison(against(name)), width=200)
    made = comparison_markdown(comparison(against(name)))
    assert "| \\[red\\]a\\|b\\[/red\\] &lt;i&gt;\\*c\\*&lt;/i&gt; |" in made


def test_a_gain_over_an_upside_down_gap_is_marked() -> None:
    fallen = PgrEstimate(-0.2, -0.3, -0.1, "Fieller", None, None, "")
    compared = comparison(against(pgr=fallen, inverted=True))
    for written in (text(compared), comparison_markdown(compared)):
        assert f"†{MINUS}20.0" in written
        assert "†: the ceiling is below the teacher" in written


def test_one_seed_is_said_to_say_nothing_of_others(tmp_path: Path) -> None:
    store = fake_store(tmp_path, FakeRun(seeds=(0,), num_examples=100))
    written = " ".join(text(compare(load_run(store, "fake"))).split())
    assert "says nothing of other seeds" in written
    assert "bootstrap over test examples" in written


def test_nothing_to_compare_is_said() -> None:
    empty = Comparison("pilot", (), ())
    assert "Nothing to compare" in text(empty)
    assert comparison_markdown(empty).startswith("Nothing to compare")
    assert len(comparison_csv(empty).splitlines()) == 1


def test_the_csv_has_a_row_a_comparison_and_keeps_what_does_not_exist_empty() -> None:
    header, first, second = comparison_csv(known()).splitlines()
    assert header == (
        "task,teacher,student,method,cheating,num_seeds,"
        "accuracy_difference,accuracy_difference_low,accuracy_difference_high,"
        "pgr_difference,pgr_difference_low,pgr_difference_high,pgr_undefined,p_value,p_holm,verdict"
    )
    assert first.startswith("world,world/s,world/l,confidence,false,4,0.031,")
    assert first.endswith(",0.5,0.4,0.6,,0.003,0.012,better")
    assert ",,,," in second
    assert second.endswith(",0.003,0.0001,worse")


def test_the_command_line_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake_store(tmp_path / "store", FakeRun(num_examples=40))
    show("fake", store=tmp_path / "store", methods=True)
    assert "fake: methods against naive" in capsys.readouterr().out
    with pytest.raises(UsageError, match="show RUN --methods"):
        show("task", "world", store=tmp_path / "store", methods=True)
    with pytest.raises(UsageError, match="no store at"):
        show("fake", store=tmp_path / "nowhere", methods=True)

"""`outlearn cite` as a user meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from outlearn.cli.cite import cite
from outlearn.core import UnknownName, UsageError, parse_bibtex
from outlearn.runners import RunOptions, make_plan, manifest
from tests.fake_store import FakeRun, fake_store
from tests.small_experiment import small_experiment

TOML = """
tasks = ["boolq", "world"]
teachers = ["gpt2"]
students = ["gpt2-xl"]
methods = ["naive", {name = "confidence", max_weight = 0.75}]
"""


def keys_in(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [entry.key for entry in parse_bibtex(capsys.readouterr().out, where="what was printed")]


def test_a_spec_cites_the_paper_its_tasks_and_outlearn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my.toml").write_text(TOML)
    cite(str(tmp_path / "my.toml"), store=tmp_path / "none")
    assert keys_in(capsys) == ["burns2023weak", "clark2019boolq", "outlearn_world", "outlearn"]


@pytest.mark.parametrize("preset", ["demo", "controls"])
def test_what_comes_with_outlearn_needs_no_file(
    preset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cite(preset, store=tmp_path / "none")
    assert "burns2023weak" in keys_in(capsys)


def test_a_method_alone_is_cited_alone(capsys: pytest.CaptureFixture[str]) -> None:
    cite(method="confidence")
    assert keys_in(capsys) == ["burns2023weak"]


def test_asking_how_to_cite_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from outlearn.cli.main import app\n"
        "try:\n    app(['cite', '--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'torch', 'transformers', 'numpy', 'polars', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_run_is_cited_as_it_was_noted_and_without_torch(tmp_path: Path) -> None:
    fake_store(tmp_path / "store", FakeRun(name="small"))
    program = (
        "import sys; sys.argv = ['outlearn', 'cite', 'small', '--store', 'store']\n"
        "from outlearn.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "assert not {'torch', 'transformers', 'scipy'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("@article{burns2023,")


def test_a_run_notes_what_its_spec_cites(tmp_path: Path) -> None:
    small = small_experiment(tmp_path)
    made = make_plan(small.spec, store=None, options=RunOptions(device="cpu"), base=tmp_path)
    noted = manifest(made, command="")["citations"]
    assert isinstance(noted, list)
    assert [entry.key for entry in parse_bibtex("\n".join(noted), where="noted")] == [
        "burns2023weak",
        "outlearn",
    ]


def test_what_cannot_be_cited_is_told_with_what_can(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cite takes a spec's TOML file"):
        cite()
    with pytest.raises(UsageError, match="cite takes a spec's TOML file"):
        cite("demo", method="naive")
    with pytest.raises(UsageError, match="'nowhere' is no TOML file, no run of a store"):
        cite("nowhere", store=tmp_path / "none")
    with pytest.raises(UsageError, match="there is no file"):
        cite("nowhere.toml", store=tmp_path / "none")
    with pytest.raises(UnknownName, match="Did you mean 'confidence'"):
        cite(method="confidnce")

"""The command line as a user meets it."""

import json
import os
import re
import subprocess
import sys

import pytest

from outlearn.methods import methods
from tests.in_process import outlearn
from tests.small_experiment import Small, small_experiment, toml_of

HEAVY = ("torch", "transformers", "ray", "datasets", "altair", "polars", "numpy", "scipy")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    made = small_experiment(tmp_path_factory.mktemp("small"))
    (made.folder / "small.toml").write_text(toml_of(made.content))
    return made


@pytest.fixture(scope="module")
def first(small: Small) -> subprocess.CompletedProcess[str]:
    """A run in a process of its own, as a user's is; the commands that follow share the tests'."""
    command = [sys.executable, "-m", "outlearn", "run", "small.toml", "--device", "cpu"]
    env = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(command, cwd=small.folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", ["--help", "run --help", "demo --help", "list --help", "--version"])
def test_help_imports_nothing_heavy(words: str) -> None:
    program = (
        "import sys\n"
        "from outlearn.cli.main import app\n"
        f"try:\n    app({words.split()!r})\nexcept SystemExit:\n    pass\n"
        f"print('heavy:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("heavy:")


def test_a_run_prints_its_table_and_writes_its_files(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    assert first.returncode == 0, first.stderr
    assert "undefined" in first.stdout or "PGR" in first.stdout
    folder = small.folder / "outlearn-store" / "outputs" / "small"
    assert {path.name for path in folder.iterdir()} == {
        "comparison.csv",
        "figure.png",
        "report.html",
        "results.csv",
        "summary.json",
    }
    header = (folder / "results.csv").read_text().splitlines()[0]
    assert header.startswith(
        "task,teacher,student,method,seed,weak_accuracy,student_accuracy,ceiling_accuracy,pgr,weak_auroc,"
    )
    assert json.loads((folder / "summary.json").read_text())["name"] == "small"


def test_a_second_run_says_that_there_is_nothing_to_compute(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    again = outlearn("run", "small.toml", "--device", "cpu", cwd=small.folder)
    assert "All 10 steps are in the store; nothing to compute." in again.stderr


def test_a_dry_run_tells_what_is_cached_and_what_the_rest_costs(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    changed = {**small.content, "methods": ["naive", {"name": "confidence", "max_weight": 0.9}]}
    (small.folder / "changed.toml").write_text(toml_of(changed))
    dry = outlearn("run", "changed.toml", "--dry-run", cwd=small.folder)
    assert dry.returncode == 0, dry.stderr
    assert "2 steps to run, 8 in the store already." in dry.stdout
    assert "To train: 40 examples" in dry.stdout.replace("\n", " ")
    elsewhere = outlearn("run", "changed.toml", "--dry-run", "--store", "fresh", cwd=small.folder)
    assert "10 steps to run, 0 in the store already." in elsewhere.stdout
    assert not (small.folder / "fresh").exists()


def test_students_whose_weights_are_to_be_kept_are_to_run_again(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    dry = outlearn("run", "small.toml", "--dry-run", "--keep-weights", cwd=small.folder)
    assert "2 steps to run, 8 in the store already." in dry.stdout


def test_a_fault_is_told_in_one_message_without_a_traceback(small: Small) -> None:
    (small.folder / "wrong.toml").write_text(toml_of({**small.content, "methods": ["confidnce"]}))
    wrong = outlearn("run", "wrong.toml", cwd=small.folder)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: No method named 'confidnce'. Did you mean 'confidence'?")
    assert "Traceback" not in wrong.stderr


def test_the_page_can_be_written_again_from_the_store_alone(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    program = (
        "import sys; sys.argv = ['outlearn', 'report', '--out', 'page.html', '--run', 'small']\n"
        "from outlearn.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=small.folder, check=True, capture_output=True)
    assert "<table" in (small.folder / "page.html").read_text()


def test_lists_name_what_a_spec_can_use() -> None:
    assert "boolq" in outlearn("list", "tasks").stdout
    assert "confidence" in outlearn("list", "methods").stdout
    assert "world/l" in outlearn("list", "models").stdout


def test_names_in_lists_are_whole_on_a_narrow_terminal() -> None:
    shown = outlearn("list", "methods", columns=80).stdout
    assert {*methods} <= {line.split(" ", 1)[0] for line in shown.splitlines()}
    assert "ORG/NAME[@REVISION]" in outlearn("list", "models", columns=80).stdout


def test_a_docstring_is_shown_without_the_line_breaks_of_its_source() -> None:
    shown = outlearn("show", "method", "mdl_curriculum", columns=200).stdout
    assert "for `then_epochs` and calibration" in shown
    assert "    stage 2: `then_epochs` on all examples" in shown.splitlines()[5]
    assert max(map(len, outlearn("show", "method", "raven", columns=80).stdout.splitlines())) <= 80


def test_show_asks_for_the_name_that_is_missing() -> None:
    assert "outlearn show method NAME" in outlearn("show", "method").stderr


def test_help_names_the_folders_of_a_mirror() -> None:
    assert "ORG/NAME/CONFIG/SPLIT" in outlearn("run", "--help", columns=120).stdout


def test_a_log_has_plain_lines_of_progress_and_quiet_has_none(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    assert re.search(r"^100%: 10 of 10 steps done, \d:\d\d:\d\d$", first.stderr, flags=re.M), first.stderr
    quiet = outlearn("run", "small.toml", "--device", "cpu", "--quiet", cwd=small.folder)
    assert quiet.stderr == ""
    assert "Ceiling" in quiet.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("show task world", "As the model reads them"),
        ("show method confidence", "Burns et al. 2023"),
        ("show model world/xs", "parameters: 24,824"),
        ("show small", "run small: 2 cells"),
    ],
)
def test_show_tells_of_one_thing(
    small: Small, first: subprocess.CompletedProcess[str], words: str, told: str
) -> None:
    shown = outlearn(*words.split(), cwd=small.folder)
    assert shown.returncode == 0, shown.stderr
    assert told in shown.stdout


def test_show_finds_a_record_by_the_start_of_its_id(
    small: Small, first: subprocess.CompletedProcess[str]
) -> None:
    records = small.folder / "outlearn-store" / "records"
    name = next(path.name for path in records.glob("*/*"))
    assert name in outlearn("show", name[:12], cwd=small.folder).stdout
    assert outlearn("show", "ffff", cwd=small.folder).returncode == 2

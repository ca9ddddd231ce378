"""The README tells the truth: its Python example runs, its spec is one, its commands exist."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from outlearn.experiments import Spec

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    (tmp_path / "example.py").write_text(example)
    done = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "PgrEstimate" in done.stdout


def test_the_specs_are_specs() -> None:
    whole, teacher, more = blocks("toml")
    assert len(Spec.model_validate(tomllib.loads(more)).teachers) == 4
    spec = Spec.model_validate(tomllib.loads(whole))
    both = {**tomllib.loads(whole), "teachers": tomllib.loads(teacher)["teachers"]}
    assert Spec.model_validate(both).students == spec.students


def test_the_commands_exist() -> None:
    from outlearn.cli.main import app

    named = set(re.findall(r"^    outlearn (\w+)", README, flags=re.M))
    assert named <= {name for name in app if not name.startswith("-")}
    assert {"run", "list", "show", "report", "check", "world"} <= named

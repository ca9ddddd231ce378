"""The README tells the truth: its Python example runs, its spec is one, its commands exist."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from outlearn.experiments import Spec

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def python(*words: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_shows_the_phenomenon_and_the_python_example_is_the_same_experiment(tmp_path: Path) -> None:
    python("-m", "outlearn", "demo", "--out", "demo", "--seeds", "1", "--workers", "2", cwd=tmp_path)
    cells = json.loads((tmp_path / "demo" / "summary.json").read_text())["cells"]
    pair = {
        cell["method"]: cell
        for cell in cells
        if (cell["teacher"], cell["student"]) == ("world/xs", "world/l")
    }
    naive, confidence = (pair[name]["pgr"]["value"] for name in ("naive", "confidence"))
    assert 0.1 < naive < 0.7
    assert confidence > naive

    (example,) = blocks("python")
    assert "num_seeds=2" in example
    example = example.replace("num_seeds=2", "num_seeds=1")
    (tmp_path / "demo" / "store").rename(tmp_path / "outlearn-store")
    (tmp_path / "example.py").write_text(f"{example}    print('computed', run.num_computed)\n")
    told = python("example.py", cwd=tmp_path)
    assert "PgrEstimate" in told
    assert "computed 0" in told


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

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import outlearn.store
from outlearn.core import StoreError, UsageError
from outlearn.store import open_store


def test_a_new_store_says_its_format(tmp_path: Path) -> None:
    store = open_store(tmp_path / "deep" / "store")
    assert json.loads((store.root / "format.json").read_text()) == {"format": 1}
    open_store(store.root)


def test_an_empty_folder_becomes_a_store(tmp_path: Path) -> None:
    assert open_store(tmp_path).root == tmp_path


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(StoreError, match=r"not a store.*'thesis\.tex'; give an empty folder"):
        open_store(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="a store is a folder"):
        open_store(tmp_path / "file")


def test_a_marker_half_written_by_a_killed_process_does_not_lock_the_user_out(tmp_path: Path) -> None:
    (tmp_path / "format.json.0123").write_text("")
    open_store(tmp_path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path)
    (tmp_path / "format.json").write_text('{"format": 2}')
    with pytest.raises(StoreError, match="format 2; this version of Outlearn reads format 1"):
        open_store(tmp_path)
    (tmp_path / "format.json").write_text("")
    with pytest.raises(StoreError, match="cannot be read"):
        open_store(tmp_path)


def test_runs_read_back_and_a_later_one_replaces_an_earlier(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert store.run_names() == ()
    store.write_run({"name": "b", "cells": [1]})
    store.write_run({"name": "a.v2", "cells": []})
    path = store.write_run({"name": "b", "cells": [2]})
    assert path == tmp_path / "runs" / "b.json"
    assert store.run_names() == ("a.v2", "b")
    assert store.read_run("b") == {"name": "b", "cells": [2]}


def test_an_unknown_run_is_answered_with_a_suggestion(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.write_run({"name": "figure-3"})
    with pytest.raises(StoreError, match=r"no run named 'figure3'\. Did you mean 'figure-3'\?"):
        store.read_run("figure3")


def test_a_manifest_is_plain_json_with_a_name(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(UsageError, match="has a name"):
        store.write_run({})
    for strange in (Path("x"), float("nan"), {1}):
        with pytest.raises(UsageError, match="not plain JSON"):
            store.write_run({"name": "x", "value": strange})
    assert store.run_names() == ()
    (tmp_path / "runs" / "bad.json").write_text("{")
    with pytest.raises(StoreError, match="delete it and run again"):
        store.read_run("bad")


def test_nothing_in_the_store_can_run_code_it_reads() -> None:
    folder = Path(outlearn.store.__file__).parent
    for source in folder.glob("*.py"):
        assert not re.search(
            r"pickle|import torch|torch\.load|joblib|shelve|\beval\(|\bexec\(", source.read_text()
        ), source


def test_importing_the_store_is_light() -> None:
    code = (
        "import sys, outlearn.store;"
        "heavy = {'torch', 'transformers', 'polars', 'scipy', 'datasets', 'altair'} & set(sys.modules);"
        "sys.exit(' '.join(heavy) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_the_package_exports_is_sorted_and_complete() -> None:
    names = [name for name, value in vars(outlearn.store).items() if getattr(value, "__module__", "") != ""]
    public = [
        n for n in names if not n.startswith("_") and not hasattr(getattr(outlearn.store, n), "__path__")
    ]
    public = [n for n in public if not isinstance(getattr(outlearn.store, n), type(sys))]
    assert outlearn.store.__all__ == sorted(public)

"""The command line without a process of its own, whose imports take longer than most commands."""

import contextlib
import io
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from outlearn.cli.main import main


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit status."""

    stdout: str
    stderr: str
    returncode: int


def outlearn(*words: str, cwd: Path | None = None, columns: int = 80) -> Said:
    """Return what comes of `outlearn WORDS`, typed in a folder, in a terminal of so many columns."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(cwd or os.curdir):
        patch.setenv("COLUMNS", str(columns))
        patch.setattr(sys, "argv", ["outlearn", *words])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Cyclopts application invoked without tokens")
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
    return Said(out.getvalue(), err.getvalue(), code)

"""`outlearn report`: a run's page, from the store alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from outlearn.cli.run import STORE
from outlearn.core import UsageError

if TYPE_CHECKING:
    from outlearn.store import Store


def report(*, store: Path = STORE, out: Path = Path("report.html"), run: str = "") -> None:
    """Write one self-contained HTML page of a run's results.

    Args:
        store: Folder of the store.
        out: The page.
        run: Name of the run; may be left out if the store holds one run only.
    """
    from outlearn.report import write_report

    opened, name = run_named(store, run)
    print(f"Wrote {write_report(opened, name, out=out)}")


def run_named(root: Path, run: str) -> "tuple[Store, str]":
    """Return an existing store, and the name of the run that is meant."""
    from outlearn.store import open_store

    if not root.exists():
        raise UsageError(f"there is no store at {root}; make one with `outlearn run` or `outlearn demo`")
    opened = open_store(root)
    runs = opened.run_names()
    if not run and len(runs) != 1:
        raise UsageError(
            f"the store holds {len(runs)} runs ({', '.join(runs) or 'none'}); choose one with --run"
        )
    return opened, run or runs[0]

"""What a run's manifest says of its cells: one entry a cell and seed, with the records to read."""

from outlearn.analysis.scores import CHEATING
from outlearn.core import StoreError
from outlearn.store import Store


def read_entries(store: Store, name: str) -> list[dict[str, object]]:
    """Return the entries of a run's manifest.

    Raises:
        StoreError: If there is no such run, or its manifest is damaged.
    """
    cells = store.read_run(name).get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise StoreError(f"the manifest of run {name!r} has no list of cells; run it again to write it anew")
    return cells


def marked(method: str, *, cheating: bool) -> str:
    """Return a method's name as tables show it: what looked at gold says so."""
    return f"{method} {CHEATING}" if cheating and CHEATING not in method else method

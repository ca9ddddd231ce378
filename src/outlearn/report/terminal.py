"""How tables look in the terminal: headings on the left, notes below, readable at 80 columns."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text


def plain_table(title: str, *, notes: Sequence[str]) -> Table:
    """Return an empty table with a column for pairs and methods; title and notes are never read as markup."""
    table = Table(
        title=Text(title),
        caption=Text("\n".join(notes)),
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        caption_style="dim",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("Pair, method", overflow="fold")
    return table

"""docs/methods.md: every method, and what it was measured to gain or lose against naive fine-tuning.

outlearn run examples/world-methods.toml --workers 4        (and the other runs named below)
python -m benchmarks.methods [--store DIR] > docs/methods.md
"""

import argparse
import inspect
from pathlib import Path

from outlearn.analysis import Summary, compare, load_run, summarise
from outlearn.methods import methods
from outlearn.report import comparison_markdown
from outlearn.store import open_store

RUNS = ("world-methods", "world-committees", "world-tracks", "probes-sst2", "probes-small", "hints")
"""Runs whose tables are printed, where the store holds them; each is a file of examples/."""

TOP = """# Methods

Made by `python -m benchmarks.methods` from a store; the runs are the files of `examples/`. Accuracy in
points. Each method is compared with naive fine-tuning on the same seeds and examples; p-values are adjusted
by Holm over all comparisons of a run. Settings were the defaults, chosen before the runs, unless a file of
`examples/` says so. Statements of the paper and how they fell: [claims.md](claims.md).
"""


def main() -> None:
    """Print the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", type=Path, default=Path("outlearn-store"))
    given = parser.parse_args()
    store = open_store(given.store)
    print(TOP)
    print("| Method | Parameters | What it does | Source |\n|---|---|---|---|")
    for name in sorted(methods.names()):
        print(row(name))
    for name in RUNS:
        if name in store.run_names():
            grid = load_run(store, name)
            print(f"\n## `examples/{name}.toml`\n")
            print(cells(summarise(grid)))
            print(comparison_markdown(compare(grid)))


def row(name: str) -> str:
    """Return a method's line."""
    factory = methods[name]
    parameters = ", ".join(
        f"{key}={one.default!r}" for key, one in inspect.signature(factory).parameters.items()
    )
    first = (inspect.getdoc(factory) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return f"| {name} | {parameters} | {first} | {factory().reference} |"


def cells(summary: Summary) -> str:
    """Return weak, naive and ceiling accuracy of every pair."""
    lines = [
        "| Task | Teacher | Student | Weak | Naive | Ceiling | PGR of naive |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in summary.cells:
        if one.method == "naive":
            numbers = (one.weak.value, one.student_accuracy.value, one.ceiling.value)
            shown = " | ".join(f"{100 * value:.1f}" for value in numbers)
            pgr = "undefined" if one.pgr.value is None else f"{100 * one.pgr.value:.0f}"
            lines.append(f"| {one.task} | {one.teacher} | {one.student} | {shown} | {pgr} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

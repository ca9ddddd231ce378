"""The paper's qualitative claims as checked statements: each one measured, and told as it falls.

    outlearn run examples/world-methods.toml --workers 4       (and the other files of examples/)
    python -m benchmarks.claims                                every claim whose run is in the store
    python -m benchmarks.claims --only bootstrapping
    python -m benchmarks.claims > docs/claims.md

A claim is a difference that the paper says is above 0 or below it, measured once a seed; seeds are paired. It
*holds* if the 95 % interval over seeds (Student's) lies on the side the paper says, *fails* if it lies on the
other, and is *not told* if it holds 0. That a method brings no gain *fails* if its interval lies above 0. The
intervals are not adjusted for the number of claims.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.claim_list import CLAIMS, Claim, Measured

from outlearn.analysis import agreement_frame, curve_frame, load_run, results_frame, t_interval
from outlearn.store import Store, open_store

TOP = """# The paper's claims, checked

Made by `python -m benchmarks.claims --store DIR`. Each claim is measured once a seed, with seeds paired, on
models and seeds that were not used to choose anything. The numbers are points of accuracy or agreement, with
Student's 95 % interval over seeds, not adjusted for the number of claims. A claim *holds* or **fails** as its
interval says, and is *not told* if it holds 0.
"""


def verdict(low: float, high: float, *, expects: str) -> str:
    """Return how a claim falls."""
    if expects == "no gain":
        return "**fails**" if low > 0 else "holds"
    if low <= 0 <= high:
        return "not told"
    return "holds" if (low > 0) == (expects == "above 0") else "**fails**"


def main() -> None:
    """Print every claim that the store can tell of, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", type=Path, default=Path("outlearn-store"))
    parser.add_argument("--only", default="", help="a claim's name")
    given = parser.parse_args()
    store = open_store(given.store)
    chosen = [claim for claim in CLAIMS if given.only in ("", claim.name)]
    if not chosen:
        parser.error(f"no claim is called {given.only!r}; there are {', '.join(one.name for one in CLAIMS)}")
    done = [name for name in dict.fromkeys(one.run for one in chosen) if _complete(store, name)]
    read = {name: measured(store, name) for name in done}
    print(TOP)
    print(
        "| Claim | Paper | Measured, points [95 %] | Seeds | Outcome | Tested by |\n|---|---|---|---|---|---|"
    )
    for claim in chosen:
        if claim.run in read:
            print(line(claim, replace(read[claim.run], control=_control(store, claim))))


def _complete(store: Store, name: str) -> bool:
    return name in store.run_names() and not load_run(store, name).missing


def _control(store: Store, claim: Claim) -> tuple[Measured, ...]:
    return (measured(store, claim.control),) if claim.control else ()


def measured(store: Store, name: str) -> Measured:
    """Return what a run measured."""
    grid = load_run(store, name)
    return Measured(results_frame(grid), agreement_frame(store, name), curve_frame(store, name), ())


def line(claim: Claim, one: Measured) -> str:
    """Return a claim's row of the table."""
    values = np.array(list(claim.measure(one).values()))
    found = t_interval(values)
    number = f"{found.value:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"
    if "rank correlation" in claim.statement:
        number = f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}] (a correlation)"
    told = verdict(found.low, found.high, expects=claim.expects)
    real = " --data-dir MIRROR" if claim.run.startswith(("hints", "probes")) else ""
    runs = [f"`outlearn run examples/{name}.toml{real}`" for name in (claim.run, claim.control) if name]
    command = ", ".join([*runs, f"`python -m benchmarks.claims --only {claim.name}`"])
    said = f"{claim.statement}: {claim.expects}"
    return f"| {said} | {claim.source} | {number} | {len(values)} | {told} | {command} |"


if __name__ == "__main__":
    main()

"""Steps that are done together because that is faster: probes of the same features, small classifiers.

A bundle is placement. Its steps keep their fingerprints, locks and records, and nothing remembers that they
were done together.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from outlearn.experiments import ALONE, WORKING, Step, companionship

MOST = 256
"""Most steps in a bundle: what a kill can cost, and one lock file each."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Steps that are done together; none reads what another leaves."""

    steps: tuple[Step, ...]

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Return its steps' fingerprints."""
        return tuple(step.fingerprint for step in self.steps)

    @property
    def is_light(self) -> bool:
        """Return whether no model runs in it."""
        return not any(step.kind in WORKING for step in self.steps)

    @property
    def title(self) -> str:
        """Return a line for people."""
        first, others = self.steps[0].title, len(self.steps) - 1
        return f"{first} and {others} more beside it" if others else first


@dataclass(frozen=True, slots=True)
class Waits:
    """What is still to be done before each bundle, and who waits for it, by the bundles' numbers."""

    unmet: dict[int, int]
    """How many bundles it waits for; `settle` counts down."""

    followers: dict[int, list[int]]

    def settle(self, number: int) -> list[int]:
        """Count this bundle as done; return those that waited for nothing else."""
        for follower in self.followers[number]:
            self.unmet[follower] -= 1
        return [follower for follower in self.followers[number] if not self.unmet[follower]]


def bundles_of(steps: Sequence[Step], *, workers: int) -> tuple[Bundle, ...]:
    """Return the steps in bundles, in an order in which inputs come first if the steps do.

    Args:
        steps: Inputs before those who read them; steps whose inputs are not among them can be done at once.
        workers: Among how many processes large bundles are parted.
    """
    depths: dict[str, int] = {}
    companions: dict[tuple[str, int, int], list[Step]] = {}
    for step in steps:
        before = [depths[one.fingerprint] for one in step.inputs.values() if one.fingerprint in depths]
        depth = depths[step.fingerprint] = 1 + max(before, default=0)
        # At one depth no step stands on another, and no two bundles on each other.
        shared = companionship(step)
        key = step.fingerprint if shared == ALONE else shared.shared
        companions.setdefault((key, shared.least, depth), []).append(step)
    bundles = [
        Bundle(part)
        for (_, least, _), together in companions.items()
        for part in _parted(together, workers, least=least)
    ]
    return _in_turn(bundles)


def waits_of(bundles: Sequence[Bundle]) -> Waits:
    """Return what each bundle waits for."""
    home = {step.fingerprint: number for number, bundle in enumerate(bundles) for step in bundle.steps}
    unmet: dict[int, int] = {}
    followers: dict[int, list[int]] = {number: [] for number in range(len(bundles))}
    for number, bundle in enumerate(bundles):
        inputs = {one.fingerprint for step in bundle.steps for one in step.inputs.values()}
        before = {home[name] for name in inputs if name in home}
        unmet[number] = len(before)
        for one in before:
            followers[one].append(number)
    return Waits(unmet, followers)


def _parted(steps: list[Step], workers: int, *, least: int) -> list[tuple[Step, ...]]:
    """Return companions in parts of nearly equal size, those of one seed next to each other.

    So few that they hardly take longer than half of them are not parted.
    """
    # They see the same batches, which are then read once for all of them.
    ordered = sorted(steps, key=lambda step: int(str(step.meaning.get("seed", 0))))
    fewest = -(-len(steps) // MOST)
    num_parts = max(fewest, min(workers, len(steps) // least))
    ends = [len(steps) * part // num_parts for part in range(num_parts + 1)]
    return [tuple(ordered[start:end]) for start, end in pairwise(ends)]


def _in_turn(bundles: Sequence[Bundle]) -> tuple[Bundle, ...]:
    """Return the bundles with inputs first, otherwise as they stand."""
    waits = waits_of(bundles)
    ready = [number for number in range(len(bundles)) if not waits.unmet[number]]
    turn: list[Bundle] = []
    while ready:
        number = heapq.heappop(ready)
        turn.append(bundles[number])
        for follower in waits.settle(number):
            heapq.heappush(ready, follower)
    return tuple(turn)

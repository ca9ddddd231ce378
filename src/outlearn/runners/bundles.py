"""Steps that are done together because that is faster: probes of the same features, small classifiers.

A bundle is placement. Its steps keep their fingerprints, locks and records, and nothing remembers that they
were done together. Those of many seeds are done in waves of seeds, each larger than the one before: first
results come early, and the later waves fill their stacks.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from outlearn.experiments import ALONE, WORKING, Companions, Step, companionship

MOST = 256
"""Most steps in a bundle: what a kill can cost, and one lock file each."""

FIRST_WAVE = 2
"""Seeds that are done before any other."""

FEWEST_WAVED = 6
"""Seeds below which there is one wave: stacks of even fewer students would cost more than they gain."""


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
    companions: dict[tuple[Companions, int], list[Step]] = {}
    for step in steps:
        before = [depths[one.fingerprint] for one in step.inputs.values() if one.fingerprint in depths]
        depth = depths[step.fingerprint] = 1 + max(before, default=0)
        # At one depth no step stands on another, and no two bundles on each other.
        shared = companionship(step)
        own = replace(shared, shared=step.fingerprint) if shared == ALONE else shared
        companions.setdefault((own, depth), []).append(step)
    waves = _waves(
        {_seed(step) for together in companions.values() if len(together) > 1 for step in together}
    )
    bundles = [
        Bundle(part)
        for (shared, _), together in companions.items()
        for wave in _in_waves(together, waves, few=shared.few)
        for part in _parted(wave, workers, least=shared.least)
    ]
    places = {step.fingerprint: place for place, step in enumerate(steps)}
    return _in_turn(sorted(bundles, key=lambda one: min(places[name] for name in one.fingerprints)))


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


def _waves(seeds: set[int]) -> dict[int, int]:
    """Return the wave of each seed: one holds twice as many as the one before, the last all that are left."""
    ordered, waves = sorted(seeds), dict[int, int]()
    size = FIRST_WAVE if len(seeds) >= FEWEST_WAVED else len(seeds)
    while len(waves) < len(ordered):
        left = ordered[len(waves) :]
        # A last wave smaller than the one before would not fill its stacks.
        waves |= dict.fromkeys(left if len(left) < 2 * size else left[:size], size)
        size *= 2
    return waves


def _in_waves(steps: list[Step], waves: dict[int, int], *, few: int) -> list[list[Step]]:
    """Return companions wave by wave; waves are joined where there are few in them."""
    joined: list[list[Step]] = []
    by_wave = sorted(steps, key=lambda step: waves.get(_seed(step), 0))
    for _, wave in groupby(by_wave, key=lambda step: waves.get(_seed(step), 0)):
        if joined and len(joined[-1]) < few:
            joined[-1].extend(wave)
        else:
            joined.append(list(wave))
    return joined


def _seed(step: Step) -> int:
    return int(str(step.meaning.get("seed", 0)))


def _parted(steps: list[Step], workers: int, *, least: int) -> list[tuple[Step, ...]]:
    """Return companions in parts of nearly equal size, those of one seed next to each other.

    So few that they hardly take longer than half of them are not parted.
    """
    # They see the same batches, which are then read once for all of them.
    ordered = sorted(steps, key=_seed)
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

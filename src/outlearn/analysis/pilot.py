"""What a pilot run says of the noise that a larger run would have; or what is assumed where there is none."""

from dataclasses import dataclass

import numpy as np

from outlearn.analysis.components import Components, components, mean_components
from outlearn.analysis.pairing import CEILING, GAIN, NAIVE, WEAK, PairedCell, paired_seeds
from outlearn.analysis.scores import Grid
from outlearn.core import UsageError

CAUTION = 0.8
"""Confidence of the upper limit that a cautious plan takes for the spread of seeds."""


@dataclass(frozen=True, slots=True)
class Pilot:
    """Noise of a method's difference to naive, and what it is measured against."""

    components: Components
    gap: float
    """Ceiling minus teacher, a fraction above 0."""

    num_seeds: int
    """Seeds of the pilot; 0 where everything is assumed."""

    num_examples: int
    """Test examples a seed."""

    num_comparisons: int

    def cautious(self) -> Components:
        """Return the components with the spread of seeds at its upper 80 % limit, as few seeds leave it.

        Comparisons of one run share seeds, so together they count as one.
        """
        if self.num_seeds < 2:
            return self.components
        from scipy import special

        degrees = self.num_seeds - 1
        own = self.components
        measured = own.seeds + own.answers / self.num_examples
        upper = measured * degrees / float(special.chdtri(degrees, CAUTION))
        return Components(max(upper - own.answers / self.num_examples, own.seeds), own.examples, own.answers)


ASSUMED = Pilot(Components(seeds=0.01**2, examples=0.075, answers=0.075), 0.10, 0, 1_000, 0)
"""Where no pilot is given: a paired difference that scatters by 1 point from seed to seed, two students that
differ in 15 % of answers, half of it alike in all seeds, a gap of 10 points and 1,000 test examples."""


def pilot_of(grid: Grid, *, task: str = "", teacher: str = "", student: str = "", method: str = "") -> Pilot:
    """Return the noise of a run's honest comparisons with naive: means over those that fit what is named.

    Args:
        grid: The run.
        task: Only this task; empty for all.
        teacher: Only this teacher; empty for all.
        student: Only this student; empty for all.
        method: Only this method against naive; empty for all.

    Raises:
        UsageError: If nothing fits, no comparison has two seeds, or the gap is not above 0.
    """
    by_key = {cell.key: cell for cell in grid.cells}
    paired = []
    for cell in grid.cells:
        naive = by_key.get((*cell.key[:3], NAIVE))
        wanted = (task, teacher, student, method)
        fits = all(not name or name == own for name, own in zip(wanted, cell.key, strict=True))
        if naive is None or cell.method == NAIVE or cell.cheating or cell.stopped or not fits:
            continue
        paired.append(PairedCell(cell, paired_seeds(cell, naive=naive)))
    told = f"run {grid.name!r}" + "".join(f", {name}" for name in (task, teacher, student, method) if name)
    if not paired:
        raise UsageError(
            f"{told}: there is no method beside naive to learn the noise of a difference from;"
            " leave out --from to calculate with stated assumptions, or add naive and a method"
        )
    enough = [one for one in paired if len(one.pairs) > 1]
    if not enough:
        raise UsageError(
            f"{told}: every comparison has one seed, which says nothing of how seeds differ;"
            " run it with seeds = 3 or more first"
        )
    gap = float(np.mean([_gap(one) for one in enough]))
    if gap <= 0:
        raise UsageError(
            f"{told}: the gap (ceiling minus teacher) is {100 * gap:.1f} points; PGR needs one above 0"
        )
    found = [components([pair.measured for pair in one.pairs], column=GAIN) for one in enough]
    sizes = [len(pair.measured.groups) for one in enough for pair in one.pairs]
    return Pilot(
        mean_components(found), gap, min(len(one.pairs) for one in enough), round(np.mean(sizes)), len(enough)
    )


def _gap(one: PairedCell) -> float:
    means = np.mean([pair.measured.columns.mean(axis=0) for pair in one.pairs], axis=0)
    return float(means[CEILING] - means[WEAK])

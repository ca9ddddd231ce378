"""The simulated supervisors that an experiment chooses by name; each is a factory with its own parameters.

`match` says how the teacher's errors are counted: "total" flips as many labels as it gets wrong, as the paper
does; "class" flips as many of each gold class, so that two classes are said as often as it says them.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64

from outlearn.core import SpecError
from outlearn.labels.simulated.flips import (
    choose_confidently_correct,
    choose_longest,
    choose_random,
    choose_shortest,
    choose_unconfident,
    flip,
)
from outlearn.labels.simulated.matched import matched
from outlearn.labels.simulated.mixture import mix_in_flips
from outlearn.labels.simulated.permuted import permuted_labels
from outlearn.labels.simulated.scene import Need, Scene, Supervisor, supervisors
from outlearn.labels.simulated.simulatable import fit_first_features, predict

Match = Literal["total", "class"]
STRUCTURES = "burns2023weak, app. E.2"


@supervisors.register
def random_flips(*, match: Match = "total") -> Supervisor:
    """Return the supervisor that errs as often as the teacher, at random: nobody can imitate it.

    Args:
        match: How the teacher's errors are counted: "total", or "class" for each gold class.

    Raises:
        SpecError: If there is no such way to count.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.1 and E.2.
    """

    def choose(scene: Scene, num_flips: int) -> Bool[np.ndarray, " n"]:
        return choose_random(scene.ids, seed=scene.seed, num_flips=num_flips)

    return _flipping(choose, match=match, reference="burns2023weak, app. E.1 and E.2")


@supervisors.register
def longest_flips(*, match: Match = "total") -> Supervisor:
    """Return the supervisor that errs as often as the teacher, on the longest texts.

    Args:
        match: How the teacher's errors are counted: "total", or "class" for each gold class.

    Raises:
        SpecError: If there is no such way to count.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.2.
    """

    def choose(scene: Scene, num_flips: int) -> Bool[np.ndarray, " n"]:
        return choose_longest(scene.lengths, ids=scene.ids, seed=scene.seed, num_flips=num_flips)

    return _flipping(choose, match=match)


@supervisors.register
def shortest_flips(*, match: Match = "total") -> Supervisor:
    """Return the supervisor that errs as often as the teacher, on the shortest texts.

    Args:
        match: How the teacher's errors are counted: "total", or "class" for each gold class.

    Raises:
        SpecError: If there is no such way to count.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.2.
    """

    def choose(scene: Scene, num_flips: int) -> Bool[np.ndarray, " n"]:
        return choose_shortest(scene.lengths, ids=scene.ids, seed=scene.seed, num_flips=num_flips)

    return _flipping(choose, match=match)


@supervisors.register
def unconfident_flips(*, match: Match = "total") -> Supervisor:
    """Return the supervisor that errs as often as the teacher, where the ceiling is least sure.

    Args:
        match: How the teacher's errors are counted: "total", or "class" for each gold class.

    Raises:
        SpecError: If there is no such way to count.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.2.
    """

    def choose(scene: Scene, num_flips: int) -> Bool[np.ndarray, " n"]:
        return choose_unconfident(scene.ceiling, ids=scene.ids, seed=scene.seed, num_flips=num_flips)

    return _flipping(choose, match=match, also="ceiling")


@supervisors.register
def confidently_correct_flips(*, match: Match = "total") -> Supervisor:
    """Return the supervisor that errs as often as the teacher, where the ceiling is surest of gold.

    Args:
        match: How the teacher's errors are counted: "total", or "class" for each gold class.

    Raises:
        SpecError: If there is no such way to count.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.2.
    """

    def choose(scene: Scene, num_flips: int) -> Bool[np.ndarray, " n"]:
        return choose_confidently_correct(
            scene.ceiling, gold=scene.gold, ids=scene.ids, seed=scene.seed, num_flips=num_flips
        )

    return _flipping(choose, match=match, also="ceiling")


@supervisors.register
def simulatable(*, num_features: int) -> Supervisor:
    """Return the supervisor that is a logistic regression on the first features of a model.

    Args:
        num_features: How many it reads, 1 or more; the paper uses 10, 30, 100, 300 and 1000.

    Raises:
        SpecError: If that is less than 1.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.1. Deviations: see `fit_first_features`.
    """
    return mixture(num_features=num_features, flip_prob=0.0)


@supervisors.register
def mixture(*, num_features: int = 300, flip_prob: float = 0.1) -> Supervisor:
    """Return the simulatable supervisor with each label flipped with the same probability.

    Args:
        num_features: How many features it reads, 1 or more; the paper uses 300.
        flip_prob: In [0, 1]; the paper uses 0.1, 0.07, 0.05, 0.01 and 0.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.1, fig. 24c and f.
    """
    if num_features < 1:
        raise SpecError(f"num_features must be at least 1, got {num_features}")
    if not 0 <= flip_prob <= 1:
        raise SpecError(f"mixture: flip_prob must be in [0, 1], got {flip_prob}")

    def label(scene: Scene) -> Int64[np.ndarray, " n"]:
        model = fit_first_features(
            scene.teach_features,
            gold=scene.teach_gold,
            num_classes=scene.num_classes,
            num_features=num_features,
        )
        return mix_in_flips(
            predict(model, scene.features),
            flip_prob=flip_prob,
            num_classes=scene.num_classes,
            ids=scene.ids,
            seed=scene.seed,
        )

    return Supervisor(frozenset({"features"}), label, reference="burns2023weak, app. E.1")


@supervisors.register
def random_labels(*, balance: Literal["gold", "teacher"] = "gold") -> Supervisor:
    """Return the control whose labels have nothing to do with the text, as many of each class as another's.

    Args:
        balance: Whose class counts it has; gold's make a student's accuracy that of guessing.

    Raises:
        SpecError: If there is no such balance.

    Reference:
        None; it is a control of ours.
    """
    if balance not in ("gold", "teacher"):
        raise SpecError(f"random_labels: balance must be 'gold' or 'teacher', got {balance!r}")

    def label(scene: Scene) -> Int64[np.ndarray, " n"]:
        like = scene.teacher if balance == "teacher" else scene.gold
        counts = matched(like, gold=scene.gold, num_classes=scene.num_classes).labels_by_class
        return permuted_labels(counts, ids=scene.ids, seed=scene.seed)

    needs: frozenset[Need] = frozenset({"teacher"}) if balance == "teacher" else frozenset()
    return Supervisor(needs, label, reference="")


def _flipping(
    choose: Callable[[Scene, int], Bool[np.ndarray, " n"]],
    *,
    match: Match,
    also: Need = "teacher",
    reference: str = STRUCTURES,
) -> Supervisor:
    """Return the supervisor that says gold but where it chooses to err, as often as the teacher."""
    if match not in ("total", "class"):
        raise SpecError(f"match must be 'total' or 'class', got {match!r}")

    def label(scene: Scene) -> Int64[np.ndarray, " n"]:
        like = matched(scene.teacher, gold=scene.gold, num_classes=scene.num_classes)
        if match == "total":
            which = choose(scene, like.num_errors)
        else:
            which = np.zeros(len(scene.ids), dtype=np.bool_)
            for place in np.unique(scene.gold):
                rows = scene.gold == place
                which[rows] = choose(scene.only(rows), int(like.errors_by_class[place]))
        return flip(scene.gold, which=which, num_classes=scene.num_classes, ids=scene.ids, seed=scene.seed)

    return Supervisor(frozenset({"teacher", also}), label, reference=reference)

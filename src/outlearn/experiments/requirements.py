"""What methods and wishes need of the rest of the spec, checked before anything is read or run."""

from collections.abc import Sequence

from outlearn.core import SpecError
from outlearn.experiments.choices import Committee, TeacherChoice
from outlearn.experiments.resolved import ResolvedMethod
from outlearn.experiments.spec import Spec
from outlearn.methods import Method


def check_needs(spec: Spec, chosen: Sequence[ResolvedMethod]) -> None:
    """Return if the spec gives its methods what they need.

    Raises:
        SpecError: If something is missing; the message says what to set.
    """
    calibrating = [one.name for one in chosen if _calibrates(one)]
    wishes = {
        **({f"method {calibrating[0]!r} calibrates the teacher on it": True} if calibrating else {}),
        **({"early stopping (curve_points) chooses on it": True} if spec.curve_points else {}),
    }
    if wishes and spec.sizes.validation == 0:
        raise SpecError(
            f"sizes.validation is 0, but {next(iter(wishes))}; set sizes.validation = 200, or whatever the"
            " task can spare"
        )
    hungry = [one.name for one in chosen if isinstance(one.method, Method) and one.method.needs_votes]
    alone = [one for one in spec.teachers if not isinstance(one, Committee)]
    names = [one.label if isinstance(one, TeacherChoice) else "one of them" for one in alone]
    if hungry and alone:
        raise SpecError(
            f"method {hungry[0]!r} needs several teachers at once, but {names[0]} is alone;"
            ' give a committee: {members = ["world/xs", "world/s"], combine = "mean"}'
        )


def _calibrates(chosen: ResolvedMethod) -> bool:
    return isinstance(chosen.method, Method) and chosen.method.calibration != "none"

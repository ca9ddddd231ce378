"""How hard each example is for the models of a ladder, each asked about examples it was not trained on.

The examples are parted into folds by group; every model is trained on gold of all folds but one and asked
about that one. Test examples are asked about too, but none is trained on. Each training is an ordinary step,
so nothing is computed twice and a run that was stopped goes on.

Reference:
    Burns et al. 2023, arXiv:2312.09390, app. C.2. How predictions for training examples were made is not
    stated there; folds are ours.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64

from outlearn.core import SpecError, unit_hash
from outlearn.experiments.fitting import fit_split
from outlearn.experiments.graph import Step, in_order
from outlearn.experiments.model_steps import Scene, scenes_of, teach_step
from outlearn.experiments.plan import evaluate_step
from outlearn.experiments.resolve import limits_of, open_task, resolve, split_digest
from outlearn.experiments.resolved import Resolved, ResolvedModel
from outlearn.experiments.spec import Spec
from outlearn.tasks import Example, Pool, Sources, Split

# n: examples, m: models

BEYOND = 1.0
"""What is harder than the largest model can do is as hard as a model of ten times its compute would be."""


def model_difficulty(
    right: Bool[np.ndarray, "n m"], *, flops: Float64[np.ndarray, " m"]
) -> Float64[np.ndarray, " n"]:
    """Return log10 of the smallest compute from which on every model is right.

    Where the largest model is wrong there is no such compute, and the difficulty is that of ten times the
    largest compute. Models of equal compute count as one, which is right where all of them are.

    Args:
        right: Which model is right on which example.
        flops: Pretraining compute of each model.

    Reference:
        Burns et al. 2023, app. C.2: models of four sizes of which the second alone is wrong make C3.
        Deviation: infinity is written as a finite number.
    """
    levels = np.unique(flops)
    at_level = np.stack([right[:, flops == level].all(axis=1) for level in levels], axis=1)
    from_here_on = np.logical_and.accumulate(at_level[:, ::-1], axis=1)[:, ::-1]
    logs = np.append(np.log10(levels), math.log10(levels[-1]) + BEYOND)
    return np.asarray(logs[(~from_here_on).sum(axis=1)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class DifficultyPlan:
    """What is to be trained and asked to learn how hard one task's examples are."""

    resolved: Resolved
    """The task with a fold in the place of each seed."""

    steps: tuple[Step, ...]
    asked: Mapping[str, tuple[Step, ...]]
    """Model to its evaluations, one a fold, smallest model first; together they hold every example once."""

    flops: Mapping[str, float]


def plan_difficulty(
    spec: Spec, *, folds: int, data_dir: Path | None, base: Path
) -> tuple[DifficultyPlan, ...]:
    """Return one plan a seed for a generated task, or one for a task of fixed rows.

    Args:
        spec: Its only task, its students (the ladder), recipe and seeds.
        folds: At least 2.
        data_dir: Local mirror of the hub's data sets.
        base: Folder that relative paths start from.

    Raises:
        UsageError: If something cannot be found, or a model's compute is not known.
    """
    if folds < 2:
        raise SpecError(f"folds must be at least 2, got {folds}; each model is trained on all folds but one")
    if len(spec.tasks) != 1:
        raise SpecError(f"difficulties are of one task at a time, got {len(spec.tasks)}")
    found = resolve(spec, data_dir=data_dir, base=base)
    for model in found.students:
        if not model.source.pretraining_flops:
            raise SpecError(
                f"difficulty is counted in pretraining compute, and no ladder knows that of {model.name};"
                " name models as a ladder does"
            )
    seeds = spec.seeds if found.tasks[0].fresh_per_seed else spec.seeds[:1]
    task = open_task(spec.tasks[0], base)
    pools = [task.draw(Sources(data_dir), seed) for seed in seeds]
    return tuple(_plan(found, pool, folds) for pool in pools)


def parted(pool: Pool, *, folds: int) -> tuple[Split, ...]:
    """Return a split a fold: trained on is the rest of the training examples, asked about is the fold."""
    train, test = _by_fold(pool.train, folds), _by_fold(pool.test, folds)
    return tuple(
        Split(
            teach=tuple(one for other, part in enumerate(train) if other != place for one in part),
            transfer=(),
            validation=(),
            test=(*train[place], *test[place]),
            notes=(),
        )
        for place in range(folds)
    )


def _by_fold(examples: Sequence[Example], folds: int) -> list[list[Example]]:
    parts: list[list[Example]] = [[] for _ in range(folds)]
    for one in examples:
        parts[int(unit_hash("fold", one.group) * folds)].append(one)
    return parts


def _plan(found: Resolved, pool: Pool, folds: int) -> DifficultyPlan:
    spec, task = found.spec, found.tasks[0]
    plain = Pool(
        train=tuple(replace(one, difficulty=0.0) for one in pool.train),
        test=tuple(replace(one, difficulty=0.0) for one in pool.test),
    )
    splits = {
        place: fit_split(
            made,
            limits=limits_of(found.students, reserved=0),
            cut=spec.recipe.long_texts == "cut_start",
            task=task.name,
            tokenizers={},
            reads=task.reads,
        )
        for place, made in enumerate(parted(plain, folds=folds))
    }
    digests = {place: split_digest(made, task.classes) for place, made in splits.items()}
    folded = replace(task, splits=splits, digests=digests, fresh_per_seed=True, difficulty="")
    places = tuple(splits)
    resolved = Resolved(
        spec.model_copy(update={"seeds": places}),
        tasks=(folded,),
        teachers=(),
        students=found.students,
        methods=(),
    )
    scenes = scenes_of(folded, places)
    ordered = sorted(found.students, key=lambda one: one.source.pretraining_flops)
    asked = {model.name: tuple(_ask(scene, model) for scene in scenes) for model in ordered}
    return DifficultyPlan(
        resolved=resolved,
        steps=in_order([step for steps in asked.values() for step in steps]),
        asked=asked,
        flops={model.name: model.source.pretraining_flops for model in ordered},
    )


def _ask(scene: Scene, model: ResolvedModel) -> Step:
    taught = teach_step(scene, model, half="teach")
    return evaluate_step(taught, scene, f"{model.name}, fold {scene.seed} of {scene.task.name}")

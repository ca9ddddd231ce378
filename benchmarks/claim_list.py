"""The paper's qualitative claims, each with the run and the difference that test it; see claims.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from outlearn.core import StoreError

XS, S, M, L = "world/xs", "world/s", "world/m", "world/l"
SMALL_S, SMALL_M, SMALL_L = (f"./small_models/{size}" for size in ("s", "m", "l"))
CONFIDENCE, NAIVE = "confidence", "naive"
CHAIN = "world/xs > world/s > world/m"
ERRORS = "like world/xs"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement."""

    name: str
    statement: str
    source: str
    run: str
    """Name of the run, and of its file in examples/."""

    measure: Callable[["Measured"], Mapping[int, float]]
    """Seed to the difference, in points or as the statement says."""

    expects: Literal["above 0", "below 0", "no gain"] = "above 0"
    """What the paper says of the difference."""

    control: str = ""
    """Name of another run that it is held against."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run's results, one row a cell and seed."""

    results: pl.DataFrame
    agreement: pl.DataFrame
    curve: pl.DataFrame

    control: tuple["Measured", ...]
    """What it is held against, where a claim names another run."""

    def accuracy(self, *, teacher: str, student: str, method: str) -> dict[int, float]:
        """Return seed to the student's accuracy in points."""
        return _by_seed(self.results, "student_accuracy", teacher=teacher, student=student, method=method)

    def on_errors(self, *, teacher: str, student: str, method: str) -> dict[int, float]:
        """Return seed to how often the student repeats the teacher's errors, in points."""
        return _by_seed(self.agreement, "agreement_wrong", teacher=teacher, student=student, method=method)


def _by_seed(frame: pl.DataFrame, column: str, **cell: str) -> dict[int, float]:
    rows = frame.filter(*(pl.col(name) == value for name, value in cell.items()))
    if rows.is_empty():
        raise StoreError(f"the run has no cell {cell}; run its file in examples/ again")
    return {seed: 100 * value for seed, value in zip(rows["seed"], rows[column], strict=True)}


def minus(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    """Return the paired difference."""
    return {seed: first[seed] - second[seed] for seed in first if seed in second}


def gain(method: str, *, teacher: str, student: str) -> Callable[[Measured], dict[int, float]]:
    """Return the measure of a method's accuracy minus naive's."""

    def measure(one: Measured) -> dict[int, float]:
        cell = {"teacher": teacher, "student": student}
        return minus(one.accuracy(method=method, **cell), one.accuracy(method=NAIVE, **cell))

    return measure


def teachers(first: str, second: str, *, student: str, method: str) -> Callable[[Measured], dict[int, float]]:
    """Return the measure of one teacher's student minus another's."""

    def measure(one: Measured) -> dict[int, float]:
        made = [one.accuracy(teacher=name, student=student, method=method) for name in (first, second)]
        return minus(made[0], made[1])

    return measure


def students(first: str, second: str, *, method: str) -> Callable[[Measured], dict[int, float]]:
    """Return the measure of one student of the smallest teacher minus another."""

    def measure(one: Measured) -> dict[int, float]:
        made = [one.accuracy(teacher=XS, student=name, method=method) for name in (first, second)]
        return minus(made[0], made[1])

    return measure


def errors_repeated(
    small: str, large: str, *, teacher: str, method: str
) -> Callable[[Measured], dict[int, float]]:
    """Return the measure of how much more often a small student repeats errors than a large one."""

    def measure(one: Measured) -> dict[int, float]:
        made = [one.on_errors(teacher=teacher, student=name, method=method) for name in (small, large)]
        return minus(made[0], made[1])

    return measure


def along_training(
    column: str, *, method: str, start: int, teacher: str = XS
) -> Callable[[Measured], dict[int, float]]:
    """Return the measure of the last point of training minus an early one."""

    def measure(one: Measured) -> dict[int, float]:
        rows = one.curve.filter(pl.col("method") == method, pl.col("teacher") == teacher)
        last = rows.filter(pl.col("point") == rows["point"].max())
        early = rows.filter(pl.col("point") == start)
        both = last.join(early, on="seed", suffix="_early")
        return {
            row["seed"]: 100 * (row[column] - row[f"{column}_early"]) for row in both.iter_rows(named=True)
        }

    return measure


def above_chance(one: Measured) -> dict[int, float]:
    """Return how far the students of random labels are from guessing."""
    made = one.accuracy(teacher=f"random_labels({ERRORS})", student=L, method="harden")
    return {seed: value - 50 for seed, value in made.items()}


def outlearning_and_agreement(one: Measured) -> dict[int, float]:
    """Return, for each seed, the rank correlation over cells of accuracy gained with agreement on errors."""
    gained = one.results.with_columns(gained=pl.col("student_accuracy") - pl.col("weak_accuracy"))
    both = gained.join(one.agreement, on=["task", "teacher", "student", "method", "seed"])
    by_seed = both.group_by("seed").agg(
        pl.corr("gained", "agreement_wrong", method="spearman").alias("correlation")
    )
    return dict(zip(by_seed["seed"], by_seed["correlation"], strict=True))


def simulated(name: str) -> str:
    """Return what a simulated supervisor is called in results."""
    return f"{name}({ERRORS})"


CLAIMS = (
    Claim(
        "confidence-large-gap",
        "The confidence loss beats naive fine-tuning when the gap is large (xs to l)",
        "sec. 4.3.2, fig. 5",
        "world-methods",
        gain(CONFIDENCE, teacher=XS, student=L),
    ),
    Claim(
        "confidence-small-gap",
        "... and is slightly worse when it is small (s to m)",
        "sec. 4.3.2, fig. 5",
        "world-methods",
        gain(CONFIDENCE, teacher=S, student=M),
        expects="below 0",
    ),
    Claim(
        "naive-outlearns",
        "A naive student outlearns its teacher (xs to l: student minus teacher)",
        "sec. 4.2, fig. 3",
        "world-methods",
        lambda one: minus(
            one.accuracy(teacher=XS, student=L, method=NAIVE),
            _by_seed(one.results, "weak_accuracy", teacher=XS, student=L, method=NAIVE),
        ),
    ),
    Claim(
        "random-errors-easier",
        "Random errors are easier to overcome than the teacher's own, as many",
        "app. E.2, figs. 24-25",
        "world-errors",
        teachers(simulated("random_flips"), XS, student=L, method="harden"),
    ),
    Claim(
        "confident-errors-harder",
        "Errors where the strong model is surest are harder than the teacher's own",
        "app. E.2, fig. 25",
        "world-errors",
        teachers(simulated("confidently_correct_flips"), XS, student=L, method="harden"),
        expects="below 0",
    ),
    Claim(
        "random-labels",
        "Control: labels that ignore the text leave a student at chance (accuracy minus 50)",
        "ours",
        "world-errors",
        above_chance,
        expects="no gain",
    ),
    Claim(
        "more-epochs-imitate",
        "More epochs, more of the teacher's errors are repeated (last tenth minus first)",
        "sec. 5.1.1-5.1.3, figs. 8, 26",
        "world-epochs",
        along_training("agreement_wrong", method=NAIVE, start=0),
    ),
    Claim(
        "overtraining",
        "Accuracy falls as the student overfits weak labels (last point minus that at 30 %)",
        "sec. 5.1.1, figs. 7, 13",
        "world-epochs",
        along_training("accuracy", method=NAIVE, start=2),
        expects="below 0",
    ),
    Claim(
        "weak-stop",
        "Stopping by weak labels of a validation set gains over the last step",
        "sec. 5.1.1, fig. 13b",
        "world-epochs",
        lambda one: minus(
            one.accuracy(teacher=XS, student=L, method="naive, stopped by weak accuracy"),
            one.accuracy(teacher=XS, student=L, method=NAIVE),
        ),
    ),
    Claim(
        "gold-stop",
        "Stopping on gold, which is cheating, gains over the last step",
        "sec. 5.1.1, fig. 13b",
        "world-epochs",
        lambda one: minus(
            one.accuracy(teacher=XS, student=L, method="naive, stopped on gold (cheating)"),
            one.accuracy(teacher=XS, student=L, method=NAIVE),
        ),
    ),
    Claim(
        "inverse-scaling",
        "Larger students repeat the teacher's errors less (s minus l, naive)",
        "sec. 5.1.3, fig. 8c",
        "world-errors",
        errors_repeated(S, L, teacher=XS, method="harden"),
    ),
    Claim(
        "confidence-agrees-less",
        "The confidence loss makes students repeat errors less than naive (xs to l)",
        "sec. 5.1.3, fig. 8",
        "world-methods",
        lambda one: minus(
            one.on_errors(teacher=XS, student=L, method=NAIVE),
            one.on_errors(teacher=XS, student=L, method=CONFIDENCE),
        ),
    ),
    Claim(
        "agreement-falls",
        "Students that outlearn their teacher repeat its errors less (rank correlation over"
        " methods and pairs)",
        "sec. 5.1.3",
        "world-methods",
        outlearning_and_agreement,
        expects="below 0",
    ),
    Claim(
        "bootstrapping",
        "A chain through the sizes in between, fresh texts at each step, beats the direct step with as many"
        " labels for the last student (400)",
        "sec. 4.3.1, fig. 4 (chess; little in NLP)",
        "world-chains",
        lambda one: minus(
            one.accuracy(teacher=CHAIN, student=L, method=NAIVE),
            one.control[0].accuracy(teacher=XS, student=L, method=NAIVE),
        ),
        control="world-direct",
    ),
    Claim(
        "bootstrapping-all-labels",
        "... and the direct step with the labels of all steps (1,200)",
        "ours",
        "world-chains",
        teachers(CHAIN, XS, student=L, method=NAIVE),
    ),
    Claim(
        "bootstrapping-same-texts",
        "A chain that labels the same 1,200 texts at each step beats the direct step",
        "ours",
        "world-chains",
        teachers(f"{CHAIN} (same texts)", XS, student=L, method=NAIVE),
    ),
    Claim(
        "saliency",
        "Weak labels make the task more salient: a gold probe of the fine-tuned student beats one of"
        " the pretrained model",
        "sec. 5.2.3, fig. 11",
        "world-tracks",
        lambda one: minus(
            one.accuracy(teacher=XS, student=L, method="naive + gold probe (cheating)"),
            _by_seed(one.results, "ceiling_accuracy", teacher=XS, student=f"{L} (probe)", method=NAIVE),
        ),
    ),
    Claim(
        "generative",
        "Generative fine-tuning first helps naive transfer (reward models in the paper)",
        "sec. 5.2.2, fig. 10",
        "world-tracks",
        students(f"{L} (generative)", L, method=NAIVE),
    ),
    Claim(
        "lora",
        "LoRA brings no gain over full fine-tuning",
        "app. B",
        "world-tracks",
        students(f"{L} (lora)", L, method=NAIVE),
        expects="no gain",
    ),
    Claim(
        "hint-agreement",
        "A hint that gives the teacher's answer away makes a naive student repeat its errors more (sst2)",
        "app. E.3",
        "hints",
        lambda one: minus(
            one.on_errors(teacher=f"{SMALL_S} + hint", student=SMALL_M, method=NAIVE),
            one.on_errors(teacher=SMALL_S, student=SMALL_M, method=NAIVE),
        ),
    ),
    Claim(
        "hint-no-gain",
        "With a hint, the confidence loss brings no gain over the teacher (sst2)",
        "app. E.3, fig. 27: mean PGR 0.046 ± 0.108",
        "hints",
        lambda one: minus(
            one.accuracy(teacher=f"{SMALL_S} + hint", student=SMALL_M, method=CONFIDENCE),
            _by_seed(
                one.results,
                "weak_accuracy",
                teacher=f"{SMALL_S} + hint",
                student=SMALL_M,
                method=CONFIDENCE,
            ),
        ),
        expects="no gain",
    ),
    Claim(
        "labels-matter",
        "Weak labels beat the student's own zero-shot answers as labels (sst2, probes)",
        "ours: the control of every claim",
        "probes-sst2",
        lambda one: minus(
            one.accuracy(teacher=SMALL_S, student=SMALL_L, method=NAIVE),
            one.accuracy(teacher=SMALL_S, student=SMALL_L, method="zero_shot_labels"),
        ),
    ),
    *(
        Claim(
            name.replace("_", "-"),
            f"{name} brings no gain over naive (xs to l)",
            "app. B",
            "world-methods",
            gain(name, teacher=XS, student=L),
            expects="no gain",
        )
        for name in (
            "lp_ft",
            "averaged_weights",
            "weight_regularized",
            "generalized_cross_entropy",
            "label_noise",
            "geometric_confidence",
            "consistency",
        )
    ),
)

"""Facts about tasks that a mirror has rows of, as JSON: `python -m tests.tasks.mirrored MIRROR [TASK ...]`.

Each task uses the splits it names where the mirror has them, and is carved out of what there is otherwise.
Tests run it in a process of its own: the type checks that pytest switches on cost a millisecond an example.
"""

import inspect
import json
import math
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from outlearn.core import DataError
from outlearn.tasks import Sizes, Sources, Task, check_task, split, tasks


def main(mirror: Path, names: list[str]) -> None:
    """Print the facts."""
    found: dict[str, dict[str, object]] = {}
    for name in names or list(tasks):
        given = in_mirror(name, mirror)
        if given:
            try:
                found[name] = facts(tasks[name](**given.parameters), Sources(mirror))
            except DataError as error:
                found[name] = {"error": str(error)}
    sys.stdout.write(json.dumps(found))


@dataclass(frozen=True, slots=True)
class Given:
    """What a task is made with."""

    parameters: dict[str, str]


def in_mirror(name: str, mirror: Path) -> Given | None:
    """Return what makes a task of the rows a mirror has, or nothing if it has none of that task."""
    if name == "as_comparison":  # of any task of right and wrong answers; sciq stands for them
        sciq = in_mirror("sciq", mirror)
        return Given({"of": written("sciq", sciq.parameters)}) if sciq else None
    if name == "hh_harmless" and (mirror / "Anthropic/hh-rlhf/harmless-single-turn").is_dir():
        return Given({"config": "harmless-single-turn", "train": "train_gt+train_w2s"})
    hub = tasks[name]().card.hub
    splits = {file.name.partition(".")[0] for file in (mirror / hub).glob("*")} if hub else set()
    return Given(parameters(name, splits)) if splits else None


def written(name: str, parameters: dict[str, str]) -> str:
    """Return a task as it is named on the command line."""
    given = ", ".join(f'{key}="{value}"' for key, value in parameters.items())
    return f"{name}({given})" if given else name


def facts(task: Task, sources: Sources) -> dict[str, object]:
    """Return what a table of tasks shows, and what must hold for all of them."""
    start = time.process_time()
    pool = task.draw(sources, 0)
    seconds = time.process_time() - start
    examples = (*pool.train, *pool.test)
    report = check_task(task, sources)
    made = split(pool, classes=task.classes, sizes=Sizes(), seed=0)
    return {
        "name": task.name,
        "num_train": len(pool.train),
        "num_test": len(pool.test),
        "counts": [
            Counter(example.gold for example in examples)[index] for index in range(len(task.classes))
        ],
        "num_groups": len({example.group for example in examples}),
        "part_sizes": [len(part) for part in made.parts.values()],
        "notes": made.notes,
        "form": report.form_accuracy,
        "setting": task.setting,
        "longest": None if math.isnan(report.longest_accuracy) else report.longest_accuracy,
        "words": None if math.isnan(report.words_accuracy) else report.words_accuracy,
        "standard_error": report.standard_error,
        "leaks_form": report.leaks_form,
        "seconds_for_10000": 10_000 * seconds / len(examples),
        "first": examples[0].text,
    }


def parameters(name: str, splits: set[str]) -> dict[str, str]:
    """Return the splits a task takes from a mirror that holds these."""
    usual = {key: value.default for key, value in inspect.signature(tasks[name]).parameters.items()}
    train = (
        usual["train"]
        if usual["train"] in splits
        else max(splits, key=lambda split: (split[-3:] == usual["train"][-3:], split))
    )
    parameters = {"train": train, "test": usual["test"] if usual["test"] in splits - {train} else ""}
    return {key: value for key, value in parameters.items() if value != usual[key]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

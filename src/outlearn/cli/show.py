"""`outlearn show`: one thing, in full."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from outlearn.cli.run import STORE
from outlearn.core import UsageError

if TYPE_CHECKING:
    from outlearn.models import ModelSource
    from outlearn.store import Store

SHORTEST = 6
"""Fewest characters of a record's id that are looked up."""

_ITEM = re.compile(r" {4}\w+: ")
"""Where a docstring's list has its next item."""

FULL = 104
"""Characters of a docstring's line to which no further word was put."""


def show(
    id: str,
    name: str = "",
    *,
    store: Path = STORE,
    data_dir: Path | None = None,
    model: str = "",
    methods: Annotated[bool, Parameter(negative="")] = False,
    anatomy: Annotated[bool, Parameter(negative="")] = False,
    examples: str = "",
    cells: str = "",
    columns: Path | None = None,
    limit: int = 20,
    metrics: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Show a run or a record of a store, or a task, method, model or preset by name.

    Args:
        id: A run's name or the start of a record's id; or a kind, as "task" or "preset", before a name.
        name: Name of what is to be shown; a task's may have parameters: 'boolq(train="validation")'.
        store: Where the run or record lies.
        data_dir: Local mirror of the hub's data sets, to show a task's examples.
        model: A model whose tokens are counted in a task's texts.
        methods: Show a run's methods against naive: paired differences, with adjusted p-values.
        anatomy: Show what a run's students took from their teachers: imitation, quadrants, misfit and more.
        examples: Show a run's test examples: "all", or such as "quadrant=elicited,student=right".
        cells: Which cells of a run --anatomy and --examples show: "teacher=world/xs,method=naive,seed=0".
        columns: File with a column id and others to slice the test set by, for --anatomy.
        limit: Most examples to show.
        metrics: Show the metrics of every model of a run: AUROC, Brier score, NLL and calibration error.
    """
    from rich.console import Console

    if model and id != "task":
        raise UsageError("--model counts the tokens of a task's texts: show task NAME --model MODEL")
    console = Console()
    if not name and id in ("task", "method", "model", "preset") and not _is_run(id, store):
        raise UsageError(f"show {id} needs a name, as in: outlearn show {id} NAME; see: outlearn list {id}s")
    if name and (methods or metrics or anatomy or examples):
        raise UsageError(
            "--methods, --metrics, --anatomy and --examples look into a run, as in: show RUN --methods;"
            f" got {id} {name}"
        )
    if methods:
        console.print(_methods(id, store))
    elif anatomy or examples:
        from outlearn.cli.show_anatomy import anatomy_of, examples_of

        opened = open_store_at(store)
        for part in anatomy_of(opened, id, cells=cells, columns=columns) if anatomy else ():
            console.print(part)
        for line in examples_of(opened, id, choice=examples, cells=cells, limit=limit) if examples else ():
            console.print(line, soft_wrap=True)
    elif metrics:
        console.print(_metrics(id, store))
    elif name:
        text = _named(id, name, data_dir=data_dir, model=model, width=console.width)
        console.print(text, markup=False, highlight=False)
    else:
        console.print(_stored(id, store), markup=False, highlight=False)


def _named(kind: str, name: str, *, data_dir: Path | None, model: str, width: int) -> str:
    match kind:
        case "task":
            from outlearn.cli.show_task import task_in_full

            return task_in_full(name, data_dir=data_dir, model=model)
        case "method":
            return _method(name, width=width)
        case "model":
            return _model(name)
        case "preset":
            from outlearn.cli.presets import preset_in_full

            return preset_in_full(name)
    raise UsageError(f"show takes 'task', 'method', 'model' or 'preset' before a name, got {kind!r}")


def _methods(run: str, root: Path) -> object:
    from outlearn.analysis import compare, load_run
    from outlearn.report import comparison_table

    return comparison_table(compare(load_run(open_store_at(root), run)))


def _metrics(run: str, root: Path) -> object:
    from outlearn.analysis import load_run, summarise
    from outlearn.report import metrics_table

    return metrics_table(summarise(load_run(open_store_at(root), run)))


def open_store_at(root: Path) -> "Store":
    """Return the store in a folder that exists."""
    from outlearn.store import open_store

    if not root.exists():
        raise UsageError(
            f"there is no store at {root}; give one with --store, or make one with: outlearn demo"
        )
    return open_store(root)


def _is_run(name: str, root: Path) -> bool:
    return root.exists() and name in open_store_at(root).run_names()


def _stored(id: str, root: Path) -> str:
    import json
    from dataclasses import asdict

    store = open_store_at(root)
    runs = store.run_names()
    if id in runs:
        run = store.read_run(id)
        cells = run["cells"]
        assert isinstance(cells, list)
        spec = json.dumps(run["spec"], indent=2)
        return f"run {id}: {len(cells)} cells\ncommand: {run['command']}\n{spec}"
    found = store.starting(id) if len(id) >= SHORTEST else ()
    if len(found) != 1:
        many = f"{len(found)} records start so" if found else "no run or record is called so"
        raise UsageError(
            f"{id!r}: {many}; runs: {', '.join(runs) or 'none'}; a record is named by at least {SHORTEST}"
            " characters of its id, which `outlearn run --dry-run` lists"
        )
    return json.dumps(asdict(found[0]), indent=2)


def _method(name: str, *, width: int) -> str:
    import inspect

    from outlearn.methods import methods

    factory = methods[name]
    signature = inspect.signature(factory).replace(return_annotation=inspect.Signature.empty)
    return f"{name}{signature}\n\n{_fitted(inspect.getdoc(factory) or '', width=width)}"


def _fitted(text: str, *, width: int) -> str:
    """Return a docstring for a terminal of this width: what the source broke for length is joined first."""
    from textwrap import fill

    joined: list[str] = []
    last = ""
    for line in text.splitlines():
        first_word = line.split(maxsplit=1)[0] if line.strip() else ""
        if first_word and not _ITEM.match(line) and len(last) + 1 + len(first_word) > FULL:
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line)
        last = line
    lines = []
    for line in joined:
        indent = " " * (len(line) - len(line.lstrip()))
        later = f"{indent}    " if indent else ""
        lines.append(
            fill(line.strip(), width=width, initial_indent=indent, subsequent_indent=later) if line else ""
        )
    return "\n".join(lines)


def _reads(source: "ModelSource") -> "list[tuple[str, object]]":
    if not source.reads_images:
        return [("context, tokens", source.context_tokens or "no limit stated")]
    images = source.images[0]
    return [
        ("reads", f"images, prepared by {images.preparation}"),
        ("built by", f"{images.library} ({images.architecture})"),
        ("classes of its own head", len(images.classes) or "none"),
    ]


def _model(name: str) -> str:
    from outlearn.models import open_model

    source = open_model(name)
    lines: list[tuple[Literal["name"] | str, object]] = [
        ("name", source.name),
        ("folder", source.folder),
        ("sha256 of its files", source.digest),
        ("parameters", f"{source.parameters:,}"),
        ("pretraining FLOPs", f"{source.pretraining_flops:.2e}" if source.pretraining_flops else "unknown"),
        ("learning rate", source.learning_rate or "none recommended: give one"),
        *_reads(source),
    ]
    return "\n".join(f"{key}: {value}" for key, value in lines)

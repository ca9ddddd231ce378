"""`outlearn run`: an experiment from a TOML file, or one of the paper's figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from outlearn.core import UsageError

if TYPE_CHECKING:
    from outlearn.experiments import Spec
    from outlearn.runners import Plan, Run, RunOptions

STORE = Path("outlearn-store")


def run(
    spec: Path,
    *,
    store: Path = STORE,
    data_dir: Path | None = None,
    out: Path | None = None,
    device: str = "auto",
    workers: int | Literal["auto"] = "auto",
    train_tokens: int = 8192,
    gradient_checkpointing: Annotated[bool, Parameter(negative="")] = False,
    checkpoint_every_s: float = 60.0,
    keep_weights: Annotated[bool, Parameter(negative="")] = False,
    track: Annotated[list[str], Parameter(consume_multiple=True)] = [],  # noqa: B006 - never changed
    quiet: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    ladder: str = "",
    seeds: int = 0,
    seal: Path | None = None,
    tasks: Annotated[list[str], Parameter(consume_multiple=True)] = [],  # noqa: B006 - never changed
) -> None:
    """Run an experiment, reusing every step the store already holds.

    Interrupt it at any moment and give the same command again: it goes on where it was.

    Args:
        spec: The experiment, a TOML file; or a figure of the paper: preset:fig5 (`outlearn list presets`).
        store: Folder that keeps every step's result.
        data_dir: Local mirror of the hub's data sets, as ORG/NAME/CONFIG/SPLIT.jsonl.xz.
        out: Folder for tables, page and figure; by default STORE/outputs/NAME.
        device: "auto", "cpu", "cuda", "cuda:1" or "mps".
        workers: Processes side by side, sharing the cores; "auto": one a core for many small models on a CPU.
        train_tokens: Most padded tokens in a micro-batch, fewer if memory is short; the same gradient.
        gradient_checkpointing: Less memory, about a third more time, the same gradient.
        checkpoint_every_s: Seconds between the checkpoints from which a killed training run goes on.
        keep_weights: Keep trained students' weights in their records; those without are trained again.
        track: Programs that follow the run: tensorboard, wandb, mlflow (pip install 'outlearn[track]').
        quiet: Show no progress, only the table of results.
        dry_run: Print what is cached, what would run and its cost, then stop.
        ladder: Models of a preset: "pythia", "gpt2", ...; by default those that come with Outlearn.
        seeds: How many seeds a preset has; by default 3.
        seal: Folder of the seal on the task's test gold, to ask its evaluator when all is done.
        tasks: Tasks of a preset, instead of its own.
    """
    from outlearn.cli.presets import is_preset, specs_of
    from outlearn.runners import RunOptions, start_early

    start_early(workers=0 if dry_run or workers == "auto" else workers)  # "auto": once models are known
    options = RunOptions(
        device=device,
        workers=workers,
        train_tokens=train_tokens,
        gradient_checkpointing=gradient_checkpointing,
        checkpoint_every_s=checkpoint_every_s,
        keep_weights=keep_weights,
        data_dir=data_dir,
        track=tuple(track),
    )
    specs = specs_of(str(spec), ladder=ladder, seeds=seeds, tasks=tasks)
    base = Path() if is_preset(str(spec)) else spec.parent
    for one in specs:
        if dry_run:
            print_dry_run(one, store=store, options=options, base=base)
            continue
        own = out / one.name if out and len(specs) > 1 else out
        run_and_write(one, store=store, out=own, options=options, base=base, seal=seal, quiet=quiet)


def run_and_write(
    spec: "Spec",
    *,
    store: Path,
    out: Path | None,
    options: "RunOptions",
    base: Path,
    seal: Path | None = None,
    quiet: bool = False,
) -> "Run":
    """Run an experiment and show how far it is, print its table and write its files.

    Of a sealed one, the files hold what its evaluator tells, if there is a seal to ask.
    """
    from rich.console import Console

    from outlearn import runners
    from outlearn.cli.progress import showing

    console = Console(stderr=True)
    console.quiet = quiet

    def on_plan(plan: "Plan") -> None:
        if seal and not plan.resolved.tasks[0].sealed:
            raise UsageError(f"--seal asks about sealed test gold, and that of {spec.name!r} is not sealed")
        console.print(_headline(plan))

    with showing(console, quiet=quiet) as on_progress:
        done = runners.run(
            spec, store=store, options=options, base=base, on_plan=on_plan, on_progress=on_progress
        )
    folder = out or store / "outputs" / spec.name
    if done.store.read_run(spec.name).get("sealed"):
        from outlearn.cli.seal import ask_and_print

        if seal is None:
            console.print("The test gold is sealed. Ask its evaluator: outlearn seal ask RUN --seal FOLDER")
        else:
            ask_and_print(spec.name, seal=seal, store=store, out=folder)
        return done
    from outlearn.report import difficulty_table, results_table, write_outputs

    outputs = write_outputs(done.store, spec.name, folder=folder)
    Console().print(results_table(outputs.summarised))
    if outputs.difficulty:
        Console().print(difficulty_table(outputs.difficulty))
    tables = (outputs.results, outputs.comparison, outputs.summary)
    names = ", ".join(path.name for path in (*tables, outputs.report, outputs.figure))
    console.print(f"Wrote {names} to {folder}", markup=False, highlight=False)
    return done


def _headline(plan: "Plan") -> str:
    if not plan.to_run:
        return f"All {len(plan.cached)} steps are in the store; nothing to compute."
    return f"{len(plan.to_run)} steps to run, {len(plan.cached)} in the store already."


def print_dry_run(spec: "Spec", *, store: Path, options: "RunOptions", base: Path) -> None:
    """Print the graph: what is cached, what would run, and what that costs. Nothing is written."""
    from rich.console import Console
    from rich.table import Table

    from outlearn.experiments import describe_splits, total
    from outlearn.runners import make_plan
    from outlearn.store import open_store

    plan = make_plan(spec, store=open_store(store) if store.exists() else None, options=options, base=base)
    cached = {step.fingerprint for step in plan.cached}
    console = Console()
    halves = Table("task", "part", "examples", "used by", title="Who trains on what (first seed)")
    for row in describe_splits(plan.resolved):
        halves.add_row(*(str(row[key]) for key in ("task", "part", "examples", "used by")))
    console.print(halves)
    steps = Table("step", "state", "examples", "tokens", "id", title=f"Steps of {spec.name!r}")
    for step in plan.graph.steps:
        work = plan.work.get(step.fingerprint)
        tokens = f"{work.train_tokens + work.predict_tokens:,}" if work else ""
        examples = f"{work.examples:,}" if work else ""
        state = "cached" if step.fingerprint in cached else "to run"
        steps.add_row(step.title, state, examples, tokens, step.fingerprint[:12])
    console.print(steps)
    work = total(list(plan.work.values()))
    console.print(
        f"{_headline(plan)} To train: {work.examples:,} examples, {work.train_tokens:,} tokens (all epochs);"
        f" to predict: {work.predict_tokens:,} tokens."
    )

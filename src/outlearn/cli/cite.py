"""`outlearn cite`: the BibTeX of what an experiment uses."""

from pathlib import Path

from outlearn.cli.run import STORE


def cite(what: str = "", *, method: str = "", store: Path = STORE) -> None:
    """Print the BibTeX of what an experiment uses: the paper, its methods, its tasks and Outlearn itself.

    Args:
        what: An experiment's TOML file; the name of a run in the store, whose citations were noted when it
            ran; or an experiment that comes with Outlearn: "demo" or "controls".
        method: Name of a method, to print its sources alone.
        store: Where the run lies.
    """
    from outlearn.core import UsageError

    if bool(what) == bool(method):
        raise UsageError(
            "cite takes a spec's TOML file, a run's name, 'demo' or 'controls'; or --method NAME alone"
        )
    print("\n\n".join(_method(method) if method else _experiment(what, store=store)))


def _method(name: str) -> tuple[str, ...]:
    from outlearn.experiments import method_citations

    return tuple(method_citations(name, params={}).values())


def _experiment(what: str, *, store: Path) -> tuple[str, ...]:
    if not what.endswith(".toml"):
        noted = _noted(what, store=store)
        if noted:
            return noted
    from outlearn.core import UsageError
    from outlearn.experiments import citations, controls, demo, load_spec

    presets = {"controls": controls, "demo": demo}
    if what in presets:
        return citations(presets[what]())
    if what.endswith(".toml") or Path(what).is_file():
        return citations(load_spec(Path(what)))
    raise UsageError(
        f"{what!r} is no TOML file, no run of a store at {store} and none of {', '.join(presets)};"
        " a store is named by --store, a method by --method"
    )


def _noted(run: str, *, store: Path) -> tuple[str, ...]:
    """Return what a run in the store noted as its citations; nothing if there is no such run."""
    if not store.exists():
        return ()
    from outlearn.store import open_store

    opened = open_store(store)
    noted = opened.read_run(run).get("citations") if run in opened.run_names() else None
    return tuple(map(str, noted)) if isinstance(noted, list) else ()

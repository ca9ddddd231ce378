"""`outlearn demo`: the default experiment."""

from pathlib import Path


def demo(*, out: Path = Path("outlearn-demo"), seeds: int = 8, workers: int = 0, device: str = "cpu") -> None:
    """Run the default experiment on the embedded world; nothing is downloaded.

    Small models of the world (xs, s) teach its larger ones (m, l), with naive fine-tuning and with the
    confidence loss.

    Args:
        out: Folder for results.csv, comparison.csv, summary.json, report.html, figure.png and the
            store.
        seeds: How many seeds, from 100 on; intervals need at least 2.
        workers: Processes side by side; 0 means one a core.
        device: "cpu" is fastest for models this small.
    """
    from outlearn.cli.run import run_and_write
    from outlearn.core import UsageError
    from outlearn.experiments import demo as demo_spec
    from outlearn.runners import RunOptions, num_cores

    if seeds < 1:
        raise UsageError(f"seeds must be at least 1, got {seeds}")
    options = RunOptions(device=device, workers=workers or num_cores())
    run_and_write(demo_spec(num_seeds=seeds), store=out / "store", out=out, options=options, base=Path())

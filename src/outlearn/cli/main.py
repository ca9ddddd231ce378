"""The `outlearn` command: its subcommands, and what it prints and returns when something is wrong."""

import atexit
import gc
import sys
from importlib.metadata import version

from cyclopts import App

from outlearn.core import OutlearnError, UsageError

app = App(
    name="outlearn",
    help="Weak-to-strong generalization: can a weak model's labels bring out what a stronger model knows?",
    version=lambda: version("outlearn"),
    version_flags=["--version"],
    help_epilogue="Start with: outlearn demo",
    suppress_keyboard_interrupt=False,
)
app.command("outlearn.cli.demo:demo", name="demo", help="Run an embedded experiment; nothing is downloaded.")
app.command(
    "outlearn.cli.run:run", name="run", help="Run an experiment, reusing every step that is done already."
)
app.command("outlearn.cli.list:list_", name="list", help="List tasks, methods, models or presets.")
app.command("outlearn.cli.show:show", name="show", help="Show a task, method, model, preset, run or record.")
app.command(
    "outlearn.cli.difficulty:difficulty",
    name="difficulty",
    help="Measure how hard each example is for a ladder.",
)
app.command("outlearn.cli.elo:elo", name="elo", help="Score how hard each example is by pairwise judgements.")
app.command("outlearn.cli.forecast:forecast", name="forecast", help="Show forecasts against outcomes.")
app.command("outlearn.cli.cite:cite", name="cite", help="Print the BibTeX of what an experiment uses.")
app.command("outlearn.cli.report:report", name="report", help="Write a run's page from its store.")
app.command("outlearn.cli.figure:figure", name="figure", help="Write one figure of a run as a file.")
app.command("outlearn.cli.compare:compare", name="compare", help="Show two runs side by side.")
app.command(
    "outlearn.cli.power:power", name="power", help="Say how many seeds and test examples a question takes."
)
app.command("outlearn.cli.seal:app", name="seal", help="Seal a test set's gold; ask, audit and open a seal.")
app.command(
    "outlearn.cli.check:check", name="check", help="Check that a task, method or model keeps its contract."
)
app.command("outlearn.cli.digits:app", name="digits", help="Rebuild the embedded encoder of images.")
app.command("outlearn.cli.chess:app", name="chess", help="Rebuild the embedded ladder of chess models.")
app.command("outlearn.cli.watch:watch", name="watch", help="Show a run as it goes, on a page.")
app.command("outlearn.cli.world:app", name="world", help="Rebuild and examine the embedded testbed.")

INTERRUPTED = 130
"""Exit status of a program that Ctrl-C ended."""


def main() -> None:
    """Run the command line; exits with 2 for what the user can mend, 1 for what failed."""
    atexit.register(gc.freeze)  # a process that ends need not search what it imported for garbage
    try:
        app()
    except UsageError as error:
        _say(str(error))
        sys.exit(2)
    except OutlearnError as error:
        _say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped. What is done is kept; the same command goes on from here.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _say(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)

"""A run is shown as it goes, and being watched changes nothing of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from outlearn.core import MissingExtra, OutlearnError, UnknownName
from outlearn.runners import Run, RunOptions, make_plan, run
from outlearn.runners import tracking as following
from outlearn.runners.costs import Costs
from outlearn.store import Progress, is_silent, open_store, read_progress
from outlearn.trackers import Ending, Row, trackers
from tests.small_experiment import Small, small_experiment
from tests.small_runs import planned, steps

OPTIONS = RunOptions(device="cpu")


@pytest.fixture(autouse=True, scope="module")
def _every_report_is_shown() -> "object":
    """A small run is over before a quarter of a second is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outlearn.runners.journal.REPORTS_PER_S", 1e9)
        patch.setattr("outlearn.runners.telling.REPORTS_PER_S", 1e9)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"))


def go(
    small: Small, store: str, *, options: RunOptions = OPTIONS, shown: list[Progress] | None = None
) -> Run:
    return run(
        small.spec,
        store=small.folder / store,
        options=options,
        base=small.folder,
        on_progress=[].append if shown is None else shown.append,
    )


@pytest.fixture(scope="module")
def shown(small: Small) -> list[Progress]:
    found: list[Progress] = []
    run(
        small.spec,
        store=small.folder / "watched",
        options=OPTIONS,
        base=small.folder,
        on_progress=found.append,
    )
    return found


def test_a_run_begins_with_nothing_done_and_ends_with_all(shown: list[Progress]) -> None:
    first, last = shown[0], shown[-1]
    assert (first.num_steps, first.num_done, first.num_cached) == (10, 1, 0)  # splits are written first
    assert (last.state, last.num_done, last.share, last.left_s) == ("finished", 10, 1.0, 0.0)
    assert last.workers == ()


def test_progress_never_goes_back(shown: list[Progress]) -> None:
    shares = [one.share for one in shown]
    assert shares == sorted(shares)
    assert {one.num_failed for one in shown} == {0}


def test_a_training_is_counted_by_its_steps(shown: list[Progress]) -> None:
    at_work = [one for progress in shown for one in progress.workers if one.title.startswith("transfer")]
    assert {one.total for one in at_work} >= {0, 5}  # 40 examples in batches of 8
    assert {one.done for one in at_work if one.total == 5} >= {1, 5}


def test_time_left_is_known_once_a_training_is_done(shown: list[Progress]) -> None:
    assert shown[0].left_s is None
    known = [one.left_s for one in shown if one.num_done >= 3]
    assert None not in known


def test_results_come_in_before_the_end_and_end_as_the_table_has_them(
    small: Small, shown: list[Progress]
) -> None:
    partial = [one for one in shown if one.results and one.num_done < one.num_steps]
    assert [row.method for row in partial[0].results] == ["naive"]
    table = go(small, "watched").results()
    ends = {row.method: (row.weak, row.student_accuracy, row.ceiling) for row in shown[-1].results}
    for row in table.iter_rows(named=True):
        expected = (row["weak_accuracy"], row["student_accuracy"], row["ceiling_accuracy"])
        assert ends[row["method"]] == pytest.approx(expected)


def test_a_run_with_nothing_left_to_do_reads_no_results_to_show(small: Small, shown: list[Progress]) -> None:
    found: list[Progress] = []
    store = small.folder / "watched"
    run(small.spec, store=store, options=OPTIONS, base=small.folder, on_progress=found.append)
    assert {(one.num_steps, one.num_cached, one.results) for one in found} == {(0, 10, ())}


def test_watching_changes_no_record(small: Small, shown: list[Progress]) -> None:
    go(small, "unwatched")
    watched, alone = (list(open_store(small.folder / name).records()) for name in ("watched", "unwatched"))
    assert [(one.fingerprint, one.artifacts, one.numbers) for one in watched] == [
        (one.fingerprint, one.artifacts, one.numbers) for one in alone
    ]


def test_workers_tell_as_much_and_evaluate_as_soon_as_they_can(small: Small) -> None:
    found: list[Progress] = []
    options = replace(OPTIONS, workers=2)
    changed = Small(small.folder, {**small.content, "seeds": 6})
    run(
        changed.spec, store=small.folder / "two", options=options, base=small.folder, on_progress=found.append
    )
    assert {one.worker for progress in found for one in progress.workers} == {0, 1}
    first = next(one for one in found if one.results)
    # How many steps the other worker has done by then is a matter of luck; in one process it is none.
    assert first.num_done < first.num_steps
    assert found[-1].num_done == found[-1].num_steps


def test_first_results_come_by_half_of_the_steps(small: Small) -> None:
    found: list[Progress] = []
    changed = Small(small.folder, {**small.content, "seeds": 6})
    go(changed, "one", shown=found)
    first = next(one for one in found if one.results)
    assert first.num_done < first.num_steps / 2


def test_the_heartbeat_says_how_a_run_ended(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    go(small, "ended")
    assert read_progress(small.folder / "ended", "small").state == "finished"

    def broken(*steps: object, **where: object) -> None:
        raise OutlearnError("no <b>luck</b>")

    monkeypatch.setattr("outlearn.runners.worker.execute_together", broken)
    with pytest.raises(OutlearnError, match="luck"):
        go(small, "failing")
    told = read_progress(small.folder / "failing", "small")
    assert (told.state, told.num_failed) == ("failed", 1)
    assert "no <b>luck</b>" in told.message


def test_a_run_that_is_killed_is_known_by_its_silence(shown: list[Progress]) -> None:
    going = replace(shown[0], beat_s=1000.0)
    assert not is_silent(going, now_s=1010.0)
    assert is_silent(going, now_s=1060.0)
    assert not is_silent(replace(shown[-1], beat_s=1000.0), now_s=1e6)


def test_what_is_left_is_what_such_steps_took_times_their_tokens(small: Small) -> None:
    store = open_store(small.folder / "watched")
    go(small, "watched")
    made = planned(small, seeds=2)
    costs = Costs(made.work, {model.source.digest: model.source.parameters for model in made.resolved.models})
    done, other = steps(made, "transfer")[0], steps(made, "transfer")[-1]
    assert costs.seconds(other) is None
    record = replace(store.read(done.fingerprint), cost={"seconds": 6.0})
    costs.learn(done, record)
    tokens = [
        3 * made.work[one.fingerprint].train_tokens + made.work[one.fingerprint].predict_tokens
        for one in (done, other)
    ]
    assert costs.seconds(other) == pytest.approx(6.0 * tokens[1] / tokens[0])


class Double:
    """A tracker that remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[object, ...]] = []
        self.fail = ""

    def start(self, run: str, *, spec: object, folder: Path) -> None:
        if self.fail == "start":
            raise RuntimeError("no route to host")
        self.sent.append(("start", run, spec, folder))

    def log(self, step: str, *, numbers: object) -> None:
        if self.fail == "log":
            raise RuntimeError("no route to host")
        self.sent.append(("log", step, numbers))

    def finish(self, table: "list[Row]", *, ending: Ending) -> None:
        self.sent.append(("finish", table, ending))


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Double:
    made = Double()
    monkeypatch.setattr(following, "trackers", {"double": lambda: made})
    return made


TRACKED = replace(OPTIONS, track=("double",))


def test_a_tracker_is_sent_the_spec_every_step_and_the_table(small: Small, double: Double) -> None:
    done = go(small, "tracked", options=TRACKED)
    (start, *logs, finish) = double.sent
    assert start[1:] == (
        "small",
        small.spec.model_dump(mode="json"),
        done.store.root / "tracking/double/small",
    )
    assert len(logs) == 9  # all but the split
    sent = {str(title): numbers for _, title, numbers in logs}
    evaluated = next(numbers for title, numbers in sent.items() if title.startswith("evaluate"))
    assert isinstance(evaluated, dict)
    assert 0 <= evaluated["accuracy"] <= 1
    trained = next(numbers for title, numbers in sent.items() if title.startswith("transfer"))
    assert isinstance(trained, dict)
    assert {"final_loss", "seconds", "train_tokens"} <= trained.keys()
    assert finish == ("finish", done.results().to_dicts(), "finished")


def test_tracking_changes_no_fingerprint(small: Small) -> None:
    plans = [
        make_plan(small.spec, store=None, options=options, base=small.folder)
        for options in (OPTIONS, TRACKED)
    ]
    prints = [[step.fingerprint for step in made.graph.steps] for made in plans]
    assert prints[0] == prints[1]


def test_a_tracker_that_cannot_start_is_told_before_anything_is_trained(small: Small, double: Double) -> None:
    double.fail = "start"
    with pytest.raises(OutlearnError, match=r"tracker 'double' failed: .*no route.*--track double"):
        go(small, "unstarted", options=TRACKED)
    assert not list(open_store(small.folder / "unstarted").records())


def test_a_tracker_that_fails_later_ends_the_run_and_loses_nothing(small: Small, double: Double) -> None:
    double.fail, store = "log", small.folder / "later"
    with pytest.raises(OutlearnError, match="what is done is kept"):
        run(small.spec, store=store, options=replace(TRACKED, workers=2), base=small.folder)
    assert double.sent[-1] == ("finish", (), "failed")
    assert run(small.spec, store=store, options=OPTIONS, base=small.folder).num_cached >= 2


@pytest.mark.parametrize("name", ["tensorboard", "wandb", "mlflow"])
def test_a_tracker_whose_library_is_missing_says_how_to_install_it(
    small: Small, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingExtra, match=rf"needs {name}.*pip install 'outlearn\[track\]'"):
        run(
            small.spec,
            store=small.folder / "none",
            options=replace(OPTIONS, track=(name,)),
            base=small.folder,
        )
    assert not (small.folder / "none").exists()


def test_an_unknown_tracker_is_answered_with_those_there_are(small: Small) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'wandb'"):
        run(
            small.spec,
            store=small.folder / "none",
            options=replace(OPTIONS, track=("wanb",)),
            base=small.folder,
        )
    assert set(trackers) >= {"mlflow", "tensorboard", "wandb"}


def test_ctrl_c_is_not_a_failure(small: Small) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.num_done == 2 and progress.state == "running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            small.spec,
            store=small.folder / "stopped",
            options=OPTIONS,
            base=small.folder,
            on_progress=interrupt,
        )
    told = read_progress(small.folder / "stopped", "small")
    assert (told.state, told.num_done, told.num_failed) == ("stopped", 2, 0)

"""`outlearn watch` shows a run while another process is at it, after it ended, and after it was killed."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from outlearn.cli.progress import Screen, clock, showing
from outlearn.cli.watch import latest, looking, page_server, watch
from outlearn.core import StoreError, UsageError
from outlearn.report import watch_page
from outlearn.store import AtWork, Progress, SoFar, look_into, now_s, read_progress, write_progress
from tests.fake_store import FakeRun, fake_store
from tests.small_experiment import small_experiment, toml_of

EVIL = "<script>alert(1)</script>"


def going(run: str = "fake") -> Progress:
    work = AtWork(worker=0, title=f"transfer {EVIL}", done=3, total=7, since_s=now_s())
    so_far = SoFar("world", "world/s", "world/l [red]", "naive", 1, 4, 0.7, 0.8, 0.9)
    return Progress(
        run=run,
        state="running",
        started_s=now_s() - 60,
        beat_s=now_s(),
        num_steps=40,
        num_done=12,
        num_cached=5,
        num_failed=0,
        share=0.3,
        left_s=140.0,
        workers=(work,),
        results=(so_far,),
    )


def page(root: Path, run: str = "fake") -> str:
    return watch_page(looking(look_into(root), run)(), every_s=5.0)


def test_a_run_that_goes_on_is_shown_with_its_worker_and_its_table(tmp_path: Path) -> None:
    fake_store(tmp_path / "store", FakeRun())
    write_progress(tmp_path / "store", going())
    shown = page(tmp_path / "store")
    assert re.search(r"Running for 1 min \d+ s, about 2 min 20 s left\.", shown)
    assert "12 of 40 steps done; 5 were in the store before" in shown
    assert '<td class="n">3</td><td class="n">7</td>' in shown
    assert "world/s → world/l" in shown
    assert "<small>[" in shown
    assert '<meta http-equiv="refresh" content="5">' in shown


def test_whatever_a_run_says_is_inert(tmp_path: Path) -> None:
    fake_store(tmp_path / "store", FakeRun(methods=((EVIL, 0.8),)))
    write_progress(tmp_path / "store", replace(going(), state="failed", message=EVIL))
    told = page(tmp_path / "store")
    assert "<script" not in told
    assert told.count("&lt;script&gt;") >= 2
    write_progress(tmp_path / "store", going())
    assert "<script" not in page(tmp_path / "store")


def test_a_killed_run_is_told_from_a_living_one_and_not_asked_again(tmp_path: Path) -> None:
    fake_store(tmp_path / "store", FakeRun())
    write_progress(tmp_path / "store", replace(going(), beat_s=now_s() - 100))
    shown = page(tmp_path / "store")
    assert "it was killed, it seems" in shown
    assert "refresh" not in shown
    assert "What each worker does" not in shown


def test_a_run_without_a_heartbeat_is_shown_too(tmp_path: Path) -> None:
    fake_store(tmp_path / "store", FakeRun())
    assert "This run has no heartbeat" in page(tmp_path / "store")


def test_watching_writes_nothing_into_the_store(tmp_path: Path) -> None:
    fake_store(tmp_path / "store", FakeRun())
    before = sorted(tmp_path.rglob("*"))
    watch(store=tmp_path / "store", out=tmp_path / "page.html")
    assert sorted({*tmp_path.rglob("*")} - {*before}) == [tmp_path / "page.html"]


def test_the_run_heard_of_last_is_watched(tmp_path: Path) -> None:
    store = fake_store(tmp_path / "store", FakeRun(), FakeRun(name="other"))
    with pytest.raises(UsageError, match=r"holds 2 runs \(fake, other\).*say which"):
        latest(store)
    write_progress(store.root, replace(going("fake"), beat_s=1.0))
    write_progress(store.root, replace(going("other"), beat_s=2.0))
    assert latest(store) == "other"
    with pytest.raises(StoreError, match="Did you mean 'other'"):
        looking(store, "othr")
    with pytest.raises(StoreError, match="there is no store"):
        watch(store=tmp_path / "none")


def test_a_damaged_heartbeat_is_refused(tmp_path: Path) -> None:
    store = fake_store(tmp_path / "store", FakeRun())
    write_progress(store.root, going())
    for text in ("{", "[]", '{"run": "fake"}'):
        (store.root / "progress" / "fake.json").write_text(text)
        with pytest.raises(StoreError, match="is damaged; delete it"):
            read_progress(store.root, "fake")


@contextmanager
def served() -> Iterator[int]:
    with page_server(lambda: "<p>page</p>", port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_the_page_is_served_to_this_machine_and_can_only_be_read() -> None:
    with served() as port:

        def ask(verb: str, path: str, host: str) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(verb, path, headers={"Host": host})
            answer = connection.getresponse()
            told = answer.read().decode()
            connection.close()
            return answer.status, told

        assert ask("GET", "/", f"127.0.0.1:{port}") == (200, "<p>page</p>")
        assert ask("GET", "/", f"localhost:{port}")[0] == 200
        assert ask("GET", "/../format.json", "localhost")[0] == 404
        assert ask("GET", "/", "evil.example")[0] == 403
        assert ask("POST", "/", "localhost")[0] == 501
        with pytest.raises(UsageError, match=f"cannot serve on port {port}"):
            page_server(lambda: "", port=port)


def test_a_run_is_watched_while_another_process_is_at_it_and_after_it_was_killed(tmp_path: Path) -> None:
    small = small_experiment(tmp_path, seeds=60)
    # Students with curves are trained one by one, so that results come one by one.
    (tmp_path / "small.toml").write_text(toml_of({**small.content, "curve_points": 2}))
    command = [sys.executable, "-m", "outlearn", "run", "small.toml", "--store", "store", "--device", "cpu"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    )
    seen, root = "", tmp_path / "store"
    while not ("./teacher → ./student" in seen and "Running for" in seen):
        assert process.poll() is None, "the run was over before it was looked at"
        time.sleep(0.5)
        if (root / "progress" / "small.json").exists():
            seen = page(root, "small")
    process.send_signal(signal.SIGKILL)
    process.wait()
    last = read_progress(root, "small")
    write_progress(root, replace(last, beat_s=last.beat_s - 60))  # as it is a minute later
    assert "it was killed, it seems" in page(root, "small")


def test_a_terminal_shows_worker_bar_and_results_and_reads_no_name_as_markup() -> None:
    import io

    from rich.console import Console

    told = io.StringIO()
    console = Console(file=told, force_terminal=True, width=110, height=30, color_system=None)
    screen = Screen()
    screen.show(going())
    console.print(screen)
    shown = told.getvalue()
    assert "12 of 40 steps done, 5 in the store before, 0:01:00, about 0:02:20 left" in shown
    assert f"3/7 transfer {EVIL}" in shown
    assert "world/l [red], naive" in shown
    assert "1/4" in shown
    assert clock(3725.4) == "1:02:05"


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end() -> None:
    import io

    from rich.console import Console

    told = io.StringIO()
    console = Console(file=told, width=200)
    with showing(console, quiet=False) as show:
        for _ in range(50):
            show(going())
        show(replace(going(), state="finished", num_done=40, share=1.0, workers=()))
    assert len(told.getvalue().splitlines()) == 1
    with showing(console, quiet=True) as show:
        show(going())
    assert len(told.getvalue().splitlines()) == 1

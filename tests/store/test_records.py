import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outlearn.core import StoreError, UsageError, fingerprint
from outlearn.store import Draft, Store, check_run_name, open_store

ONE = fingerprint("one")
TWO = fingerprint("two")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store")


def write(store: Store, made: str = ONE, text: str = "scores") -> None:
    with store.writing(made, kind="evaluate", version=2, meaning={"task": "boolq"}, inputs=(TWO,)) as draft:
        draft.path("scores.txt").write_text(text)
        draft.numbers["accuracy"] = 0.75
        draft.cost["seconds"] = 1.5


def left_behind(store: Store) -> list[str]:
    return sorted(path.name for path in (store.root / "tmp").iterdir())


def test_a_record_reads_back_as_it_was_written(store: Store) -> None:
    assert not store.has(ONE)
    write(store)
    assert store.has(ONE)
    record = store.read(ONE)
    assert (record.kind, record.version, record.inputs) == ("evaluate", 2, (TWO,))
    assert record.meaning == {"task": "boolq"}
    assert record.numbers == {"accuracy": 0.75}
    assert record.cost == {"seconds": 1.5}
    assert record.provenance["outlearn"]
    assert store.artifact(ONE, "scores.txt").read_text() == "scores"
    assert left_behind(store) == []


def test_records_are_listed_by_kind_in_order_of_fingerprint(store: Store) -> None:
    for name in "abc":
        write(store, fingerprint(name))
    with store.writing(TWO, kind="teach", version=1, meaning={}):
        pass
    found = [record.fingerprint for record in store.records("evaluate")]
    assert found == sorted(fingerprint(name) for name in "abc")
    assert len(list(store.records())) == 4


def test_a_record_is_found_by_the_start_of_its_fingerprint_and_no_other_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        write(store, fingerprint(name))
    monkeypatch.setattr(Store, "records", None)
    wanted = fingerprint("b")
    assert [record.fingerprint for record in store.starting(wanted[:6])] == [wanted]
    assert [record.fingerprint for record in store.starting(wanted)] == [wanted]
    assert store.starting(wanted[:5] + "x") == store.starting("*") == store.starting(wanted[:1]) == ()


def test_an_exception_discards_the_draft(store: Store) -> None:
    def fail(draft: Draft) -> None:
        draft.path("scores.txt").write_text("half")
        raise KeyError("mid-way")

    with (
        pytest.raises(KeyError),
        store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft,
    ):
        fail(draft)
    assert not store.has(ONE)
    assert left_behind(store) == []


def test_the_first_of_two_writers_wins_and_the_second_goes_quietly(store: Store) -> None:
    with store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft:
        draft.path("scores.txt").write_text("second")
        write(store, ONE, "first")
    assert store.artifact(ONE, "scores.txt").read_text() == "first"
    assert left_behind(store) == []


def test_a_removed_record_can_be_written_again(store: Store) -> None:
    write(store, text="old")
    store.artifact(ONE, "scores.txt")
    store.remove(ONE)
    assert not store.has(ONE)
    store.remove(ONE)
    write(store, text="new")
    assert store.artifact(ONE, "scores.txt").read_text() == "new"
    assert left_behind(store) == []


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a\\b", "a b", "x\n", "record.json", "a" * 101],
)
def test_an_artifact_name_that_could_leave_its_folder_is_refused(store: Store, name: str) -> None:
    with (
        pytest.raises(UsageError, match="artifact"),
        store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft,
    ):
        draft.path(name)
    assert not store.has(ONE)
    with pytest.raises(UsageError, match="artifact"):
        store.artifact(ONE, name)


@pytest.mark.parametrize("made", ["", "../" + ONE, ONE.upper(), ONE[:-1], ONE + "\n", "g" * 64])
def test_what_is_no_fingerprint_is_refused_everywhere(store: Store, made: str) -> None:
    for use in (store.has, store.read, store.remove, store.scratch, store.lock):
        with pytest.raises(UsageError, match="64 lower-case hexadecimal"):
            use(made)
    with (
        pytest.raises(UsageError, match="64 lower-case hexadecimal"),
        store.writing(ONE, kind="evaluate", version=1, meaning={}, inputs=(made,)),
    ):
        pass


@pytest.mark.parametrize("name", ["", "..", "a/b", "../../x", "Figure 3"])
def test_a_run_name_that_could_leave_its_folder_is_refused_with_a_suggestion(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match=r"try '(first-run|a-b|x|Figure-3)'"):
        store.write_run({"name": name})
    with pytest.raises(UsageError, match="try"):
        store.read_run(name)
    with pytest.raises(UsageError, match="try"):
        check_run_name(name)


def test_an_artifact_asked_for_and_never_written_is_an_error(store: Store) -> None:
    with (
        pytest.raises(UsageError, match=r"never written: scores\.txt"),
        store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft,
    ):
        draft.path("scores.txt")
    assert not store.has(ONE)


def test_a_record_holds_plain_files_and_finite_numbers_only(store: Store) -> None:
    with (
        pytest.raises(UsageError, match="plain files"),
        store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft,
    ):
        draft.path("link").symlink_to("/etc/hosts")
    with (
        pytest.raises(UsageError, match="loss = nan"),
        store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft,
    ):
        draft.numbers["loss"] = float("nan")
    with (
        pytest.raises(UsageError, match="no stable text"),
        store.writing(ONE, kind="evaluate", version=1, meaning={"where": Path("x")}),
    ):
        pass
    assert not store.has(ONE)


def test_a_damaged_artifact_is_found_and_the_message_says_what_to_do(store: Store) -> None:
    write(store)
    store.artifact(ONE, "scores.txt").write_text("scorez")
    with pytest.raises(StoreError, match=f"record {ONE} is damaged.*delete the folder .* and run again"):
        open_store(store.root).artifact(ONE, "scores.txt")
    (store.root / "records" / ONE[:2] / ONE / "scores.txt").unlink()
    with pytest.raises(StoreError, match=r"scores\.txt is missing"):
        open_store(store.root).artifact(ONE, "scores.txt")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "x"}'])
def test_a_damaged_record_file_is_found(store: Store, text: str) -> None:
    write(store)
    (store.root / "records" / ONE[:2] / ONE / "record.json").write_text(text)
    with pytest.raises(StoreError, match=r"is damaged: .*; delete the folder"):
        store.read(ONE)


def test_a_record_moved_under_another_fingerprint_is_found(store: Store) -> None:
    write(store)
    (store.root / "records" / TWO[:2]).mkdir(exist_ok=True)
    (store.root / "records" / ONE[:2] / ONE).rename(store.root / "records" / TWO[:2] / TWO)
    with pytest.raises(StoreError, match=f"record {TWO} is damaged"):
        store.read(TWO)


def test_what_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match=f"no record {ONE}.*run the step"):
        store.read(ONE)
    write(store)
    with pytest.raises(StoreError, match=r"no artifact 'weights'; it has scores\.txt"):
        store.artifact(ONE, "weights")


def test_scratch_outlives_reopening_and_goes_with_the_commit(store: Store) -> None:
    (store.scratch(ONE) / "step-100").write_text("half-way")
    again = open_store(store.root)
    assert (again.scratch(ONE) / "step-100").read_text() == "half-way"
    write(again)
    assert list((store.root / "scratch").iterdir()) == []


def test_scratch_left_by_a_kill_after_the_commit_is_swept_unless_someone_is_at_work(store: Store) -> None:
    write(store)
    store.scratch(ONE)
    with store.lock(ONE):
        open_store(store.root)
        assert len(list((store.root / "scratch").iterdir())) == 1
    open_store(store.root)
    assert list((store.root / "scratch").iterdir()) == []


WRITER = """
import sys
from pathlib import Path
from outlearn.store import open_store
store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    made = f"{number:064x}"
    with store.writing(made, kind="evaluate", version=1, meaning={"number": number}) as draft:
        for name in "abcd":
            draft.path(name).write_text(f"{sys.argv[2]}{number}{name}" * 20_000)
"""


def writer(store: Store, text: str, count: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", WRITER, str(store.root), text, str(count)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def intact(store: Store) -> int:
    """Return the number of records, after every byte of each has been checked."""
    count = 0
    for record in open_store(store.root).records():
        assert sorted(record.artifacts) == ["a", "b", "c", "d"]
        for name in record.artifacts:
            open_store(store.root).artifact(record.fingerprint, name)
        count += 1
    return count


def test_a_kill_at_any_moment_leaves_whole_records_or_none(store: Store) -> None:
    for delay_ms in (0, 1, 2, 3, 5, 8, 13, 21):
        child = writer(store, f"{delay_ms}-", 1_000_000)
        time.sleep(delay_ms / 1000)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        intact(store)
        assert [name for name in left_behind(store) if not name.endswith(".lock")] == []


def test_a_living_writer_is_not_swept_away(store: Store) -> None:
    with store.writing(ONE, kind="evaluate", version=1, meaning={}) as draft:
        draft.path("scores.txt").write_text("mine")
        subprocess.run(
            [sys.executable, "-c", WRITER, str(store.root), "x", "0"], check=True, stdout=subprocess.PIPE
        )
        open_store(store.root)
    assert store.artifact(ONE, "scores.txt").read_text() == "mine"


def test_two_processes_that_write_the_same_records_leave_one_of_each(store: Store) -> None:
    children = [writer(store, text, 25) for text in ("left", "right")]
    for child in children:
        child.communicate()
        assert child.returncode == 0
    assert intact(store) == 25
    assert left_behind(store) == []


def test_a_lock_keeps_a_second_process_out(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from outlearn.store import open_store\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "print('ready', flush=True)\n"
        "with store.lock(sys.argv[2]): print('done' if store.has(sys.argv[2]) else 'not done')"
    )
    with store.lock(ONE):
        command = [sys.executable, "-c", code, str(store.root), ONE]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        write(store)
        assert child.poll() is None
    assert child.communicate()[0].strip() == "done"
    assert os.WEXITSTATUS(child.returncode) == 0

"""A folder of finished steps, found by fingerprint.

    format.json
    records/ab/ab12.../     one finished step: its artifacts and record.json
    runs/<name>.json        which records make up a run
    tmp/                    drafts; never read
    scratch/<fingerprint>/  checkpoints of an unfinished step
    locks/                  one file per step that was ever locked
    progress/<name>.json    a run's heartbeat; see `progress`
    cache/<name>/           what can be made again and saves time; may be deleted

A record's folder appears by one rename, when everything in it is on the disk. So a record that is there is
complete, and no list of records is kept that could disagree with them.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from outlearn.core import StoreError, digest_file
from outlearn.store.draft import Draft, commit, finish, private_folder
from outlearn.store.names import check_artifact_name, check_fingerprint
from outlearn.store.record import Record, damaged, read_record
from outlearn.store.runs import read_manifest, run_names, write_manifest

_FINGERPRINT = "[0-9a-f]" * 64
_START = re.compile(r"[0-9a-f]{2,64}")
FOLDERS = ("records", "runs", "tmp", "scratch", "locks", "progress", "cache")


class Store:
    """Records, checkpoints and run manifests in one folder; made by `open_store`.

    Its only state beside the folder is which artifacts this process has verified, and the paths of records.

    Args:
        root: The folder, which `open_store` has checked.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: set[Path] = set()
        self._folders: dict[str, Path] = {}

    def has(self, fingerprint: str) -> bool:
        """Return whether the step is done."""
        return self._folder(fingerprint).is_dir()

    def read(self, fingerprint: str) -> Record:
        """Return what a step left.

        Raises:
            StoreError: If the step is not done, or its record is damaged.
        """
        return read_record(self._folder(fingerprint), fingerprint=fingerprint)

    def records(self, kind: str = "") -> Iterator[Record]:
        """Yield every record, or those of one kind, in order of fingerprint."""
        for folder in sorted((self.root / "records").glob(f"??/{_FINGERPRINT}")):
            record = self.read(folder.name)
            if kind in {"", record.kind}:
                yield record

    def starting(self, start: str) -> tuple[Record, ...]:
        """Return the records whose fingerprints start with these digits, two at least; no other is read."""
        if not _START.fullmatch(start):
            return ()
        folders = (self.root / "records" / start[:2]).glob(f"{start}*")
        return tuple(self.read(name) for name in sorted(folder.name for folder in folders))

    def artifact(self, fingerprint: str, name: str) -> Path:
        """Return the path of an artifact; its bytes are checked the first time this object is asked for it.

        Raises:
            StoreError: If the record has no such artifact, or its bytes are not those that were written.
        """
        path = self._folder(fingerprint) / check_artifact_name(name)
        if path in self._verified:
            return path
        record = self.read(fingerprint)
        if name not in record.artifacts:
            raise StoreError(
                f"record {fingerprint} ({record.kind}) has no artifact {name!r};"
                f" it has {', '.join(sorted(record.artifacts)) or 'none'}"
            )
        if not path.is_file():
            raise damaged(path.parent, f"{name} is missing")
        if digest_file(path) != record.artifacts[name]:
            raise damaged(path.parent, f"{name} is not what was written (its sha256 differs)")
        self._verified.add(path)
        return path

    @contextmanager
    def writing(
        self,
        fingerprint: str,
        *,
        kind: str,
        version: int,
        meaning: dict[str, object],
        inputs: tuple[str, ...] = (),
    ) -> Iterator[Draft]:
        """Yield a draft, committed as the step's record on a clean exit and discarded on an exception.

        If another process has committed the same record meanwhile, theirs stays and this one is discarded.
        The step's scratch folder is deleted either way, since the step is done.

        Raises:
            UsageError: If the draft cannot be a record; see `draft.finish`.
        """
        target = self._folder(fingerprint)
        with private_folder(self.root / "tmp") as folder:
            folder.mkdir()
            draft = Draft(folder)
            yield draft
            finish(draft, fingerprint=fingerprint, kind=kind, version=version, meaning=meaning, inputs=inputs)
            commit(folder, target=target)
        shutil.rmtree(self.root / "scratch" / fingerprint, ignore_errors=True)

    def remove(self, fingerprint: str) -> None:
        """Forget a record, so that the step will run again; nothing happens if there is none."""
        folder = self._folder(fingerprint)
        self._verified = {path for path in self._verified if path.parent != folder}
        with private_folder(self.root / "tmp") as grave:
            # Moved first: a kill in the middle of a deletion must not leave half a record behind.
            if folder.is_dir():
                folder.rename(grave)

    def scratch(self, fingerprint: str) -> Path:
        """Return a folder for an unfinished step's checkpoints: it outlives a kill and goes at the commit."""
        folder = self.root / "scratch" / check_fingerprint(fingerprint)
        folder.mkdir(exist_ok=True)
        return folder

    def cache(self, name: str) -> Path:
        """Return a place, not yet a folder perhaps, for what can be made again at any time.

        No result may depend on what is in it.
        """
        return self.root / "cache" / check_artifact_name(name)

    def lock(self, fingerprint: str) -> AbstractContextManager[object]:
        """Return a lock that one process at a time can hold; entering it waits.

        Two runs that share a store look again for the record once they hold the lock, and so do a step once.
        """
        return FileLock(self.root / "locks" / f"{check_fingerprint(fingerprint)}.lock")

    def sweep_scratch(self) -> None:
        """Remove the scratch folders of steps that are done, unless someone is at work on the step."""
        for folder in sorted((self.root / "scratch").glob(_FINGERPRINT)):
            if not self.has(folder.name):
                continue
            try:
                with FileLock(self.root / "locks" / f"{folder.name}.lock", blocking=False):
                    shutil.rmtree(folder, ignore_errors=True)
            except Timeout:
                continue

    def write_run(self, manifest: Mapping[str, object]) -> Path:
        """Return the file that now holds a run's manifest, in place of an older one of the same name.

        Raises:
            UsageError: If it has no usable name, or holds something that is not plain JSON.
        """
        return write_manifest(self.root / "runs", manifest)

    def read_run(self, name: str) -> dict[str, object]:
        """Return the manifest of the run of that name.

        Raises:
            StoreError: If there is none, or it is damaged.
        """
        return read_manifest(self.root / "runs", name)

    def run_names(self) -> tuple[str, ...]:
        """Return the names of all runs, sorted; no manifest is read."""
        return run_names(self.root / "runs")

    def _folder(self, fingerprint: str) -> Path:
        if fingerprint not in self._folders:
            folder = self.root / "records" / check_fingerprint(fingerprint)[:2] / fingerprint
            self._folders[fingerprint] = folder
        return self._folders[fingerprint]

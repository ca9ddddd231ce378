"""What tests of several packages share."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.checked import check_cheaply

check_cheaply()
# How long an example takes says how busy the machine is, not whether a claim holds. The same examples always:
# whether a change is right is not a matter of luck. `--hypothesis-profile search` looks for new ones.
USUAL = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("any machine", USUAL, derandomize=True)
settings.register_profile("search", USUAL, derandomize=False)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Give each test worker a core of its own: torch programs that share cores wait for each other."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


def pytest_runtest_setup() -> None:
    """Have every test begin with one thread of torch's, whatever the runs of the tests before it left."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data sets, which are not part of the project; tests that need it skip without it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("OUTLEARN_TEST_DATA", beside))
    if not folder.is_dir():
        pytest.skip(
            f"no real data at {folder}; set OUTLEARN_TEST_DATA to a folder that holds hub/ and files/"
        )
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep pools that tests draw away from the user's own cache."""
    before = os.environ.get("OUTLEARN_CACHE")
    os.environ["OUTLEARN_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["OUTLEARN_CACHE"]
    else:
        os.environ["OUTLEARN_CACHE"] = before

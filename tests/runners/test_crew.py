"""How many workers a run gets that leaves this open, and that it moves no number."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch

from outlearn.core import UsageError
from outlearn.experiments import Work
from outlearn.runners import Run, RunOptions, make_plan, run
from outlearn.runners import crew as deciding
from outlearn.runners.crew import SMALL, with_crew
from tests.runners.test_stacks import assert_same_bits
from tests.small_experiment import Small, small_experiment

AUTO = RunOptions(device="cpu", workers="auto")
CPU = torch.device("cpu")
MUCH = Work(examples=10**6, train_tokens=10**9, predict_tokens=10**9)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"), seeds=2)


@pytest.fixture(autouse=True)
def _cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outlearn.runners.options.num_cores", lambda: 2)
    monkeypatch.setattr(deciding, "free_bytes", lambda device: 2**36)


def decided(
    small: Small,
    options: RunOptions,
    *,
    left: Mapping[str, Work] = {"step": MUCH},
    parameters: int = 1000,
    device: torch.device = CPU,
) -> tuple[int, int]:
    """Return how many workers there are, and the threads of each."""
    steps = make_plan(small.spec, store=None, options=options, base=small.folder).graph.steps
    found = with_crew(options, steps, left=left, sizes={"model": parameters}, device=device)
    return found.num_workers, found.num_threads


def test_many_small_models_get_a_worker_a_core_with_one_thread_each(small: Small) -> None:
    assert decided(small, AUTO) == (2, 1)


def test_a_large_model_gets_all_threads_in_one_worker(small: Small) -> None:
    assert decided(small, AUTO, parameters=SMALL + 1) == (1, 2)


def test_a_gpu_gets_one_worker(small: Small) -> None:
    assert decided(small, AUTO, device=torch.device("cuda", 0)) == (1, 2)


def test_few_steps_get_all_threads_in_one_worker(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "STEPS_A_CORE", 10**6)
    assert decided(small, AUTO) == (1, 2)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_number_that_is_given_stays(small: Small, workers: int) -> None:
    given = replace(AUTO, workers=workers)
    assert decided(small, given) == (workers, max(1, 2 // workers))


def test_what_is_left_decides_the_workers_and_never_their_threads(small: Small) -> None:
    assert decided(small, AUTO, left={}) == (1, 1)


def test_little_memory_means_few_workers_and_the_same_threads(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "free_bytes", lambda device: 2**30)
    assert decided(small, AUTO) == (1, 1)


def test_the_python_api_starts_no_process_unless_it_is_asked_to() -> None:
    assert RunOptions().workers == 1


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"threads": 0}])
def test_a_number_of_workers_or_threads_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(UsageError, match=f'{name} must be at least 1 or "auto"'):
        RunOptions(**wrong)  # type: ignore[arg-type]


def test_two_workers_and_one_leave_the_same_bits_where_the_number_is_left_open(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go(store: str, worth_s: float) -> Run:
        monkeypatch.setattr(deciding, "WORTH_S", worth_s)
        return run(small.spec, store=small.folder / store, options=AUTO, base=small.folder)

    one, two = go("one", 1e9), go("two", 1e-9)
    assert_same_bits(two, one)

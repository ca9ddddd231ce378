"""How workers divide what a device has among them."""

import pytest
import torch

from outlearn.runners import RunOptions
from outlearn.runners.worker import sharers


@pytest.mark.parametrize(
    ("device", "workers", "gpus", "expected"),
    [
        ("auto", 3, 0, 3),
        ("cpu", 3, 4, 3),
        ("auto", 8, 4, 2),
        ("cuda", 5, 4, 2),
        ("cuda", 2, 4, 1),
        ("cuda:1", 5, 4, 5),
    ],
)
def test_workers_plan_with_their_share_of_a_devices_memory(
    device: str, workers: int, gpus: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert sharers(RunOptions(device=device, workers=workers)) == expected

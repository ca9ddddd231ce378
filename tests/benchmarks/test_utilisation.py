"""What a benchmark takes back is taken back, whatever was read before."""

from pathlib import Path

import pytest
from benchmarks.utilisation import CHANGES, changed, read_anew

from tests.tiny_models import save_tiny


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_taken_back_is_there_to_be_taken_back(change: str) -> None:
    with changed(CHANGES[change]):
        pass


def test_a_model_read_before_is_not_taken_for_one_without_the_change(tmp_path: Path) -> None:
    folder = save_tiny("gpt2", tmp_path / "model")

    def activation() -> str:
        return type(read_anew(folder).backbone.h[0].mlp.act).__name__

    assert activation() == "GELUTanh"
    with changed(CHANGES["GELU of eight operations"]):
        assert activation() == "NewGELUActivation"
    assert activation() == "GELUTanh"

"""A method where answers are written: what it promises, and how a broken promise is told."""

from dataclasses import replace
from itertools import count

import pytest
import torch

from outlearn.core import DataError, UsageError
from outlearn.labels import TextLabels
from outlearn.methods import Method, Writer, check_method, learn, methods
from outlearn.methods.check_writing import _labels, _weights, _writer, writing_failures

torch.set_num_threads(1)


@pytest.mark.parametrize("name", ["naive", "confidence_threshold"])
def test_methods_that_write_keep_their_promises(name: str) -> None:
    method = methods[name]()
    assert isinstance(method, Method)
    assert list(writing_failures(method)) == []


def test_a_method_that_forgets_to_train_or_draws_at_random_is_told() -> None:
    def idle(writer: Writer, _: TextLabels) -> Writer:
        return writer

    draws = count()

    def random(writer: Writer, labels: TextLabels) -> Writer:
        return learn(replace(writer, seed=next(draws)), labels)

    naive = methods["naive"]()
    assert isinstance(naive, Method)
    assert any("as it was before" in one for one in writing_failures(replace(naive, write=(idle,))))
    assert any("two students" in one for one in writing_failures(replace(naive, write=(random,))))
    with pytest.raises(UsageError, match="as it was before"):
        check_method(replace(naive, write=(idle,)))


def test_weights_of_nought_leave_an_example_out() -> None:
    labels = _labels()
    some = labels.weighed((labels.confidences > 0.5).astype(float), source="test")
    both = [_weights(learn(_writer(), one)) for one in (some, labels)]
    assert not torch.equal(*both)


def test_labels_of_others_are_refused() -> None:
    with pytest.raises(DataError, match="may not read"):
        learn(replace(_writer(), prompts={"z": "w1"}), _labels())

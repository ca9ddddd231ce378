"""Contrast-consistent search: a direction in hidden states along which opposite statements are opposed.

Shapes: n examples, h hidden units, r random starts.
"""

import numpy as np
from jaxtyping import Float, Float32

from outlearn.core import generator

MOST_ROUNDS = 200


def contrast_consistent(
    states: Float32[np.ndarray, "n 2 h"], *, tries: int, seed: int
) -> Float[np.ndarray, " n"]:
    """Return P(second answer) of every example, up to exchange of the two answers.

    Minimises the mean of (p1 + p0 - 1)^2 + min(p0, p1)^2 over a direction and a bias, where p is the sigmoid
    of a state that is normalised within its answer: the mean of all states after that answer is taken away,
    so that which answer was said does not show.

    Args:
        states: After each text with the first and with the second answer.
        tries: Random starts, all optimised; the one with the lowest loss is kept.
        seed: Of the starts.

    Reference:
        Burns et al. 2022, arXiv:2212.03827, sec. 2.2. Deviation: L-BFGS in place of AdamW.
    """
    import torch
    from torch import Tensor

    centred = states - states.mean(axis=0)
    scaled = centred / np.maximum(centred.std(axis=0), 1e-6)
    width = scaled.shape[2]
    # Of unit length in all, so that a start's scores are about as large as one hidden unit.
    first, second = (torch.from_numpy(scaled[:, side].astype(np.float64)) for side in (0, 1))
    drawn = generator(seed, "contrast-consistent search").standard_normal((width + 1, tries))
    weights = torch.from_numpy(drawn / np.linalg.norm(drawn, axis=0)).requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=MOST_ROUNDS, line_search_fn="strong_wolfe")

    def losses() -> tuple[Tensor, Tensor]:
        said = [(side @ weights[:-1] + weights[-1]).sigmoid() for side in (first, second)]
        consistency = (said[0] + said[1] - 1) ** 2
        confidence = torch.minimum(said[0], said[1]) ** 2
        return (consistency + confidence).mean(0), (said[1] + 1 - said[0]) / 2

    def total() -> Tensor:
        optimiser.zero_grad()
        loss = losses()[0].sum()
        torch.autograd.backward(loss)
        return loss

    optimiser.step(total)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        found, answers = losses()
        best: Float[np.ndarray, " n"] = answers[:, int(found.argmin())].numpy()
    return best

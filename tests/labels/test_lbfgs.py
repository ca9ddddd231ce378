"""L-BFGS: it finds minima that are known, and agrees with SciPy's."""

import numpy as np
import pytest
from scipy.optimize import minimize

from outlearn.labels.lbfgs import Evaluation, minimise


def _quadratic(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(seed)
    root = drawn.normal(size=(size, size))
    return root @ root.T + 0.1 * np.eye(size), drawn.normal(size=size)


@pytest.mark.parametrize("size", [1, 3, 20])
def test_the_minimum_of_a_quadratic_is_the_solution_of_its_equations(size: int) -> None:
    matrix, towards = _quadratic(0, size)

    def function(place: np.ndarray) -> Evaluation:
        return Evaluation(float(place @ matrix @ place / 2 - towards @ place), matrix @ place - towards)

    found = minimise(function, start=np.zeros(size), gradient_tolerance=1e-9, most_iterations=1000)
    assert found == pytest.approx(np.linalg.solve(matrix, towards), rel=1e-5, abs=1e-6)


def test_it_agrees_with_scipy_on_a_function_that_is_no_quadratic() -> None:
    drawn = np.random.default_rng(1)
    rows, signs = drawn.normal(size=(50, 6)), drawn.choice([-1.0, 1.0], size=50)

    def value(place: np.ndarray) -> float:
        return float(np.logaddexp(0, -signs * (rows @ place)).sum() + (place**2).sum() / 2)

    def function(place: np.ndarray) -> Evaluation:
        missing = 1 / (1 + np.exp(signs * (rows @ place)))
        return Evaluation(value(place), -rows.T @ (signs * missing) + place)

    found = minimise(function, start=np.zeros(6), gradient_tolerance=1e-8, most_iterations=200)
    assert found == pytest.approx(minimize(value, np.zeros(6), options={"gtol": 1e-7}).x, abs=1e-5)


def test_it_stays_where_there_is_no_slope_and_stops_when_it_is_told_to() -> None:
    def function(place: np.ndarray) -> Evaluation:
        return Evaluation(float((place**4).sum()), 4 * place**3)

    assert minimise(function, start=np.zeros(2), gradient_tolerance=1e-9, most_iterations=9).tolist() == [
        0,
        0,
    ]
    start = np.ones(2)
    assert minimise(function, start=start, gradient_tolerance=1e-9, most_iterations=0) is start


def test_rounding_that_lets_no_step_go_downhill_ends_it() -> None:
    """A gradient that promises what the value never keeps."""

    def function(place: np.ndarray) -> Evaluation:
        return Evaluation(1.0, np.ones_like(place))

    assert minimise(function, start=np.zeros(2), gradient_tolerance=1e-9, most_iterations=9).tolist() == [
        0,
        0,
    ]

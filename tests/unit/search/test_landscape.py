"""What matters among the parameters of a search, and the map of two of them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.research.search.landscape import heat_map, importances, mapped_pair
from engine.research.search.objectives import Improvement, best_of, front_of, values_of
from engine.research.search.space import Axis, space_of
from engine.strategy.compiled.form import declared

PARAMS = {
    "a": {"default": 3, "low": 1, "high": 5},
    "b": {"default": 50, "low": 1, "high": 100},
    "c": {"default": 1.0, "low": 0.01, "high": 100.0, "log": True},
}
AXES: tuple[Axis, ...] = space_of(declared(PARAMS), {}).axes


def sets(count: int) -> list[dict[str, float]]:
    rng = np.random.default_rng(1)
    return [
        {"a": int(rng.integers(1, 6)), "b": int(rng.integers(1, 101)), "c": float(10 ** rng.uniform(-2, 2))}
        for _ in range(count)
    ]


def test_the_parameter_that_decides_has_all_the_importance_and_noise_has_little() -> None:
    tried = sets(400)
    found = importances(AXES, tried, [float((each["b"] - 40) ** 2) for each in tried])
    assert found["b"] > 0.7 and found["a"] < 0.05 and found["c"] < 0.05
    only = importances(AXES, tried, [float(each["a"]) for each in tried])
    assert only["a"] == pytest.approx(1.0)


def test_without_a_spread_nothing_is_known_to_matter() -> None:
    tried = sets(50)
    assert set(importances(AXES, tried, [1.0] * 50).values()) == {None}
    assert set(importances(AXES, tried, [None] * 50).values()) == {None}
    assert set(importances(AXES, tried[:2], [1.0, 2.0]).values()) == {None}


def test_the_map_shows_the_best_of_the_other_parameters_in_each_cell() -> None:
    tried = [{"a": 1, "b": 10, "c": 1.0}, {"a": 1, "b": 10, "c": 2.0}, {"a": 3, "b": 20, "c": 1.0}]
    found = heat_map((AXES[0], AXES[1]), tried, [0.5, 0.7, None])
    assert (found.x, found.y, found.xs, found.ys) == ("a", "b", (1.0, 3.0), (10.0, 20.0))
    assert found.values == ((0.7, None), (None, None))


def test_an_axis_of_many_values_is_cut_into_cells_and_none_is_lost() -> None:
    tried = sets(500)
    found = heat_map((AXES[1], AXES[2]), tried, [each["b"] for each in tried])
    assert len(found.xs) == len(found.ys) == 20
    assert found.ys[0] == pytest.approx(10 ** (-2 + 0.1)) and found.xs[0] == pytest.approx(1 + 99 / 40)
    for place, centre in enumerate(found.xs):
        column = [row[place] for row in found.values if row[place] is not None]
        assert all(abs(value - centre) <= 99 / 40 + 1e-9 for value in column)
    assert max(value for row in found.values for value in row if value is not None) == max(
        each["b"] for each in tried
    )


def test_the_map_is_of_what_was_asked_for_or_of_what_matters_most() -> None:
    assert mapped_pair(AXES, ("c", "a"), {}) == (AXES[2], AXES[0])
    assert mapped_pair(AXES, None, {"a": 0.1, "b": None, "c": 0.8}) == (AXES[0], AXES[2])
    assert mapped_pair(AXES[:1], None, {}) is None


def test_the_best_is_the_first_of_the_highest_and_never_undefined() -> None:
    assert best_of([None, (1.0,), (3.0,), (3.0,), None]) == 2
    assert best_of([None, None]) is None and best_of([]) is None
    assert best_of([(-5.0, 9.0), (-4.0, 0.0)]) == 1


def test_the_front_leaves_out_what_is_beaten_and_keeps_equals() -> None:
    assert front_of([(1.0, 5.0), (2.0, 4.0), (1.0, 4.0), None, (2.0, 4.0), (0.0, 6.0)]) == (0, 1, 4, 5)


def test_values_are_undefined_as_soon_as_one_objective_is() -> None:
    figures = {"sharpe": 1.0, "calmar": None}
    assert values_of(figures, ("sharpe",)) == (1.0,)
    assert values_of(figures, ("sharpe", "calmar")) is None and values_of(None, ("sharpe",)) is None


def test_a_new_height_of_any_objective_ends_the_wait() -> None:
    seen = Improvement(2)
    idle = []
    for batch in ([(1.0, 1.0)], [None, (1.0, 0.5)], [(0.0, 2.0)], [(1.0, 2.0)], []):
        seen.note(batch)
        idle.append(seen.idle)
    assert idle == [0, 1, 0, 1, 2]

"""The sets of a sweep: all combinations of a grid that hold, or a list of sets."""

from __future__ import annotations

import numpy as np
import pytest

from engine.backtest.parameter_sets import parameter_sets
from engine.errors import InvalidInput
from engine.strategy.compiled.form import declared

SPEC = declared(
    {"fast": {"default": 20, "low": 2, "high": 60}, "slow": {"default": 50, "low": 2}, "stop": 0.02},
    ("fast < slow",),
)


def test_all_combinations_are_tried_the_last_parameter_changing_first() -> None:
    sets = parameter_sets(SPEC, {"stop": [0.01, 0.03], "fast": [5, 10]})
    assert list(sets) == [
        {"fast": 5, "slow": 50, "stop": 0.01},
        {"fast": 5, "slow": 50, "stop": 0.03},
        {"fast": 10, "slow": 50, "stop": 0.01},
        {"fast": 10, "slow": 50, "stop": 0.03},
    ]
    assert len(sets) == 4 and sets.left_out == 0


def test_combinations_that_break_a_constraint_are_left_out_and_counted() -> None:
    sets = parameter_sets(SPEC, {"fast": [10, 20, 30], "slow": [15, 25]})
    assert [(each["fast"], each["slow"]) for each in sets] == [(10, 15), (10, 25), (20, 25)]
    assert sets.left_out == 3


def test_values_come_back_as_pythons_numbers_of_the_parameters_type() -> None:
    sets = parameter_sets(SPEC, {"fast": np.arange(5, 8), "stop": np.array([1, 2]), "slow": [60.0]})
    assert sets[0] == {"fast": 5, "slow": 60, "stop": 1.0}
    assert [type(value) for value in sets[0].values()] == [int, int, float]
    assert sets.columns["fast"].dtype == np.int64 and sets.columns["stop"].dtype == np.float64


def test_listed_sets_are_taken_in_their_order_with_defaults_for_the_rest() -> None:
    given = ({"slow": slow} for slow in (90, np.int64(70)))
    sets = parameter_sets(SPEC, given)
    assert list(sets) == [{"fast": 20, "slow": 90, "stop": 0.02}, {"fast": 20, "slow": 70, "stop": 0.02}]


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"fast": [5], "period": [3]}, "no parameter 'period'. fast is int, 2 to 60"),
        ({"fast": [5, 61]}, "fast = 61 is outside its range"),
        ({"fast": [5.5]}, "fast = 5.5 is not a whole number"),
        ({"fast": 5}, r"The grid's fast is 5, not several values. Give a list, e.g. \[20\]"),
        ({"fast": "57"}, "fast = '5' is not a number"),
        ({"fast": []}, "no parameter set: it names no values"),
        ({"fast": [60], "slow": [30, 40]}, "no parameter set: all 2 combinations break a constraint"),
        ([], "no parameter set: it names no values"),
        ([{"fast": 60, "slow": 30}], "The constraint 'fast < slow' does not hold for fast=60, slow=30"),
        ({"slow": [2**70]}, "slow has a value beyond 64 bits"),
    ],
)
def test_a_grid_that_cannot_be_meant_is_told_so(grid: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parameter_sets(SPEC, grid)  # type: ignore[arg-type]


def test_a_set_beyond_the_last_is_no_set() -> None:
    with pytest.raises(IndexError, match="set 4 of 4"):
        parameter_sets(SPEC, {"fast": [3, 4, 5, 6]})[4]

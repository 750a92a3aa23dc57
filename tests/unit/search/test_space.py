"""PARAMS opens the axes of a search; what cannot be searched is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.research.search.space import Axis, Space, space_of
from engine.strategy.compiled.form import declared


def space(params: dict, constraints: tuple[str, ...] = (), **fixed: object) -> Space:
    return space_of(declared(params, constraints), fixed)


def axis(**entry: object) -> Axis:
    (found,) = space({"x": entry}).axes
    return found


def test_a_parameter_with_a_range_is_an_axis_and_the_others_stay_where_they_are() -> None:
    params = {
        "n": {"default": 3, "low": 2, "high": 9},
        "free": 7,
        "half": {"default": 1.0, "low": 0.5},
        "kept": {"default": 4, "low": 1, "high": 5},
        "alone": {"default": 2, "low": 2, "high": 2},
    }
    found = space(params, kept=5)
    assert [each.name for each in found.axes] == ["n"]
    assert found.fixed == {"kept": 5, "free": 7, "half": 1.0, "alone": 2}
    assert found.defaulted == ("free", "half", "alone")
    assert found.resolved({"n": 8}) == {"n": 8, "free": 7, "half": 1.0, "kept": 5, "alone": 2}
    assert list(found.resolved({"n": 8})) == list(params)


def test_the_values_of_a_stepped_axis_are_those_that_its_steps_spell() -> None:
    tenths = axis(default=0.2, low=0.1, high=0.75, step=0.1)
    assert tenths.levels(99) == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    assert axis(default=4, low=4, high=11, step=3).levels(99) == (4, 7, 10)
    assert axis(default=2, low=1.5, high=4.9).levels(99) == (2, 3, 4)
    assert axis(default=3, choices=[5, 3, 5, 8]).levels(99) == (3, 5, 8)


def test_a_long_axis_is_thinned_evenly_with_both_its_ends() -> None:
    assert axis(default=5, low=0, high=100).levels(5) == (0, 25, 50, 75, 100)
    assert axis(default=0.5, low=0.0, high=1.0).levels(3) == (0.0, 0.5, 1.0)
    assert axis(default=1.0, low=0.01, high=100.0, log=True).levels(3) == pytest.approx((0.01, 1.0, 100.0))
    assert axis(default=10, low=1, high=1_000, log=True).levels(4) == (1, 10, 100, 1_000)
    assert axis(default=5, low=0, high=100).levels(1) == (50,)


@given(
    low=st.floats(-100, 100, allow_nan=False),
    span=st.floats(0.001, 100),
    step=st.none() | st.floats(0.01, 3),
    share=st.floats(0, 1),
)
def test_whatever_is_suggested_lies_in_the_range_that_the_strategy_checks(
    low: float, span: float, step: float | None, share: float
) -> None:
    entry = {"default": low, "low": low, "high": low + span} | ({"step": step} if step else {})
    spec = declared({"x": entry, "y": {"default": 1, "low": 1, "high": 2}})
    for each in space_of(spec, {}).axes:
        ends = each.distribution()
        value = each.suggested(ends.low + share * (ends.high - ends.low))
        spec.resolve({each.name: value})
        assert set(each.levels(4)) == {
            spec.resolve({each.name: level})[each.name] for level in each.levels(4)
        }


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"default": 5, "step": 0, "low": 1, "high": 9}, r"PARAMS\['x'\] cannot be searched: its step is 0"),
        ({"default": 5.0, "step": -0.5, "low": 1, "high": 9}, "its step is -0.5.*above 0"),
        ({"default": 5, "step": 1.5, "low": 1, "high": 9}, "whole number and its step is 1.5"),
        ({"default": 1, "low": 0, "high": 9, "log": True}, "logarithmic range cannot begin at 0"),
        ({"default": 1, "low": 1, "high": 9, "log": True, "step": 2}, "logarithmic and has a step"),
        ({"default": 1.0, "low": 1, "high": 9, "log": True, "step": 1}, "logarithmic and has a step"),
    ],
)
def test_a_range_that_cannot_be_is_refused(entry: dict, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        space({"x": entry})


def test_ends_the_wrong_way_round_are_refused() -> None:
    from engine.strategy.spec import Parameter, StrategySpec

    spec = StrategySpec("", (Parameter("x", "int", 5, low=9, high=1),), (), "")
    with pytest.raises(InvalidInput, match="low 9 is above high 1"):
        space_of(spec, {})


def test_nothing_to_search_is_said_with_what_there_is() -> None:
    with pytest.raises(InvalidInput, match=r"nothing to search.*x is int, any to any.*low and high"):
        space({"x": 3})
    with pytest.raises(InvalidInput, match="It has no parameters"):
        space({})
    with pytest.raises(InvalidInput, match="nothing to search"):
        space({"x": {"default": 3, "low": 1, "high": 4}}, x=2)


def test_a_fixed_value_is_checked() -> None:
    params = {"x": {"default": 3, "low": 1, "high": 4}, "y": {"default": 3, "low": 1, "high": 4}}
    with pytest.raises(InvalidInput, match=r"no parameter 'z'.*Its parameters: x, y"):
        space(params, z=1)
    with pytest.raises(InvalidInput, match="outside its range"):
        space(params, x=9)


def test_a_constraint_that_is_none_is_refused_and_one_that_divides_by_zero_does_not_hold() -> None:
    from engine.strategy.spec import StrategySpec, parameters_from_literal

    params = {"x": {"default": 3, "low": 0, "high": 4}}
    with pytest.raises(InvalidInput, match="not a comparison"):
        space_of(StrategySpec("", parameters_from_literal(params), ("x + 1",), ""), {})
    found = space(params, ("6 / x > 1",))
    assert found.holds({"x": 3}) and not found.holds({"x": 0})

"""PARAMS, their ranges, and constraints."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.strategy.spec import (
    Parameter,
    StrategySpec,
    code_hash,
    evaluate_constraint,
    parameters_from_literal,
)


def _spec(constraints: tuple[str, ...] = ("fast < slow",)) -> StrategySpec:
    literal = {
        "fast": {"default": 20, "low": 5, "high": 50},
        "slow": {"default": 100, "low": 50, "high": 300},
    }
    return StrategySpec("why", parameters_from_literal(literal), constraints, code_hash("x"))


def test_parameters_carry_kind_default_and_range():
    fast, level, bare = parameters_from_literal(
        {
            "fast": {"default": 20, "low": 5, "high": 50, "step": 5},
            "level": {"default": 0.5, "log": True},
            "n": 3,
        }
    )
    assert (fast.kind, fast.default, fast.low, fast.high, fast.step) == ("int", 20, 5, 50, 5)
    assert (level.kind, level.log, level.low) == ("float", True, None)
    assert (bare.kind, bare.default) == ("int", 3)


@pytest.mark.parametrize(
    ("literal", "told"),
    [
        ([1], "not a dict"),
        ({"fast": "20"}, "not a dict"),
        ({"fast": {"low": 1}}, "has no default"),
        ({"fast": {"default": 1, "min": 0}}, "unknown key 'min'"),
        ({"fast": {"default": True}}, "not a number"),
        ({"fast": {"default": float("nan")}}, "not a number"),
        ({"fast": {"default": 5, "low": "1"}}, "'low'"),
        ({"fast": {"default": 5, "low": 10, "high": 20}}, "outside its range"),
        ({"fast": {"default": 5, "choices": [1, "a"]}}, "choices"),
        ({"fast": {"default": 5, "choices": [1, 2]}}, "outside its range"),
        ({"not a name": 5}, "not a name"),
        ({3: 5}, "not a name"),
    ],
)
def test_a_wrong_declaration_is_named(literal: object, told: str):
    with pytest.raises(InvalidInput, match=told):
        parameters_from_literal(literal)


def test_resolving_overlays_the_defaults():
    assert _spec().resolve({}) == {"fast": 20, "slow": 100}
    assert _spec().resolve({"fast": 30.0}) == {"fast": 30, "slow": 100}


@pytest.mark.parametrize(
    ("given_values", "told"),
    [
        ({"fats": 20}, r"no parameter 'fats'.*fast, slow"),
        ({"fast": 4}, r"fast = 4 is outside.*fast is int, 5 to 50, default 20"),
        ({"fast": 20.5}, "not a whole number"),
        ({"fast": "20"}, "not a number"),
        ({"fast": True}, "not a number"),
        ({"fast": float("nan")}, "not a number"),
        ({"fast": 50, "slow": 50}, "fast < slow.*does not hold"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(given_values: dict[str, object], told: str):
    with pytest.raises(InvalidInput, match=told):
        _spec().resolve(given_values)


@pytest.mark.parametrize("endless", [float("inf"), float("-inf"), 10**400])
def test_an_endless_whole_number_is_refused(endless: float):
    with pytest.raises(InvalidInput):
        _spec().resolve({"fast": endless})
    with pytest.raises(InvalidInput):
        Parameter("n", "int", 3).checked(endless)
    with pytest.raises(InvalidInput):
        Parameter("x", "float", 3.0).checked(endless)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a < b", True),
        ("a < b < 10", True),
        ("b - a >= 2 * 3", False),
        ("-a < 0 != b", True),
        ("b / a == 2.5", True),
        ("a == 2", True),
        ("a > b", False),
    ],
)
def test_constraints_compare_names_numbers_and_arithmetic(text: str, holds: bool):
    assert evaluate_constraint(text, {"a": 2, "b": 5}) is holds


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a < c",
        "f(a) < b",
        "a < b and b < a",
        "a is b",
        "a < b / 0",
        "a <",
        "a < 'x'",
        "a < b" * 99,
        "a.b < 1",
    ],
)
def test_other_constraints_are_refused(text: str):
    with pytest.raises(InvalidInput):
        evaluate_constraint(text, {"a": 2, "b": 5})


@given(st.text(max_size=60))
def test_no_text_of_a_constraint_does_more_than_answer_or_refuse(text: str):
    with contextlib.suppress(InvalidInput):
        assert evaluate_constraint(text, {"a": 2, "b": 5}) in (True, False)


@given(st.integers(-1000, 1000), st.integers(0, 500), st.integers(0, 500))
def test_a_value_is_accepted_exactly_inside_its_range(value: int, below: int, above: int):
    parameter = Parameter("n", "int", 0, low=-below, high=above)
    if -below <= value <= above:
        assert parameter.checked(value) == value
    else:
        with pytest.raises(InvalidInput):
            parameter.checked(value)


def test_the_hash_is_of_the_text_in_utf8():
    assert code_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert code_hash("é") != code_hash("e")
    assert len(code_hash("\ud800")) == 64

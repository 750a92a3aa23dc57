"""Identity of documents and trials."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.store.documents import canonical_json, digest, json_text
from engine.store.records import NewTrial
from engine.store.trials import trial_hash

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

TRIAL = NewTrial(
    instrument=parse_instrument("bybit:linear:BTCUSDT"),
    interval=Interval.H1,
    code_hash="c0de",
    window_start_ms=0,
    window_end_ms=1000,
    params={"fast": 20, "slow": 100},
    costs={"taker_fee_bps": 5.5, "funding": True},
    card_hash="card",
    sharpe=1.0,
)


@given(value=JSON)
def test_a_document_comes_back_as_it_was(value: object) -> None:
    assert json.loads(json_text(value)) == value


@given(value=st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_does_not_change_an_identity(value: dict) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


def test_equal_numbers_are_one_identity_and_true_is_not_one() -> None:
    assert canonical_json({"b": 2, "a": -0.0}) == canonical_json({"a": 0, "b": 2.0}) == '{"a":0.0,"b":2.0}'
    assert digest([1]) != digest([True])
    assert digest([2**53 + 1]) != digest([2.0**53])


def test_a_document_keeps_the_order_of_its_keys() -> None:
    assert json_text(MappingProxyType({"z": 1, "a": (2,)})) == '{"z":1,"a":[2]}'


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": object()}, {(1, 2): 3}, {1j}])
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="cannot be kept as JSON"):
        json_text(value)


def test_a_document_that_holds_itself_is_refused() -> None:
    ring: list[object] = []
    ring.append(ring)
    with pytest.raises(InvalidInput):
        json_text(ring)


@pytest.mark.parametrize(
    "change",
    [
        {"code_hash": "other"},
        {"instrument": parse_instrument("bybit:spot:BTCUSDT")},
        {"interval": Interval.H2},
        {"window_start_ms": 1},
        {"window_end_ms": 1001},
        {"params": {"fast": 21, "slow": 100}},
        {"costs": {"taker_fee_bps": 5.5, "funding": False}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_code_window_params_and_costs_each_make_a_trial_distinct(change: dict) -> None:
    assert trial_hash(replace(TRIAL, **change)) != trial_hash(TRIAL)


def test_results_and_spelling_do_not_make_a_trial_distinct() -> None:
    same = replace(
        TRIAL,
        card_hash="other",
        sharpe=None,
        touches_holdout=True,
        params={"slow": 100.0, "fast": 20.0},
    )
    assert trial_hash(same) == trial_hash(TRIAL)

"""Models of slippage and sizing as one word on the command line."""

from __future__ import annotations

import pytest

from agent_server.model_options import SIZING_FORMS, SLIPPAGE_FORMS, sizing_option, slippage_option
from engine.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("fixed:3", {"model": "fixed", "bps": 3.0}),
        ("half-spread:2", {"model": "half_spread", "spread_bps": 2.0}),
        ("HALF_SPREAD: 2", {"model": "half_spread", "spread_bps": 2.0}),
        ("volatility:0.1", {"model": "volatility", "share": 0.1}),
        ("impact", {"model": "impact"}),
    ],
)
def test_a_model_of_slippage_is_a_word_and_its_number(text: str, read: dict[str, object]) -> None:
    assert slippage_option("--slippage-model", text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("fraction:0.5", {"kind": "fraction", "fraction": 0.5}),
        ("notional:1000", {"kind": "notional", "amount": 1000.0}),
        ("quantity:0.1", {"kind": "quantity", "quantity": 0.1}),
        ("volatility:0.2,window=50", {"kind": "volatility", "annual_volatility": 0.2, "window": 50.0}),
        ("risk:0.01", {"kind": "risk", "fraction": 0.01}),
        ("kelly:0.5, cap=2, warmup=30", {"kind": "kelly", "share": 0.5, "cap": 2.0, "warmup": 30.0}),
        ("kelly:cap=2", {"kind": "kelly", "cap": 2.0}),
    ],
)
def test_a_sizing_is_a_word_its_number_and_named_numbers(text: str, read: dict[str, object]) -> None:
    assert sizing_option("--sizing", text) == read


def test_what_was_not_given_is_not_there() -> None:
    assert slippage_option("--slippage-model", None) is None
    assert sizing_option("--sizing", None) is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("martingale:2", "'martingale:2' does not begin with a kind that there is", SIZING_FORMS),
        ("", "does not begin with a kind", SIZING_FORMS),
        ("risk:much", "'much' is no number", SIZING_FORMS),
        ("risk:0.01,0.02", "'0.02' is not a number of risk", "risk:FRACTION"),
        ("volatility:0.2,widow=50", "'widow=50' is not", "volatility:ANNUAL_VOLATILITY,window=..."),
        ("risk:0.01,fraction=0.02", "'fraction=0.02' is not", "risk:FRACTION"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sizing_option("--sizing", text)
    assert "--sizing" in refused.value.message and message in refused.value.message
    assert hint in refused.value.hint


def test_the_help_lists_every_model() -> None:
    assert SLIPPAGE_FORMS == "fixed:BPS, half-spread:SPREAD_BPS, volatility:SHARE, impact:COEFFICIENT"
    assert SIZING_FORMS.startswith("fraction:FRACTION, notional:AMOUNT, quantity:QUANTITY, volatility:")

"""Fees by VIP level, read from dated data."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest

from engine.backtest.costs import Costs
from engine.backtest.fees import fee_schedule, levels
from engine.errors import InvalidInput
from engine.market.instrument import Category


def test_without_a_level_a_trader_pays_what_vip0_pays() -> None:
    linear, spot = fee_schedule(Category.LINEAR), fee_schedule(Category.SPOT)
    assert (linear.maker_bps, linear.taker_bps) == (2.0, 5.5)
    assert (spot.maker_bps, spot.taker_bps) == (10.0, 10.0)


def test_a_level_is_found_in_any_case_and_pays_its_own_rates() -> None:
    rates = fee_schedule(Category.LINEAR, " VIP2 ")
    assert (rates.maker_bps, rates.taker_bps) == (1.6, 3.75)
    assert fee_schedule(Category.SPOT, "supreme").taker_bps == 4.5


def test_inverse_contracts_pay_what_linear_ones_pay() -> None:
    for level in levels():
        assert fee_schedule(Category.INVERSE, level) == fee_schedule(Category.LINEAR, level)


@pytest.mark.parametrize("category", list(Category))
def test_no_level_is_dearer_than_the_one_before_and_a_maker_never_pays_more(category: Category) -> None:
    table = [fee_schedule(category, level) for level in levels()]
    for lower, higher in pairwise(table):
        assert higher.maker_bps <= lower.maker_bps
        assert higher.taker_bps <= lower.taker_bps
    assert all(0.0 <= rates.maker_bps <= rates.taker_bps for rates in table)


def test_the_table_says_when_it_was_compared_with_its_sources() -> None:
    assert date.fromisoformat(fee_schedule(Category.SPOT).as_of) >= date(2026, 7, 23)


def test_a_level_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(InvalidInput, match=re.escape("'vip9'")) as refused:
        fee_schedule(Category.LINEAR, "vip9")
    assert refused.value.hint == "Levels: vip0 vip1 vip2 vip3 vip4 vip5 supreme."


@pytest.mark.parametrize("category", list(Category))
def test_default_costs_come_from_the_table(category: Category) -> None:
    rates, costs = fee_schedule(category), Costs.defaults(category)
    assert (costs.maker_fee_bps, costs.taker_fee_bps) == (rates.maker_bps, rates.taker_bps)

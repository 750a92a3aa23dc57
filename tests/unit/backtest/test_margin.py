"""Margin against worked examples: tiers, liquidation, bankruptcy, cost of an order; and funding stamps."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.margin import (
    Margin,
    RiskTier,
    bankruptcy_price,
    liquidation_price,
    order_cost,
    published_liquidation_price,
    tiers_of,
)
from engine.backtest.simulate import simulate
from engine.errors import InvalidInput
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.strategy.signals import Signals

HOUR_MS = Interval.H1.milliseconds
WIF = parse_instrument("bybit:linear:WIFUSDT")
# Bybit's first brackets of BTCUSDT (testnet, 2023): limit, maintenance rate, maximum leverage.
BTC = tiers_of(((2e6, 0.005, 100.0), (2.6e6, 0.0056, 90.0), (3.2e6, 0.0063, 80.0)))


def test_one_coin_at_20000_and_fifty_times_is_liquidated_at_19700_in_the_published_form() -> None:
    assert published_liquidation_price(1, 20_000.0, 1.0, 50.0) == pytest.approx(19_700.0)
    assert published_liquidation_price(-1, 20_000.0, 1.0, 50.0) == pytest.approx(20_300.0)


def test_with_the_margin_on_the_mark_it_is_liquidated_at_19698_49() -> None:
    assert liquidation_price(1, 20_000.0, 1.0, 50.0) == pytest.approx(19_698.49, abs=0.005)
    assert liquidation_price(-1, 20_000.0, 1.0, 50.0) == pytest.approx(20_298.51, abs=0.005)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("quantity", [1.0, 99.0, 101.0, 128.0, 140.0])
def test_at_the_liquidation_price_margin_and_gain_are_the_maintenance_margin(
    side: int, quantity: float
) -> None:
    entry, leverage = 20_000.0, 50.0
    price = liquidation_price(side, entry, quantity, leverage, BTC)
    assert price is not None
    value = quantity * price
    tier = next(tier for tier in BTC if value <= tier.limit)
    left = quantity * entry / leverage + side * quantity * (price - entry)
    assert left == pytest.approx(value * tier.maintenance_rate - tier.deduction, rel=1e-9)


def test_the_maintenance_margin_has_no_step_from_tier_to_tier() -> None:
    for lower, upper in itertools.pairwise(BTC):
        below = lower.limit * lower.maintenance_rate - lower.deduction
        assert below == pytest.approx(lower.limit * upper.maintenance_rate - upper.deduction)


def test_a_long_without_leverage_has_no_liquidation_price_and_a_short_nearly_twice_its_entry() -> None:
    assert liquidation_price(1, 100.0, 1.0, 1.0) is None
    assert liquidation_price(-1, 100.0, 1.0, 1.0) == pytest.approx(200.0 / 1.005)


def test_the_bankruptcy_price_uses_up_the_margin() -> None:
    assert bankruptcy_price(1, 20_000.0, 50.0) == 19_600.0
    assert bankruptcy_price(-1, 20_000.0, 50.0) == 20_400.0


def test_an_order_sets_aside_margin_and_the_fees_of_opening_and_of_closing_at_bankruptcy() -> None:
    assert order_cost(1, 20_000.0, 1.0, 50.0, 0.00055) == pytest.approx(400.0 + 11.0 + 10.78)
    assert order_cost(-1, 20_000.0, 1.0, 50.0, 0.00055) == pytest.approx(400.0 + 11.0 + 11.22)


def test_a_leverage_that_no_tier_allows_is_refused_with_the_one_that_is() -> None:
    with pytest.raises(InvalidInput, match=r"above the first tier's 100"):
        Margin(120.0, BTC)
    with pytest.raises(InvalidInput, match=r"leverage = 0\.5"):
        Margin(0.5)
    with pytest.raises(InvalidInput, match="ascending"):
        Margin(2.0, (RiskTier(10.0, 0.02, 0.0, 50.0), RiskTier(5.0, 0.01, 0.0, 50.0)))


def test_the_largest_position_is_that_of_the_last_tier_with_this_leverage() -> None:
    assert Margin(100.0, BTC).max_notional == 2e6
    assert Margin(85.0, BTC).max_notional == 2.6e6
    assert Margin(2.0).max_notional == math.inf


def test_funding_is_paid_at_each_stamp_when_its_interval_changes_from_eight_hours_to_four() -> None:
    """WIFUSDT did that: nothing may assume three settlements a day."""
    hours = 10 * 24
    columns = {name: np.full(hours, 2.0) for name in ("open", "high", "low", "close", "volume")}
    bars = Bars.checked(
        WIF, Interval.H1, columns | {"open_time": np.arange(hours) * HOUR_MS}, Origin.SYNTHETIC
    )
    stamps = np.concatenate((np.arange(8, 5 * 24, 8), np.arange(5 * 24, hours, 4))) * HOUR_MS
    rates = np.where(stamps < 5 * 24 * HOUR_MS, 0.0004, 0.0001)
    never = np.zeros(hours, np.bool_)
    first = never.copy()
    first[0] = True
    run = simulate(
        MarketData(bars, FundingRates.checked(WIF, stamps, rates, Origin.SYNTHETIC)),
        Signals(first, never, never, never),
        Costs(0.0, 0.0),
        cash=10_000.0,
    )
    paid = 5_000 * (1 - 1e-4 / (1 + 1e-4)) * 2.0 * rates.sum()
    assert run.open_position is not None
    assert run.metrics.funding_paid == pytest.approx(run.open_position.quantity * 2.0 * rates.sum())
    assert run.metrics.funding_paid == pytest.approx(paid, rel=1e-6)
    assert len(stamps) == 14 + 30
    assert not any("Funding data covers only part" in warning for warning in run.warnings)

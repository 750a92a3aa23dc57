"""On real bars every trade and metric equals a plain loop that was written from the design's words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import Bars
from engine.strategy.signals import Signals
from tests.support.crosscheck import assert_equal_to_naive, naive_bars
from tests.support.recorded_market import recorded_market

PAIRS = [(fast, slow) for fast in (5, 10, 20, 35, 50) for slow in (60, 100, 150, 250)]
PERPETUALS = ("bybit_linear_BTCUSDT_1h", "bybit_linear_ETHUSDT_1h", "bybit_linear_SOLUSDT_1h")
FILES = ("bybit_linear_BTCUSDT_1h", "bybit_linear_ETHUSDT_1h", "binance_spot_BTCUSDT_4h")


def sma_cross(close: np.ndarray, fast: int, slow: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows at which the fast average comes to lie above the slow one, and at which it stops to."""

    def average(window: int) -> np.ndarray:
        total = np.concatenate(([0.0], np.cumsum(close)))
        return np.concatenate((np.full(window - 1, np.nan), (total[window:] - total[:-window]) / window))

    above = average(fast) > average(slow)
    before = np.concatenate(([False], above[:-1]))
    return above & ~before, ~above & before


@pytest.mark.parametrize("name", FILES)
def test_long_only_average_crosses_equal_the_naive_loop(market_files: Path, name: str) -> None:
    market = recorded_market(market_files, name)
    bars = naive_bars(market)
    never = np.zeros(len(market.bars), np.bool_)
    for fast, slow in PAIRS:
        up, down = sma_cross(market.bars.close, fast, slow)
        costs = Costs.defaults(market.bars.instrument.category)
        result = assert_equal_to_naive(market, Signals(up, down, never, never), costs, bars=bars)
        assert result.metrics.trades > 20


@pytest.mark.parametrize("name", PERPETUALS)
def test_long_short_crosses_with_stops_targets_and_funding_equal_the_naive_loop(
    market_files: Path, name: str
) -> None:
    market = recorded_market(market_files, name)
    bars = naive_bars(market)
    reasons: set[str] = set()
    for number, (fast, slow) in enumerate(PAIRS):
        up, down = sma_cross(market.bars.close, fast, slow)
        signals = _with_levels(market.bars, up, down, number)
        costs = Costs(2.0, 5.5, FixedSlippage(float(number % 4)))
        result = assert_equal_to_naive(market, signals, costs, bars=bars)
        reasons.update(result.trades.exit_reason)
        assert result.metrics.funding_paid != 0.0
    assert reasons == {"signal", "reverse", "stop_loss", "take_profit", "trailing_stop"}


def _with_levels(bars: Bars, up: np.ndarray, down: np.ndarray, number: int) -> Signals:
    """Stops that widen with the bar's range, and on some pairs a trailing stop and half size."""
    span = (bars.high - bars.low) / bars.close
    trailing = np.where(np.arange(len(bars)) % 2 == 0, 0.015 + span, np.nan)
    return Signals(
        up,
        down if number % 3 == 0 else np.zeros_like(down),
        down,
        up if number % 3 == 0 else np.zeros_like(up),
        stop_loss=0.01 + 2.0 * span,
        take_profit=np.full(len(bars), 0.01 + 0.005 * (number % 5)),
        trailing_stop=trailing if number % 2 else None,
        size=np.where(span > 0.01, 0.5, 1.0) if number % 4 == 0 else None,
    )

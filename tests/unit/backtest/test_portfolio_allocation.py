"""What each market's share of equity is, and which settings a portfolio refuses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.portfolio.allocation import (
    EqualWeight,
    FixedWeights,
    InverseVolatility,
    Rebalancing,
    weights_of,
)
from engine.backtest.portfolio.setup import PortfolioSetup
from engine.backtest.portfolio.simulate import simulate_portfolio
from engine.backtest.setup import Setup
from engine.backtest.sizing import FixedNotional
from engine.backtest.slippage import SquareRootImpact
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData, Origin
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.signals import Signals
from tests.support.market import HOUR_MS, START_MS, made_bars, made_funding

A = Instrument("bybit", Category.LINEAR, "AAAUSDT")
B = Instrument("bybit", Category.SPOT, "BBBUSDT")


def once(bars: int) -> Signals:
    """Buys on the first bar, and holds."""
    never = np.zeros(bars, np.bool_)
    return Signals(np.arange(bars) == 0, never, never, never)


def closes(instrument: Instrument, *prices: float, first_hour: int = 0) -> Bars:
    times = START_MS + HOUR_MS * (first_hour + np.arange(len(prices)))
    columns: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), np.array(prices))
    columns |= {"open_time": times, "volume": np.ones(len(prices))}
    return Bars.checked(instrument, Interval.H1, columns, Origin.FILE)


def test_equal_weights_are_shares_of_all_markets_traded_yet_or_not() -> None:
    weights = weights_of(EqualWeight(), [closes(A, 1, 1), closes(B, 1, first_hour=1)], np.arange(2))
    assert weights.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_inverse_volatility_is_that_of_the_last_returns_up_to_the_close() -> None:
    series = [closes(A, 100, 110, 99, 99), closes(B, 100, 105, 99.75, 99.75)]
    weights = weights_of(InverseVolatility(2), series, series[0].open_time)
    # Returns of A are 10%, -10%, 0; those of B 5%, -5%, 0: B's volatility is half of A's throughout.
    np.testing.assert_allclose(weights, [[0, 0], [0, 0], [1 / 3, 2 / 3], [1 / 3, 2 / 3]], rtol=1e-9)


def test_a_market_without_volatility_yet_or_without_movement_has_no_part() -> None:
    grid = closes(A, *[1.0] * 5).open_time
    late = closes(B, 100, 110, 99, first_hour=2)
    early = closes(A, 100, 105, 100, 101, 103)
    assert weights_of(InverseVolatility(2), [early, late], grid)[:, 1].tolist()[:4] == [0.0] * 4
    assert weights_of(InverseVolatility(2), [early, late], grid)[3, 0] == 1.0
    still = weights_of(InverseVolatility(2), [early, closes(B, 7, 7, 7, 7, 7)], grid)
    assert still[2:].tolist() == [[1.0, 0.0]] * 3


def test_in_a_gap_the_volatility_is_the_last_one_known() -> None:
    grid = closes(A, *[1.0] * 6).open_time
    weights = weights_of(InverseVolatility(2), [closes(A, 100, 110, 99), closes(B, 100, 110, 99)], grid)
    assert weights[2:].tolist() == [[0.5, 0.5]] * 4


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: FixedWeights({A: 0.7, B: 0.4}), "weights add up to 1.1"),
        (lambda: FixedWeights({A: -0.1}), "weight of bybit:linear:AAAUSDT is -0.1"),
        (lambda: FixedWeights({A: math.nan}), "is nan"),
        (lambda: InverseVolatility(1), "window = 1 is too short"),
        (lambda: Rebalancing(0), "every_bars = 0"),
        (lambda: Rebalancing(1, 1.0), "band = 1.0"),
        (lambda: PortfolioSetup(cash=0.0), "cash = 0.0"),
    ],
)
def test_an_impossible_setting_is_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(says)):
        make()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"margin": Margin(2.0)}, "margin"),
        ({"filters": Filters(tick=0.1)}, "filters"),
        ({"execution": Execution(latency_bars=1)}, "latency_bars"),
        ({"execution": Execution(participation=0.1)}, "participation"),
        ({"sizing": FixedNotional(100.0)}, "sizing"),
    ],
)
def test_what_only_a_single_market_can_do_is_refused_by_name(change: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidInput, match=f"A portfolio knows no {name}"):
        PortfolioSetup.of(Setup(Costs(2.0, 5.5), **change), EqualWeight(), None)


def test_the_setup_of_a_single_market_keeps_its_costs_and_cash() -> None:
    costs = Costs(1.0, 2.0)
    setup = PortfolioSetup.of(Setup(costs, 500.0), InverseVolatility(), Rebalancing(24))
    assert setup == PortfolioSetup(costs, 500.0, InverseVolatility(), Rebalancing(24))


def test_costs_are_those_of_the_category_unless_given() -> None:
    assert PortfolioSetup().costs_of(A) == Costs.defaults(Category.LINEAR)
    assert PortfolioSetup().costs_of(B) == Costs.defaults(Category.SPOT)
    own = Costs(0.0, 1.0)
    assert PortfolioSetup({A: own}).costs_of(A) == PortfolioSetup(own).costs_of(B) == own
    with pytest.raises(InvalidInput, match="no costs for bybit:spot:BBBUSDT"):
        PortfolioSetup({A: own}).costs_of(B)


def refused(says: str, *series: Bars | MarketData, **changes: Any) -> None:
    bars = [part.bars if isinstance(part, MarketData) else part for part in series]
    signals = changes.pop("signals", {part.instrument: once(len(part)) for part in bars})
    with pytest.raises(InvalidInput, match=says):
        simulate_portfolio(series, signals, changes.pop("setup", None))


def test_markets_and_signals_that_do_not_fit_together_are_refused() -> None:
    a, b = closes(A, 1, 2, 3), closes(B, 1, 2, 3)
    refused("There are no markets")
    refused("A market is there twice", a, a)
    refused("has no bars", a, b.rows(0, 0))
    refused("at least 2 bars", a.rows(0, 1))
    refused("bars of 1h, bybit:spot:BBBUSDT of 4h", a, made_bars(5, interval=Interval.H4, instrument=B))
    refused("signals are of bybit:linear:AAAUSDT", a, b, signals={A: once(3)})
    refused("2 rows for 3 bars", a, signals={A: once(2)})
    refused("Funding rates are of", MarketData(a, made_funding(3)))
    refused(
        "weights are of bybit:linear:AAAUSDT", a, b, setup=PortfolioSetup(allocation=FixedWeights({A: 1.0}))
    )
    impact = PortfolioSetup(Costs(0.0, 0.0, SquareRootImpact()))
    refused("knows no SquareRootImpact", a, setup=impact)
    refused("Equity overflows", closes(A, 1e-300, 1e-300, 1e300))

"""What holds for every portfolio, and that a slow walk written from the page agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.backtest.portfolio.allocation import InverseVolatility, Rebalancing
from engine.backtest.portfolio.setup import PortfolioSetup
from engine.backtest.portfolio.simulate import simulate_portfolio
from engine.backtest.simulate import simulate
from engine.market.bars import Bars, MarketData
from engine.market.instrument import Category
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from tests.support.market import altered_after, real_perpetual
from tests.support.portfolios import Portfolio, assert_equal_to_naive, assert_same_walk, portfolios
from tests.support.walks import Walk, walks

EXACT_COLUMNS = ("side", "entry_bar", "exit_bar", "entry_time", "exit_time")
# Without cvar_95: a mean of the returns up to a quantile jumps where two of them tie but for rounding.
SMOOTH_METRICS = ("total_return", "max_drawdown", "sharpe", "trades", "win_rate", "exposure", "turnover")


@settings(max_examples=80)
@given(portfolios())
def test_equity_contributions_and_trades_equal_the_naive_walk(portfolio: Portfolio) -> None:
    result = assert_equal_to_naive(portfolio)
    for reason in set(result.trades.exit_reason):
        event(reason)
    event(f"rebalanced: {any(part.rebalanced for part in result.contributions)}")


@settings(max_examples=80)
@given(walks())
def test_a_portfolio_of_one_market_is_the_simulation_of_that_market(walk: Walk) -> None:
    market, signals = walk.market(), walk.signals()
    one = simulate(market, signals, walk.costs)
    result = simulate_portfolio([market], {walk.instrument: signals}, PortfolioSetup(walk.costs))
    money = 1e-12 * max(one.cash, float(np.abs(one.equity).max()))
    np.testing.assert_allclose(result.equity, one.equity, rtol=1e-12, atol=money)
    np.testing.assert_allclose(result.benchmark_equity, one.benchmark_equity, rtol=1e-12, atol=money)
    for name in EXACT_COLUMNS:
        assert getattr(result.trades, name).tolist() == getattr(one.trades, name).tolist(), name
    assert result.trades.exit_reason == one.trades.exit_reason
    for name in ("entry_price", "exit_price", "stop_loss", "take_profit"):
        np.testing.assert_allclose(getattr(result.trades, name), getattr(one.trades, name), rtol=1e-12)
    for name in ("adverse_excursion", "favourable_excursion"):
        np.testing.assert_allclose(getattr(result.trades, name), getattr(one.trades, name), atol=1e-12)
    np.testing.assert_allclose(result.trades.quantity, one.trades.quantity, rtol=1e-9)
    for name in ("pnl", "fees", "slippage", "funding"):
        np.testing.assert_allclose(getattr(result.trades, name), getattr(one.trades, name), atol=100 * money)
    assert (result.ruined, bool(result.open_positions)) == (one.ruined, one.open_position is not None)
    measured, expected = result.metrics.as_dict(), one.metrics.as_dict()
    for name in SMOOTH_METRICS:
        np.testing.assert_allclose(
            np.array(measured[name], float), np.array(expected[name], float), rtol=1e-6, atol=1e-9
        )


@settings(max_examples=40)
@given(portfolios())
def test_what_the_markets_brought_and_the_start_are_the_equity(portfolio: Portfolio) -> None:
    result = simulate_portfolio(portfolio.markets(), portfolio.signals(), portfolio.setup())
    scale = 1e-9 * max(result.cash, float(np.abs(result.equity).max()))
    np.testing.assert_allclose(result.cash + result.pnl.sum(axis=0), result.equity, rtol=0, atol=scale)
    held = sum(position.unrealised_pnl for position in result.open_positions.values())
    assert abs(result.cash + result.trades.pnl.sum() + held - result.equity[-1]) <= scale
    assert abs(sum(part.pnl for part in result.contributions) + result.cash - result.equity[-1]) <= scale


@settings(max_examples=40)
@given(portfolios(), st.floats(0.1, 0.9))
def test_no_later_bar_changes_anything_at_or_before(portfolio: Portfolio, share: float) -> None:
    markets, signals, setup = portfolio.markets(), portfolio.signals(), portfolio.setup()
    whole = simulate_portfolio(markets, signals, setup)
    cut = max(2, int(share * len(whole.open_time)))
    until = int(whole.open_time[cut - 1])
    changed = [_altered(market, until) for market in markets]
    other = simulate_portfolio(changed, signals, setup)
    assert other.equity[:cut].tobytes() == whole.equity[:cut].tobytes()
    assert other.pnl[:, :cut].tobytes() == whole.pnl[:, :cut].tobytes()
    early = [_early(market, until) for market in markets]
    there = [market for market in early if len(market.bars)]
    if len(there) == len(markets):
        rows = {market.bars.instrument: len(market.bars) for market in there}
        parts = {name: _rows(signals[name], stop) for name, stop in rows.items()}
        part = simulate_portfolio(there, parts, setup)
        assert part.equity.tobytes() == whole.equity[:cut].tobytes()


@settings(max_examples=40)
@given(portfolios())
def test_longs_are_never_worth_more_than_the_equity(portfolio: Portfolio) -> None:
    spot = replace(
        portfolio, worlds=tuple(replace(world, category=Category.SPOT) for world in portfolio.worlds)
    )
    result = simulate_portfolio(spot.markets(), spot.signals(), spot.setup())
    assert (result.weights >= 0.0).all()
    assert result.weights.sum(axis=0).max() <= 1.0 + 1e-5


def test_real_markets_with_funding_and_rebalancing_equal_the_naive_walk(market_files: Path) -> None:
    symbols = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    recorded = [real_perpetual(market_files, f"bybit_linear_{symbol}_1h") for symbol in symbols]
    start = max(market.bars.start_ms for market in recorded)
    markets = [replace(market, bars=market.bars.between(start, None).rows(0, 500)) for market in recorded]
    signals = {market.bars.instrument: _crosses(market.bars) for market in markets}
    setup = PortfolioSetup(None, 10_000.0, InverseVolatility(50), Rebalancing(12, 0.01))
    result = assert_same_walk(markets, signals, setup)
    assert min(part.trades for part in result.contributions) > 5
    assert min(part.rebalanced for part in result.contributions) > 5
    assert all(part.funding != 0.0 for part in result.contributions)
    assert result.market_correlation.min() > 0.4


def _crosses(bars: Bars) -> Signals:
    fast, slow = (np.convolve(bars.close, np.ones(n) / n)[: len(bars)] for n in (5, 30))
    warm = np.arange(len(bars)) >= 30
    up, down = warm & (fast > slow), warm & (fast < slow)
    return Signals(up, down, down, up)


def _altered(market: MarketData, until: int) -> MarketData:
    """The same up to the bars that open at `until`, other prices from there on."""
    bars = market.bars
    cut = int(np.searchsorted(bars.open_time, until, "right"))
    funding, mark = market.funding, market.mark
    if funding is not None:
        funding = replace(funding, rate=np.where(funding.time > until, 0.5, funding.rate))
    if mark is not None and len(mark):
        mark = altered_after(mark, int(np.searchsorted(mark.open_time, until, "right")), 5)
    return MarketData(altered_after(bars, cut, 7), funding, mark)


def _early(market: MarketData, until: int) -> MarketData:
    return MarketData(market.bars.between(None, until + 1), market.funding, market.mark)


def _rows(signals: Signals, stop: int) -> Signals:
    columns = {name: getattr(signals, name) for name in (*FLAG_COLUMNS, *LEVEL_COLUMNS)}
    return Signals(**{name: None if column is None else column[:stop] for name, column in columns.items()})

"""Random portfolios, and the comparison of the engine's walk with the naive one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.backtest.costs import Costs
from engine.backtest.portfolio.allocation import (
    Allocation,
    EqualWeight,
    FixedWeights,
    InverseVolatility,
    Rebalancing,
)
from engine.backtest.portfolio.result import PortfolioSimulation
from engine.backtest.portfolio.setup import PortfolioSetup
from engine.backtest.portfolio.simulate import simulate_portfolio
from engine.backtest.slippage import VolatilityShare
from engine.market.bars import MarketData
from engine.market.instrument import Instrument
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from tests.support import naive_portfolio
from tests.support.walks import HOUR_MS, Walk, walks

TOLERANCE = 1e-9
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")


@dataclass(frozen=True)
class Portfolio:
    """Several random worlds of one time, some listed later."""

    worlds: tuple[Walk, ...]
    late: tuple[int, ...]
    rebalancing: Rebalancing | None
    allocation: str
    range_share: float

    def markets(self) -> list[MarketData]:
        return [self._market(place) for place in range(len(self.worlds))]

    def instruments(self) -> list[Instrument]:
        return [
            Instrument("bybit", world.category, symbol)
            for world, symbol in zip(self.worlds, SYMBOLS, strict=False)
        ]

    def signals(self) -> dict[Instrument, Signals]:
        pairs = zip(self.instruments(), self.worlds, strict=True)
        return {instrument: world.signals() for instrument, world in pairs}

    def setup(self) -> PortfolioSetup:
        instruments = self.instruments()
        allocation: Allocation = EqualWeight()
        if self.allocation == "fixed":
            parts = 1.0 + np.arange(len(instruments))
            allocation = FixedWeights(dict(zip(instruments, (parts / parts.sum()).tolist(), strict=True)))
        elif self.allocation == "volatility":
            allocation = InverseVolatility(5)
        return PortfolioSetup(
            dict(zip(instruments, self.costs(), strict=True)), 9_999.0, allocation, self.rebalancing
        )

    def costs(self) -> list[Costs]:
        if not self.range_share:
            return [world.costs for world in self.worlds]
        return [replace(world.costs, slippage=VolatilityShare(self.range_share)) for world in self.worlds]

    def _market(self, place: int) -> MarketData:
        market, shift = self.worlds[place].market(), self.late[place] * HOUR_MS
        instrument = self.instruments()[place]
        bars, funding, mark = market.bars, market.funding, market.mark
        bars = replace(bars, instrument=instrument, open_time=bars.open_time + shift)
        if funding is not None:
            funding = replace(funding, instrument=instrument, time=funding.time + shift)
        if mark is not None:
            mark = replace(mark, instrument=instrument, open_time=mark.open_time + shift)
        return MarketData(bars, funding, mark)


def portfolios(markets: int = 4) -> st.SearchStrategy[Portfolio]:
    """One to `markets` worlds, calm and wild together."""
    return st.integers(1, markets).flatmap(
        lambda count: st.builds(
            Portfolio,
            worlds=st.tuples(*[walks()] * count),
            late=st.tuples(*[st.sampled_from([0, 0, 1, 7, 60])] * count),
            rebalancing=st.none()
            | st.builds(Rebalancing, st.sampled_from([1, 3, 10]), st.sampled_from([0.0, 0.02, 0.2])),
            allocation=st.sampled_from(["equal", "fixed", "volatility"]),
            range_share=st.sampled_from([0.0, 0.0, 0.3]),
        )
    )


def assert_equal_to_naive(portfolio: Portfolio) -> PortfolioSimulation:
    """Simulate a random portfolio both ways; see `assert_same_walk`."""
    return assert_same_walk(portfolio.markets(), portfolio.signals(), portfolio.setup())


def assert_same_walk(
    markets: list[MarketData], signals: dict[Instrument, Signals], setup: PortfolioSetup
) -> PortfolioSimulation:
    """Simulate both ways and compare equity, contributions and trades to 1e-9."""
    result = simulate_portfolio(markets, signals, setup)
    slow, other = (_naive_run(markets, signals, setup, stop_first) for stop_first in (True, False))
    money = TOLERANCE * max(setup.cash, float(np.abs(slow["equity"]).max()))
    np.testing.assert_allclose(result.equity, slow["equity"], rtol=TOLERANCE, atol=money)
    np.testing.assert_allclose(result.pnl.T, slow["pnl"], rtol=TOLERANCE, atol=money)
    np.testing.assert_allclose(result.band.other_equity, other["equity"], rtol=TOLERANCE, atol=money)
    assert result.band.ambiguous_bars == slow["ambiguous"]
    assert result.ruined == slow["ruined"]
    assert result.metrics.exposure == slow["bars_held"] / len(slow["equity"])
    assert [part.rebalanced for part in result.contributions] == slow["rebalanced"]
    assert any("less free cash" in text for text in result.warnings) == (slow["cut"] > 0)
    places = [result.instruments.index(instrument) for instrument in result.traded]
    assert places == [trade["market"] for trade in slow["trades"]]
    assert list(result.trades.exit_reason) == [trade["exit_reason"] for trade in slow["trades"]]
    for name in ("side", "entry_bar", "exit_bar", "entry_price", "exit_price", "quantity"):
        expected = [trade[name] for trade in slow["trades"]]
        np.testing.assert_allclose(getattr(result.trades, name), expected, rtol=1e-8, err_msg=name)
    for name in ("pnl", "fees", "slippage", "funding"):
        expected = [trade[name] for trade in slow["trades"]]
        got = getattr(result.trades, name)
        np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=money, err_msg=name)
    return result


def _naive_run(
    markets: list[MarketData], signals: dict[Instrument, Signals], setup: PortfolioSetup, stop_first: bool
) -> dict[str, Any]:
    instruments = [market.bars.instrument for market in markets]
    spelled = [
        _naive_market(market, signals[name], setup.costs_of(name))
        for market, name in zip(markets, instruments, strict=True)
    ]
    weight = naive_portfolio.equal_weight
    if isinstance(setup.allocation, FixedWeights):
        weight = naive_portfolio.fixed([setup.allocation.weights[name] for name in instruments])
    elif isinstance(setup.allocation, InverseVolatility):
        weight = naive_portfolio.inverse_volatility(setup.allocation.window)
    plan = setup.rebalancing
    rules = {"weight": weight, "every": plan and plan.every_bars, "band": plan.band if plan else 0.0}
    return naive_portfolio.run(spelled, rules, setup.cash, stop_first)


def _naive_market(market: MarketData, signals: Signals, costs: Costs) -> naive_portfolio.Market:
    bars = market.bars
    names = ("open", "high", "low", "close")
    rows = [
        {"time": int(time), **{name: float(getattr(bars, name)[i]) for name in names}}
        for i, time in enumerate(bars.open_time)
    ]
    acting = _spelled(signals, bars.instrument.category.is_derivative)
    marks = (
        {}
        if market.mark is None
        else dict(zip(market.mark.open_time.tolist(), market.mark.open.tolist(), strict=True))
    )
    stamps = []
    if market.funding is not None and costs.funding and bars.instrument.category.is_derivative:
        pairs = zip(market.funding.time.tolist(), market.funding.rate.tolist(), strict=True)
        stamps = [{"time": time, "rate": rate, "mark": marks.get(time)} for time, rate in pairs]
    if isinstance(costs.slippage, VolatilityShare):
        ranges = [(row["high"] - row["low"]) / row["close"] for row in rows]
        slippage = [0.0, *(min(0.5, costs.slippage.share * width) for width in ranges[:-1])]
    else:
        slippage = [costs.slippage.fraction] * len(rows)
    return {
        "bars": rows,
        "signals": acting,
        "stamps": stamps,
        "maker": costs.maker_fee_bps / 1e4,
        "taker": costs.taker_fee_bps / 1e4,
        "slippage": slippage,
    }


def _spelled(signals: Signals, shorts: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i in range(len(signals)):
        row: dict[str, Any] = {name: bool(getattr(signals, name)[i]) for name in FLAG_COLUMNS}
        for name in LEVEL_COLUMNS:
            column = getattr(signals, name)
            row[name] = None if column is None or math.isnan(column[i]) else float(column[i])
        if not shorts and row["short_entry"]:
            row["long_entry"] = row["short_entry"] = False
        if not shorts:
            row["short_exit"] = False
        rows.append(row)
    return rows

"""Runs the engine and the naive loop on one input and compares everything they leave."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.backtest.costs import Costs
from engine.backtest.result import Simulation
from engine.backtest.simulate import simulate
from engine.market.bars import MarketData
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from tests.support import naive

TOLERANCE = 1e-9
OPEN_NAMES = {"entry_bar": "bar", "entry_price": "fill"}


def naive_bars(market: MarketData) -> naive.Rows:
    """The bars one by one, made once for many runs."""
    bars = market.bars
    columns = (column.tolist() for column in (bars.open_time, bars.open, bars.high, bars.low, bars.close))
    return [
        {"number": number, "time": time, "open": open_, "high": high, "low": low, "close": close}
        for number, (time, open_, high, low, close) in enumerate(zip(*columns, strict=True))
    ]


def naive_run(
    market: MarketData, bars: naive.Rows, signals: Signals, costs: Costs, cash: float
) -> dict[str, Any]:
    rows: naive.Columns = {name: getattr(signals, name).tolist() for name in FLAG_COLUMNS}
    for name in LEVEL_COLUMNS:
        column = getattr(signals, name)
        values = [math.nan] * len(signals) if column is None else column.tolist()
        rows[name] = [None if math.isnan(value) else value for value in values]
    funding, marks = [], {}
    if market.funding is not None and costs.funding:
        pairs = zip(market.funding.time.tolist(), market.funding.rate.tolist(), strict=True)
        funding = [{"time": time, "rate": rate} for time, rate in pairs]
    if market.mark is not None:
        marks = dict(zip(market.mark.open_time.tolist(), market.mark.open.tolist(), strict=True))
    bps = {
        "maker": costs.maker_fee_bps,
        "taker": costs.taker_fee_bps,
        "slippage": costs.slippage.fraction * 1e4,
    }
    return naive.run(bars, rows, funding, marks, bps, cash)


def assert_equal_to_naive(
    market: MarketData,
    signals: Signals,
    costs: Costs,
    cash: float = 10_000.0,
    bars: naive.Rows | None = None,
) -> Simulation:
    """Simulate both ways and compare trades, equity, the open position and every metric to 1e-9."""
    result = simulate(market, signals, costs, cash=cash)
    desk = naive_run(market, bars or naive_bars(market), signals, costs, cash)
    _assert_trades(result, desk)
    money = TOLERANCE * max(1.0, float(np.abs(desk["equity"]).max()))
    np.testing.assert_allclose(result.equity, desk["equity"], rtol=TOLERANCE, atol=money)
    assert result.ruined == desk["ruined"]
    _assert_open(result, desk)
    expected = naive.metrics(desk, cash, market.bars.interval.milliseconds)
    measured = result.metrics.as_dict()
    assert list(measured) == list(expected)
    for name, value in expected.items():
        _assert_near(measured[name], value, name)
    return result


def _assert_trades(result: Simulation, desk: dict[str, Any]) -> None:
    assert len(result.trades) == len(desk["trades"])
    for name in desk["trades"][0] if desk["trades"] else ():
        expected = [trade[name] for trade in desk["trades"]]
        got = list(getattr(result.trades, name))
        if name == "exit_reason":
            assert got == expected
        else:
            np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)


def _assert_open(result: Simulation, desk: dict[str, Any]) -> None:
    position, expected = result.open_position, desk["position"]
    assert (position is None) == (expected is None)
    if position is None or expected is None:
        return
    assert position.side == (1 if expected["side"] == "long" else -1)
    for name in ("entry_bar", "entry_price", "quantity", "fees", "slippage", "funding"):
        _assert_near(getattr(position, name), expected[OPEN_NAMES.get(name, name)], name)


def _assert_near(got: float | None, expected: float | None, name: str) -> None:
    if got is None or expected is None:
        assert got is expected, f"{name}: {got}, naive {expected}"
        return
    assert math.isclose(got, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE), (
        f"{name}: {got}, naive {expected}"
    )

"""The bridge to vectorbt: run signals with it, or hand it a run of ours. Nothing else imports vectorbt.

`simulate_with_vectorbt` lets vectorbt make the orders, from rows that spell out our order of events
(`engine.backtest.vectorbt_rows`), and measures what comes of them by our definitions. vectorbt takes its Rust
engine where `vectorbt-rust` is installed, else numba. `to_vectorbt` gives a portfolio with the fills of a run
of ours, for vectorbt's plots and statistics. docs/engine.md, "Beside vectorbt", lists what differs.

Importing vectorbt takes seconds, numba's first compilation of it many more.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.checks import checked
from engine.backtest.metrics import measure
from engine.backtest.notices import data_notices, signal_notices
from engine.backtest.prepared import prepare
from engine.backtest.result import Band, Metrics, Simulation
from engine.backtest.setup import Setup
from engine.backtest.vectorbt_orders import (
    Positions,
    ambiguous_bars,
    equity_of,
    jumped_targets,
    open_position_of,
    positions_of,
    trades_of,
)
from engine.backtest.vectorbt_rows import SIDES, refuse_what_vectorbt_lacks, rows_of
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.strategy.signals import Signals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_REPLAY_TOLERANCE = 1e-9
_BUY, _SELL = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class _Fills:
    """Fills as columns; `bought` is the quantity, negative for a sale."""

    bar: Integers
    bought: Floats
    price: Floats
    fees: Floats


def simulate_with_vectorbt(
    market: MarketData, signals: Signals, setup: Setup, *, detail: Bars | None = None
) -> Simulation:
    """Run signals through vectorbt's `Portfolio.from_signals`; what `simulate(..., engine="vectorbt")` does.

    Returns:
        The result by our definitions. Its band is the result itself, as vectorbt knows one order of high and
        low; a warning counts the bars in which the other might have changed something.

    Raises:
        InvalidInput: as `simulate`; and the run needs what vectorbt lacks (the text names all of it), or it
            is ruined.
    """
    prepare(market, setup, detail=detail)
    bars, category = market.bars, market.bars.instrument.category
    given = checked(signals, len(bars))
    acting = given if category.is_derivative else _without_shorts(given)
    refuse_what_vectorbt_lacks(market, acting, setup, detail)
    positions, equity, metrics = _run(bars, acting, setup)
    _, benchmark_equity, benchmark = _run(bars, _buy_and_hold(len(bars)), Setup(setup.costs, setup.cash))
    total_return = float(equity[-1]) / setup.cash - 1.0
    notices = (*data_notices(market, setup.costs), *signal_notices(given, category))
    return Simulation(
        cash=setup.cash,
        equity=equity,
        trades=trades_of(positions, bars, acting, setup),
        open_position=open_position_of(positions, bars, acting),
        metrics=metrics,
        benchmark=benchmark,
        benchmark_equity=benchmark_equity,
        ruined=False,
        warnings=(*notices, *_warnings(positions, bars)),
        band=Band(total_return, total_return, ambiguous_bars(positions, bars), equity),
    )


def to_vectorbt(market: MarketData, simulation: Simulation) -> Any:
    """A `vectorbt.Portfolio` that holds the fills of a run; its value is the run's equity to 1e-9.

    Args:
        market: the one of the run.

    Raises:
        InvalidInput: the fills do not make the equity: funding was paid, or orders were filled in parts.
            vectorbt has no payments beside orders, and our trades hold averages of partial fills.
    """
    bars, trades, position = market.bars, simulation.trades, simulation.open_position
    if len(bars) != len(simulation.equity):
        raise InvalidInput(
            f"The run has {len(simulation.equity)} bars, the market {len(bars)}.",
            "Give the run's own market.",
        )
    if trades.funding.any() or (position is not None and position.funding):
        raise InvalidInput(
            "vectorbt has no funding, and this run paid some.",
            "Simulate with Costs(..., funding=False), then hand it over.",
        )
    fills = _fills(bars, simulation)
    off = np.abs(_value(bars, fills, simulation.cash) - simulation.equity)
    if (off > _REPLAY_TOLERANCE * np.abs(simulation.equity).max()).any():
        raise InvalidInput(
            f"The trades do not make the equity at bar {int(np.argmax(off))}: orders were filled in parts.",
            "Simulate with participation=None, then hand it over.",
        )
    vectorbt = _vectorbt()
    close = bars.frame()["close"]
    wrapper = vectorbt.ArrayWrapper.from_obj(close, freq=f"{bars.interval.milliseconds}ms")
    orders: NDArray[Any] = np.zeros(len(fills.bar), vectorbt.portfolio.enums.order_dt)
    orders["id"], orders["idx"] = np.arange(len(orders)), fills.bar
    orders["size"], orders["price"], orders["fees"] = np.abs(fills.bought), fills.price, fills.fees
    orders["side"] = np.where(fills.bought > 0.0, _BUY, _SELL)
    logs = np.empty(0, vectorbt.portfolio.enums.log_dt)
    return vectorbt.Portfolio(wrapper, close, orders, logs, np.array([simulation.cash]), cash_sharing=False)


def _vectorbt() -> Any:
    return importlib.import_module("vectorbt")


def _orders(bars: Bars, signals: Signals, setup: Setup) -> NDArray[Any]:
    """The orders that vectorbt makes of the signals."""
    rows = rows_of(bars, signals, setup)
    portfolio = _vectorbt().Portfolio.from_signals(
        rows.close,
        entries=rows.entries,
        exits=rows.exits,
        direction=[["longonly" if side > 0 else "shortonly" for side in SIDES]],
        price=rows.price,
        open=rows.open,
        high=rows.high,
        low=rows.low,
        size=rows.size,
        size_type="percent",
        fees=rows.fees,
        slippage=rows.slippage,
        sl_stop=rows.sl_stop,
        sl_trail=rows.sl_trail,
        tp_stop=rows.tp_stop,
        stop_entry_price="fillprice",
        stop_exit_price="stopmarket",
        upon_stop_exit="close",
        accumulate=False,
        init_cash=setup.cash,
        cash_sharing=True,
        call_seq="default",
    )
    return portfolio.order_records


def _run(bars: Bars, signals: Signals, setup: Setup) -> tuple[Positions, Floats, Metrics]:
    positions = positions_of(_orders(bars, signals, setup), bars, signals, setup)
    equity = equity_of(positions, bars, setup.cash)
    trades, position = trades_of(positions, bars, signals, setup), open_position_of(positions, bars, signals)
    return positions, equity, measure(setup.cash, equity, bars.interval, trades, position)


def _without_shorts(signals: Signals) -> Signals:
    """The same on a market that has no shorts; long and short entry together still cancel each other."""
    none = np.zeros(len(signals), np.bool_)
    long_entry = signals.long_entry & ~signals.short_entry
    return replace(signals, long_entry=long_entry, short_entry=none, short_exit=none)


def _buy_and_hold(bars: int) -> Signals:
    none = np.zeros(bars, np.bool_)
    first = none.copy()
    first[0] = True
    return Signals(first, none, none, none)


def _warnings(positions: Positions, bars: Bars) -> tuple[str, ...]:
    said: list[str] = []
    ambiguous, jumped = ambiguous_bars(positions, bars), jumped_targets(positions, bars)
    if ambiguous:
        said.append(
            f"In {ambiguous} bars a stop and a target both lay within reach: vectorbt meets the stop first,"
            " and there is no band."
        )
    if jumped:
        said.append(
            f"The open jumped {jumped} targets: beside stops, vectorbt fills them as a taker with slippage,"
            " or meets the stop of that bar first."
        )
    return tuple(said)


def _fills(bars: Bars, simulation: Simulation) -> _Fills:
    """Entry and exit of every trade in turn, then the open position's entry.

    A trade knows its fees as a sum; the entry's share follows from the equity at the close of its bar. Where
    it ended in that bar the shares make no difference to the equity, and the exit has all.
    """
    trades, position = simulation.trades, simulation.open_position
    settled = simulation.cash + np.concatenate([[0.0], np.cumsum(trades.pnl)])
    move = bars.close[trades.entry_bar] - trades.entry_price
    valued = settled[:-1] + trades.side * trades.quantity * move
    lasts = trades.entry_bar < trades.exit_bar
    entry_fees = np.where(lasts, valued - simulation.equity[trades.entry_bar], 0.0)
    bought = trades.side * trades.quantity
    fills = _Fills(
        np.column_stack([trades.entry_bar, trades.exit_bar]).ravel(),
        np.column_stack([bought, -bought]).ravel(),
        np.column_stack([trades.entry_price, trades.exit_price]).ravel(),
        np.column_stack([entry_fees, trades.fees - entry_fees]).ravel(),
    )
    if position is None:
        return fills
    return _Fills(
        np.append(fills.bar, position.entry_bar),
        np.append(fills.bought, position.side * position.quantity),
        np.append(fills.price, position.entry_price),
        np.append(fills.fees, position.fees),
    )


def _value(bars: Bars, fills: _Fills, cash: float) -> Floats:
    """Equity at the closes that follows from the fills alone."""
    flow, amount = np.zeros(len(bars)), np.zeros(len(bars))
    np.add.at(flow, fills.bar, -fills.bought * fills.price - fills.fees)
    np.add.at(amount, fills.bar, fills.bought)
    return cash + np.cumsum(flow) + np.cumsum(amount) * bars.close

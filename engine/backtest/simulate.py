"""One simulation: bars, signals and costs in; trades, equity, metrics, buy and hold, and warnings out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.costs import Costs
from engine.backtest.metrics import measure
from engine.backtest.notices import RUINED, data_notices, signal_notices
from engine.backtest.result import Band, ExitReason, OpenPosition, Simulation, Trades
from engine.backtest.slippage import FixedSlippage, HalfSpread
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

if TYPE_CHECKING:
    from engine.backtest.kernel import Outcome

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BPS = 10_000.0
_ABSENT: Floats = np.empty(0, np.float64)


def simulate(
    market: Bars | MarketData, signals: Signals, costs: Costs | None = None, *, cash: float = 10_000.0
) -> Simulation:
    """Run signals over bars. The order of events stands in `engine.backtest.kernel`.

    Args:
        market: bars, or bars with the funding and mark prices of a perpetual.
        signals: one row per bar; the row of a bar acts at the open of the next.
        costs: fees and slippage; the instrument's category has defaults.
        cash: start equity, quote currency.

    Raises:
        InvalidInput: fewer than two bars, signals of another length or type, cash not above 0, funding or
            mark prices of another instrument, or prices so extreme that equity overflows.
    """
    data = MarketData(market) if isinstance(market, Bars) else market
    category = data.bars.instrument.category
    costs = costs or Costs.defaults(category)
    _check_market(data, cash)
    signals = _checked(signals, len(data.bars))
    acting = signals if category.is_derivative else _without_shorts(signals)
    funding = _settlements(data, costs)
    outcome = _run(data.bars, acting, costs, funding, cash)
    holding = _run(data.bars, _buy_and_hold(len(data.bars)), costs, funding, cash)
    notices = [*data_notices(data, costs), *signal_notices(signals, category)]
    return _simulation(data.bars, outcome, holding, signals.tag, cash, tuple(notices))


def _check_market(data: MarketData, cash: float) -> None:
    if not (math.isfinite(cash) and cash > 0):
        raise InvalidInput(f"cash = {cash} is not possible.", "Give a start equity above 0, e.g. 10000.")
    if len(data.bars) < 2:
        raise InvalidInput(
            f"A simulation needs at least 2 bars, these are {len(data.bars)}.",
            "A signal acts at the next bar's open: choose a longer window.",
        )
    for name, part in (("Funding rates", data.funding), ("Mark prices", data.mark)):
        if part is not None and part.instrument != data.bars.instrument:
            raise InvalidInput(
                f"{name} are of {part.instrument}, the bars of {data.bars.instrument}.",
                "Give the series of one instrument.",
            )


def _checked(signals: Signals, bars: int) -> Signals:
    """The same with every column an array that the kernel can read."""
    flags = {name: _flags(name, getattr(signals, name), bars) for name in FLAG_COLUMNS}
    levels = {name: _level(name, getattr(signals, name), bars) for name in LEVEL_COLUMNS}
    if signals.tag is not None and len(signals.tag) != bars:
        raise InvalidInput(f"Signal tag has {len(signals.tag)} rows for {bars} bars.", "Give one per bar.")
    return replace(signals, **flags, **levels)


def _column(name: str, values: Any, bars: int) -> NDArray[Any]:
    column = np.ascontiguousarray(values)
    if column.shape != (bars,):
        shape = " x ".join(map(str, column.shape))
        raise InvalidInput(f"Signal {name} has {shape} rows for {bars} bars.", "Give one per bar.")
    return column


def _flags(name: str, values: Any, bars: int) -> Flags:
    column = _column(name, values, bars)
    if column.dtype != np.bool_:
        raise InvalidInput(
            f"Signal {name} has dtype {column.dtype}, not bool.", "Compare to get True or False."
        )
    return column


def _level(name: str, values: Any, bars: int) -> Floats | None:
    if values is None:
        return None
    column = _column(name, values, bars)
    if column.dtype.kind not in "fiu":
        raise InvalidInput(f"Signal {name} has dtype {column.dtype}, not float64.", "NaN means none.")
    column = column.astype(np.float64, copy=False)
    is_size = name == "size"
    top = 1.0 if is_size else np.finfo(np.float64).max
    wrong = np.flatnonzero((column < 0.0) | (column > top) | ((column == 0.0) & (not is_size)))
    if len(wrong):
        row = int(wrong[0])
        span = "0 to 1" if is_size else "a fraction above 0, e.g. 0.02 for 2%"
        raise InvalidInput(f"Signal {name} is {column[row]:g} at row {row}.", f"It is {span}, or NaN.")
    return column


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


def _settlements(data: MarketData, costs: Costs) -> tuple[Integers, Floats, Floats]:
    """Bar at whose open each funding stamp is settled, its rate, and the price of the notional.

    A stamp inside a bar is settled at the next open. The price is the mark's open at the stamp, else the
    open of the bar at which it is settled.
    """
    used = data.used()
    funding, mark = used.funding, used.mark
    if funding is None or not costs.funding or not data.bars.instrument.category.is_derivative:
        return np.empty(0, np.int64), _ABSENT, _ABSENT
    bar = np.searchsorted(data.bars.open_time, funding.time, "left")
    price = data.bars.open[bar]
    if mark is not None and len(mark):
        price[np.searchsorted(funding.time, mark.open_time)] = mark.open
    return bar, funding.rate, price


def _run(
    bars: Bars, signals: Signals, costs: Costs, funding: tuple[Integers, Floats, Floats], cash: float
) -> Outcome:
    from engine.backtest.kernel import run

    funding_bar, funding_rate, funding_price = funding
    outcome = run(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        signals.long_entry,
        signals.long_exit,
        signals.short_entry,
        signals.short_exit,
        _ABSENT if signals.stop_loss is None else signals.stop_loss,
        _ABSENT if signals.take_profit is None else signals.take_profit,
        _ABSENT if signals.trailing_stop is None else signals.trailing_stop,
        _ABSENT if signals.size is None else signals.size,
        funding_bar,
        funding_rate,
        funding_price,
        cash,
        costs.maker_fee_bps / _BPS,
        costs.taker_fee_bps / _BPS,
        _slippage(costs),
    )
    if not np.isfinite(outcome.equity[-1]):
        raise InvalidInput(
            "Equity overflows on these prices.", "Check the bars: prices lie too far apart to be real."
        )
    return outcome


def _slippage(costs: Costs) -> float:
    return costs.slippage.fraction if isinstance(costs.slippage, FixedSlippage | HalfSpread) else 0.0


def _simulation(
    bars: Bars,
    outcome: Outcome,
    holding: Outcome,
    tag: tuple[str, ...] | None,
    cash: float,
    notices: tuple[str, ...],
) -> Simulation:
    trades, position = _trades(bars, outcome, tag), _open_position(bars, outcome, tag)
    held, kept = _trades(bars, holding, None), _open_position(bars, holding, None)
    return Simulation(
        cash=cash,
        equity=outcome.equity,
        trades=trades,
        open_position=position,
        metrics=measure(cash, outcome.equity, bars.interval, trades, position),
        benchmark=measure(cash, holding.equity, bars.interval, held, kept),
        benchmark_equity=holding.equity,
        ruined=outcome.ruined,
        band=Band(
            float(outcome.equity[-1]) / cash - 1.0, float(outcome.equity[-1]) / cash - 1.0, 0, outcome.equity
        ),
        warnings=(*notices, RUINED) if outcome.ruined else notices,
    )


def _trades(bars: Bars, outcome: Outcome, tag: tuple[str, ...] | None) -> Trades:
    from engine.backtest.kernel import REASONS

    rows, closed = outcome.ledger, slice(0, outcome.closed)
    side, quantity = rows.side[closed].copy(), rows.quantity[closed].copy()
    entry_bar, exit_bar = rows.entry_bar[closed].copy(), rows.exit_bar[closed].copy()
    entry_price, exit_price = rows.entry_price[closed].copy(), rows.exit_price[closed].copy()
    fees, funding = rows.fees[closed].copy(), rows.funding[closed].copy()
    pnl = side * quantity * (exit_price - entry_price) - fees - funding
    notional = quantity * entry_price
    names = np.array([ExitReason(reason) for reason in REASONS], dtype=object)
    return Trades(
        side=side,
        entry_bar=entry_bar,
        exit_bar=exit_bar,
        entry_time=bars.open_time[entry_bar],
        exit_time=bars.open_time[exit_bar],
        entry_price=entry_price,
        exit_price=exit_price,
        quantity=quantity,
        pnl=pnl,
        net_return=np.divide(pnl, notional, out=np.zeros_like(pnl), where=notional > 0.0),
        fees=fees,
        slippage=rows.slippage[closed].copy(),
        funding=funding,
        stop_loss=np.full(len(side), np.nan),
        take_profit=np.full(len(side), np.nan),
        adverse_excursion=np.zeros(len(side)),
        favourable_excursion=np.zeros(len(side)),
        exit_reason=tuple(names[rows.reason[closed]].tolist()),
        tag=("",) * len(side) if tag is None else tuple(_tag(tag, bar) for bar in entry_bar.tolist()),
    )


def _open_position(bars: Bars, outcome: Outcome, tag: tuple[str, ...] | None) -> OpenPosition | None:
    if not outcome.is_open:
        return None
    rows, last = outcome.ledger, outcome.closed
    side, quantity, entry = int(rows.side[last]), float(rows.quantity[last]), float(rows.entry_price[last])
    fees, funding = float(rows.fees[last]), float(rows.funding[last])
    entry_bar = int(rows.entry_bar[last])
    return OpenPosition(
        side=side,
        entry_bar=entry_bar,
        entry_time=int(bars.open_time[entry_bar]),
        entry_price=entry,
        quantity=quantity,
        unrealised_pnl=side * quantity * (float(bars.close[-1]) - entry) - fees - funding,
        tag=_tag(tag, entry_bar),
        fees=fees,
        slippage=float(rows.slippage[last]),
        funding=funding,
    )


def _tag(tag: tuple[str, ...] | None, entry_bar: int) -> str:
    """The reason given at the signal of an entry, which is the bar before it."""
    return "" if tag is None else tag[entry_bar - 1]

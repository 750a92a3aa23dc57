"""One simulation of an event-shaped strategy: its orders through the compiled desk, bar by bar."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.backtest.desk.context import DeskContext
from engine.backtest.desk.orders import OrderDesk, fill_of, rejection_of
from engine.backtest.desk.records import EVENT, Rows
from engine.backtest.desk.trades import open_position_of, trades_of
from engine.backtest.metrics import measure
from engine.backtest.notices import RUINED, data_notices
from engine.backtest.prepared import Prepared, prepare
from engine.backtest.result import Band, Simulation
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.strategy.events import EventStrategy
from engine.strategy.orders import Fill, FillReason, Rejection
from engine.strategy.signals import Signals


@dataclass(frozen=True, slots=True)
class EventRun:
    """A finished simulation with everything that happened to its orders, in order."""

    simulation: Simulation
    fills: tuple[Fill[float], ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class _Pass:
    """A strategy's way through the bars under one assumption."""

    desk: OrderDesk
    context: DeskContext
    events: Rows
    fills: tuple[Fill[float], ...]
    rejections: tuple[Rejection, ...]

    def count(self, name: str) -> int:
        return int(self.desk.account[name][0])


def simulate_events(
    market: Bars | MarketData, strategy: EventStrategy, setup: Setup | None = None
) -> EventRun:
    """Run a strategy over bars. The order of events stands in docs/engine.md, section Orders.

    A second run, of the same strategy from its `on_start`, gives the band where the order of high and low
    inside a bar may have decided.

    Args:
        setup: sizing and drawdown scaling are of signals and not read; None for the category's defaults.

    Raises:
        InvalidInput: fewer than two bars, series of another instrument, or prices so extreme that equity
            overflows.
    """
    if not isinstance(strategy, EventStrategy):  # pyright: ignore[reportUnnecessaryIsInstance] - a caller's slip
        raise InvalidInput(
            f"{strategy!r} is no event-shaped strategy.", "Give one, e.g. event_strategy('grid', {})."
        )
    data = MarketData(market) if isinstance(market, Bars) else market
    setup = setup or Setup.defaults(data.bars.instrument.category)
    prepared = prepare(data, setup)
    done = _run(prepared, strategy, target_first=False)
    contested = done.count("contested")
    other = _run(prepared, strategy, target_first=True).desk.equity if contested else done.desk.equity
    equity = done.desk.equity
    if not (np.isfinite(equity[-1]) and np.isfinite(other[-1])):
        raise InvalidInput(
            "Equity overflows on these prices.", "Check the bars: prices lie too far apart to be real."
        )
    returns = float(equity[-1]) / setup.cash - 1.0, float(other[-1]) / setup.cash - 1.0
    band = Band(min(returns), max(returns), contested, other)
    return EventRun(_simulation(prepared, done, band), done.fills, done.rejections)


def _run(prepared: Prepared, strategy: EventStrategy, *, target_first: bool) -> _Pass:
    bars = prepared.market.bars
    desk = OrderDesk(prepared, target_first=target_first)
    context = DeskContext(desk, bars.open_time, prepared.setup.filters)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    add_open, add_high, add_low = context.open.append, context.high.append, context.low.append
    add_close, add_volume, on_bar = context.close.append, context.volume.append, strategy.on_bar
    kept: list[bytes] = []
    fills: list[Fill[float]] = []
    rejections: list[Rejection] = []
    strategy.on_start(context)
    for bar, (open_, high, low, close, volume) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        add_open(open_)
        add_high(high)
        add_low(low)
        add_close(close)
        add_volume(volume)
        context.bar = bar
        if not (desk.idle or bar < desk.quiet_until):
            events = desk.advance(bar)
            if len(events):
                kept.append(events.tobytes())
                _tell(strategy, context, events, fills, rejections)
            if desk.ruined:
                break
        on_bar(context)
    desk.advance(len(bars) - 1)
    strategy.on_finish(context)
    events = np.frombuffer(b"".join(kept), EVENT)
    return _Pass(desk, context, events, tuple(fills), tuple(rejections))


def _tell(
    strategy: EventStrategy,
    context: DeskContext,
    events: Rows,
    fills: list[Fill[float]],
    rejections: list[Rejection],
) -> None:
    """Note what a bar brought, and tell the strategy of its fills."""
    for row in events:
        if row["rejected"]:
            rejections.append(rejection_of(row))
        else:
            fill = fill_of(row, context.tag_of(int(row["id"])))
            fills.append(fill)
            strategy.on_fill(context, fill)


def _simulation(prepared: Prepared, done: _Pass, band: Band) -> Simulation:
    data, setup, equity = prepared.market, prepared.setup, done.desk.equity
    trades = trades_of(data.bars, done.events, done.context.tag_of)
    position = open_position_of(data.bars, done.desk.account, done.context.tag_of)
    # Of a run without signals only its benchmark is of use: buying and holding with the same costs.
    idle = np.zeros(len(data.bars), np.bool_)
    holding = simulate_with(data, Signals(idle, idle, idle, idle), Setup(setup.costs, setup.cash))
    return Simulation(
        cash=setup.cash,
        equity=equity,
        trades=trades,
        open_position=position,
        metrics=measure(
            setup.cash, equity, data.bars.interval, trades, position, bars_exposed=done.count("exposed")
        ),
        benchmark=holding.benchmark,
        benchmark_equity=holding.benchmark_equity,
        ruined=done.desk.ruined,
        band=band,
        warnings=_warnings(prepared, done),
    )


def _warnings(prepared: Prepared, done: _Pass) -> tuple[str, ...]:
    counts = Counter(rejection.why for rejection in done.rejections)
    liquidations = sum(fill.reason is FillReason.LIQUIDATION for fill in done.fills)
    texts = [
        *data_notices(prepared.market, prepared.setup.costs),
        *(
            f"{count} orders were refused or cut short: {why.value.replace('_', ' ')}."
            for why, count in sorted(counts.items())
        ),
    ]
    if liquidations:
        texts.append(f"{liquidations} positions were liquidated.")
    if prepared.unmarked:
        texts.append(
            f"No mark price for {prepared.unmarked} of {len(prepared)} bars: their own prices decide"
            " liquidation there."
        )
    return (*texts, RUINED) if done.desk.ruined else tuple(texts)

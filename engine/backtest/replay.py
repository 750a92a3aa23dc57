"""Walk a market through `engine.backtest.rules` bar by bar: slow, and exact in Decimals."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from engine.backtest.rules import (
    FLOATS,
    Arithmetic,
    Assumption,
    Bar,
    N,
    SignalRow,
    State,
    start,
    step,
    terms_of,
)
from engine.backtest.setup import Setup
from engine.backtest.sizing import VolatilityTarget
from engine.market.bars import PRICE_COLUMNS, Bars, MarketData
from engine.market.detail import detail_of
from engine.market.marks import mark_prices
from engine.strategy.orders import Fill, Intent, Rejection
from engine.strategy.signals import Signals


@dataclass(frozen=True, slots=True)
class Replay(Generic[N]):
    """What a walk brought.

    Attributes:
        equity: at each bar's close.
        state: after the last bar.
    """

    equity: tuple[N, ...]
    fills: tuple[Fill[N], ...]
    rejections: tuple[Rejection, ...]
    ambiguous_bars: int
    state: State[N]


def replay_signals(
    market: MarketData,
    signals: Signals,
    setup: Setup,
    arithmetic: Arithmetic[N] = FLOATS,
    assumption: Assumption = Assumption.STOP_FIRST,
    *,
    detail: Bars | None = None,
) -> Replay[N]:
    """Run signals; the row of a bar is what is asked for when it closes."""
    rows = ([row] for row in signal_rows(market, signals, setup, arithmetic))
    return replay(market, rows, setup, arithmetic, assumption, detail=detail)


def replay(
    market: MarketData,
    asked: Iterable[Sequence[Intent[N] | SignalRow[N]]],
    setup: Setup,
    arithmetic: Arithmetic[N] = FLOATS,
    assumption: Assumption = Assumption.STOP_FIRST,
    *,
    detail: Bars | None = None,
) -> Replay[N]:
    """Run intents: one sequence per bar, what is asked for when it closes."""
    terms = terms_of(setup, market.bars.instrument.category, arithmetic)
    state, before = start(terms), itertools.chain([()], asked)
    equity: list[N] = []
    fills: list[Fill[N]] = []
    rejections: list[Rejection] = []
    ambiguous = 0
    for bar, intents in zip(bars_of(market, setup, arithmetic, detail), before, strict=False):
        done = step(state, bar, intents, terms, assumption)
        state = done.state
        equity.append(state.equity)
        fills += done.fills
        rejections += done.rejections
        ambiguous += done.ambiguous
    return Replay(tuple(equity), tuple(fills), tuple(rejections), ambiguous, state)


def bars_of(
    market: MarketData, setup: Setup, arithmetic: Arithmetic[N], detail: Bars | None = None
) -> Iterator[Bar[N]]:
    """The bars as the rules take them: with settlements due at each open, mark, and finer bars."""
    bars, number = market.bars, arithmetic.number
    marks = mark_prices(bars, None if setup.margin is None else market.mark)
    unmarked = marks.uncovered == len(bars)
    insides = _insides(bars, detail, arithmetic)
    due = _settlements(market, setup)
    prices = (getattr(bars, name).tolist() for name in (*PRICE_COLUMNS, "volume"))
    marked = (getattr(marks, name).tolist() for name in PRICE_COLUMNS)
    for time, inside, *row in zip(bars.open_time.tolist(), insides, *prices, *marked, strict=True):
        open_, high, low, close, volume, *mark = map(number, row)
        funding: list[tuple[N, N]] = []
        while due and due[0][0] <= time:
            _, rate, price = due.popleft()
            funding.append((number(rate), open_ if price is None else number(price)))
        decides = None if unmarked else (mark[0], mark[1], mark[2], mark[3])
        yield Bar(open_, high, low, close, volume, decides, tuple(funding), inside)


def _insides(
    bars: Bars, detail: Bars | None, arithmetic: Arithmetic[N]
) -> list[tuple[tuple[N, N, N, N], ...]]:
    """The finer bars of each bar; none where it has no detail."""
    if detail is None:
        return [()] * len(bars)
    number, inside = arithmetic.number, detail_of(bars, detail)
    columns = zip(*(getattr(detail, name).tolist() for name in PRICE_COLUMNS), strict=True)
    finer = [(number(o), number(h), number(low), number(c)) for o, h, low, c in columns]
    spans = zip(inside.first.tolist(), inside.stop.tolist(), strict=True)
    return [tuple(finer[first:stop]) for first, stop in spans]


def signal_rows(
    market: MarketData, signals: Signals, setup: Setup, arithmetic: Arithmetic[N]
) -> Iterator[SignalRow[N]]:
    """The rows of signals in the numbers of `arithmetic`."""
    targets = _volatility_targets(market, setup, arithmetic)
    for row in range(len(signals)):
        levels = {
            name: _level(getattr(signals, name), row, arithmetic)
            for name in ("stop_loss", "take_profit", "trailing_stop", "size")
        }
        yield SignalRow(
            bool(signals.long_entry[row]),
            bool(signals.long_exit[row]),
            bool(signals.short_entry[row]),
            bool(signals.short_exit[row]),
            **levels,
            target=targets[row],
            tag="" if signals.tag is None else signals.tag[row],
        )


def _level(column: Sequence[float] | None, row: int, arithmetic: Arithmetic[N]) -> N | None:
    value = None if column is None else float(column[row])
    return None if value is None or value != value else arithmetic.number(value)


def _settlements(market: MarketData, setup: Setup) -> deque[tuple[int, float, float | None]]:
    """(stamp, rate, mark's open at the stamp or None), ascending, after the first open."""
    funding = market.funding
    if funding is None or not setup.costs.funding or not market.bars.instrument.category.is_derivative:
        return deque()
    marks = (
        {}
        if market.mark is None
        else dict(zip(market.mark.open_time.tolist(), market.mark.open.tolist(), strict=True))
    )
    first = market.bars.start_ms
    stamps = zip(funding.time.tolist(), funding.rate.tolist(), strict=True)
    return deque((time, rate, marks.get(time)) for time, rate in stamps if time > first)


def _volatility_targets(market: MarketData, setup: Setup, arithmetic: Arithmetic[N]) -> list[N | None]:
    """Target over realised volatility at each bar, where the sizing asks for it."""
    bars, sizing, number = market.bars, setup.sizing, arithmetic.number
    if not isinstance(sizing, VolatilityTarget):
        return [None] * len(bars)
    close = [number(value) for value in bars.close.tolist()]
    returns = [after / before - 1 for before, after in itertools.pairwise(close)]
    year = arithmetic.root(number(bars.interval.bars_per_year))
    targets: list[N | None] = [None] * len(bars)
    for row in range(sizing.window, len(bars)):
        seen = returns[row - sizing.window : row]
        mean = sum(seen, start=number(0)) / sizing.window
        squares = sum(((value - mean) ** 2 for value in seen), start=number(0))
        deviation = arithmetic.root(squares / (sizing.window - 1))
        if deviation > 0:
            targets[row] = number(sizing.annual_volatility) / (deviation * year)
    return targets

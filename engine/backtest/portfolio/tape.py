"""Markets, signals and costs as the arrays that the portfolio's kernel walks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.checks import checked
from engine.backtest.costs import Costs
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.errors import InvalidInput
from engine.market.bars import PRICE_COLUMNS, Bars, MarketData
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

if TYPE_CHECKING:
    from engine.backtest.portfolio.forms import Tape

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BPS = 10_000.0
_LARGEST_SLIPPAGE = 0.5


def tape_of(markets: Sequence[MarketData], costs: Sequence[Costs], signals: Sequence[Signals]) -> Tape:
    """The markets behind each other, with their costs, funding and checked signals."""
    from engine.backtest.portfolio.forms import Tape

    series = [market.bars for market in markets]
    first = _starts([len(bars) for bars in series])
    stamps = [_settlements(market, cost) for market, cost in zip(markets, costs, strict=True)]
    rows = [stamp[0] + start for stamp, start in zip(stamps, first[:-1], strict=True)]
    time = np.concatenate([bars.open_time for bars in series])
    prices = [np.concatenate([getattr(bars, name) for bars in series]) for name in PRICE_COLUMNS]
    slippage = [_slippage(bars, cost) for bars, cost in zip(series, costs, strict=True)]
    tape = Tape(
        grid=np.unique(time),
        time=time,
        first=first,
        prices=np.stack(prices),
        flags=_flags(signals),
        levels=_levels(signals),
        slippage=np.concatenate(slippage),
        fees=np.array([(cost.maker_fee_bps / _BPS, cost.taker_fee_bps / _BPS) for cost in costs]),
        stamp_first=_starts([len(row) for row in rows]),
        stamp_row=np.concatenate(rows),
        stamp_rate=np.concatenate([stamp[1] for stamp in stamps]),
        stamp_price=np.concatenate([stamp[2] for stamp in stamps]),
    )
    return Tape(*map(_read_only, tape))


def with_signals(tape: Tape, signals: Sequence[Signals]) -> Tape:
    """The same markets with other signals."""
    return tape._replace(flags=_read_only(_flags(signals)), levels=_read_only(_levels(signals)))


def acting_signals(signals: Signals, bars: Bars) -> Signals:
    """Signals checked, and on a market that has no shorts without them.

    A long and a short entry together still cancel each other.

    Raises:
        InvalidInput: a column of another length or type, or a value out of range.
    """
    signals = checked(signals, len(bars))
    if bars.instrument.category.is_derivative:
        return signals
    none = np.zeros(len(bars), np.bool_)
    long_entry = signals.long_entry & ~signals.short_entry
    return replace(signals, long_entry=long_entry, short_entry=none, short_exit=none)


def _flags(signals: Sequence[Signals]) -> Flags:
    return np.stack([np.concatenate([getattr(part, name) for part in signals]) for name in FLAG_COLUMNS])


def _levels(signals: Sequence[Signals]) -> Floats:
    return np.stack([np.concatenate([_level(part, name) for part in signals]) for name in LEVEL_COLUMNS])


def _read_only(column: NDArray[Any]) -> NDArray[Any]:
    column.flags.writeable = False
    return column


def _level(signals: Signals, name: str) -> Floats:
    column = getattr(signals, name)
    return np.full(len(signals), np.nan) if column is None else column


def _starts(lengths: Sequence[int]) -> Integers:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _slippage(bars: Bars, costs: Costs) -> Floats:
    """float64[n]: how much a taker's fill in each bar is worse; the range is that of the bar before."""
    match costs.slippage:
        case FixedSlippage() | HalfSpread():
            return np.full(len(bars), costs.slippage.fraction)
        case VolatilityShare():
            ranges = np.append(0.0, ((bars.high - bars.low) / bars.close)[:-1])
            return np.minimum(costs.slippage.share * ranges, _LARGEST_SLIPPAGE)
        case SquareRootImpact():
            raise InvalidInput(
                "A portfolio knows no SquareRootImpact.", "Use FixedSlippage, HalfSpread or VolatilityShare."
            )


def _settlements(market: MarketData, costs: Costs) -> tuple[Integers, Floats, Floats]:
    """Bar at whose open each funding stamp is settled, its rate, and the price of the notional."""
    if not costs.funding or not market.bars.instrument.category.is_derivative:
        market = replace(market, funding=None)
    used = market.used()
    funding, mark = used.funding, used.mark
    if funding is None:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    bar = np.searchsorted(market.bars.open_time, funding.time, "left")
    price = market.bars.open[bar]
    if mark is not None and len(mark):
        price[np.searchsorted(funding.time, mark.open_time)] = mark.open
    return bar, funding.rate, price

"""A run in vectorbt's terms: each bar becomes four rows, longs and shorts two columns that share one cash.

vectorbt's `Portfolio.from_signals` knows one order per row and column, looks at stops before it looks at
signals, and has one price of slippage and one fee per row. So the order of events is spelled out in rows:

    row 4i      exits at the open of bar i       taker; an exit of the side, or an entry of the other
    row 4i + 1  entries at the open              taker; sized by the cash that the exits left
    row 4i + 2  stops inside the bar             taker; the row's prices are the open and the extreme against
    row 4i + 3  targets inside the bar           maker, no slippage; the whole bar

In the first two rows there are no prices that a stop or target could meet (NaN). A position is in the column
of its side, so that "the extreme against" is known before the run is: the low for longs, the high for shorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.setup import Setup
from engine.backtest.sizing import FractionOfEquity
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.strategy.signals import Signals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROWS_PER_BAR = 4
EXIT, ENTRY, STOP, TARGET = range(ROWS_PER_BAR)
SIDES = (1, -1)
_BPS = 10_000.0
_LARGEST_SLIPPAGE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Arguments of `Portfolio.from_signals`, [4 x bars, 2]: column 0 trades longs, column 1 shorts.

    Attributes:
        price, open, high, low, close: float64; NaN where nothing may be met.
        entries, exits: bool.
        size: float64, share of the cash.
        sl_stop, tp_stop: float64 fractions of the fill price; NaN for none.
        sl_trail: bool, whether sl_stop trails.
        fees, slippage: float64 fractions.
    """

    price: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    entries: Flags
    exits: Flags
    size: Floats
    sl_stop: Floats
    sl_trail: Flags
    tp_stop: Floats
    fees: Floats
    slippage: Floats


def refuse_what_vectorbt_lacks(
    market: MarketData, signals: Signals, setup: Setup, detail: Bars | None
) -> None:
    """Raise where the run needs something that vectorbt has not.

    Raises:
        InvalidInput: names everything that it lacks, and what to change for each.
    """
    lacks: list[tuple[str, str]] = []
    funding = market.used().funding
    if funding is not None and len(funding) and setup.costs.funding:
        lacks.append(("funding", "Costs(..., funding=False)"))
    if setup.margin is not None:
        lacks.append(("leverage and liquidation", "margin=None"))
    if setup.execution.participation is not None:
        lacks.append(("participation in the volume", "participation=None"))
    if setup.filters is not None:
        lacks.append(("an instrument's filters", "filters=None"))
    if isinstance(setup.costs.slippage, SquareRootImpact):
        lacks.append(("impact of the quantity", "FixedSlippage, HalfSpread or VolatilityShare"))
    if not isinstance(setup.sizing, FractionOfEquity):
        lacks.append((f"sizing by {type(setup.sizing).__name__}", "FractionOfEquity and the column size"))
    if setup.drawdown_scaling is not None:
        lacks.append(("drawdown scaling", "drawdown_scaling=None"))
    if detail is not None:
        lacks.append(("finer bars", "detail=None"))
    if _both_stops(signals):
        lacks.append(("a stop loss beside a trailing stop", "one of the two in each entry's row"))
    if lacks:
        features, changes = zip(*lacks, strict=True)
        raise InvalidInput(
            f"vectorbt has no {'; no '.join(features)}.",
            f"Leave out engine='vectorbt', or give: {'; '.join(changes)}.",
        )


def signal_bar(bar: Any, setup: Setup) -> Any:
    """Row of the signals that arrive at the open of `bar` (a number, or int64[k])."""
    return bar - 1 - setup.execution.latency_bars


def rows_of(bars: Bars, signals: Signals, setup: Setup) -> Rows:
    """The rows for checked signals that vectorbt can run.

    Args:
        signals: on a market without shorts, without them.
    """
    n = len(bars)
    absent = np.full(n, np.nan)
    stops = _first_of(signals.stop_loss, signals.trailing_stop, absent)
    targets = absent if signals.take_profit is None else signals.take_profit
    trailing = np.isnan(absent if signals.stop_loss is None else signals.stop_loss)
    size = np.ones(n) if signals.size is None else np.where(np.isnan(signals.size), 1.0, signals.size)
    fraction = setup.sizing.fraction if isinstance(setup.sizing, FractionOfEquity) else 1.0
    only_long, only_short = (
        signals.long_entry & ~signals.short_entry,
        signals.short_entry & ~signals.long_entry,
    )

    def arriving(column: NDArray[Any]) -> NDArray[Any]:
        lag = min(n, n - 1 - int(signal_bar(n - 1, setup)))
        return np.concatenate([np.full(lag, np.nan if column.dtype.kind == "f" else False), column])[:n]

    def at_entry(column: Floats) -> Floats:
        return _rows(n, {ENTRY: _both(arriving(column))})

    inside_stop, inside_target = _inside(bars, has_stops=not np.isnan(stops).all())
    taker, maker = setup.costs.taker_fee_bps / _BPS, setup.costs.maker_fee_bps / _BPS
    slippage = _both(slippage_by_bar(bars, setup))
    return Rows(
        price=np.repeat(_both(bars.open), ROWS_PER_BAR, axis=0),
        open=_rows(n, {STOP: inside_stop[0], TARGET: inside_target[0]}),
        high=_rows(n, {STOP: inside_stop[1], TARGET: inside_target[1]}),
        low=_rows(n, {STOP: inside_stop[2], TARGET: inside_target[2]}),
        close=_rows(n, {TARGET: _both(bars.close)}),
        entries=_flag_rows(n, ENTRY, arriving(only_long), arriving(only_short)),
        exits=_flag_rows(
            n, EXIT, arriving(signals.long_exit | only_short), arriving(signals.short_exit | only_long)
        ),
        size=at_entry(np.minimum(size * fraction, 1.0)),
        sl_stop=at_entry(stops),
        sl_trail=_flag_rows(n, ENTRY, arriving(trailing), arriving(trailing)),
        tp_stop=at_entry(targets),
        fees=np.tile(np.array([[taker], [taker], [taker], [maker]]), (n, 2)),
        slippage=_rows(n, {EXIT: slippage, ENTRY: slippage, STOP: slippage, TARGET: np.zeros((n, 2))}),
    )


def slippage_by_bar(bars: Bars, setup: Setup) -> Floats:
    """What a taker loses at each bar, float64[n] fractions."""
    model = setup.costs.slippage
    if isinstance(model, FixedSlippage | HalfSpread):
        return np.full(len(bars), min(model.fraction, _LARGEST_SLIPPAGE))
    share = model.share if isinstance(model, VolatilityShare) else 0.0
    ranges = (bars.high - bars.low) / bars.close
    return np.minimum(np.concatenate([[0.0], share * ranges[:-1]]), _LARGEST_SLIPPAGE)


def _both_stops(signals: Signals) -> bool:
    if signals.stop_loss is None or signals.trailing_stop is None:
        return False
    entry = signals.long_entry ^ signals.short_entry
    return bool((entry & ~np.isnan(signals.stop_loss) & ~np.isnan(signals.trailing_stop)).any())


def _first_of(one: Floats | None, other: Floats | None, absent: Floats) -> Floats:
    """`one` where it has a value, else `other`."""
    one, other = absent if one is None else one, absent if other is None else other
    return np.where(np.isnan(one), other, one)


def _inside(bars: Bars, *, has_stops: bool) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Open, high and low of the row of stops and of the row of targets, [n, 2] each.

    Without stops their row stays empty, so that a target which the open jumps is met in its own row.
    """
    open_ = _both(bars.open)
    stop = (open_, np.column_stack([bars.open, bars.high]), np.column_stack([bars.low, bars.open]))
    target = (open_, np.column_stack([bars.high, bars.open]), np.column_stack([bars.open, bars.low]))
    nothing = np.full_like(open_, np.nan)
    return (stop if has_stops else (nothing, nothing, nothing)), target


def _both(column: NDArray[Any]) -> NDArray[Any]:
    """A column for longs and the same for shorts."""
    return np.column_stack([column, column])


def _rows(bars: int, filled: dict[int, Floats]) -> Floats:
    """float64[4 x bars, 2]: the given values at their row of each bar, NaN elsewhere."""
    rows = np.full((bars, ROWS_PER_BAR, len(SIDES)), np.nan)
    for row, values in filled.items():
        rows[:, row] = values
    return rows.reshape(-1, len(SIDES))


def _flag_rows(bars: int, row: int, long: Flags, short: Flags) -> Flags:
    rows = np.zeros((bars, ROWS_PER_BAR, len(SIDES)), np.bool_)
    rows[:, row, 0], rows[:, row, 1] = long, short
    return rows.reshape(-1, len(SIDES))

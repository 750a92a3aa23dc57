"""What goes into a portfolio's walk and what it leaves."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.backtest.portfolio.book import Book
from engine.compiled import type_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Tape(NamedTuple):
    """All markets behind each other, in rows: those of market m are first[m] to first[m + 1] - 1.

    Attributes:
        grid: int64[n], all open times of all markets, ascending.
        time: int64[rows], open time.
        first: int64[markets + 1].
        prices: float64[4, rows], open, high, low, close.
        flags: bool[4, rows], long_entry, long_exit, short_entry, short_exit.
        levels: float64[4, rows], stop_loss, take_profit, trailing_stop, size; NaN for none (size: for 1).
        slippage: float64[rows], of a taker's fill in that row's bar, fraction of the price.
        fees: float64[markets, 2], maker and taker, fractions.
        stamp_first: int64[markets + 1], where each market's funding stamps begin.
        stamp_row, stamp_rate, stamp_price: the row at whose open each stamp is settled, ascending; fraction
            of notional; the price that makes the notional.
    """

    grid: Integers
    time: Integers
    first: Integers
    prices: Floats
    flags: Flags
    levels: Floats
    slippage: Floats
    fees: Floats
    stamp_first: Integers
    stamp_row: Integers
    stamp_rate: Floats
    stamp_price: Floats


class Books(NamedTuple):
    """The markets' records, the ledger, and how many of its rows are written: int64[1]."""

    book: Book
    ledger: Book
    closed: Integers


class Walked(NamedTuple):
    """What `walk` leaves.

    Attributes:
        equity: float64[n] at the closes.
        pnl: float64[markets, n], what each market has brought by then, open gains included.
        value: float64[markets, n], value of each position at the closes, negative for shorts.
        ledger: a copy of each position's record, the `closed` ones in order of exit, then those still open.
        book: the records of the markets at the end.
        bars_held: opens after which anything was held.
        ambiguous: bars whose order of high and low decided, counted per market.
        cut: entries that free cash made smaller, or refused.
    """

    equity: Floats
    pnl: Floats
    value: Floats
    ledger: Book
    closed: int
    book: Book
    ruined: bool
    bars_held: int
    ambiguous: int
    cut: int


def _read_only(kind: type[np.generic], dimensions: int = 1) -> NDArray[Any]:
    column: NDArray[Any] = np.empty((0,) * dimensions, kind)
    column.flags.writeable = False
    return column


_INTEGERS, _FLOATS = _read_only(np.int64), _read_only(np.float64)
_TABLE = _read_only(np.float64, 2)
_TAPE = Tape(
    grid=_INTEGERS,
    time=_INTEGERS,
    first=_INTEGERS,
    prices=_TABLE,
    flags=_read_only(np.bool_, 2),
    levels=_TABLE,
    slippage=_FLOATS,
    fees=_TABLE,
    stamp_first=_INTEGERS,
    stamp_row=_INTEGERS,
    stamp_rate=_FLOATS,
    stamp_price=_FLOATS,
)

TAPE_TYPE = type_of(_TAPE)
TABLE_TYPE = type_of(_TABLE)
FLAGS_TYPE = type_of(_read_only(np.bool_))
FLOAT_TYPE = type_of(0.0)
TRUTH_TYPE = type_of(True)

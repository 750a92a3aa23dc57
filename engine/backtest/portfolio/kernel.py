"""The walk of a portfolio, compiled: markets, signals and weights in; equity, contributions and trades out.

What happens at an open of the common time line, in this order:

    1  funding and exits in every market that has a bar there
    2  entries in the order of the markets: weight x size x equity at this open, at most the free cash
    3  rebalancing, when it is due
    4  market by market: stops and targets that the open has jumped, then those inside the bar

and at the close the equity of the whole; at or below 0 everything is closed. docs/engine.md says it in words.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.backtest.kernel.forms import NOTHING, RE_ENTRY, REVERSE, RUINED, SIGNAL
from engine.backtest.portfolio.book import (
    RECORD,
    Book,
    close,
    exit_inside,
    free_cash,
    gain,
    leave,
    open_position,
    pay_funding,
    set_levels,
    take,
    worth,
)
from engine.backtest.portfolio.forms import (
    FLAGS_TYPE,
    FLOAT_TYPE,
    TABLE_TYPE,
    TAPE_TYPE,
    TRUTH_TYPE,
    Books,
    Tape,
    Walked,
)
from engine.compiled import inlined, kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_ROUNDING = 1e-9  # of equity; less than it is no drift and no cash
_OPEN, _HIGH, _LOW, _CLOSE = range(4)
_LONG_ENTRY, _LONG_EXIT, _SHORT_ENTRY, _SHORT_EXIT = range(4)
_STOP_LOSS, _TAKE_PROFIT, _TRAILING_STOP, _SIZE = range(4)


@inlined
def _arrive(tape: Tape, book: Book, now: int, following: Integers, rows: Integers) -> None:
    """Find each market's row that opens now (-1 for none) and mark it at its open."""
    for market in range(rows.size):
        row = following[market]
        rows[market] = -1
        if row < tape.first[market + 1] and tape.time[row] == now:
            rows[market] = row
            following[market] += 1
            book[market].mark = tape.prices[_OPEN, row]


@inlined
def _wanted(tape: Tape, signal: int) -> int:
    """The side that the signals of a row want to enter; neither acts when both do."""
    return int(tape.flags[_LONG_ENTRY, signal]) - int(tape.flags[_SHORT_ENTRY, signal])


@inlined
def _exit_at_open(tape: Tape, side: int, signal: int) -> int:
    """Why the signals of a row close a position of `side`; NOTHING when they do not."""
    wanted = _wanted(tape, signal)
    if tape.flags[_LONG_EXIT if side > 0 else _SHORT_EXIT, signal]:
        return RE_ENTRY if wanted == side else SIGNAL
    return REVERSE if wanted == -side else NOTHING


@inlined
def _close(tape: Tape, books: Books, market: int, row: int, price: float, reason: int) -> None:
    """Close a position and write it into the ledger."""
    book, ledger, closed = books
    close(book, market, price, reason, row, (tape.fees[market, 0], tape.fees[market, 1], tape.slippage[row]))
    ledger[closed[0]] = book[market]
    closed[0] += 1
    book[market].side = 0


@inlined
def _settle_and_exit(tape: Tape, books: Books, rows: Integers, stamp: Integers) -> None:
    """Funding on what was held before this open, then the exits of the signals of the bar before."""
    book = books.book
    for market in range(rows.size):
        row = rows[market]
        if row < 0:
            continue
        while stamp[market] < tape.stamp_first[market + 1] and tape.stamp_row[stamp[market]] == row:
            if book[market].side != 0:
                price, rate = tape.stamp_price[stamp[market]], tape.stamp_rate[stamp[market]]
                pay_funding(book, market, float(price), float(rate))
            stamp[market] += 1
        if row > tape.first[market] and book[market].side != 0:
            reason = _exit_at_open(tape, book[market].side, row - 1)
            if reason != NOTHING:
                _close(tape, books, market, row, tape.prices[_OPEN, row], reason)


@inlined
def _spendable(free: float, equity: float) -> float:
    """The free cash, where it is more than rounding has left."""
    return free if free > _ROUNDING * equity else 0.0


@inlined
def _enter(tape: Tape, book: Book, rows: Integers, weight: Floats, cash: float) -> int:
    """Entries in the order of the markets; how many were cut by the free cash."""
    equity, free = worth(book, cash), free_cash(book, cash)
    cut = 0
    for market in range(rows.size):
        row = rows[market]
        signal = row - 1
        if row <= tape.first[market] or book[market].side != 0:
            continue
        side, size = _wanted(tape, signal), tape.levels[_SIZE, signal]
        size = 1.0 if math.isnan(size) else size
        wish = weight[market] * size * equity
        if side == 0 or not wish > 0.0:
            continue
        budget = min(wish, _spendable(free, equity))
        cut += budget < wish * (1.0 - _ROUNDING)
        slippage, taker = float(tape.slippage[row]), float(tape.fees[market, 1])
        unit = book[market].mark * (1.0 + side * slippage) * (1.0 + taker)
        quantity = budget / unit
        if quantity > 0.0:
            open_position(book, market, side, row, size)
            take(book, market, quantity, slippage, taker)
            levels = tape.levels[:, signal]
            set_levels(book, market, levels[_STOP_LOSS], levels[_TAKE_PROFIT], levels[_TRAILING_STOP])
            free -= budget
    return cut


@inlined
def _drift(book: Book, market: int, row: int, weight: float, band: float, equity: float) -> float:
    """Value above weight x size x equity of a position that may trade now; 0 where that is in the band."""
    if row < 0 or book[market].side == 0 or not (weight > 0.0 and equity > 0.0):
        return 0.0
    drift = book[market].quantity * book[market].mark - weight * book[market].size * equity
    return 0.0 if abs(drift) <= max(band, _ROUNDING) * equity else drift


@inlined
def _rebalance(tape: Tape, book: Book, rows: Integers, weight: Floats, band: float, cash: float) -> None:
    """Bring the positions back to their weights: reductions first, then additions, from the free cash."""
    equity = worth(book, cash)
    for market in range(rows.size):
        drift = _drift(book, market, rows[market], weight[market], band, equity)
        if drift > 0.0:
            price = book[market].mark
            slippage, taker = float(tape.slippage[rows[market]]), float(tape.fees[market, 1])
            leave(book, market, drift / price, price, slippage, taker)
            book[market].rebalanced += 1
    free = free_cash(book, cash)
    for market in range(rows.size):
        drift = _drift(book, market, rows[market], weight[market], band, equity)
        if drift < 0.0:
            price = book[market].mark
            slippage, taker = float(tape.slippage[rows[market]]), float(tape.fees[market, 1])
            unit = price * (1.0 + book[market].side * slippage) * (1.0 + taker)
            quantity = min(-drift / price, _spendable(free, equity) / unit)
            if quantity > 0.0:
                take(book, market, quantity, slippage, taker)
                book[market].rebalanced += 1
                free -= quantity * unit


@inlined
def _inside(tape: Tape, books: Books, rows: Integers, stop_first: bool) -> int:
    """Stops and targets of this bar, then the marks at its close; in how many markets the order decided."""
    book = books.book
    ambiguous = 0
    for market in range(rows.size):
        row = rows[market]
        if row < 0:
            continue
        if book[market].side != 0:
            open_, high, low = tape.prices[_OPEN, row], tape.prices[_HIGH, row], tape.prices[_LOW, row]
            price, reason, either = exit_inside(book, market, open_, high, low, stop_first)
            ambiguous += either
            if reason != NOTHING:
                _close(tape, books, market, row, price, reason)
        book[market].mark = tape.prices[_CLOSE, row]
    return ambiguous


@inlined
def _close_all(tape: Tape, books: Books, following: Integers) -> None:
    """Ruin: every position goes at its mark."""
    book = books.book
    for market in range(book.size):
        if book[market].side != 0:
            _close(tape, books, market, following[market] - 1, book[market].mark, RUINED)


@inlined
def _note(tape: Tape, book: Book, rows: Integers) -> None:
    """The bar's high or low joins the best price that trailing stops use from now on."""
    for market in range(rows.size):
        row, held = rows[market], book[market]
        if row >= 0 and held.side != 0:
            high, low = tape.prices[_HIGH, row], tape.prices[_LOW, row]
            held.best = max(held.best, high) if held.side > 0 else min(held.best, low)


@inlined
def _most_positions(flags: Flags, markets: int) -> int:
    """No run opens more positions than it has rows on which an entry may act."""
    rows = markets
    for row in range(flags.shape[1]):
        rows += flags[_LONG_ENTRY, row] != flags[_SHORT_ENTRY, row]
    return rows


@kernel((TAPE_TYPE, TABLE_TYPE, FLAGS_TYPE, FLOAT_TYPE, FLOAT_TYPE, TRUTH_TYPE))
def walk(tape: Tape, weights: Floats, due: Flags, band: float, cash: float, stop_first: bool) -> Walked:
    """Walk the common time line once.

    Args:
        tape: read-only arrays.
        weights: float64[n, markets], each market's weight as known at the close of grid[k]; 0 for none.
        due: bool[n], whether rebalancing is due at an open; not at the first.
        band: fraction of equity; a drift up to it is left.
        cash: start equity.
        stop_first: the order of high and low inside a bar.
    """
    markets, n = tape.fees.shape[0], tape.grid.size
    book = np.zeros(markets, RECORD)
    books = Books(book, np.empty(_most_positions(tape.flags, markets), RECORD), np.zeros(1, np.int64))
    equity, pnl, value = np.empty(n), np.empty((markets, n)), np.zeros((markets, n))
    following, stamp = tape.first[:-1].copy(), tape.stamp_first[:-1].copy()
    rows = np.empty(markets, np.int64)
    bars_held = ambiguous = cut = 0
    ruined = False
    for market in range(markets):
        book[market].market = market
    for k in range(n):
        _arrive(tape, book, tape.grid[k], following, rows)
        _settle_and_exit(tape, books, rows, stamp)
        if k > 0:
            cut += _enter(tape, book, rows, weights[k - 1], cash)
        if due[k]:
            _rebalance(tape, book, rows, weights[k - 1], band, cash)
        bars_held += 1 if book["side"].any() else 0
        ambiguous += _inside(tape, books, rows, stop_first)
        equity[k] = worth(book, cash)
        if equity[k] <= 0.0:
            ruined = True
            _close_all(tape, books, following)
            equity[k:] = worth(book, cash)
            for market in range(markets):
                pnl[market, k:] = book[market].earned
            break
        _note(tape, book, rows)
        for market in range(markets):
            held = book[market]
            pnl[market, k] = held.earned + gain(book, market)
            value[market, k] = held.side * held.quantity * held.mark

    closed = written = books.closed[0]
    for market in range(markets):
        if book[market].side != 0:
            book[market].exit_row, book[market].reason = following[market] - 1, NOTHING
            books.ledger[written] = book[market]
            written += 1
    ledger = books.ledger[:written].copy()  # the rest was never touched, and is let go
    return Walked(equity, pnl, value, ledger, closed, book, ruined, bars_held, ambiguous, cut)

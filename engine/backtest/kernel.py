"""The order of events, compiled: signals and prices in, equity and trades out.

One call of `run` walks the bars once. What happens in a bar, in this order (the numbers are the design's):

at the open, with the signals of the bar before
    1  funding whose stamp lies after the last open and not after this one, on the position held before
    1  exits: an exit of the held side, or an entry of the other side; as taker, at the open
    1  an entry, when nothing is held (any more); as taker, at the open; its stops are live at once
inside the bar
    4  an open at or beyond the stop fills at the open; else an open at or beyond the target does:
       both are known at the open, so they come before what the rest of the bar may bring
    4  a stop inside the bar, as taker at its level; else a target inside the bar, as maker at its level
at the close
    6  equity = cash + what the position would gain at the close; at or below 0 the position is closed there,
       as taker at the close, and nothing happens any more: equity stays what that left
    3  the bar's high (long) or low (short) joins the best price that the trailing stop uses from the next bar

Exits of a signal come before stops and targets of the same open. Of stop and trailing stop the tighter one is
the stop. A taker's fill is worse than the price it aims at by the slippage. An entry of size 0, or without
equity, opens nothing (it still closes the other side).

Cash is what the account would hold without the position: start + realised gains - fees - funding.
Inside kernels NaN stands for "none". Sides: +1 long, -1 short, 0 flat.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import inlined, kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

REASONS = ("signal", "reverse", "re_entry", "stop_loss", "trailing_stop", "take_profit", "ruined")
SIGNAL, REVERSE, RE_ENTRY, STOP_LOSS, TRAILING_STOP, TAKE_PROFIT, RUINED = range(7)
NOTHING = -1
_NAN = math.nan


class Rates(NamedTuple):
    """Costs as fractions."""

    maker: float
    taker: float
    slippage: float


class Position(NamedTuple):
    """What was fixed at the entry. Levels are prices; the trailing stop is a fraction of the best price.

    `fees` and `slippage` are the entry's; the funding paid since and the best price stand beside it.
    """

    side: int
    entry_bar: int
    entry_price: float
    quantity: float
    stop_loss: float
    take_profit: float
    trailing_stop: float
    fees: float
    slippage: float


class Ledger(NamedTuple):
    """Positions as columns: the closed ones in order of exit, then the one still open, if any."""

    side: Integers
    entry_bar: Integers
    exit_bar: Integers
    reason: Integers
    entry_price: Floats
    exit_price: Floats
    quantity: Floats
    fees: Floats
    slippage: Floats
    funding: Floats


class Outcome(NamedTuple):
    """What `run` leaves; rows of the ledger from `closed` on are the open position or unused."""

    equity: Floats
    ledger: Ledger
    closed: int
    is_open: bool
    ruined: bool


@inlined
def _flat() -> Position:
    return Position(0, 0, _NAN, 0.0, _NAN, _NAN, _NAN, 0.0, 0.0)


@inlined
def _exit_at_open(side: int, wanted: int, long_exit: bool, short_exit: bool) -> int:
    """Why signals that want to enter `wanted` close a position of `side`; NOTHING when they do not."""
    if long_exit if side > 0 else short_exit:
        return RE_ENTRY if wanted == side else SIGNAL
    return REVERSE if wanted == -side else NOTHING


@inlined
def _entry_side(long_entry: bool, short_entry: bool) -> int:
    """The side that the signals want to enter; neither acts when both do."""
    return int(long_entry) - int(short_entry)


@inlined
def _opened(
    side: int,
    bar: int,
    price: float,
    size: float,
    cash: float,
    levels: tuple[float, float, float],
    rates: Rates,
) -> Position:
    """A position bought (sold) at `price` for the share `size` of the cash, the entry fee included in it."""
    stop_loss, take_profit, trailing_stop = levels
    fill = price * (1.0 + side * rates.slippage)
    quantity = size * cash / (fill * (1.0 + rates.taker))
    if not quantity > 0.0:
        return _flat()
    return Position(
        side,
        bar,
        fill,
        quantity,
        fill * (1.0 - side * stop_loss),
        fill * (1.0 + side * take_profit),
        trailing_stop,
        fill * quantity * rates.taker,
        abs(fill - price) * quantity,
    )


@inlined
def _stop(held: Position, best: float) -> tuple[float, int]:
    """The tighter of stop and trailing stop, and which of them it is."""
    trailing = best * (1.0 - held.side * held.trailing_stop)
    if math.isnan(held.stop_loss) or held.side * (trailing - held.stop_loss) > 0.0:
        return trailing, TRAILING_STOP
    return held.stop_loss, STOP_LOSS


@inlined
def _exit_inside(held: Position, best: float, open_: float, high: float, low: float) -> tuple[float, int]:
    """The price at which a stop or target closes the position inside the bar, and why; NOTHING for none."""
    stop, reason = _stop(held, best)
    target = held.take_profit
    side = held.side
    against, in_favour = (low, high) if side > 0 else (high, low)
    if side * (open_ - stop) <= 0.0:
        return open_, reason
    if side * (open_ - target) >= 0.0:
        return open_, TAKE_PROFIT
    if side * (against - stop) <= 0.0:
        return stop, reason
    if side * (in_favour - target) >= 0.0:
        return target, TAKE_PROFIT
    return _NAN, NOTHING


@inlined
def _gain(held: Position, price: float) -> float:
    """What the move from entry to `price` is worth, quote currency."""
    return held.side * held.quantity * (price - held.entry_price)


@inlined
def _closed(held: Position, price: float, reason: int, rates: Rates) -> tuple[float, float, float]:
    """Fill price, fee and slippage of closing at `price`.

    A target rests in the book: maker, at its price. Everything else takes: fee, and slippage.
    """
    if reason == TAKE_PROFIT:
        return price, price * held.quantity * rates.maker, 0.0
    fill = price * (1.0 - held.side * rates.slippage)
    return fill, fill * held.quantity * rates.taker, abs(fill - price) * held.quantity


@inlined
def _write(
    ledger: Ledger,
    row: int,
    held: Position,
    funding: float,
    bar: int,
    reason: int,
    closing: tuple[float, float, float],
) -> None:
    fill, fee, slipped = closing
    ledger.side[row] = held.side
    ledger.entry_bar[row] = held.entry_bar
    ledger.exit_bar[row] = bar
    ledger.reason[row] = reason
    ledger.entry_price[row] = held.entry_price
    ledger.exit_price[row] = fill
    ledger.quantity[row] = held.quantity
    ledger.fees[row] = held.fees + fee
    ledger.slippage[row] = held.slippage + slipped
    ledger.funding[row] = funding


@inlined
def _ledger(rows: int) -> Ledger:
    return Ledger(
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows, np.float64),
        np.empty(rows, np.float64),
        np.empty(rows, np.float64),
        np.empty(rows, np.float64),
        np.empty(rows, np.float64),
        np.empty(rows, np.float64),
    )


@inlined
def _level(column: Floats, row: int, absent: float) -> float:
    """A column's value at `row`; `absent` when it has none there, or there is no such column."""
    if column.size == 0 or math.isnan(column[row]):
        return absent
    return float(column[row])


@inlined
def _most_positions(long_entry: Flags, short_entry: Flags) -> int:
    """No run opens more positions than it has rows on which an entry may act."""
    rows = 0
    for row in range(long_entry.size):
        rows += long_entry[row] != short_entry[row]
    return rows


_FLOATS = "Array(float64, 1, 'C', readonly=True)"
_INTEGERS = "Array(int64, 1, 'C', readonly=True)"
_FLAGS = "Array(boolean, 1, 'C', readonly=True)"
_SIGNATURE = ", ".join(
    [*[_FLOATS] * 4, *[_FLAGS] * 4, *[_FLOATS] * 4, _INTEGERS, _FLOATS, _FLOATS, *["float64"] * 4]
)


@kernel(f"({_SIGNATURE})")
def run(
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    long_entry: Flags,
    long_exit: Flags,
    short_entry: Flags,
    short_exit: Flags,
    stop_loss: Floats,
    take_profit: Floats,
    trailing_stop: Floats,
    size: Floats,
    funding_bar: Integers,
    funding_rate: Floats,
    funding_price: Floats,
    cash: float,
    maker: float,
    taker: float,
    slippage: float,
) -> Outcome:
    """Run the signals over the bars.

    Args:
        open_, high, low, close: float64[n], n >= 1.
        long_entry, long_exit, short_entry, short_exit: bool[n].
        stop_loss, take_profit, trailing_stop, size: float64[n] fractions, NaN for none (size: for 1), or
            float64[0] for a column that is not there.
        funding_bar: int64[k], ascending: the bar at whose open each stamp is settled, 1 to n - 1.
        funding_rate, funding_price: float64[k], fraction of notional, and the price that makes the notional.
        cash: start equity.
        maker, taker, slippage: fractions.
    """
    rates = Rates(maker, taker, slippage)
    n = close.size
    equity = np.empty(n, np.float64)
    ledger = _ledger(_most_positions(long_entry, short_entry) + 1)
    closed = 0
    stamp = 0
    ruined = False
    held = _flat()
    best = funding = _NAN
    for bar in range(n):
        signal = bar - 1

        while stamp < funding_bar.size and funding_bar[stamp] == bar:
            if held.side != 0:
                payment = held.side * held.quantity * funding_price[stamp] * funding_rate[stamp]
                funding += payment
                cash -= payment
            stamp += 1

        if signal >= 0:
            wanted = _entry_side(long_entry[signal], short_entry[signal])
            if held.side != 0:
                reason = _exit_at_open(held.side, wanted, long_exit[signal], short_exit[signal])
                if reason != NOTHING:
                    closing = _closed(held, open_[bar], reason, rates)
                    _write(ledger, closed, held, funding, bar, reason, closing)
                    closed += 1
                    cash += _gain(held, closing[0]) - closing[1]
                    held = _flat()
            if held.side == 0 and wanted != 0:
                levels = (
                    _level(stop_loss, signal, _NAN),
                    _level(take_profit, signal, _NAN),
                    _level(trailing_stop, signal, _NAN),
                )
                held = _opened(wanted, bar, open_[bar], _level(size, signal, 1.0), cash, levels, rates)
                best = held.entry_price
                funding = 0.0
                cash -= held.fees

        if held.side != 0:
            price, reason = _exit_inside(held, best, open_[bar], high[bar], low[bar])
            equity[bar] = cash + _gain(held, close[bar])
            if reason == NOTHING and equity[bar] <= 0.0:
                price, reason = close[bar], RUINED
            if reason != NOTHING:
                closing = _closed(held, price, reason, rates)
                _write(ledger, closed, held, funding, bar, reason, closing)
                closed += 1
                cash += _gain(held, closing[0]) - closing[1]
                held = _flat()

        if held.side == 0:
            equity[bar] = cash
            if cash <= 0.0:
                equity[bar:] = cash
                ruined = True
                break
        else:
            best = max(best, high[bar]) if held.side > 0 else min(best, low[bar])

    is_open = held.side != 0
    if is_open:
        _write(ledger, closed, held, funding, n - 1, NOTHING, (close[n - 1], 0.0, 0.0))
    return Outcome(equity, ledger, closed, is_open, ruined)

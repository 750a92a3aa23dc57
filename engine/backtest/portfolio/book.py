"""The positions of a portfolio, compiled: a record per market of what it holds and what it has brought.

Inside kernels NaN stands for "none". Sides: +1 long, -1 short, 0 nothing held. A position that is closed is
copied into the ledger as it stands then.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.kernel.forms import NOTHING, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP
from engine.compiled import inlined

Book = NDArray[Any]
Floats = NDArray[np.float64]

RECORD = np.dtype(
    [
        # what is held
        ("market", np.int64),
        ("side", np.int64),
        ("quantity", np.float64),
        ("price", np.float64),  # average of what is held
        ("size", np.float64),  # the signal's, frozen
        ("stop_loss", np.float64),  # price, frozen
        ("take_profit", np.float64),  # price, frozen
        ("trailing_stop", np.float64),  # fraction of `best`, frozen
        ("best", np.float64),  # best price that the trailing stop uses
        # since the entry
        ("entry_row", np.int64),
        ("exit_row", np.int64),
        ("reason", np.int64),
        ("entered", np.float64),  # quantity of the fills that added to it
        ("entered_value", np.float64),
        ("left", np.float64),  # quantity of the fills that reduced it
        ("left_value", np.float64),
        ("fees", np.float64),
        ("slippage", np.float64),
        ("funding", np.float64),
        # of the whole run
        ("mark", np.float64),  # the price at which it is valued: this open, this close, else the last close
        ("earned", np.float64),  # realised gains - fees - funding
        ("all_fees", np.float64),
        ("all_slippage", np.float64),
        ("all_funding", np.float64),
        ("traded", np.float64),  # notional of all fills
        ("rebalanced", np.int64),  # how often rebalancing traded here
    ]
)


@inlined
def gain(book: Book, market: int) -> float:
    """What the move from the average price to the mark is worth, quote currency; 0 where nothing is held."""
    held = book[market]
    return held.side * held.quantity * (held.mark - held.price)


@inlined
def worth(book: Book, cash: float) -> float:
    """Equity at the marks of an account that started with `cash`."""
    total = cash
    for market in range(book.size):
        total += book[market].earned
    for market in range(book.size):
        total += gain(book, market)
    return total


@inlined
def free_cash(book: Book, cash: float) -> float:
    """Equity less the value of all positions, at the marks; below 0 where shorts have lost."""
    free = worth(book, cash)
    for market in range(book.size):
        free -= book[market].quantity * book[market].mark
    return free


@inlined
def open_position(book: Book, market: int, side: int, row: int, size: float) -> None:
    """A position without quantity; `take` fills it."""
    held = book[market]
    held.side, held.entry_row, held.size = side, row, size
    held.quantity = held.entered = held.entered_value = held.left = held.left_value = 0.0
    held.fees = held.slippage = held.funding = 0.0


@inlined
def set_levels(book: Book, market: int, stop_loss: float, take_profit: float, trailing_stop: float) -> None:
    """Levels from fractions of the average price; the best price begins there."""
    held = book[market]
    side, price = held.side, held.price
    held.stop_loss = price * (1.0 - side * stop_loss)
    held.take_profit = price * (1.0 + side * take_profit)
    held.trailing_stop = trailing_stop
    held.best = price


@inlined
def take(book: Book, market: int, quantity: float, slippage: float, taker: float) -> None:
    """Add `quantity` to the position at the mark, as taker."""
    held = book[market]
    before, price = held.quantity, held.mark
    fill = price * (1.0 + held.side * slippage)
    held.price = (before * held.price + quantity * fill) / (before + quantity) if before > 0.0 else fill
    held.quantity = before + quantity
    held.entered += quantity
    held.entered_value += quantity * fill
    _pay(book, market, fill * quantity, taker, abs(fill - price) * quantity)


@inlined
def leave(book: Book, market: int, quantity: float, price: float, slippage: float, fee: float) -> None:
    """Take `quantity` out of the position at `price` and realise its gain."""
    held = book[market]
    fill = price * (1.0 - held.side * slippage)
    held.earned += held.side * quantity * (fill - held.price)
    held.quantity -= quantity
    held.left += quantity
    held.left_value += quantity * fill
    _pay(book, market, fill * quantity, fee, abs(fill - price) * quantity)


@inlined
def close(
    book: Book, market: int, price: float, reason: int, row: int, rates: tuple[float, float, float]
) -> None:
    """Leave the position at `price`, a target as maker, else as taker; `rates` are maker, taker, slippage.

    What the ledger wants to know stays in the record; only side and quantity are 0 afterwards.
    """
    held = book[market]
    maker, taker, slippage = rates
    held.exit_row, held.reason = row, reason
    if reason == TAKE_PROFIT:
        leave(book, market, held.quantity, price, 0.0, maker)
    else:
        leave(book, market, held.quantity, price, slippage, taker)
    held.quantity = 0.0


@inlined
def pay_funding(book: Book, market: int, price: float, rate: float) -> None:
    """Settle one stamp on what is held."""
    held = book[market]
    payment = held.side * held.quantity * price * rate
    held.funding += payment
    held.all_funding += payment
    held.earned -= payment


@inlined
def exit_inside(
    book: Book, market: int, open_: float, high: float, low: float, stop_first: bool
) -> tuple[float, int, bool]:
    """Price and reason of a stop or target that closes the position in this bar, else NOTHING.

    The last value says whether the order of high and low decided.
    """
    held = book[market]
    side, target, stop, reason = held.side, held.take_profit, held.stop_loss, STOP_LOSS
    trailing = held.best * (1.0 - side * held.trailing_stop)
    if math.isnan(stop) or side * (trailing - stop) > 0.0:
        stop, reason = trailing, TRAILING_STOP
    if side * (open_ - stop) <= 0.0:
        return open_, reason, False
    if side * (open_ - target) >= 0.0:
        return open_, TAKE_PROFIT, False
    against, in_favour = (low, high) if side > 0 else (high, low)
    stopped = side * (against - stop) <= 0.0
    reached = side * (in_favour - target) >= 0.0
    if stopped and (stop_first or not reached):
        return stop, reason, reached
    if reached:
        return target, TAKE_PROFIT, stopped
    return math.nan, NOTHING, False


@inlined
def _pay(book: Book, market: int, value: float, rate: float, slipped: float) -> None:
    held = book[market]
    held.fees += value * rate
    held.all_fees += value * rate
    held.earned -= value * rate
    held.slippage += slipped
    held.all_slippage += slipped
    held.traded += value

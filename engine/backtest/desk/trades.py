"""Trades and the open position of a run of orders. A trade is one fill that reduces the position."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.backtest.desk.layout import FILL_REASONS
from engine.backtest.desk.records import Rows
from engine.backtest.result import ExitReason, OpenPosition, Trades
from engine.market.bars import Bars

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_Number = TypeVar("_Number", np.float64, np.int64)


def trades_of(bars: Bars, events: Rows, tag_of: Callable[[int], str]) -> Trades:
    """One trade per closing fill, against the average entry price.

    The bar of the entry counts whole in the excursions: where in it an order was filled is not known.

    Args:
        events: all fills and rejections of the run.
        tag_of: the tag of an order by its number.
    """
    rows = events[(events["rejected"] == 0) & (events["closes"] == 1)]
    column = {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()}
    side, quantity, fees = -column["side"], column["quantity"], column["entry_fee"] + column["fee"]
    gain = side * quantity * (column["price"] - column["entry_price"])
    pnl = gain - fees - column["funding"]
    adverse, favourable = _excursions(
        bars, side, column["entry_bar"], column["bar"], column["entry_price"], column["price"]
    )
    return Trades(
        side=side,
        entry_bar=column["entry_bar"],
        exit_bar=column["bar"],
        entry_time=bars.open_time[column["entry_bar"]],
        exit_time=bars.open_time[column["bar"]],
        entry_price=column["entry_price"],
        exit_price=column["price"],
        quantity=quantity,
        pnl=pnl,
        net_return=pnl / (quantity * column["entry_price"]),
        fees=fees,
        slippage=column["entry_slipped"] + column["slipped"],
        funding=column["funding"],
        stop_loss=column["stop_loss"],
        take_profit=column["take_profit"],
        adverse_excursion=adverse,
        favourable_excursion=favourable,
        exit_reason=tuple(ExitReason(FILL_REASONS[reason].value) for reason in column["reason"].tolist()),
        tag=tuple(tag_of(order) for order in column["entry_id"].tolist()),
    )


def open_position_of(bars: Bars, account: Rows, tag_of: Callable[[int], str]) -> OpenPosition | None:
    """What is held at the end, valued at the last close; None when flat."""
    held = {name: account[name][0].item() for name in account.dtype.names or ()}
    if not held["side"]:
        return None
    entry, last = held["cost"] / held["quantity"], float(bars.close[-1])
    gain = held["side"] * (held["quantity"] * last - held["cost"])
    adverse, favourable = _excursions(
        bars,
        np.array([held["side"]]),
        np.array([held["entry_bar"]]),
        np.array([len(bars) - 1]),
        np.array([entry]),
        np.array([last]),
    )
    return OpenPosition(
        side=held["side"],
        entry_bar=held["entry_bar"],
        entry_time=int(bars.open_time[held["entry_bar"]]),
        entry_price=entry,
        quantity=held["quantity"],
        unrealised_pnl=gain - held["fees"] - held["funding"],
        tag=tag_of(held["entry_id"]),
        fees=held["fees"],
        slippage=held["slipped"],
        funding=held["funding"],
        stop_loss=held["stop_loss"],
        take_profit=held["take_profit"],
        adverse_excursion=float(adverse[0]),
        favourable_excursion=float(favourable[0]),
    )


def _excursions(
    bars: Bars,
    side: Integers,
    entry_bar: Integers,
    exit_bar: Integers,
    entry_price: Floats,
    exit_price: Floats,
) -> tuple[Floats, Floats]:
    """The furthest against each trade and in its favour, fractions of the entry price."""
    from engine.backtest.kernel.excursions import reach

    highest, lowest = np.empty(len(side)), np.empty(len(side))
    reach(
        bars.open,
        bars.high,
        bars.low,
        _read_only(entry_bar),
        _read_only(exit_bar),
        _read_only(entry_price),
        _read_only(exit_price),
        highest,
        lowest,
    )
    rise, fall = highest / entry_price - 1.0, 1.0 - lowest / entry_price
    return np.where(side > 0, fall, rise), np.where(side > 0, rise, fall)


def _read_only(column: NDArray[_Number]) -> NDArray[_Number]:
    view = column.view()
    view.flags.writeable = False
    return view

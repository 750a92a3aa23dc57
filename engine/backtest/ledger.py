"""Trades and the open position, from the rows that a walk leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import ExitReason, OpenPosition, Trades
from engine.market.bars import Bars

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Outcome

Floats = NDArray[np.float64]


def trades(bars: Bars, outcome: Outcome, tag: tuple[str, ...] | None) -> Trades:
    """The closed positions, in order of their exit.

    Args:
        tag: the strategy's reason per row of its signals.
    """
    from engine.backtest.kernel.forms import REASONS

    rows = outcome.ledger[: outcome.summary.trades]
    columns = _columns(rows)
    adverse, favourable = _excursions(bars, columns)
    names: NDArray[Any] = np.array([ExitReason(reason) for reason in REASONS], dtype=object)
    return Trades(
        side=columns["side"],
        entry_bar=columns["entry_bar"],
        exit_bar=columns["exit_bar"],
        entry_time=bars.open_time[columns["entry_bar"]],
        exit_time=bars.open_time[columns["exit_bar"]],
        entry_price=columns["entry_price"],
        exit_price=columns["exit_price"],
        quantity=columns["quantity"],
        pnl=columns["pnl"],
        net_return=columns["net_return"],
        fees=columns["fees"],
        slippage=columns["slippage"],
        funding=columns["funding"],
        stop_loss=columns["stop_loss"],
        take_profit=columns["take_profit"],
        adverse_excursion=adverse,
        favourable_excursion=favourable,
        exit_reason=tuple(names[columns["reason"]].tolist()),
        tag=_tags(tag, columns["row"].tolist()),
    )


def open_position(bars: Bars, outcome: Outcome, tag: tuple[str, ...] | None) -> OpenPosition | None:
    """The position at the end, valued at the last close; None when there is none."""
    if not outcome.is_open:
        return None
    row = outcome.ledger[outcome.summary.trades : outcome.summary.trades + 1]
    columns = _columns(row)
    adverse, favourable = _excursions(bars, columns, still_open=True)
    values = {name: column[0].item() for name, column in columns.items()}
    return OpenPosition(
        side=values["side"],
        entry_bar=values["entry_bar"],
        entry_time=int(bars.open_time[values["entry_bar"]]),
        entry_price=values["entry_price"],
        quantity=values["quantity"],
        unrealised_pnl=values["pnl"],
        tag=_tags(tag, [values["row"]])[0],
        fees=values["fees"],
        slippage=values["slippage"],
        funding=values["funding"],
        stop_loss=values["stop_loss"],
        take_profit=values["take_profit"],
        adverse_excursion=float(adverse[0]),
        favourable_excursion=float(favourable[0]),
    )


def _tags(tag: tuple[str, ...] | None, rows: list[int]) -> tuple[str, ...]:
    return ("",) * len(rows) if tag is None else tuple(tag[row] for row in rows)


def _columns(rows: NDArray[np.void]) -> dict[str, Any]:
    return {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()}


def _excursions(bars: Bars, columns: dict[str, Any], *, still_open: bool = False) -> tuple[Floats, Floats]:
    """The furthest against each position and in its favour, fractions of the entry price."""
    from engine.backtest.kernel.excursions import reach

    side, entry = columns["side"], columns["entry_price"]
    highest, lowest = np.empty(len(side)), np.empty(len(side))
    reach(
        bars.open,
        bars.high,
        bars.low,
        columns["entry_bar"],
        columns["exit_bar"],
        entry,
        columns["exit_price"],
        highest,
        lowest,
    )
    if still_open:
        highest, lowest = np.maximum(highest, bars.high[-1]), np.minimum(lowest, bars.low[-1])
    rise: Floats = highest / entry - 1.0
    fall: Floats = 1.0 - lowest / entry
    is_long: NDArray[np.bool_] = side > 0
    return np.where(is_long, fall, rise), np.where(is_long, rise, fall)

"""A portfolio's ledger as trades and open positions, and what it adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.metrics import measure
from engine.backtest.portfolio.result import Contribution
from engine.backtest.result import ExitReason, Metrics, OpenPosition, Trades
from engine.market.bars import Bars
from engine.market.instrument import Instrument

if TYPE_CHECKING:
    from engine.backtest.portfolio.forms import Tape, Walked

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Tags = Sequence[tuple[str, ...] | None]


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """Everything that was held.

    Attributes:
        market: int64[trades], the market of each trade, by its place in the order of the markets.
    """

    trades: Trades
    market: Integers
    open_positions: Mapping[Instrument, OpenPosition]


def accounts_of(walked: Walked, tape: Tape, series: Sequence[Bars], tags: Tags) -> Accounts:
    """The ledger of a walk.

    Args:
        series: the bars of each market.
        tags: each market's reasons, one per bar, or None.
    """
    closed, held = _positions(walked.ledger[: walked.closed], tape), walked.ledger[walked.closed :]
    still_open = _positions(held, tape)
    return Accounts(
        _trades(closed, tags),
        closed.market,
        {
            series[int(market)].instrument: _open_position(still_open, row, float(held["price"][row]), tags)
            for row, market in enumerate(still_open.market)
        },
    )


def contributions_of(walked: Walked, accounts: Accounts, series: Sequence[Bars]) -> tuple[Contribution, ...]:
    """One per market."""
    trades = np.bincount(accounts.market, minlength=len(series))
    return tuple(
        Contribution(
            instrument=bars.instrument,
            pnl=float(walked.pnl[market, -1]),
            fees=float(walked.book[market]["all_fees"]),
            slippage=float(walked.book[market]["all_slippage"]),
            funding=float(walked.book[market]["all_funding"]),
            traded=float(walked.book[market]["traded"]),
            trades=int(trades[market]),
            rebalanced=int(walked.book[market]["rebalanced"]),
        )
        for market, bars in enumerate(series)
    )


def measure_whole(cash: float, walked: Walked, accounts: Accounts, series: Sequence[Bars]) -> Metrics:
    """The metrics of the whole account; what a single position decides there is counted over all markets."""
    book, equity = walked.book, walked.equity
    interval = series[0].interval
    return replace(
        measure(cash, equity, interval, accounts.trades, None, bars_exposed=walked.bars_held),
        turnover=float(book["traded"].sum() / np.maximum(equity, 0.0).mean()),
        fees_paid=float(book["all_fees"].sum()),
        slippage_paid=float(book["all_slippage"].sum()),
        funding_paid=float(book["all_funding"].sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Positions:
    """Rows of the ledger as columns; the names are those of `Trades`."""

    rows: NDArray[Any]
    market: Integers
    entry_bar: Integers
    exit_bar: Integers
    entry_time: Integers
    exit_time: Integers
    entry_price: Floats
    exit_price: Floats
    pnl: Floats
    adverse_excursion: Floats
    favourable_excursion: Floats


def _positions(rows: NDArray[Any], tape: Tape) -> _Positions:
    """Prices are averages weighted by quantity; what is still held counts at its mark, also as the exit."""
    from engine.backtest.kernel.excursions import reach

    columns = {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()}
    side, entry_row, exit_row = columns["side"], columns["entry_row"], columns["exit_row"]
    start = tape.first[columns["market"]]
    kept = columns["quantity"] * columns["mark"]
    entry_price = columns["entered_value"] / columns["entered"]
    exit_price = (columns["left_value"] + kept) / columns["entered"]
    highest, lowest = np.empty(len(rows)), np.empty(len(rows))
    open_, high, low = tape.prices[:3]
    reach(open_, high, low, entry_row, exit_row, entry_price, exit_price, highest, lowest)
    rise, fall = highest / entry_price - 1.0, 1.0 - lowest / entry_price
    moved = side * (kept + columns["left_value"] - columns["entered_value"])
    return _Positions(
        rows=rows,
        market=columns["market"],
        entry_bar=entry_row - start,
        exit_bar=exit_row - start,
        entry_time=tape.time[entry_row],
        exit_time=tape.time[exit_row],
        entry_price=entry_price,
        exit_price=exit_price,
        pnl=moved - columns["fees"] - columns["funding"],
        adverse_excursion=np.where(side > 0, fall, rise),
        favourable_excursion=np.where(side > 0, rise, fall),
    )


def _trades(closed: _Positions, tags: Tags) -> Trades:
    from engine.backtest.kernel.forms import REASONS

    rows = closed.rows
    marks = zip(closed.market, closed.entry_bar, strict=True)
    return Trades(
        side=rows["side"].copy(),
        entry_bar=closed.entry_bar,
        exit_bar=closed.exit_bar,
        entry_time=closed.entry_time,
        exit_time=closed.exit_time,
        entry_price=closed.entry_price,
        exit_price=closed.exit_price,
        quantity=rows["entered"].copy(),
        pnl=closed.pnl,
        net_return=closed.pnl / rows["entered_value"],
        fees=rows["fees"].copy(),
        slippage=rows["slippage"].copy(),
        funding=rows["funding"].copy(),
        stop_loss=rows["stop_loss"].copy(),
        take_profit=rows["take_profit"].copy(),
        adverse_excursion=closed.adverse_excursion,
        favourable_excursion=closed.favourable_excursion,
        exit_reason=tuple(ExitReason(REASONS[reason]) for reason in rows["reason"].tolist()),
        tag=tuple(_tag(tags[int(market)], int(entry_bar)) for market, entry_bar in marks),
    )


def _open_position(held: _Positions, row: int, price: float, tags: Tags) -> OpenPosition:
    """One of the positions; `price` is the average of what is held now."""
    values = held.rows[row]
    entry_bar = int(held.entry_bar[row])
    return OpenPosition(
        side=int(values["side"]),
        entry_bar=entry_bar,
        entry_time=int(held.entry_time[row]),
        entry_price=price,
        quantity=float(values["quantity"]),
        unrealised_pnl=float(held.pnl[row]),
        tag=_tag(tags[int(held.market[row])], entry_bar),
        fees=float(values["fees"]),
        slippage=float(values["slippage"]),
        funding=float(values["funding"]),
        stop_loss=float(values["stop_loss"]),
        take_profit=float(values["take_profit"]),
        adverse_excursion=float(held.adverse_excursion[row]),
        favourable_excursion=float(held.favourable_excursion[row]),
    )


def _tag(tag: tuple[str, ...] | None, entry_bar: int) -> str:
    """The reason given at the signal of an entry, which is the bar before it."""
    return "" if tag is None else tag[entry_bar - 1]

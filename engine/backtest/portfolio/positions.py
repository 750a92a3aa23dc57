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
    from engine.backtest.portfolio.kernel import Walked

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


def accounts_of(walked: Walked, series: Sequence[Bars], first: Integers, tags: Tags) -> Accounts:
    """The ledger of a walk.

    Args:
        series: the bars of each market.
        first: int64[markets + 1], where each market's rows begin.
        tags: each market's reasons, one per bar, or None.
    """
    rows = walked.ledger[: walked.closed]
    positions = {
        series[int(row["market"])].instrument: _open_position(row, series, first, tags)
        for row in walked.ledger[walked.closed :]
    }
    return Accounts(_trades(rows, series, first, tags), rows["market"].copy(), positions)


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
    from engine.backtest.curve import describe

    book = walked.book
    return replace(
        measure(cash, walked.equity, series[0].interval, accounts.trades, None),
        exposure=walked.bars_held / len(walked.equity),
        turnover=float(book["traded"].sum()) / describe(walked.equity, cash).mean_equity,
        fees_paid=float(book["all_fees"].sum()),
        slippage_paid=float(book["all_slippage"].sum()),
        funding_paid=float(book["all_funding"].sum()),
    )


def _trades(rows: NDArray[Any], series: Sequence[Bars], first: Integers, tags: Tags) -> Trades:
    from engine.backtest.portfolio.book import REASONS

    side, market = rows["side"].copy(), rows["market"]
    entry_price = rows["entered_value"] / rows["entered"]
    entry_bar, exit_bar = rows["entry_row"] - first[market], rows["exit_row"] - first[market]
    pnl = _pnl(rows)
    lowest, highest = rows["lowest"], rows["highest"]
    below, above = (entry_price - lowest) / entry_price, (highest - entry_price) / entry_price
    times = np.concatenate([bars.open_time for bars in series])
    return Trades(
        side=side,
        entry_bar=entry_bar,
        exit_bar=exit_bar,
        entry_time=times[rows["entry_row"]],
        exit_time=times[rows["exit_row"]],
        entry_price=entry_price,
        exit_price=rows["left_value"] / rows["left"],
        quantity=rows["entered"].copy(),
        pnl=pnl,
        net_return=pnl / rows["entered_value"],
        fees=rows["fees"].copy(),
        slippage=rows["slippage"].copy(),
        funding=rows["funding"].copy(),
        stop_loss=rows["stop_loss"].copy(),
        take_profit=rows["take_profit"].copy(),
        adverse_excursion=np.maximum(np.where(side > 0, below, above), 0.0),
        favourable_excursion=np.maximum(np.where(side > 0, above, below), 0.0),
        exit_reason=tuple(ExitReason(REASONS[reason]) for reason in rows["reason"].tolist()),
        tag=tuple(_tag(tags[int(m)], int(bar)) for m, bar in zip(market, entry_bar, strict=True)),
    )


def _open_position(row: Any, series: Sequence[Bars], first: Integers, tags: Tags) -> OpenPosition:
    market, side, price = int(row["market"]), int(row["side"]), float(row["price"])
    entry_bar = int(row["entry_row"] - first[market])
    below, above = (price - float(row["lowest"])) / price, (float(row["highest"]) - price) / price
    return OpenPosition(
        side=side,
        entry_bar=entry_bar,
        entry_time=int(series[market].open_time[entry_bar]),
        entry_price=price,
        quantity=float(row["quantity"]),
        unrealised_pnl=float(_pnl(row)),
        tag=_tag(tags[market], entry_bar),
        fees=float(row["fees"]),
        slippage=float(row["slippage"]),
        funding=float(row["funding"]),
        stop_loss=float(row["stop_loss"]),
        take_profit=float(row["take_profit"]),
        adverse_excursion=max(below if side > 0 else above, 0.0),
        favourable_excursion=max(above if side > 0 else below, 0.0),
    )


def _pnl(rows: Any) -> Any:
    """Net of fees and funding; what is still held counts at its mark."""
    value = rows["quantity"] * rows["mark"] + rows["left_value"] - rows["entered_value"]
    return rows["side"] * value - rows["fees"] - rows["funding"]


def _tag(tag: tuple[str, ...] | None, entry_bar: int) -> str:
    """The reason given at the signal of an entry, which is the bar before it."""
    return "" if tag is None else tag[entry_bar - 1]

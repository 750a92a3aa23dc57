"""The trade list: the best and worst trades, then the newest ones up to a cap that is said."""

from __future__ import annotations

import numpy as np

from engine.backtest.report.format import UNDEFINED, moment, number, percent, plural, price
from engine.backtest.report.html import Child, Markup, el
from engine.backtest.report.plain import shortened
from engine.backtest.report.series import Positions
from engine.backtest.report.table import table
from engine.backtest.result import ExitReason, OpenPosition, Trades

EXTREME_TRADES = 10
LISTED_TRADES = 100
_HEADS = (
    "Side",
    "Entered (UTC)",
    "Entry",
    "Left (UTC)",
    "Exit",
    "Bars",
    "Net return",
    "Net PnL",
    "Costs",
    "Against",
    "In favour",
    "Reason",
    "Tag",
)
_NUMBERS = frozenset({2, 4, 5, 6, 7, 8, 9, 10})
_REASONS = {reason: reason.value.replace("_", " ") for reason in ExitReason} | {
    ExitReason.RE_ENTRY: "re-entry"
}


def trade_tables(trades: Trades) -> list[Markup]:
    """The best and worst closed trades, then the newest in a list that unfolds; all of them when few."""
    count = len(trades)
    newest = np.arange(count)[::-1][:LISTED_TRADES]
    if not count:
        return []
    if count <= EXTREME_TRADES:
        return [_trade_table(f"All {plural(count, 'closed trade')}, newest first", trades, newest)]
    by_return = np.argsort(trades.net_return, kind="stable")
    best, worst = by_return[::-1][:EXTREME_TRADES], by_return[:EXTREME_TRADES]
    return [
        _trade_table(f"Best {EXTREME_TRADES} by net return", trades, best),
        _trade_table(f"Worst {EXTREME_TRADES} by net return", trades, worst),
        el(
            "details",
            el("summary", list_in_words(count)),
            _trade_table("Closed trades, newest first", trades, newest),
        ),
    ]


def list_in_words(count: int) -> str:
    """How many of the closed trades the list holds, and how many it leaves out."""
    if count <= LISTED_TRADES:
        return f"All {plural(count, 'closed trade')}, newest first"
    hidden = count - LISTED_TRADES
    return f"The newest {LISTED_TRADES} of {count:,} closed trades; the {hidden:,} before them are not shown"


def trades_in_words(trades: Trades, position: OpenPosition | None, quote: str) -> str:
    """What is open at the end, how many trades were liquidated, and how to read the excursions."""
    parts = ["No position was open at the end." if position is None else _open_in_words(position, quote)]
    if not len(trades):
        return f"No trade was closed. {parts[0]}"
    liquidated = trades.exit_reason.count(ExitReason.LIQUIDATION)
    if liquidated:
        parts.append(f"{plural(liquidated, 'position was', 'positions were')} liquidated.")
    parts.append(
        "Against and in favour: how far the price went at most while the trade was open, "
        f"as a share of the entry price. Costs: fees, slippage and funding, {quote}."
    )
    return " ".join(parts)


def _open_in_words(position: OpenPosition, quote: str) -> str:
    side = "long" if position.side > 0 else "short"
    levels = [
        f"{name} {price(level)}"
        for name, level in (("stop", position.stop_loss), ("target", position.take_profit))
        if not np.isnan(level)
    ]
    return (
        f"Still open at the end: {side} {number(position.quantity, 6)} from {moment(position.entry_time)} at "
        f"{price(position.entry_price)}{''.join(f', {level}' for level in levels)}; "
        f"{number(position.unrealised_pnl, signed=True)} {quote} at the last close."
    )


def _trade_table(caption: str, trades: Trades, chosen: Positions) -> Markup:
    rows = [_trade_row(trades, i) for i in chosen.tolist()]
    return table(caption, _HEADS, rows, _NUMBERS, "listed trades")


def _trade_row(trades: Trades, i: int) -> tuple[Child, ...]:
    outcome = "gain" if trades.pnl[i] > 0 else "pain"
    return (
        "Long" if trades.side[i] > 0 else "Short",
        moment(int(trades.entry_time[i])),
        price(float(trades.entry_price[i])),
        moment(int(trades.exit_time[i])),
        price(float(trades.exit_price[i])),
        f"{int(trades.exit_bar[i] - trades.entry_bar[i]):,}",
        el("span", percent(float(trades.net_return[i]), signed=True), class_=outcome),
        el("span", number(float(trades.pnl[i]), signed=True), class_=outcome),
        number(float(trades.fees[i] + trades.slippage[i] + trades.funding[i])),
        percent(-float(trades.adverse_excursion[i]), signed=True),
        percent(float(trades.favourable_excursion[i]), signed=True),
        _REASONS[trades.exit_reason[i]],
        shortened(trades.tag[i], 64) or UNDEFINED,
    )

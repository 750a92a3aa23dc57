"""Tables of the report: trades, costs, metrics with definitions, parameters, the card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from engine.backtest.report.card import Document, RunCard
from engine.backtest.report.definitions import DEFINITIONS
from engine.backtest.report.format import moment, number, percent, plural, price
from engine.backtest.report.html import Child, Markup, el
from engine.backtest.report.plain import shortened
from engine.backtest.report.series import Positions
from engine.backtest.report.settings import slippage_in_words, trading_in_words
from engine.backtest.result import ExitReason, OpenPosition, Simulation, Trades

SHOWN_TRADES = 10
_TRADE_HEADS = (
    "Side",
    "Entered (UTC)",
    "Entry price",
    "Left (UTC)",
    "Exit price",
    "Bars",
    "Net return",
    "Net PnL",
    "Exit",
    "Tag",
)
_REASONS = {reason: reason.value.replace("_", " ") for reason in ExitReason} | {
    ExitReason.RE_ENTRY: "re-entry"
}
_TRADE_NUMBERS = frozenset({2, 4, 5, 6, 7})


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Child]],
    numeric: frozenset[int],
    kind: str,
) -> Markup:
    """A table whose first column names its rows; `numeric` columns are set right. It scrolls if too wide.

    The caption is read out; it is shown where several tables share a heading (`kind` "trades").
    """

    def cell(i: int, content: Child) -> Markup:
        classed = "number" if i in numeric else None
        return el("th", content, scope="row") if i == 0 else el("td", content, class_=classed)

    head = el(
        "tr",
        *(el("th", h, scope="col", class_="number" if i in numeric else None) for i, h in enumerate(heads)),
    )
    body = [el("tr", *(cell(i, content) for i, content in enumerate(row))) for row in rows]
    made = el(
        "table",
        el("caption", caption, class_=None if kind == "trades" else "unseen"),
        el("thead", head),
        el("tbody", *body),
        class_=kind,
    )
    return el("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption)


def trade_tables(trades: Trades) -> list[Markup]:
    """The last, best and worst closed trades; each once in order when there are few."""
    if not len(trades):
        return []
    if len(trades) <= SHOWN_TRADES:
        return [
            _trade_table(f"All {plural(len(trades), 'closed trade')}, newest first", trades, _last(trades))
        ]
    by_return = np.argsort(trades.net_return, kind="stable")
    return [
        _trade_table(f"Last {SHOWN_TRADES} of {len(trades):,}", trades, _last(trades)),
        _trade_table(f"Best {SHOWN_TRADES} by net return", trades, by_return[::-1][:SHOWN_TRADES]),
        _trade_table(f"Worst {SHOWN_TRADES} by net return", trades, by_return[:SHOWN_TRADES]),
    ]


def open_position_in_words(position: OpenPosition, quote: str) -> str:
    """The position that is still open."""
    side = "long" if position.side > 0 else "short"
    return (
        f"Still open at the end: {side} {number(position.quantity, 6)} from {moment(position.entry_time)} at "
        f"{price(position.entry_price)}, {number(position.unrealised_pnl, signed=True)} {quote} "
        "at the last close."
    )


def cost_table(simulation: Simulation, metrics: Document, quote: str) -> Markup:
    """The result before costs, what fees, slippage and funding took, and what was left."""
    costs = {name: float(metrics.get(f"{name}_paid") or 0.0) for name in ("fees", "slippage", "funding")}
    net = float(simulation.equity[-1]) - simulation.cash
    before = net + sum(costs.values())
    lines = [("Before costs", before), *((name.capitalize(), -paid) for name, paid in costs.items())]
    lines.append(("After costs", net))
    widest = max(abs(value) for _, value in lines) or 1.0
    rows = [
        (
            name,
            _bar(value / widest),
            number(value, signed=True),
            percent(value / simulation.cash, signed=True),
        )
        for name, value in lines
    ]
    heads = ("", "", quote or "Amount", "Of starting cash")
    return table("Where the result went", heads, rows, frozenset({2, 3}), "costs")


def costs_in_words(simulation: Simulation, metrics: Document, quote: str) -> str:
    """What the costs came to, against the result before them."""
    paid = sum(float(metrics.get(f"{name}_paid") or 0.0) for name in ("fees", "slippage", "funding"))
    before = float(simulation.equity[-1]) - simulation.cash + paid
    text = f"Costs came to {number(paid)} {quote}".rstrip()
    if before > 0 and paid > 0:
        text += f", {percent(paid / before)} of the result before costs"
    return (
        f"{text}. The split is of these very fills; without costs the positions would have had other sizes."
    )


def metric_table(card: RunCard) -> Markup:
    """Every metric beside buy and hold, with a line of definition."""
    rows = [
        (
            d.label,
            d.shown(card.metrics.get(d.name)),
            _beside(d.name, d.shown(card.benchmark.get(d.name))),
            d.text,
        )
        for d in DEFINITIONS
    ]
    heads = ("Metric", "Strategy", "Buy and hold", "Definition")
    return table("All metrics", heads, rows, frozenset({1, 2}), "metrics")


def parameter_table(params: Document) -> Markup:
    """Names and values of the parameters."""
    rows = [(name, _value(value)) for name, value in params.items()]
    return table("Parameters", ("Parameter", "Value"), rows, frozenset({1}), "pairs")


def card_table(card: RunCard) -> Markup:
    """What makes the run repeatable: hashes, data, costs, versions."""
    rows: list[tuple[Child, Child]] = [
        ("Run", _code(card.run_id)),
        ("Card hash", _code(card.card_hash)),
        ("Strategy", _code(card.strategy_id)),
        ("Code hash", _code(card.code_hash)),
        ("Data", f"{card.instrument}, {card.interval}, {plural(card.bars, 'bar')}, source: {card.source}"),
        ("Span (UTC)", f"{card.start} to {card.end}"),
        ("Data hash", _code(card.data_hash)),
        ("Holdout from", _holdout(card)),
        ("Costs", _costs(card.costs)),
        ("Trading", trading_in_words(card.trading) or "all equity at the next open"),
        *((f"Version: {name}", _value(value)) for name, value in card.versions.items()),
    ]
    return table("The card of this run", ("Item", "Value"), rows, frozenset(), "pairs card")


def _last(trades: Trades) -> Positions:
    return np.arange(len(trades))[::-1][:SHOWN_TRADES]


def _trade_table(caption: str, trades: Trades, chosen: Positions) -> Markup:
    rows = [_trade_row(trades, i) for i in chosen.tolist()]
    return table(caption, _TRADE_HEADS, rows, _TRADE_NUMBERS, "trades")


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
        _REASONS[trades.exit_reason[i]],
        shortened(trades.tag[i], 64),
    )


def _bar(share: float) -> Markup:
    width = round(abs(share) * 100, 2)
    start = 100 if share >= 0 else 100 - width
    made = el("rect", x=start, y=1, width=width, height=8, class_="won" if share >= 0 else "lost")
    zero = el("path", class_="zero", d="M100 0V10")
    return el(
        "svg",
        made,
        zero,
        class_="balance",
        viewBox="0 0 200 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _beside(name: str, shown: str) -> Child:
    """Per-trade figures say nothing about one purchase that is never sold."""
    return "–" if name in ("trades", "win_rate", "profit_factor", "expectancy") else shown


def _code(text: str) -> Markup:
    return el("code", text or "–")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _holdout(card: RunCard) -> str:
    if not card.holdout_from:
        return "not fixed yet"
    return f"{card.holdout_from}, {'INCLUDED in this run' if card.includes_holdout else 'not touched'}"


def _costs(costs: Document) -> str:
    funding = "charged where there is data" if costs.get("funding") else "off"
    return (
        f"taker {_value(costs.get('taker_fee_bps'))} bps, maker {_value(costs.get('maker_fee_bps'))} bps, "
        f"slippage {slippage_in_words(costs)}, funding {funding}, "
        f"starting cash {number(costs.get('cash'))}"
    )

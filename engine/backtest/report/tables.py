"""Tables of what stands in the run document: metrics with definitions, parameters, the card."""

from __future__ import annotations

import json
from typing import Any

from engine.backtest.report.card import Document, RunCard
from engine.backtest.report.definitions import DEFINITIONS
from engine.backtest.report.format import UNDEFINED, number, plural
from engine.backtest.report.html import Child, Markup, el
from engine.backtest.report.settings import slippage_in_words, trading_in_words
from engine.backtest.report.table import table

_CODED = frozenset({"Run", "Card hash", "Strategy", "Code hash", "Data hash"})


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
        (name, el("code", text) if name in _CODED else text) for name, text in card_facts(card)
    ]
    return table("The card of this run", ("Item", "Value"), rows, frozenset(), "pairs card")


def card_facts(card: RunCard) -> list[tuple[str, str]]:
    """The items of the card as (name, text)."""
    return [
        ("Run", card.run_id or UNDEFINED),
        ("Card hash", card.card_hash or UNDEFINED),
        ("Strategy", card.strategy_id or UNDEFINED),
        ("Code hash", card.code_hash or UNDEFINED),
        ("Data", f"{card.instrument}, {card.interval}, {plural(card.bars, 'bar')}, source: {card.source}"),
        ("Span (UTC)", f"{card.start} to {card.end}"),
        ("Data hash", card.data_hash or UNDEFINED),
        ("Holdout from", _holdout(card)),
        ("Costs", _costs(card.costs)),
        ("Trading", trading_in_words(card.trading) or "all equity at the next open"),
        *((f"Version: {name}", _value(value)) for name, value in card.versions.items()),
    ]


def _beside(name: str, shown: str) -> Child:
    """Per-trade figures say nothing about one purchase that is never sold."""
    return "–" if name in ("trades", "win_rate", "profit_factor", "expectancy") else shown


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

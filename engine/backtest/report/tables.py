"""Tables of what stands in the run document: metrics with definitions, parameters, the card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engine.backtest.report.card import Document, Recipe, RunCard
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


def card_table(facts: Sequence[tuple[str, str]], caption: str = "The card of this run") -> Markup:
    """What makes a result repeatable, as (name, text): hashes, data, costs, versions."""
    rows: list[tuple[Child, Child]] = [
        (name, el("code", text) if name in _CODED else text) for name, text in facts
    ]
    return table(caption, ("Item", "Value"), rows, frozenset(), "pairs card")


def card_facts(card: RunCard) -> list[tuple[str, str]]:
    """The items of the card as (name, text)."""
    run, *others = recipe_facts(card)
    return [run, ("Card hash", card.card_hash or UNDEFINED), *others]


def recipe_facts(recipe: Recipe) -> list[tuple[str, str]]:
    """What a run was made of as (name, text); the run itself first."""
    bars = plural(recipe.bars, "bar")
    return [
        ("Run", recipe.run_id or UNDEFINED),
        ("Strategy", recipe.strategy_id or UNDEFINED),
        ("Code hash", recipe.code_hash or UNDEFINED),
        ("Data", f"{recipe.instrument}, {recipe.interval}, {bars}, source: {recipe.source}"),
        ("Span (UTC)", f"{recipe.start} to {recipe.end}"),
        ("Data hash", recipe.data_hash or UNDEFINED),
        ("Holdout from", _holdout(recipe)),
        ("Costs", _costs(recipe.costs)),
        ("Trading", trading_in_words(recipe.trading) or "all equity at the next open"),
        *((f"Version: {name}", _value(value)) for name, value in recipe.versions.items()),
    ]


def _beside(name: str, shown: str) -> Child:
    """Per-trade figures say nothing about one purchase that is never sold."""
    return "–" if name in ("trades", "win_rate", "profit_factor", "expectancy") else shown


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _holdout(recipe: Recipe) -> str:
    if not recipe.holdout_from:
        return "not fixed yet"
    return f"{recipe.holdout_from}, {'INCLUDED in this run' if recipe.includes_holdout else 'not touched'}"


def _costs(costs: Document) -> str:
    funding = "charged where there is data" if costs.get("funding") else "off"
    return (
        f"taker {_value(costs.get('taker_fee_bps'))} bps, maker {_value(costs.get('maker_fee_bps'))} bps, "
        f"slippage {slippage_in_words(costs)}, funding {funding}, "
        f"starting cash {number(costs.get('cash'))}"
    )

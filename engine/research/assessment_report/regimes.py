"""Regimes: how the strategy did while the market was of one kind, as far as was known then."""

from __future__ import annotations

from engine.backtest.report.format import count, number, percent
from engine.backtest.report.html import Child, Markup
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.assessment_report.rows import Row, RowPlot, bar
from engine.research.assessment_report.words import known
from engine.research.findings import RegimeRow

_NAMES = {
    "trend_up": "Trend up",
    "trend_down": "Trend down",
    "range": "Range",
    "high_volatility": "High volatility",
}


def regimes_section(regimes: tuple[RegimeRow, ...]) -> Markup:
    """Sharpe ratio by regime, and a table."""
    if not regimes:
        return section("regimes", "Regimes", "The time was not split by the kind of market.")
    said = regimes_in_words(regimes)
    rows = [Row(_NAMES[row.regime], row.sharpe, number(row.sharpe)) for row in regimes]
    figure = RowPlot(rows, bar).figure("regimes", "Sharpe ratio by regime", said)
    return section("regimes", "Regimes", said, figure, _table(regimes))


def regimes_in_words(regimes: tuple[RegimeRow, ...]) -> str:
    """Where it did best and worst."""
    defined = [(row.sharpe, row) for row in regimes if known(row.sharpe)]
    if not defined:
        return "In no regime does the Sharpe ratio have a value."
    best, worst = max(defined, key=lambda pair: pair[0]), min(defined, key=lambda pair: pair[0])
    return f"Best in {_in_words(*best)}; worst in {_in_words(*worst)}."


def _in_words(sharpe: float, row: RegimeRow) -> str:
    share = percent(row.share_of_bars, 0)
    return f"“{_NAMES[row.regime].lower()}” ({share} of the bars) with a Sharpe ratio of {number(sharpe)}"


def _table(regimes: tuple[RegimeRow, ...]) -> Markup:
    rows: list[tuple[Child, ...]] = [
        (
            _NAMES[row.regime],
            percent(row.share_of_bars),
            percent(row.total_return, signed=True),
            number(row.sharpe),
            count(row.trades),
        )
        for row in regimes
    ]
    heads = ("Regime", "Share of bars", "Return", "Sharpe", "Trades")
    return table("Performance by regime", heads, rows, frozenset({1, 2, 3, 4}), "regimes")

"""Stress: the strategy under one other condition at a time, beside the run itself."""

from __future__ import annotations

from engine.backtest.report.format import UNDEFINED, count, number, percent, plural
from engine.backtest.report.html import Child, Markup
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.assessment.document import Assessment
from engine.research.assessment_report.rows import Reference, Row, RowPlot, bar
from engine.research.assessment_report.words import known, name_in_words
from engine.research.findings import StressRow


def stress_section(assessment: Assessment) -> Markup:
    """Sharpe ratio under each condition, and a table with returns and drawdowns."""
    conditions, base = assessment.stress, assessment.sharpe.annual
    if not conditions:
        return section("stress", "Stress", "No other condition was tried.")
    said = stress_in_words(conditions, base)
    rows = [
        Row("As recorded", base, number(base), major=True),
        *(Row(name_in_words(row.name), row.sharpe, number(row.sharpe)) for row in conditions),
    ]
    plot = RowPlot(rows, bar, Reference(base, "as recorded"))
    figure = plot.figure("stress", "Sharpe ratio under stress", said)
    return section("stress", "Stress", said, figure, _table(conditions, base))


def stress_in_words(conditions: tuple[StressRow, ...], base: float | None) -> str:
    """How many conditions it survives with a gain, and the worst."""
    gained = sum(row.total_return > 0 for row in conditions)
    text = f"Under {gained} of {plural(len(conditions), 'other condition')} it still gains."
    defined = [(row.sharpe, row) for row in conditions if known(row.sharpe)]
    if not defined:
        return text
    sharpe, worst = min(defined, key=lambda pair: pair[0])
    return (
        f"{text} The worst is “{name_in_words(worst.name)}” with a Sharpe ratio of {number(sharpe)}, "
        f"against {number(base)} as recorded."
    )


def _table(conditions: tuple[StressRow, ...], base: float | None) -> Markup:
    rows: list[tuple[Child, ...]] = [
        (
            name_in_words(row.name),
            row.said,
            number(row.sharpe),
            number(row.sharpe - base, signed=True) if known(row.sharpe) and known(base) else UNDEFINED,
            percent(row.total_return, signed=True),
            percent(row.max_drawdown),
            count(row.trades),
        )
        for row in conditions
    ]
    heads = ("Condition", "Meaning", "Sharpe", "Change", "Return", "Max drawdown", "Trades")
    return table("The conditions", heads, rows, frozenset({2, 3, 4, 5, 6}), "conditions")

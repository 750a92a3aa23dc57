"""Monte Carlo: what another order of the trades, or missing some of them, would have made of it."""

from __future__ import annotations

from engine.backtest.report.format import count, percent, plural
from engine.backtest.report.html import Child, Markup
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.findings import MonteCarloPart


def monte_carlo_section(part: MonteCarloPart | None) -> Markup:
    """The figures with their definitions."""
    if part is None:
        return section("monte", "Monte Carlo", "There were too few trades to shuffle.")
    rows: list[tuple[Child, ...]] = [
        ("Drawdown, median", percent(part.drawdown_median), "Half of the orders of the trades fall deeper."),
        ("Drawdown, 95%", percent(part.drawdown_95), "One order in twenty falls deeper."),
        ("Trades missed", percent(part.missed_share), "Share of the trades left out at random."),
        (
            "Return with those missed",
            percent(part.return_5_with_missed, signed=True),
            "One run in twenty returns less.",
        ),
        ("Runs", count(part.runs), "Random orders, and random omissions."),
    ]
    heads = ("Measure", "Value", "Definition")
    listed = table("Monte Carlo measures", heads, rows, frozenset({1}), "measures")
    return section("monte", "Monte Carlo", monte_carlo_in_words(part), listed)


def monte_carlo_in_words(part: MonteCarloPart) -> str:
    """The deep drawdown and the poor return."""
    missed, deep = percent(part.missed_share, 0), percent(part.drawdown_95)
    poor = percent(part.return_5_with_missed, signed=True)
    return (
        f"In {plural(part.runs, 'random order')} of the same trades the drawdown exceeds {deep} one time in "
        f"twenty. With {missed} of the trades missed at random, one run in twenty returns less than {poor}."
    )

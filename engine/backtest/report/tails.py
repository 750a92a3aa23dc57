"""Tail measures of the per-bar returns, and the worst bars."""

from __future__ import annotations

from engine.backtest.analysis.tails import Tails
from engine.backtest.report.definitions import BY_NAME
from engine.backtest.report.format import moment, number, percent
from engine.backtest.report.html import Child, Markup
from engine.backtest.report.table import table


def tails_in_words(tails: Tails) -> str:
    """The worst bar and the two losses in the tail."""
    if tails.var_99 is None or tails.cvar_99 is None or not tails.worst:
        return "No bar lost anything."
    worst = tails.worst[0]
    return (
        f"The worst bar lost {percent(-worst.fraction)}. One bar in a hundred lost more than "
        f"{percent(tails.var_99)}, and these lost {percent(tails.cvar_99)} on average."
    )


def tail_table(tails: Tails) -> Markup:
    """Each measure with a line of definition."""
    rows: list[tuple[Child, ...]] = [
        ("VaR 95%", percent(tails.var_95), BY_NAME["var_95"].text),
        ("CVaR 95%", percent(tails.cvar_95), BY_NAME["cvar_95"].text),
        ("VaR 99%", percent(tails.var_99), "Per-bar loss that one bar in a hundred exceeds."),
        ("CVaR 99%", percent(tails.cvar_99), "Mean loss of the worst hundredth of the bars."),
        ("Skew", number(tails.skew), "Below zero: the large moves are losses more often than gains."),
        (
            "Excess kurtosis",
            number(tails.excess_kurtosis),
            "Above zero: larger extremes than a normal curve's.",
        ),
        ("Tail ratio", number(tails.tail_ratio), "The 95% quantile over the 5% quantile, without signs."),
    ]
    heads = ("Measure", "Value", "Definition")
    return table("Tail measures of the per-bar returns", heads, rows, frozenset({1}), "measures")


def worst_bars_table(tails: Tails) -> Markup | None:
    """The bars that lost most; None when none lost."""
    if not tails.worst:
        return None
    rows: list[tuple[Child, ...]] = [
        (moment(bar.time), f"{bar.bar:,}", percent(bar.fraction, signed=True)) for bar in tails.worst
    ]
    return table("The worst bars", ("Bar (UTC)", "Number", "Return"), rows, frozenset({1, 2}), "listed worst")

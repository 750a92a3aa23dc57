"""Over-fitting: how often the best of the search is below the median elsewhere."""

from __future__ import annotations

from engine.backtest.report.format import count, number, percent, plural
from engine.backtest.report.html import Child, Markup
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.assessment_report.rows import Reference, Row, RowPlot, bar
from engine.research.assessment_report.words import amount, known, likelihood
from engine.research.findings import OverfittingPart


def overfitting_section(part: OverfittingPart | None) -> Markup:
    """The probabilities of over-fitting, and the measures behind them."""
    if part is None:
        said = "There was no search among parameter sets, so that none could be fitted to the past."
        return section("overfitting", "Over-fitting", said)
    said = overfitting_in_words(part)
    figure = _figure(part, said) if known(part.probability) else None
    return section("overfitting", "Over-fitting", said, figure, _measures(part))


def overfitting_in_words(part: OverfittingPart) -> str:
    """The share of splits whose best fails outside."""
    ways, sets = plural(part.splits, "way"), plural(part.sets, "parameter set")
    tried = f"The time was split into halves in {ways}, for {sets}."
    if not known(part.probability):
        return f"{tried} What came of it is undefined."
    below, lost = likelihood(part.probability), likelihood(part.probability_of_loss)
    return (
        f"{tried} The best in one half was below the median in the other in {below} of the splits, and lost "
        f"money there in {lost}. A choice that means nothing would be below the median in 50%."
    )


def _figure(part: OverfittingPart, said: str) -> Markup:
    shares = (
        ("Best inside, below the median outside", part.probability),
        ("Best inside, a loss outside", part.probability_of_loss),
    )
    rows = [Row(name, share, likelihood(share)) for name, share in shares]
    plot = RowPlot(rows, bar, Reference(0.5, "a choice that means nothing"), lambda share: percent(share, 0))
    return plot.figure("overfitting", "Over-fitting", said)


def _measures(part: OverfittingPart) -> Markup:
    rows: list[tuple[Child, ...]] = [
        (
            "Over-fitting",
            likelihood(part.probability),
            "Share of splits whose best is below the median outside.",
        ),
        ("Loss", likelihood(part.probability_of_loss), "Share of splits whose best loses outside."),
        (
            "Slope",
            number(part.slope),
            "Of the Sharpe ratio outside on that inside; below zero: better was worse.",
        ),
        (
            "Superior ability",
            amount(part.superior_p),
            "Hansen's SPA: p of no set being better than staying flat.",
        ),
        ("Parameter sets", count(part.sets), "Sets of the search that were compared."),
        ("Blocks", count(part.blocks), "Stretches of time that the splits are made of."),
    ]
    return table(
        "Measures of over-fitting", ("Measure", "Value", "Definition"), rows, frozenset({1}), "measures"
    )

"""The Sharpe ratio with its interval, beside what luck alone would show."""

from __future__ import annotations

from engine.backtest.report.format import count, number
from engine.backtest.report.html import Child, Markup
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.assessment.document import Assessment
from engine.research.assessment_report.rows import Reference, Row, RowPlot, dot
from engine.research.assessment_report.words import known, likelihood, span_in_words, trials
from engine.research.findings import SharpePart


def sharpe_section(assessment: Assessment) -> Markup:
    """The interval, the luck line, buy and hold, and every measure."""
    said, sharpe = sharpe_in_words(assessment), assessment.sharpe
    plot = RowPlot(_rows(assessment), dot, Reference(sharpe.expected_maximum, "luck's best"))
    title = "Sharpe ratio against luck"
    figure = plot.figure("sharpe", title, said) if known(sharpe.annual) else None
    return section("sharpe", "Sharpe ratio and luck", said, figure, _measures(sharpe))


def sharpe_in_words(assessment: Assessment) -> str:
    """The ratio, its interval, and what the best of the trials shows by luck."""
    sharpe, effective = assessment.sharpe, assessment.trials.effective
    if not known(sharpe.annual):
        return "The returns do not vary enough for a Sharpe ratio."
    text = (
        f"The annual Sharpe ratio is {number(sharpe.annual)}; in 90% of resampled histories it lies between "
        f"{number(sharpe.low)} and {number(sharpe.high)}."
    )
    if known(sharpe.expected_maximum):
        text += (
            f" The best of {trials(effective)} without any skill would be expected to show "
            f"{number(sharpe.expected_maximum)}; the true ratio is above that with a probability of "
            f"{likelihood(sharpe.deflated)}."
        )
    return text


def _rows(assessment: Assessment) -> list[Row]:
    sharpe, effective = assessment.sharpe, assessment.trials.effective
    hold, luck = assessment.buy_and_hold_sharpe, sharpe.expected_maximum
    return [
        Row("This strategy", sharpe.annual, number(sharpe.annual), sharpe.low, sharpe.high, major=True),
        Row(f"Best of {trials(effective)} by luck", luck, number(luck)),
        Row("Buy and hold", hold, number(hold)),
    ]


def _measures(sharpe: SharpePart) -> Markup:
    rows: list[tuple[Child, ...]] = [
        (
            "Sharpe ratio",
            number(sharpe.annual),
            "Mean over deviation of the returns by period, scaled to a year.",
        ),
        ("Interval", span_in_words(sharpe.low, sharpe.high), "5% and 95% ends by the stationary bootstrap."),
        ("Above zero", likelihood(sharpe.probabilistic), "Probability that the true ratio is above 0."),
        ("Luck's best", number(sharpe.expected_maximum), "What the best of the trials shows by luck alone."),
        ("Above luck", likelihood(sharpe.deflated), "Probability that the true ratio is above luck's best."),
        (
            "Track record asked",
            number(sharpe.minimum_track_record_years, 1),
            "Years of record that this ratio would need to be believed.",
        ),
        (
            "Chance of the best",
            likelihood(sharpe.chance_of_best),
            "Chance that the best of as many trials without skill shows this.",
        ),
        ("Record", number(sharpe.years, 1), "Years that all periods span."),
        ("Periods", count(sharpe.periods), f"Returns of {sharpe.period} each."),
        ("Skewness", number(sharpe.skewness), "Below zero: large moves are losses more often than gains."),
        ("Kurtosis", number(sharpe.kurtosis), "3 for the normal distribution; above: more extremes."),
    ]
    heads = ("Measure", "Value", "Definition")
    return table("Measures of the Sharpe ratio", heads, rows, frozenset({1}), "measures")

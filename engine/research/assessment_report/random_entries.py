"""Random entries: where the strategy lies among runs that entered at random moments."""

from __future__ import annotations

import numpy as np

from engine.backtest.report.chart import Canvas, bottom_axis, canvases, label, path, picture, place, stroke
from engine.backtest.report.format import compact, number, plural
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.scale import Scale, value_ticks
from engine.backtest.report.section import section
from engine.research.assessment_report.words import known, likelihood
from engine.research.findings import RandomEntriesPart

_REACH = 4.0  # deviations that are drawn on either side of the mean


def random_entries_section(part: RandomEntriesPart | None, sharpe: float | None) -> Markup:
    """The distribution of the random runs with the strategy's place in it."""
    name = "Random entries"
    if part is None:
        return section("random", name, "The strategy was not compared with entries at random moments.")
    said = random_in_words(part, sharpe)
    mean, deviation = part.mean_sharpe, part.deviation
    if not (known(mean) and known(deviation) and deviation > 0 and known(sharpe)):
        return section("random", name, said)
    pictures = [
        picture(canvas, "random", name, said, null_plot(canvas, mean, deviation, sharpe))
        for canvas in canvases(210, 190)
    ]
    note = "The hill is a normal curve with the mean and the deviation of the random runs' Sharpe ratios."
    return section("random", name, said, el("figure", *pictures), el("p", note, class_="note"))


def random_in_words(part: RandomEntriesPart, sharpe: float | None) -> str:
    """Mean, deviation and percentile."""
    runs = f"{plural(part.runs, 'run')} with as many entries at random moments, of the same sides and lengths"
    if not known(part.mean_sharpe) or not known(sharpe):
        return f"What {runs}, say is undefined."
    mean, deviation = number(part.mean_sharpe), number(part.deviation)
    text = (
        f"{runs}, had a Sharpe ratio of {mean} on average (deviation {deviation}). The strategy, with "
        f"{number(sharpe)}, beats {likelihood(part.percentile)} of them"
    )
    score = part.score
    if not known(score):
        return f"{text}."
    text += f": {number(abs(score))} deviations {'above' if score >= 0 else 'below'} their mean."
    if not known(part.chance):
        return text
    return (
        f"{text} The best of all trials would score this by luck with a chance of {likelihood(part.chance)}."
    )


def null_plot(canvas: Canvas, mean: float, deviation: float, sharpe: float) -> Markup:
    """The hill of the random runs, its mean, and the strategy as a needle."""
    low = min(mean - _REACH * deviation, sharpe - deviation / 2)
    high = max(mean + _REACH * deviation, sharpe + deviation / 2)
    across = Scale(low, high, canvas.left, canvas.right)
    z = np.linspace(-_REACH, _REACH, 121)
    top = canvas.top + 26
    heights = canvas.bottom - (canvas.bottom - top) * np.exp(-z * z / 2)
    hill = f"{path(across(mean + z * deviation), heights)}z"
    ticks = {tick: compact(tick) for tick in value_ticks(across, 5 if canvas.narrow else 9)}
    return join(
        stroke("null", hill),
        stroke("middle", f"M{place(across.at(mean))} {canvas.bottom}V{top - 4}"),
        bottom_axis(canvas, across, ticks),
        stroke("needle", f"M{place(across.at(sharpe))} {canvas.bottom}V{canvas.top + 12}"),
        _named(canvas, across.at(sharpe), canvas.top + 4, f"strategy {number(sharpe)}", "name own"),
        _beside(across.at(mean), top - 2, f"random {number(mean)}", left=sharpe >= mean),
    )


def _named(canvas: Canvas, x: float, y: float, text: str, kind: str) -> Markup:
    """A name over a line, kept inside the plot."""
    room = 4.0 * len(text)
    return label(min(max(x, canvas.left + room), canvas.right - room), y, text, kind, "middle")


def _beside(x: float, y: float, text: str, *, left: bool) -> Markup:
    """The name of the random runs, on the side of their mean where the strategy is not."""
    return label(x - 5 if left else x + 5, y, text, "tick halo", "end" if left else "start")

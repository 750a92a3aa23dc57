"""Figure: the Sharpe ratio over a window that moves along the run."""

from __future__ import annotations

import numpy as np

from engine.backtest.analysis.rolling import rolling_sharpe, usual_window
from engine.backtest.report.chart import (
    Canvas,
    Ending,
    Timeline,
    end_labels,
    picture,
    place,
    stroke,
    time_axis,
    value_axis,
)
from engine.backtest.report.format import compact, number, plural
from engine.backtest.report.html import Markup, join
from engine.backtest.report.scale import value_scale, value_ticks
from engine.backtest.result import Floats, Simulation
from engine.market.bars import Bars


def rolling_ratios(bars: Bars, simulation: Simulation) -> Floats:
    """The rolling Sharpe ratio over the usual window: float64[n], NaN where undefined or without a window."""
    window = usual_window(len(bars), bars.interval)
    if window is None:
        return np.full(len(bars), np.nan)
    return rolling_sharpe(simulation.equity, window[1], bars.interval)


def rolling_plot(timeline: Timeline, ratios: Floats) -> Markup | None:
    """The ratio as a line, with zero and its last value named; None where it is nowhere defined."""
    canvas, known = timeline.canvas, ratios[np.isfinite(ratios)]
    if not len(known):
        return None
    low, high = min(float(known.min()), 0.0), max(float(known.max()), 0.0)
    places, last = value_scale(low, high, canvas.bottom, canvas.top, may_log=False), float(known[-1])
    return join(
        value_axis(canvas, places, {tick: compact(tick) for tick in value_ticks(places, 5)}),
        time_axis(timeline),
        stroke("start", f"M{canvas.left} {place(places.at(0.0))}H{canvas.right}"),
        stroke("line own", timeline.line(ratios, places)),
        end_labels(canvas, places, Ending("own", "Last", round(last, 2), number(last))),
    )


def rolling_picture(canvas: Canvas, bars: Bars, ratios: Floats) -> Markup | None:
    """The figure; None where the ratio is nowhere defined."""
    content = rolling_plot(Timeline(bars, canvas), ratios)
    if content is None:
        return None
    return picture(canvas, "rolling", "Rolling Sharpe ratio", rolling_in_words(bars, ratios), content)


def rolling_in_words(bars: Bars, ratios: Floats) -> str:
    """The window, and how the ratio moved over it."""
    window = usual_window(len(bars), bars.interval)
    if window is None:
        return "The run is too short for a rolling Sharpe ratio."
    known = ratios[np.isfinite(ratios)]
    if not len(known):
        return "Equity moved nowhere long enough for a rolling Sharpe ratio."
    days, returns = window
    return (
        f"Sharpe ratio of the last {plural(days, 'day')} ({plural(returns, 'return')}), scaled to a year: "
        f"from {number(float(known.min()))} to {number(float(known.max()))}, "
        f"above zero in {number(float((known > 0).mean()) * 100, 0)}% of the bars."
    )

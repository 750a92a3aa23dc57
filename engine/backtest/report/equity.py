"""Figures: equity against buy and hold, and the fall from the peak of both."""

from __future__ import annotations

from engine.backtest.report.chart import (
    Canvas,
    Ending,
    Timeline,
    end_labels,
    label,
    picture,
    place,
    stroke,
    time_axis,
    value_axis,
)
from engine.backtest.report.format import day, number, percent, plural
from engine.backtest.report.html import Markup, join
from engine.backtest.report.scale import Scale, value_scale
from engine.backtest.report.series import deepest_fall, drawdowns
from engine.backtest.result import Floats, Simulation
from engine.market.bars import Bars


def equity_scale(canvas: Canvas, simulation: Simulation) -> Scale:
    """Holds both equity curves and the starting cash."""
    curves = (simulation.equity, simulation.benchmark_equity)
    low = min(simulation.cash, *(float(curve.min()) for curve in curves))
    high = max(simulation.cash, *(float(curve.max()) for curve in curves))
    return value_scale(low, high, canvas.bottom, canvas.top)


def equity_plot(timeline: Timeline, simulation: Simulation) -> Markup:
    """Both curves on one scale, with the starting cash as a line and their ends named."""
    canvas, places = timeline.canvas, equity_scale(timeline.canvas, simulation)
    start = f"M{canvas.left} {place(places.at(simulation.cash))}H{canvas.right}"
    ours, theirs = float(simulation.equity[-1]), float(simulation.benchmark_equity[-1])
    return join(
        value_axis(canvas, places),
        time_axis(timeline),
        stroke("start", start),
        stroke("line hold", timeline.line(simulation.benchmark_equity, places)),
        stroke("line own", timeline.line(simulation.equity, places)),
        end_labels(
            canvas,
            places,
            Ending("hold", "Buy and hold", theirs, number(theirs, 0)),
            Ending("own", "Strategy", ours, number(ours, 0)),
        ),
    )


def equity_picture(canvas: Canvas, bars: Bars, simulation: Simulation) -> Markup:
    """The figure of both equity curves."""
    ours, theirs = float(simulation.equity[-1]), float(simulation.benchmark_equity[-1])
    description = (
        f"{number(simulation.cash)} became {number(ours)} with the strategy "
        f"and {number(theirs)} with buying and holding."
    )
    content = equity_plot(Timeline(bars, canvas), simulation)
    return picture(canvas, "equity", "Equity against buy and hold", description, content)


def drawdown_picture(canvas: Canvas, bars: Bars, simulation: Simulation) -> Markup:
    """The figure of the fall from the peak, the strategy's as an area, buy and hold's as a line."""
    timeline = Timeline(bars, canvas)
    ours, theirs = (
        drawdowns(simulation.equity, simulation.cash),
        drawdowns(simulation.benchmark_equity, simulation.cash),
    )
    deepest = max(float(ours.max()), float(theirs.max()), 1e-4)
    places = Scale(0.0, deepest * 1.06, canvas.top, canvas.bottom)
    content = join(
        value_axis(canvas, places, _depth_ticks(deepest)),
        time_axis(timeline),
        stroke("area", _area(timeline, ours, places)),
        stroke("line hold", timeline.line(theirs, places)),
        stroke("line fell", timeline.line(ours, places)),
        _deepest_label(timeline, ours, places),
    )
    return picture(canvas, "drawdown", "Drawdown", fall_in_words(bars, ours), content)


def fall_in_words(bars: Bars, fall: Floats) -> str:
    """The deepest drawdown with its dates."""
    deepest = deepest_fall(fall)
    if deepest is None:
        return "Equity never closed below an earlier peak."
    peak = day(int(bars.open_time[max(deepest.peak, 0)]))
    trough = day(int(bars.open_time[deepest.trough]))
    if deepest.recovered is None:
        after = "and had not come back by the end"
    else:
        lasted = plural(deepest.recovered - deepest.peak, "bar")
        after = f"and back on {day(int(bars.open_time[deepest.recovered]))}, {lasted} after the peak"
    return f"The deepest fall was {percent(deepest.depth)}: from the peak of {peak} to {trough}, {after}."


def _depth_ticks(deepest: float) -> dict[float, str]:
    steps = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50)
    step = next((step for step in steps if deepest / step <= 4.5), deepest / 4)
    return {i * step: percent(-i * step, 0 if step >= 0.01 else 2) for i in range(int(deepest / step) + 1)}


def _area(timeline: Timeline, fall: Floats, places: Scale) -> str:
    """The line closed along zero, each unbroken stretch by itself."""
    zero = place(places.at(0.0))
    stretches = timeline.line(fall, places).split("M")[1:]
    return "".join(f"M{stretch}V{zero}H{stretch.split(' ')[0]}z" for stretch in stretches)


def _deepest_label(timeline: Timeline, fall: Floats, places: Scale) -> Markup | None:
    deepest = deepest_fall(fall)
    if deepest is None:
        return None
    canvas = timeline.canvas
    x = timeline.scale.at(int(timeline.bars.open_time[deepest.trough]))
    y = places.at(deepest.depth)
    anchor = "end" if x > (canvas.left + canvas.right) / 2 else "start"
    side = -8 if anchor == "end" else 8
    dot = stroke("lowest", f"M{place(x - 2.5)} {place(y)}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z")
    return join(dot, label(x + side, y + 4, percent(-deepest.depth), "name fell halo", anchor))

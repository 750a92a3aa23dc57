"""Drawdown: the fall from the peak as a figure beside buy and hold's, and a table of the deepest episodes."""

from __future__ import annotations

from collections.abc import Sequence

from engine.backtest.analysis.drawdowns import Drawdown, deepest_drawdowns, drawdown_curve
from engine.backtest.report.chart import (
    Canvas,
    Timeline,
    label,
    picture,
    place,
    stroke,
    time_axis,
    value_axis,
)
from engine.backtest.report.format import count, day, percent, plural
from engine.backtest.report.html import Child, Markup, join
from engine.backtest.report.scale import Scale
from engine.backtest.report.table import table
from engine.backtest.result import Floats, Simulation
from engine.market.bars import Bars

SHOWN_DRAWDOWNS = 5


def drawdown_plot(timeline: Timeline, simulation: Simulation) -> Markup:
    """The strategy's fall as an area with its lowest point named, buy and hold's as a line."""
    canvas = timeline.canvas
    ours = drawdown_curve(simulation.equity, simulation.cash)
    theirs = drawdown_curve(simulation.benchmark_equity, simulation.cash)
    largest = max(float(ours.max()), float(theirs.max()), 1e-4)
    places = Scale(0.0, largest * 1.06, canvas.top, canvas.bottom)
    episodes = deepest(timeline.bars, simulation, 1)
    return join(
        value_axis(canvas, places, _depth_ticks(largest)),
        time_axis(timeline),
        stroke("area", _area(timeline, ours, places)),
        stroke("line hold", timeline.line(theirs, places)),
        stroke("line fell", timeline.line(ours, places)),
        _deepest_label(timeline, episodes[0], places) if episodes else None,
    )


def drawdown_picture(canvas: Canvas, bars: Bars, simulation: Simulation) -> Markup:
    """The figure of the fall from the peak."""
    content = drawdown_plot(Timeline(bars, canvas), simulation)
    return picture(canvas, "drawdown", "Drawdown", fall_in_words(deepest(bars, simulation, 1)), content)


def deepest(bars: Bars, simulation: Simulation, most: int = SHOWN_DRAWDOWNS) -> tuple[Drawdown, ...]:
    """The deepest drawdowns of the strategy."""
    return deepest_drawdowns(bars.open_time, simulation.equity, simulation.cash, most)


def fall_in_words(episodes: Sequence[Drawdown]) -> str:
    """The deepest of the drawdowns, with its dates."""
    if not episodes:
        return "Equity never closed below an earlier peak."
    worst = episodes[0]
    if worst.recovery is None or worst.recovery_time is None:
        after = "and had not come back by the end"
    else:
        lasted = plural(worst.recovery - worst.peak, "bar")
        after = f"and back on {day(worst.recovery_time)}, {lasted} after the peak"
    span = f"from the peak of {day(worst.peak_time)} to {day(worst.trough_time)}"
    return f"The deepest fall was {percent(worst.depth)}: {span}, {after}."


def drawdown_table(episodes: Sequence[Drawdown]) -> Markup:
    """One row per drawdown, deepest first."""
    heads = ("Depth", "Peak (UTC)", "Trough (UTC)", "Recovered (UTC)", "Bars to trough", "Bars to recovery")
    rows: list[tuple[Child, ...]] = [
        (
            percent(-episode.depth),
            day(episode.peak_time) if episode.peak >= 0 else "start",
            day(episode.trough_time),
            "not yet" if episode.recovery_time is None else day(episode.recovery_time),
            count(episode.bars_to_trough),
            count(episode.bars_to_recovery),
        )
        for episode in episodes
    ]
    caption = f"The {plural(len(rows), 'deepest drawdown')}" if len(rows) > 1 else "The only drawdown"
    return table(caption, heads, rows, frozenset({4, 5}), "listed falls")


def _depth_ticks(largest: float) -> dict[float, str]:
    steps = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50)
    step = next((step for step in steps if largest / step <= 4.5), largest / 4)
    return {i * step: percent(-i * step, 0 if step >= 0.01 else 2) for i in range(int(largest / step) + 1)}


def _area(timeline: Timeline, fall: Floats, places: Scale) -> str:
    """The line closed along zero, each unbroken stretch by itself."""
    zero = place(places.at(0.0))
    stretches = timeline.line(fall, places).split("M")[1:]
    return "".join(f"M{stretch}V{zero}H{stretch.split(' ')[0]}z" for stretch in stretches)


def _deepest_label(timeline: Timeline, worst: Drawdown, places: Scale) -> Markup:
    canvas = timeline.canvas
    x, y = timeline.scale.at(worst.trough_time), places.at(worst.depth)
    anchor = "end" if x > (canvas.left + canvas.right) / 2 else "start"
    side = -8 if anchor == "end" else 8
    dot = stroke("lowest", f"M{place(x - 2.5)} {place(y)}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z")
    return join(dot, label(x + side, y + 4, percent(-worst.depth), "name fell halo", anchor))

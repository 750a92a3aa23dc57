"""Figure: equity with its band, against buy and hold."""

from __future__ import annotations

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
from engine.backtest.report.format import number, percent, plural
from engine.backtest.report.html import Markup, join
from engine.backtest.report.scale import Scale, value_scale
from engine.backtest.result import Band, Simulation
from engine.market.bars import Bars


def equity_scale(canvas: Canvas, simulation: Simulation) -> Scale:
    """Holds the equity curves, the band's other edge and the starting cash."""
    curves = (simulation.equity, simulation.benchmark_equity, simulation.band.other_equity)
    low = min(simulation.cash, *(float(curve.min()) for curve in curves))
    high = max(simulation.cash, *(float(curve.max()) for curve in curves))
    return value_scale(low, high, canvas.bottom, canvas.top)


def equity_plot(timeline: Timeline, simulation: Simulation) -> Markup:
    """Both curves and the band on one scale, with the starting cash as a line and the ends named."""
    canvas, places = timeline.canvas, equity_scale(timeline.canvas, simulation)
    start = f"M{canvas.left} {place(places.at(simulation.cash))}H{canvas.right}"
    ours, theirs = float(simulation.equity[-1]), float(simulation.benchmark_equity[-1])
    return join(
        value_axis(canvas, places),
        time_axis(timeline),
        _band(timeline, simulation, places) if simulation.band.ambiguous_bars else None,
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
    """The figure of both equity curves and the band."""
    ours, theirs = float(simulation.equity[-1]), float(simulation.benchmark_equity[-1])
    description = (
        f"{number(simulation.cash)} became {number(ours)} with the strategy "
        f"and {number(theirs)} with buying and holding. {band_in_words(simulation.band)}"
    )
    content = equity_plot(Timeline(bars, canvas), simulation)
    return picture(canvas, "equity", "Equity against buy and hold", description, content)


def band_in_words(band: Band) -> str:
    """What the order of high and low inside a bar could have made of the result."""
    if not band.ambiguous_bars:
        return "No bar reached both a stop and a target, so there is no band."
    low, high = (percent(edge, signed=True) for edge in (band.total_return_low, band.total_return_high))
    reached = f"{plural(band.ambiguous_bars, 'bar')} reached both a stop and a target"
    return (
        f"{reached}. The line takes the stop first; whichever came first, "
        f"the return lies between {low} and {high}."
    )


def _band(timeline: Timeline, simulation: Simulation, places: Scale) -> Markup:
    other = simulation.band.other_equity
    return join(
        stroke("band", timeline.area(simulation.equity, other, places)),
        stroke("line other", timeline.line(other, places)),
    )

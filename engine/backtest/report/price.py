"""Figure: price with the trades on it."""

from __future__ import annotations

from dataclasses import dataclass

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
from engine.backtest.report.format import day, plural, price
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.lanes import lanes
from engine.backtest.report.marks import LevelMarks, level_marks, marked_trades, open_mark, trade_marks
from engine.backtest.report.scale import Scale, value_scale
from engine.backtest.report.series import runs
from engine.backtest.result import Simulation
from engine.market.bars import Bars

_LANES = 42  # room for the lanes over the time axis
_ROOM_PER_MARK = 3  # columns that one marked trade takes before marks hide each other


@dataclass(frozen=True, slots=True)
class PricePlot:
    """The drawn price; `marked` of `trades` closed trades have marks."""

    content: Markup
    marked: int
    trades: int
    levels: LevelMarks

    def shows(self, level: str) -> bool:
        """Whether a `stop` or a `target` is drawn, of a closed trade or of the open position."""
        return f'class="level {level}"' in self.content

    @property
    def note(self) -> str:
        """How many trades are marked, in words."""
        if not self.trades:
            return "No trade was closed."
        if self.trades == 1:
            return "Marked: the only closed trade."
        if self.marked == self.trades:
            return f"Marked: all {plural(self.trades, 'closed trade')}."
        return f"Marked: {self.marked:,} of {self.trades:,} closed trades."

    @property
    def long_note(self) -> str:
        """The same, with which trades these are, and what is not drawn of their stops and targets."""
        parts = [self.note]
        if self.marked < self.trades:
            parts.append("They have the largest net returns, up or down; the lanes show all trades.")
        drawn, had = self.levels.drawn, self.levels.trades
        if not drawn and had:
            parts.append("No stop or target is wide enough to be seen.")
        elif drawn < had:
            parts.append(
                f"Stops and targets are drawn where they can be seen: for {drawn:,} of {had:,} trades."
            )
        return " ".join(parts)


def price_plot(timeline: Timeline, simulation: Simulation) -> PricePlot:
    """Low to high of every pixel column, the close, marks, lanes and axes."""
    canvas, bars, trades = timeline.canvas, timeline.bars, simulation.trades
    places = value_scale(float(bars.low.min()), float(bars.high.max()), canvas.bottom - _LANES, canvas.top)
    shown = marked_trades(trades, canvas.columns // _ROOM_PER_MARK)
    levels = level_marks(timeline, places, trades, shown)
    position, last = simulation.open_position, float(bars.close[-1])
    content = join(
        value_axis(canvas, places),
        time_axis(timeline),
        _ranges(timeline, places),
        stroke("close", timeline.line(bars.close, places)),
        levels.content,
        trade_marks(timeline, places, trades, shown) if len(shown) else None,
        open_mark(timeline, places, position) if position else None,
        lanes(timeline, simulation),
        end_labels(canvas, places, Ending("hold", "Last close", last, price(last))),
    )
    return PricePlot(content, len(shown), len(trades), levels)


def price_picture(canvas: Canvas, bars: Bars, simulation: Simulation) -> tuple[Markup, PricePlot]:
    """The figure, and the plot for what it says about its marks."""
    plot = price_plot(Timeline(bars, canvas), simulation)
    description = (
        f"From {day(bars.start_ms)} to {day(int(bars.open_time[-1]))} the price moved between "
        f"{price(float(bars.low.min()))} and {price(float(bars.high.max()))}, "
        f"from {price(float(bars.open[0]))} to {price(float(bars.close[-1]))}. {plot.long_note}"
    )
    title = f"Price of {bars.instrument} with trades"
    return picture(canvas, "price", title, description, plot.content), plot


def _ranges(timeline: Timeline, places: Scale) -> Markup:
    """One upright line per pixel column, from its lowest low to its highest high."""
    bars, left = timeline.bars, timeline.canvas.left
    column = timeline.column_of_bars()
    parts: list[str] = []
    for first, stop in runs(column):
        top = places.at(float(bars.high[first:stop].max()))
        bottom = places.at(float(bars.low[first:stop].min()))
        parts.append(f"M{left + int(column[first])}.5 {place(top)}V{place(bottom)}")
    width = min(max(0.3 * timeline.canvas.columns / len(parts), 1.1), 5.0)
    return el("path", class_="range", d="".join(parts), stroke_width=place(width))

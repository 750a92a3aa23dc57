"""The parts that figures share: canvas, axes, lines, and the SVG around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.backtest.report.format import compact
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.scale import Scale, time_ticks, value_ticks
from engine.backtest.report.series import Positions, column_of, decimated, runs
from engine.backtest.result import Floats
from engine.market.bars import Bars


@dataclass(frozen=True, slots=True)
class Canvas:
    """A figure's room in user units, which are CSS pixels at the width it is drawn for.

    Attributes:
        name: tells the ids of two renderings apart.
        left, right, top, bottom: places of the plot's edges.
    """

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    @property
    def columns(self) -> int:
        """Pixel columns of the plot."""
        return self.right - self.left

    @property
    def narrow(self) -> bool:
        """Made for a phone."""
        return self.width < 600


def wide(height: int, margin: int = 104) -> Canvas:
    """A canvas for the width of the page; `margin` is the room right of the plot."""
    return Canvas("wide", 880, height, left=52, right=880 - margin, top=14, bottom=height - 26)


def narrow(height: int, margin: int = 50) -> Canvas:
    """A canvas for a phone."""
    return Canvas("narrow", 400, height, left=44, right=400 - margin, top=14, bottom=height - 26)


def canvases(wide_height: int, narrow_height: int) -> tuple[Canvas, Canvas]:
    """A canvas for the width of the page and one for a phone."""
    return wide(wide_height), narrow(narrow_height)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where a run's bars lie from left to right: by open time, so that gaps in the data are seen."""

    bars: Bars
    canvas: Canvas

    @property
    def scale(self) -> Scale:
        """From UTC ms to x."""
        start, end = self.bars.start_ms, int(self.bars.open_time[-1])
        return Scale(start, max(end, start + 1), self.canvas.left, self.canvas.right)

    def column_of_bars(self) -> Positions:
        """Pixel column of every bar."""
        times = self.bars.open_time
        return column_of(times, int(times[0]), int(times[-1]), self.canvas.columns)

    def line(self, values: Floats, places: Scale) -> str:
        """Path of a line through values at the bars, decimated; it breaks at NaN and at missing bars."""
        known = np.flatnonzero(np.isfinite(values))
        if not len(known):
            return ""
        keep = known[decimated(self.column_of_bars()[known], values[known])]
        return path(self.scale(self.bars.open_time[keep]), places(values[keep]), self._broken(known, keep))

    def area(self, one: Floats, other: Floats, places: Scale) -> str:
        """Path of the ground between two lines: in each pixel column from the lowest to the highest value."""
        column = self.column_of_bars()
        first = np.array([start for start, _ in runs(column)])
        keep = np.append(first[1:] - 1, len(column) - 1)
        low = np.minimum.reduceat(np.minimum(one, other), first)
        high = np.maximum.reduceat(np.maximum(one, other), first)
        x = self.scale(self.bars.open_time[keep])
        starts = sorted({0, *self._broken(np.arange(len(column)), keep), len(keep)})
        return "".join(
            f"{path(_there_and_back(x[a:b]), np.concatenate((places(low[a:b]), places(high[a:b])[::-1])))}z"
            for a, b in pairwise(starts)
        )

    def _broken(self, known: Positions, keep: Positions) -> set[int]:
        """Places in `keep` at which a line through the bars `known` starts anew."""
        times = self.bars.open_time
        visible = (int(times[-1]) - int(times[0])) / self.canvas.columns * 2
        least = max(visible, self.bars.interval.milliseconds)
        jumps = known[1:][(np.diff(known) > 1) | (np.diff(times[known]) > least)]
        return set(np.searchsorted(keep, jumps).tolist())


def _there_and_back(x: Floats) -> Floats:
    return np.concatenate((x, x[::-1]))


def place(value: float) -> str:
    """A coordinate to a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def path(x: Floats, y: Floats, breaks: Iterable[int] = ()) -> str:
    """Path data of a line in tenths of a unit; it starts anew at the positions in `breaks`."""
    starts = sorted({0, *breaks, len(x)})
    across, down = np.rint(x * 10).astype(np.int64), np.rint(y * 10).astype(np.int64)
    return "".join(_stretch(across[a:b], down[a:b]) for a, b in pairwise(starts))


def _stretch(across: Positions, down: Positions) -> str:
    """One unbroken line: where it starts, then steps; a single point becomes a dot."""
    steps = zip(np.diff(across).tolist(), np.diff(down).tolist(), strict=True)
    moved = [_tenths(dx) + _joined(_tenths(dy)) for dx, dy in steps if dx or dy]
    line = "l" + moved[0] + "".join(map(_joined, moved[1:])) if moved else "h.1"
    return f"M{_tenths(int(across[0]))} {_tenths(int(down[0]))}{line}"


def _tenths(value: int) -> str:
    whole, tenth = divmod(abs(value), 10)
    return f"{'-' if value < 0 else ''}{whole or ('' if tenth else 0)}{f'.{tenth}' if tenth else ''}"


def _joined(text: str) -> str:
    """A number after another one; a minus needs no space before it."""
    return text if text[0] == "-" else f" {text}"


def stroke(kind: str, data: str) -> Markup | None:
    """A path of the class `kind`; None when there is nothing to draw."""
    return el("path", class_=kind, d=data) if data else None


def label(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> Markup:
    """Text at a place."""
    written = None if anchor == "start" else anchor
    return el("text", text, class_=kind or None, x=place(x), y=place(y), text_anchor=written)


def value_axis(canvas: Canvas, places: Scale, texts: dict[float, str] | None = None) -> Markup:
    """Hairlines with their values on the left; `texts` replaces the tick values."""
    ticks = value_ticks(places, max(3, (canvas.bottom - canvas.top) // 44)) if texts is None else list(texts)
    drawn: list[Markup] = []
    for tick in ticks:
        y = places.at(tick)
        text = compact(tick) if texts is None else texts[tick]
        drawn.append(el("path", class_="grid", d=f"M{canvas.left} {place(y)}H{canvas.right}"))
        drawn.append(label(canvas.left - 8, y + 3.8, text, "tick", "end"))
    return join(*drawn)


def time_axis(timeline: Timeline) -> Markup:
    """The calendar under a plot over bars."""
    return calendar_axis(timeline.canvas, timeline.scale)


def calendar_axis(canvas: Canvas, places: Scale) -> Markup:
    """Calendar labels under the plot, with a hairline at the start of each year or day.

    Args:
        places: from UTC ms to x.
    """
    ticks = time_ticks(int(places.low), int(places.high), canvas.columns // 72)
    drawn: list[Markup] = []
    for tick in ticks:
        x = places.at(tick.utc_ms)
        kind = "tick major" if tick.major else "tick"
        line = f"M{place(x)} {canvas.bottom}V{canvas.top}" if tick.major else ""
        drawn.append(
            join(stroke("grid", line), el("path", class_="mark", d=f"M{place(x)} {canvas.bottom}v4"))
        )
        drawn.append(label(x, canvas.bottom + 17, tick.label, kind, "middle"))
    base = el("path", class_="base", d=f"M{canvas.left} {canvas.bottom}H{canvas.right}")
    return join(*drawn, base)


def bottom_axis(canvas: Canvas, across: Scale, texts: dict[float, str]) -> Markup:
    """The line under the plot with labelled values."""
    drawn: list[Markup] = []
    for value, text in texts.items():
        x = across.at(value)
        drawn.append(el("path", class_="mark", d=f"M{place(x)} {canvas.bottom}v4"))
        drawn.append(label(x, canvas.bottom + 17, text, "tick", "middle"))
    base = el("path", class_="base", d=f"M{canvas.left} {canvas.bottom}H{canvas.right}")
    return join(*drawn, base)


@dataclass(frozen=True, slots=True)
class Ending:
    """What is written beside the end of a line: class, name, value, and how the value is shown.

    Attributes:
        short: the value as a phone shows it; empty for a compact number.
    """

    kind: str
    name: str
    value: float
    shown: str
    short: str = ""


def end_labels(canvas: Canvas, places: Scale, *endings: Ending) -> Markup:
    """Names and values right of the plot, moved apart where they would touch; a phone gets the values."""
    centres = apart([places.at(ending.value) for ending in endings], 14 if canvas.narrow else 29)
    x, drawn = canvas.right + (6 if canvas.narrow else 9), list[Markup]()
    for ending, y in zip(endings, centres, strict=True):
        if canvas.narrow:
            drawn.append(label(x, y + 4, ending.short or compact(ending.value), ending.kind))
        else:
            drawn.append(label(x, y - 3, ending.name, f"name {ending.kind}"))
            drawn.append(label(x, y + 11, ending.shown, ending.kind))
    return join(*drawn)


def apart(wanted: list[float], distance: float) -> list[float]:
    """The places `wanted`, moved as little as keeps each pair `distance` apart; order as given."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    moved = list(wanted)
    for upper, lower in pairwise(order):
        lack = distance - (moved[lower] - moved[upper])
        if lack > 0:
            moved[upper] -= lack / 2
            moved[lower] += lack / 2
    return moved


def picture(canvas: Canvas, subject: str, title: str, description: str, *content: Markup | None) -> Markup:
    """The SVG element of a figure, with its name and description for those who do not see it."""
    key = f"{subject}-{canvas.name}"
    return el(
        "svg",
        el("title", title, id=f"{key}-title"),
        el("desc", description, id=f"{key}-desc"),
        *content,
        class_=f"figure {canvas.name}",
        viewBox=f"0 0 {canvas.width} {canvas.height}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        data_subject=None if canvas.narrow else subject,
    )

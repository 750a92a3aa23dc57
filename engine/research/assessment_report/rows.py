"""Figures made of rows: a name, a bar or a dot from zero on, and the value at the right edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.backtest.report.chart import Canvas, bottom_axis, label, picture, place, stroke
from engine.backtest.report.format import compact
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.plain import shortened
from engine.backtest.report.scale import Scale, value_scale, value_ticks
from engine.research.assessment_report.words import known

_TOP, _BOTTOM = 26, 28
_WIDE_ROW, _NARROW_ROW = 28, 40
_THICK = 13
_WIDE_NAME, _NARROW_NAME = 36, 52


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `value` may be None, then nothing is drawn; `low` and `high` are ends of its interval."""

    name: str
    value: float | None
    shown: str
    low: float | None = None
    high: float | None = None
    major: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A value to compare with, drawn as a broken line through all rows."""

    value: float | None
    text: str


Shape = Callable[[Scale, float, Row], Markup | None]


@dataclass(frozen=True, slots=True)
class RowPlot:
    """Rows from top to bottom over one axis that holds zero; `tick` writes the axis's values."""

    rows: Sequence[Row]
    shape: Shape
    reference: Reference | None = None
    tick: Callable[[float], str] = compact

    def figure(self, subject: str, title: str, said: str) -> Markup:
        """The figure for both widths; `said` is its description."""
        pictures = (picture(canvas, subject, title, said, self.drawn(canvas)) for canvas in self.canvases())
        return el("figure", *pictures)

    def canvases(self) -> tuple[Canvas, Canvas]:
        """Names stand left of the bars, on a phone above them."""
        below, phone = _TOP + len(self.rows) * _WIDE_ROW, _TOP + len(self.rows) * _NARROW_ROW
        return (
            Canvas("wide", 880, below + _BOTTOM, left=262, right=780, top=_TOP, bottom=below),
            Canvas("narrow", 400, phone + _BOTTOM, left=8, right=332, top=_TOP, bottom=phone),
        )

    def drawn(self, canvas: Canvas) -> Markup:
        """Axis, bars or dots, reference, and names over them."""
        across = self._across(canvas)
        step = _NARROW_ROW if canvas.narrow else _WIDE_ROW
        tops = [canvas.top + i * step for i in range(len(self.rows))]
        ticks = {tick: self.tick(tick) for tick in value_ticks(across, 5 if canvas.narrow else 7)}
        return join(
            bottom_axis(canvas, across, ticks),
            *(self.shape(across, _middle(canvas, y), row) for y, row in zip(tops, self.rows, strict=True)),
            stroke("zero", f"M{place(across.at(0.0))} {canvas.bottom}V{canvas.top}"),
            _reference_line(canvas, across, self.reference),
            *(_texts(canvas, y, row) for y, row in zip(tops, self.rows, strict=True)),
        )

    def _across(self, canvas: Canvas) -> Scale:
        values = [value for row in self.rows for value in (row.value, row.low, row.high)]
        values += [0.0, self.reference.value if self.reference else None]
        finite = [value for value in values if known(value)]
        return value_scale(min(finite), max(finite), canvas.left, canvas.right, may_log=False)


def bar(across: Scale, middle: float, row: Row) -> Markup | None:
    """A bar from zero to the value."""
    if not known(row.value):
        return None
    left, right = sorted((across.at(0.0), across.at(row.value)))
    size = f"h{place(max(right - left, 0.8))}v{_THICK}H{place(left)}z"
    return stroke(
        f"bar {'won' if row.value >= 0 else 'lost'}", f"M{place(left)} {place(middle - _THICK / 2)}{size}"
    )


def dot(across: Scale, middle: float, row: Row) -> Markup | None:
    """A dot at the value, with its interval as a line."""
    if not known(row.value):
        return None
    reach = None
    if known(row.low) and known(row.high):
        reach = f"M{place(across.at(row.low))} {place(middle)}H{place(across.at(row.high))}"
    x = across.at(row.value)
    kind = "dot" if row.major else "dot plain"
    return join(stroke("reach", reach or ""), el("circle", class_=kind, cx=x, cy=middle, r=5))


def _middle(canvas: Canvas, top: float) -> float:
    """Height of the bar or dot of a row."""
    return top + 28 if canvas.narrow else top + _WIDE_ROW / 2


def _texts(canvas: Canvas, top: float, row: Row) -> Markup:
    middle = _middle(canvas, top) + 4
    kind = "name halo" if row.major else "halo"
    if canvas.narrow:
        name = label(canvas.left, top + 16, shortened(row.name, _NARROW_NAME), kind)
    else:
        name = label(canvas.left - 12, middle, shortened(row.name, _WIDE_NAME), kind, "end")
    return join(name, label(canvas.width - 2, middle, row.shown, "name" if row.major else "", "end"))


def _reference_line(canvas: Canvas, across: Scale, reference: Reference | None) -> Markup | None:
    if reference is None or not known(reference.value):
        return None
    x = across.at(reference.value)
    anchor = "end" if x > (canvas.left + canvas.right) / 2 else "start"
    text = label(x, canvas.top - 8, reference.text, "tick", anchor)
    return join(stroke("reference", f"M{place(x)} {canvas.bottom}V{canvas.top - 4}"), text)

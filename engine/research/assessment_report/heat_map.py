"""Figure: the Sharpe ratio over two parameters as tinted cells, with numbers where they fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.backtest.report.chart import Canvas, label, place, stroke
from engine.backtest.report.format import number
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.months import full_tint, level
from engine.backtest.report.plain import shortened
from engine.research.assessment_report.words import amount, known
from engine.research.findings import HeatMapPart
from engine.strategy.spec import Number

_MOST_HEIGHT, _MOST_ROW = 460, 30
_NUMBER_WIDTH, _NUMBER_HEIGHT = 30, 15
_TICK_WIDTH, _TICK_HEIGHT = 44, 14
Cell = tuple[int, int]  # column, row


@dataclass(frozen=True, slots=True)
class Cells:
    """A map with the chosen parameters."""

    part: HeatMapPart
    params: Mapping[str, Number]

    @property
    def best(self) -> Cell | None:
        """The cell with the highest ratio, the first of equals; None where none is defined."""
        values = self.part.values
        defined = [(x, y) for y, row in enumerate(values) for x, value in enumerate(row) if known(value)]
        return max(defined, key=lambda cell: values[cell[1]][cell[0]] or 0.0, default=None)

    @property
    def chosen(self) -> Cell | None:
        """The cell of the chosen parameters; None where they are not on the map."""
        column = _place(self.part.xs, self.params.get(self.part.x))
        row = _place(self.part.ys, self.params.get(self.part.y))
        return None if column is None or row is None else (column, row)


def heat_canvases(part: HeatMapPart) -> tuple[Canvas, Canvas]:
    """Canvases for so many rows."""
    height = 14 + round(min(_MOST_HEIGHT, len(part.ys) * _MOST_ROW))
    return (
        Canvas("wide", 880, height + 44, left=92, right=870, top=14, bottom=height),
        Canvas("narrow", 400, height + 44, left=52, right=398, top=14, bottom=height),
    )


def heat_plot(canvas: Canvas, cells: Cells) -> Markup:
    """The cells, x from left to right and y upwards, with both axes named."""
    part = cells.part
    width = (canvas.right - canvas.left) / len(part.xs)
    height = (canvas.bottom - canvas.top) / len(part.ys)
    sizes = [abs(value) for row in part.values for value in row if known(value) and value]
    grid = _Grid(canvas, width, height, full_tint(sizes))
    drawn = [grid.cell((x, y), value) for y, row in enumerate(part.values) for x, value in enumerate(row)]
    return join(*drawn, grid.frame(cells.chosen), *grid.axes(part))


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the cells lie; `full` is the ratio of the deepest tint."""

    canvas: Canvas
    width: float
    height: float
    full: float

    def corner(self, cell: Cell) -> tuple[float, float]:
        column, row = cell
        return self.canvas.left + column * self.width, self.canvas.bottom - (row + 1) * self.height

    def cell(self, at: Cell, value: float | None) -> Markup:
        x, y = self.corner(at)
        gap = 1.0 if min(self.width, self.height) > 6 else 0.0
        size = {"x": x, "y": y, "width": self.width - gap, "height": self.height - gap}
        if not known(value):
            # A stroke says without colour that nothing is known here.
            wide, high = self.width - gap, self.height - gap
            line = f"M{place(x)} {place(y + high)}l{place(wide)} -{place(high)}"
            return join(el("rect", class_="cell none", **size), stroke("slash", line))
        ground = el("rect", class_=f"cell {level(value, self.full)}", **size)
        if self.width < _NUMBER_WIDTH or self.height < _NUMBER_HEIGHT:
            return ground
        return join(ground, label(x + self.width / 2, y + self.height / 2 + 3.6, number(value), "", "middle"))

    def frame(self, cell: Cell | None) -> Markup | None:
        if cell is None:
            return None
        x, y = self.corner(cell)
        return el("rect", class_="chosen", x=x, y=y, width=self.width, height=self.height)

    def axes(self, part: HeatMapPart) -> list[Markup]:
        canvas = self.canvas
        every_x, every_y = math.ceil(_TICK_WIDTH / self.width), math.ceil(_TICK_HEIGHT / self.height)
        across = [
            label(canvas.left + (i + 0.5) * self.width, canvas.bottom + 15, amount(value), "tick", "middle")
            for i, value in enumerate(part.xs)
            if i % every_x == 0
        ]
        up = [
            label(canvas.left - 7, canvas.bottom - (i + 0.5) * self.height + 4, amount(value), "tick", "end")
            for i, value in enumerate(part.ys)
            if i % every_y == 0
        ]
        names = [
            label(
                (canvas.left + canvas.right) / 2, canvas.bottom + 36, shortened(part.x, 40), "name", "middle"
            ),
            _upright(12, (canvas.top + canvas.bottom) / 2, shortened(part.y, 24)),
        ]
        return [*across, *up, *names]


def _upright(x: float, y: float, text: str) -> Markup:
    turned = f"rotate(-90 {place(x)} {place(y)})"
    return el("text", text, class_="name", x=place(x), y=place(y), text_anchor="middle", transform=turned)


def _place(values: tuple[float, ...], wanted: Number | None) -> int | None:
    if wanted is None:
        return None
    near = (i for i, value in enumerate(values) if math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-12))
    return next(near, None)

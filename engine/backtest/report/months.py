"""Figure: monthly returns as a table of years by months, each cell tinted by its size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.backtest.analysis.months import MonthlyReturn, YearlyReturn, yearly_returns
from engine.backtest.report.chart import label
from engine.backtest.report.format import number, percent
from engine.backtest.report.html import Markup, el, join

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEVELS = 5
_CELL, _CELL_HEIGHT = 44, 22  # of the drawing, user units


def month_table(months: Sequence[MonthlyReturn]) -> Markup:
    """The table: one row per year, months across, the compounded year at the end."""
    by_place = {(month.year, month.month): month.fraction for month in months}
    full = full_tint([abs(month.fraction) for month in months if month.fraction])
    head = el("tr", *(el("th", name, scope="col") for name in ("Year", *_NAMES, "Year total")))
    rows = [_year_row(year, by_place, full) for year in yearly_returns(months)]
    caption = el("caption", "Monthly returns of the strategy in per cent")
    return el("table", caption, el("thead", head), el("tbody", *rows), class_="months")


def month_plot(months: Sequence[MonthlyReturn], left: float, top: float, most_years: int) -> Markup:
    """The last `most_years` years of the same as a drawing: cells of 44 x 22 from a corner on."""
    years = yearly_returns(months)[-most_years:]
    by_place = {(month.year, month.month): month.fraction for month in months}
    full = full_tint([abs(month.fraction) for month in months if month.fraction])
    names = (*_NAMES, "Year")
    drawn: list[Markup] = [
        label(left + 48 + i * _CELL + 37, top, name, "tick", "end") for i, name in enumerate(names)
    ]
    for row, year in enumerate(years):
        y = top + 8 + row * (_CELL_HEIGHT + 2)
        fractions = [by_place.get((year.year, month)) for month in range(1, 13)]
        drawn.append(label(left, y + 15, str(year.year), "tick"))
        for i, fraction in enumerate((*fractions, year.fraction)):
            if fraction is None:
                continue
            x, total = left + 48 + i * _CELL, i == len(fractions)
            tint = None if total else f"cell {level(fraction, full)}"
            ground = el("rect", class_=tint, x=x, y=y, width=_CELL - 2, height=_CELL_HEIGHT) if tint else None
            drawn.append(
                join(
                    ground, label(x + 37, y + 15, _short(fraction), "small name" if total else "small", "end")
                )
            )
    return join(*drawn)


def months_in_words(months: Sequence[MonthlyReturn]) -> str:
    """Best and worst month, and how many rose."""
    known = [(month.fraction, month) for month in months if month.fraction is not None]
    if not known:
        return "There is no month with a return."
    best, worst = max(known, key=lambda pair: pair[0]), min(known, key=lambda pair: pair[0])
    rose = sum(fraction > 0 for fraction, _ in known)
    return (
        f"{rose} of {len(known)} months rose. Best {percent(best[0], signed=True)} ({_named(best[1])}), "
        f"worst {percent(worst[0], signed=True)} ({_named(worst[1])}). Per cent, from equity at the last bar "
        "of each month (UTC); the first and the last month may be partial."
    )


def level(fraction: float, full: float) -> str:
    """CSS class of a cell: `up1`..`up5` or `down1`..`down5` by size against `full`, the deepest tint."""
    if fraction == 0:
        return "flat"
    step = max(1, min(_LEVELS, math.ceil(abs(fraction) / full * _LEVELS)))
    return f"{'up' if fraction > 0 else 'down'}{step}"


def full_tint(sizes: list[float]) -> float:
    """The size that nine of ten months stay within, so that one month does not pale all others."""
    return sorted(sizes)[int(0.9 * (len(sizes) - 1))] if sizes else 1.0


def _year_row(year: YearlyReturn, by_place: dict[tuple[int, int], float | None], full: float) -> Markup:
    cells = [_cell(by_place.get((year.year, month)), full) for month in range(1, 13)]
    shown = "–" if year.fraction is None else _short(year.fraction)
    return el("tr", el("th", str(year.year), scope="row"), *cells, el("td", shown, class_="total"))


def _cell(fraction: float | None, full: float) -> Markup:
    if fraction is None:
        return el("td", class_="absent")
    return el("td", _short(fraction), class_=level(fraction, full))


def _short(fraction: float) -> str:
    """Per cent without its sign of unit: one decimal, none from 100 on."""
    return number(fraction * 100, 0 if abs(fraction) >= 0.9995 else 1, signed=True)


def _named(month: MonthlyReturn) -> str:
    return f"{_NAMES[month.month - 1]} {month.year}"

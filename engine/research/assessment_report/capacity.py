"""Capacity: how the Sharpe ratio falls as the capital grows."""

from __future__ import annotations

import numpy as np

from engine.backtest.report.chart import (
    Canvas,
    bottom_axis,
    canvases,
    label,
    path,
    picture,
    place,
    stroke,
    value_axis,
)
from engine.backtest.report.format import compact
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.scale import Scale, value_scale, value_ticks
from engine.backtest.report.section import section
from engine.research.assessment_report.words import known
from engine.research.findings import CapacityPart

_AIR = 1.3


def capacity_section(part: CapacityPart | None) -> Markup:
    """The curve over a logarithmic axis of capital."""
    if part is None:
        return section("capacity", "Capacity", "The capacity was not estimated.")
    said = capacity_in_words(part)
    if len(_known_points(part)) < 2:
        return section("capacity", "Capacity", said)
    pictures = [
        picture(canvas, "capacity", "Sharpe ratio by capital", said, capacity_plot(canvas, part))
        for canvas in canvases(240, 210)
    ]
    return section("capacity", "Capacity", said, el("figure", *pictures))


def capacity_in_words(part: CapacityPart) -> str:
    """The capital at which the ratio has halved."""
    if part.said:
        return part.said
    if known(part.capital):
        return f"At a start equity of about {compact(part.capital)} the Sharpe ratio has halved."
    if part.points:
        return f"Up to a start equity of {compact(part.points[-1].capital)} the Sharpe ratio does not halve."
    return "No start equity was tried."


def capacity_plot(canvas: Canvas, part: CapacityPart) -> Markup:
    """The points joined, zero, and where the ratio has halved. Needs a known point."""
    points = _known_points(part)
    capital, sharpe = (np.array(column) for column in zip(*points, strict=True))
    widest = [*capital.tolist(), *([part.capital] if known(part.capital) else [])]
    across = Scale(min(widest) / _AIR, max(widest) * _AIR, canvas.left, canvas.right, log=True)
    low, high = min(0.0, float(sharpe.min())), max(0.0, float(sharpe.max()))
    up = value_scale(low, high, canvas.bottom, canvas.top, may_log=False)
    x, y = across(capital), up(sharpe)
    dots = [el("circle", class_="dot", cx=a, cy=b, r=3) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    ticks = {tick: compact(tick) for tick in value_ticks(across, canvas.columns // 90)}
    return join(
        value_axis(canvas, up, {tick: compact(tick) for tick in value_ticks(up, 5)}),
        bottom_axis(canvas, across, ticks),
        stroke("start", f"M{canvas.left} {place(up.at(0.0))}H{canvas.right}"),
        stroke("line own", path(x, y)),
        *dots,
        _halved(canvas, across, part.capital),
    )


def _known_points(part: CapacityPart) -> list[tuple[float, float]]:
    found = [(point.capital, point.sharpe) for point in part.points]
    return [(capital, sharpe) for capital, sharpe in found if known(sharpe) and capital > 0]


def _halved(canvas: Canvas, across: Scale, capital: float | None) -> Markup | None:
    if not known(capital) or capital <= 0:
        return None
    x = across.at(capital)
    before = x > (canvas.left + canvas.right) / 2
    text = f"halved at {compact(capital)}"
    named = label(x + (-6 if before else 6), canvas.top + 6, text, "name halo", "end" if before else "start")
    return join(stroke("reference", f"M{place(x)} {canvas.bottom}V{canvas.top}"), named)

"""The probability cone: where the growth of the next days lies by what the past was like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backtest.report.chart import (
    Canvas,
    Ending,
    calendar_axis,
    end_labels,
    label,
    narrow,
    path,
    picture,
    place,
    stroke,
    value_axis,
    wide,
)
from engine.backtest.report.format import percent, plural
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.scale import Scale, value_scale, value_ticks
from engine.backtest.report.section import section
from engine.backtest.report.series import column_of, decimated
from engine.backtest.result import Floats
from engine.market.interval import DAY_MS, parse_instant
from engine.research.artifacts import EquityCurve
from engine.research.assessment.document import Assessment
from engine.research.findings import ForecastPart

_LEAST_HISTORY_DAYS = 30


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """Growth against now at closes before it: UTC ms and fractions; empty without an equity curve."""

    now: int
    time: Floats
    growth: Floats


def cone_section(assessment: Assessment, equity: EquityCurve | None) -> Markup:
    """Quantiles of the growth over days, after the recent equity."""
    forecast = assessment.forecast
    if forecast is None:
        return section("cone", "What to expect", "There is no forecast for this run.")
    said = cone_in_words(forecast)
    if not forecast.cone:
        return section("cone", "What to expect", said)
    past = _past(parse_instant(assessment.data.end), forecast.days, equity)
    pictures = [
        picture(canvas, "cone", "Probability cone", said, cone_plot(canvas, forecast, past))
        for canvas in (wide(320, 122), narrow(260))
    ]
    note = "Dark: the middle half of the outcomes; light: 90% of them; the line: the median."
    return section("cone", "What to expect", said, el("figure", *pictures), el("p", note, class_="note"))


def cone_in_words(forecast: ForecastPart) -> str:
    """Where 90% of the outcomes lie, and how that was found."""
    if forecast.said:
        return forecast.said
    low, middle, high = (percent(v, signed=True) for v in (forecast.low, forecast.median, forecast.high))
    return (
        f"Were the future like the past, the growth {plural(forecast.days, 'day')} after the end of the data "
        f"would lie between {low} and {high} in 90% of cases, half of them above {middle}."
    )


def cone_plot(canvas: Canvas, forecast: ForecastPart, past: _Past) -> Markup:
    """History as a line up to now, from there on the quantiles as two bands around the median."""
    cone, end = forecast.cone, past.now + forecast.days * DAY_MS
    days = np.array([0, *(point.day for point in cone)], np.float64)
    start = past.time[0] if len(past.time) else past.now
    across = Scale(float(start), float(end), canvas.left, canvas.right)
    bands = {
        name: np.array([0.0, *(getattr(point, name) for point in cone)])
        for name in ("low", "lower_quarter", "median", "upper_quarter", "high")
    }
    values = np.concatenate((past.growth, *bands.values()))
    up = value_scale(float(values.min()), float(values.max()), canvas.bottom, canvas.top, may_log=False)
    x = across(past.now + days * DAY_MS)
    return join(
        value_axis(canvas, up, _ticks(up)),
        calendar_axis(canvas, across),
        stroke("outer", _band(x, up(bands["low"]), up(bands["high"]))),
        stroke("inner", _band(x, up(bands["lower_quarter"]), up(bands["upper_quarter"]))),
        stroke("start", f"M{canvas.left} {place(up.at(0.0))}H{canvas.right}"),
        stroke("line own", path(x, up(bands["median"]))),
        _history(canvas, across, up, past),
        _now(canvas, across.at(past.now)),
        end_labels(canvas, up, *_endings(forecast)),
    )


def _past(end: int, days: int, equity: EquityCurve | None) -> _Past:
    if equity is None or not len(equity.equity) or equity.equity[-1] <= 0:
        return _Past(end, np.array([]), np.array([]))
    now = int(equity.close_time[-1])
    recent = equity.close_time >= now - max(2 * days, _LEAST_HISTORY_DAYS) * DAY_MS
    last = float(equity.equity[-1])
    return _Past(now, equity.close_time[recent].astype(np.float64), equity.equity[recent] / last - 1.0)


def _history(canvas: Canvas, across: Scale, up: Scale, past: _Past) -> Markup | None:
    if len(past.time) < 2:
        return None
    width = max(1, round(across.at(past.now) - canvas.left))
    times = past.time.astype(np.int64)
    keep = decimated(column_of(times, int(times[0]), past.now, width), past.growth)
    return stroke("line hold", path(across(past.time[keep]), up(past.growth[keep])))


def _now(canvas: Canvas, x: float) -> Markup:
    line = stroke("middle", f"M{place(x)} {canvas.bottom}V{canvas.top}")
    if x < canvas.left + 20:
        return join(line)
    return join(line, label(x - 6, canvas.top + 4, "end of the data", "tick halo", "end"))


def _band(x: Floats, low: Floats, high: Floats) -> str:
    return f"{path(np.concatenate((x, x[::-1])), np.concatenate((low, high[::-1])))}z"


def _ticks(up: Scale) -> dict[float, str]:
    ticks = value_ticks(up, 5)
    whole = all(abs(tick * 100 - round(tick * 100)) < 1e-9 for tick in ticks)
    return {tick: percent(tick, 0 if whole else 2, signed=True) for tick in ticks}


def _endings(forecast: ForecastPart) -> list[Ending]:
    last = forecast.cone[-1]
    named = (
        ("hold", "1 in 20 above", last.high),
        ("own", "Median", last.median),
        ("fell", "1 in 20 below", last.low),
    )
    return [
        Ending(kind, name, value, percent(value, 1, signed=True), percent(value, 0, signed=True))
        for kind, name, value in named
    ]

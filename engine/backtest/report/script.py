"""The script: a cross-hair with a reading, shared by the figures over time. Reading needs none of it."""

from __future__ import annotations

import json
import math
from pathlib import Path

from engine.backtest.analysis.drawdowns import drawdown_curve
from engine.backtest.report.chart import Canvas, Timeline
from engine.backtest.report.html import Markup, el
from engine.backtest.report.rolling import rolling_ratios
from engine.backtest.report.series import runs
from engine.backtest.result import Simulation
from engine.market.bars import Bars

_SHOWS = {
    "price": [["close", "Close", ""]],
    "equity": [["own", "Strategy", ""], ["hold", "Buy and hold", ""]],
    "drawdown": [["fell", "Strategy", "%"], ["held", "Buy and hold", "%"]],
    "rolling": [["rolling", "Sharpe ratio", ""]],
}


def points(canvas: Canvas, bars: Bars, simulation: Simulation) -> Markup:
    """An empty element that carries, for the last bar of each pixel column, its place, time and values."""
    timeline = Timeline(bars, canvas)
    last = [stop - 1 for _, stop in runs(timeline.column_of_bars())]
    step = bars.interval.milliseconds
    series = {
        "close": bars.close,
        "own": simulation.equity,
        "hold": simulation.benchmark_equity,
        "fell": -100 * drawdown_curve(simulation.equity, simulation.cash),
        "held": -100 * drawdown_curve(simulation.benchmark_equity, simulation.cash),
        "rolling": rolling_ratios(bars, simulation),
    }
    data = {
        "start": bars.start_ms,
        "step": step,
        "bar": ((bars.open_time[last] - bars.start_ms) // step).tolist(),
        "shows": _SHOWS,
        "left": canvas.left,
        "right": canvas.right,
        "below": canvas.height - canvas.bottom,
        "top": canvas.top,
        **{name: [_rounded(v) for v in values[last].tolist()] for name, values in series.items()},
    }
    return el("div", id="points", hidden=True, data_points=json.dumps(data, separators=(",", ":")))


def _rounded(value: float) -> float | None:
    """To six digits; JSON has no NaN."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


SCRIPT = Path(__file__).with_name("hover.js").read_text(encoding="utf-8")

"""The script: a cross-hair with a reading, shared by the figures over time. Reading needs none of it."""

from __future__ import annotations

import json
from pathlib import Path

from engine.backtest.report.chart import Canvas, Timeline
from engine.backtest.report.html import Markup, el
from engine.backtest.report.series import drawdowns, runs
from engine.backtest.result import Simulation
from engine.market.bars import Bars

_SHOWS = {
    "price": [["close", "Close", ""]],
    "equity": [["own", "Strategy", ""], ["hold", "Buy and hold", ""]],
    "drawdown": [["fell", "Strategy", "%"], ["held", "Buy and hold", "%"]],
}


def points(canvas: Canvas, bars: Bars, simulation: Simulation) -> Markup:
    """An empty element that carries, for the last bar of each pixel column, its place, time and values."""
    timeline = Timeline(bars, canvas)
    last = [stop - 1 for _, stop in runs(timeline.column_of_bars())]
    step = bars.interval.milliseconds
    held = drawdowns(simulation.benchmark_equity, simulation.cash)
    series = {
        "close": bars.close,
        "own": simulation.equity,
        "hold": simulation.benchmark_equity,
        "fell": -100 * drawdowns(simulation.equity, simulation.cash),
        "held": -100 * held,
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
        **{name: [float(f"{v:.6g}") for v in values[last].tolist()] for name, values in series.items()},
    }
    return el("div", id="points", hidden=True, data_points=json.dumps(data, separators=(",", ":")))


SCRIPT = Path(__file__).with_name("hover.js").read_text(encoding="utf-8")

"""Lanes under the price: every trade of the run, by side, however many there are."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from engine.backtest.report.chart import Timeline, label
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.series import column_of
from engine.backtest.result import Simulation

_LANE = 9  # height of a lane, user units


def lanes(timeline: Timeline, simulation: Simulation) -> Markup:
    """Two rows over the time axis: when the strategy was long and short, coloured by net result."""
    canvas = timeline.canvas
    drawn: list[Markup] = []
    for row, (side, name) in enumerate(((1, "long"), (-1, "short"))):
        y = canvas.bottom - 30 + row * (_LANE + 5)
        drawn.append(label(canvas.left - 8, y + 8, name, "tick", "end"))
        boxes: dict[str, str] = {}
        for kind, first, length in _stretches(lane_columns(timeline, simulation, side)):
            box = f"M{canvas.left + first} {y}h{length}v{_LANE}h-{length}z"
            boxes[kind] = boxes.get(kind, "") + box
        drawn += [el("path", class_=f"lane {kind}", d=boxes[kind]) for kind in sorted(boxes)]
    return join(*drawn)


def lane_columns(timeline: Timeline, simulation: Simulation, side: int) -> list[str]:
    """For each pixel column what the positions of one side came to: win, loss, open, or empty for none.

    Where several trades meet in a column, the sign of their summed net result decides.
    """
    columns, trades = timeline.canvas.columns, simulation.trades
    start, end = timeline.bars.start_ms, int(timeline.bars.open_time[-1])
    mine = np.flatnonzero(trades.side == side)
    first = column_of(trades.entry_time[mine], start, end, columns).tolist()
    last = column_of(trades.exit_time[mine], start, end, columns).tolist()
    held, result = np.zeros(columns, np.bool_), np.zeros(columns)
    for a, b, pnl in zip(first, last, trades.pnl[mine].tolist(), strict=True):
        held[a : b + 1] = True
        result[a : b + 1] += pnl
    kinds = np.where(held, np.where(result > 0, "win", "loss"), "")
    position = simulation.open_position
    if position is not None and position.side == side:
        since = int(column_of(np.array([position.entry_time]), start, end, columns)[0])
        kinds[since:] = np.where(held[since:], kinds[since:], "open")
    return kinds.tolist()


def _stretches(kinds: list[str]) -> list[tuple[str, int, int]]:
    """(kind, first column, length) of every run of equal kinds that is not empty."""
    found: list[tuple[str, int, int]] = []
    column = 0
    for kind, group in groupby(kinds):
        length = len(list(group))
        if kind:
            found.append((kind, column, length))
        column += length
    return found

"""Trades on the price figure: marks where they begin and end, and lanes that show every one of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import numpy as np

from engine.backtest.report.chart import Timeline, label, place, stroke
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.scale import Scale
from engine.backtest.report.series import Positions, column_of
from engine.backtest.result import OpenPosition, Simulation, Trades

_LANE = 9  # height of a lane, user units
_RADIUS = 2.3
Shape = Callable[[float, float], str]


def marked_trades(trades: Trades, most: int) -> Positions:
    """Positions of the trades to mark, ascending: all, or the `most` with the largest net returns."""
    if len(trades) <= most:
        return np.arange(len(trades))
    by_size = np.argsort(-np.abs(trades.net_return), kind="stable")
    return np.sort(by_size[:most])


def trade_marks(timeline: Timeline, places: Scale, trades: Trades, shown: Positions) -> Markup:
    """A thin line from entry to exit, a triangle at the entry (up: long), a dot at the exit."""
    x0, x1 = timeline.scale(trades.entry_time[shown]), timeline.scale(trades.exit_time[shown])
    y0, y1 = places(trades.entry_price[shown]), places(trades.exit_price[shown])
    parts: dict[str, list[str]] = {}
    rows = zip(x0.tolist(), y0.tolist(), x1.tolist(), y1.tolist(), shown.tolist(), strict=True)
    for a, b, c, d, i in rows:
        outcome = "win" if trades.pnl[i] > 0 else "loss"
        entry = _up if trades.side[i] > 0 else _down
        parts.setdefault(f"span {outcome}", []).append(f"M{place(a)} {place(b)}L{place(c)} {place(d)}")
        parts.setdefault(f"entry {outcome}", []).append(entry(a, b))
        parts.setdefault(f"exit {outcome}", []).append(_dot(c, d))
    order = sorted(parts, key=lambda kind: ("span", "exit", "entry").index(kind.split()[0]))
    return join(*(stroke(kind, "".join(parts[kind])) for kind in order))


def open_mark(timeline: Timeline, places: Scale, position: OpenPosition) -> Markup | None:
    """The entry of the position that is still open."""
    shape = _up if position.side > 0 else _down
    return stroke(
        "entry open", shape(timeline.scale.at(position.entry_time), places.at(position.entry_price))
    )


def glyph(kind: str) -> Markup:
    """A mark on its own, for the key of a figure: `long`, `short`, `exit`, or `win`, `loss`, `open`."""
    shape: Shape = {"short": _down, "exit": _dot}.get(kind, _up)
    y = {"short": 10.5, "exit": 6.0}.get(kind, 1.5)
    outcome = kind if kind in ("win", "loss", "open") else "plain"
    drawn = el("path", class_=f"entry {outcome}", d=shape(6, y))
    return el("svg", drawn, class_="glyph", viewBox="0 0 12 12", width=12, height=12, aria_hidden="true")


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


def _up(x: float, y: float) -> str:
    return f"M{place(x - 4)} {place(y + 9)}h8l-4-7z"


def _down(x: float, y: float) -> str:
    return f"M{place(x - 4)} {place(y - 9)}h8l-4 7z"


def _dot(x: float, y: float) -> str:
    r, d = place(_RADIUS), place(2 * _RADIUS)
    return f"M{place(x - _RADIUS)} {place(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z"

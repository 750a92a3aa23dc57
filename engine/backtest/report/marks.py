"""Marks of trades on the price figure: where they begin and end, their stops and targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.report.chart import Timeline, place, stroke
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.scale import Scale
from engine.backtest.report.series import Positions
from engine.backtest.result import ExitReason, Floats, OpenPosition, Trades

_RADIUS = 2.3
_LEAST_LEVEL = 4.0  # a stop's or target's line shorter than this is not seen beside the marks
Shape = Callable[[float, float], str]


def marked_trades(trades: Trades, most: int) -> Positions:
    """Positions of the trades to mark, ascending: all, or `most`, liquidations before large returns."""
    if len(trades) <= most:
        return np.arange(len(trades))
    kept = np.array([reason is not ExitReason.LIQUIDATION for reason in trades.exit_reason])
    return np.sort(np.lexsort((-np.abs(trades.net_return), kept))[:most])


def trade_marks(timeline: Timeline, places: Scale, trades: Trades, shown: Positions) -> Markup:
    """A thin line from entry to exit, a triangle at the entry (up: long), a dot or a cross at the exit."""
    x0, x1 = timeline.scale(trades.entry_time[shown]), timeline.scale(trades.exit_time[shown])
    y0, y1 = places(trades.entry_price[shown]), places(trades.exit_price[shown])
    parts: dict[str, list[str]] = {}
    rows = zip(x0.tolist(), y0.tolist(), x1.tolist(), y1.tolist(), shown.tolist(), strict=True)
    for a, b, c, d, i in rows:
        outcome = "win" if trades.pnl[i] > 0 else "loss"
        entry = _up if trades.side[i] > 0 else _down
        liquidated = trades.exit_reason[i] is ExitReason.LIQUIDATION
        ending, shape = ("liquidated", _cross) if liquidated else (f"exit {outcome}", _dot)
        parts.setdefault(f"span {outcome}", []).append(f"M{place(a)} {place(b)}L{place(c)} {place(d)}")
        parts.setdefault(f"entry {outcome}", []).append(entry(a, b))
        parts.setdefault(ending, []).append(shape(c, d))
    order = sorted(parts, key=lambda kind: ("span", "exit", "entry", "liquidated").index(kind.split()[0]))
    return join(*(stroke(kind, "".join(parts[kind])) for kind in order))


@dataclass(frozen=True, slots=True)
class LevelMarks:
    """Drawn stops and targets; `drawn` of the `trades` closed trades that had any."""

    content: Markup
    drawn: int
    trades: int


def level_marks(timeline: Timeline, places: Scale, trades: Trades, shown: Positions) -> LevelMarks:
    """The stop and the target of each marked trade as a stroke from its entry to its exit.

    Only what can be seen: strokes of some length, at prices that the figure shows.
    """
    x0, x1 = timeline.scale(trades.entry_time[shown]), timeline.scale(trades.exit_time[shown])
    seen, drawn = np.zeros(len(shown), np.bool_), list[Markup | None]()
    for kind, levels in (("stop", trades.stop_loss), ("target", trades.take_profit)):
        mine = _inside(places, levels[shown]) & (x1 - x0 >= _LEAST_LEVEL)
        seen |= mine
        strokes = zip(x0[mine].tolist(), places(levels[shown][mine]).tolist(), x1[mine].tolist(), strict=True)
        drawn.append(stroke(f"level {kind}", "".join(_level(a, y, b) for a, y, b in strokes)))
    had = ~(np.isnan(trades.stop_loss) & np.isnan(trades.take_profit))
    return LevelMarks(join(*drawn), int(seen.sum()), int(had.sum()))


def open_mark(timeline: Timeline, places: Scale, position: OpenPosition) -> Markup:
    """The entry of the position that is still open, its stop and target up to the end."""
    shape = _up if position.side > 0 else _down
    x = timeline.scale.at(position.entry_time)
    levels = (("stop", position.stop_loss), ("target", position.take_profit))
    return join(
        *(
            stroke(f"level {kind}", _level(x, places.at(level), timeline.canvas.right))
            for kind, level in levels
            if _inside(places, np.array([level]))[0]
        ),
        stroke("entry open", shape(x, places.at(position.entry_price))),
    )


def glyph(kind: str) -> Markup:
    """A mark on its own, for the key of a figure; `_GLYPHS` has the kinds."""
    shape, y, style = _GLYPHS[kind]
    drawn = el("path", class_=style, d=shape(6, y))
    return el("svg", drawn, class_="glyph", viewBox="0 0 12 12", width=12, height=12, aria_hidden="true")


def _up(x: float, y: float) -> str:
    return f"M{place(x - 4)} {place(y + 9)}h8l-4-7z"


def _down(x: float, y: float) -> str:
    return f"M{place(x - 4)} {place(y - 9)}h8l-4 7z"


def _dot(x: float, y: float) -> str:
    r, d = place(_RADIUS), place(2 * _RADIUS)
    return f"M{place(x - _RADIUS)} {place(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z"


def _cross(x: float, y: float) -> str:
    return f"M{place(x - 4)} {place(y - 4)}l8 8m0-8l-8 8"


def _level(start: float, y: float, end: float) -> str:
    return f"M{place(start)} {place(y)}H{place(end)}"


def _dash(x: float, y: float) -> str:
    return _level(x - 6, y, x + 6)


def _box(x: float, y: float) -> str:
    return f"M{place(x - 6)} {place(y - 4)}h12v8h-12z"


def _inside(places: Scale, levels: Floats) -> NDArray[np.bool_]:
    """Whether the figure shows these prices; none for NaN."""
    return (levels >= places.low) & (levels <= places.high)


_GLYPHS: dict[str, tuple[Shape, float, str]] = {
    "long": (_up, 1.5, "entry plain"),
    "short": (_down, 10.5, "entry plain"),
    "exit": (_dot, 6.0, "entry plain"),
    "win": (_up, 1.5, "entry win"),
    "loss": (_up, 1.5, "entry loss"),
    "open": (_up, 1.5, "entry open"),
    "liquidated": (_cross, 6.0, "liquidated"),
    "stop": (_dash, 6.0, "level stop"),
    "target": (_dash, 6.0, "level target"),
    "band": (_box, 6.0, "band"),
}

"""Figure: how the net returns of the closed trades are spread."""

from __future__ import annotations

import numpy as np

from engine.backtest.report.chart import Canvas, bottom_axis, label, picture, place, stroke, value_axis
from engine.backtest.report.format import percent, plural
from engine.backtest.report.html import Markup, join
from engine.backtest.report.scale import Scale
from engine.backtest.report.series import Bins, bins
from engine.backtest.result import Trades


def distribution_plot(canvas: Canvas, trades: Trades) -> Markup:
    """A histogram: losses left of zero, gains right of it, mean and median named. Needs a trade."""
    found = bins(trades.net_return)
    across = Scale(found.edges[0], found.edges[-1], canvas.left, canvas.right)
    most = max(found.counts)
    up = Scale(0.0, most * 1.12, canvas.bottom, canvas.top)
    middle = {"mean": float(trades.net_return.mean()), "median": float(np.median(trades.net_return))}
    return join(
        value_axis(canvas, up, _count_ticks(most)),
        _columns(found, across, up),
        _return_axis(canvas, across, found),
        _middle_marks(canvas, across, middle),
    )


def distribution_picture(canvas: Canvas, trades: Trades) -> Markup:
    """The figure of the histogram."""
    content = distribution_plot(canvas, trades)
    return picture(canvas, "spread", "Net returns of the closed trades", spread_in_words(trades), content)


def spread_in_words(trades: Trades) -> str:
    """Mean, median, and what lies beyond the drawn range."""
    values = trades.net_return
    found = bins(values)
    beyond = found.below + found.above
    mean, median, low, high = (
        percent(float(value), signed=True)
        for value in (values.mean(), np.median(values), values.min(), values.max())
    )
    text = (
        f"{plural(len(trades), 'closed trade')}: mean {mean}, median {median}, from {low} to {high}, "
        "net of all costs."
    )
    if beyond:
        text += f" The outermost bars also hold {plural(beyond, 'trade')} beyond the axis."
    return text


def _columns(found: Bins, across: Scale, up: Scale) -> Markup:
    parts = {"lost": "", "won": ""}
    pairs = zip(found.edges, found.edges[1:], found.counts, strict=False)
    for low, high, count in pairs:
        if count:
            left, right = across.at(low) + 0.5, across.at(high) - 0.5
            top, width = up.at(count), place(max(right - left, 0.6))
            kind = "won" if low > -1e-12 else "lost"
            parts[kind] += f"M{place(left)} {place(up.start)}V{place(top)}h{width}V{place(up.start)}z"
    return join(*(stroke(f"bar {kind}", data) for kind, data in parts.items()))


def _return_axis(canvas: Canvas, across: Scale, found: Bins) -> Markup:
    every = max(1, -(-len(found.edges) * 64 // canvas.columns))
    width = found.edges[1] - found.edges[0]
    shown = [edge for edge in found.edges if round(edge / width) % every == 0]
    texts = {edge: percent(edge, _decimals(width * every), signed=True) for edge in shown}
    zero = stroke("zero", f"M{place(across.at(0.0))} {canvas.bottom}V{canvas.top}")
    return join(bottom_axis(canvas, across, texts), zero)


def _middle_marks(canvas: Canvas, across: Scale, middle: dict[str, float]) -> Markup:
    """Small carets under the top edge at mean and median, where they lie on the axis."""
    drawn: list[Markup | None] = []
    on_axis = {name: value for name, value in middle.items() if across.low <= value <= across.high}
    first = min(on_axis, key=lambda name: on_axis[name], default="")
    for name, value in on_axis.items():
        x = across.at(value)
        anchor, side = ("end", -4) if name == first and len(on_axis) > 1 else ("start", 4)
        drawn.append(stroke("middle", f"M{place(x)} {canvas.bottom}V{canvas.top - 8}"))
        drawn.append(label(x + side, canvas.top - 1, name, "tick", anchor))
    return join(*drawn)


def _count_ticks(most: int) -> dict[float, str]:
    step = next(s * 10**power for power in range(12) for s in (1, 2, 5) if most / (s * 10**power) <= 4)
    return {float(value): f"{value:,}" for value in range(0, most + 1, step)}


def _decimals(step: float) -> int:
    shares = (0.01, 0.001, 0.0001)
    return next((i for i, share in enumerate(shares) if abs(round(step / share) - step / share) < 1e-6), 3)

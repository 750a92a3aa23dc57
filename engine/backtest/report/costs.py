"""The cost split: a figure of the steps from the result before costs to the one after, and a table."""

from __future__ import annotations

from engine.backtest.analysis.costs import CostSplit
from engine.backtest.report.chart import Canvas, label, picture, place, stroke
from engine.backtest.report.format import number, percent
from engine.backtest.report.html import Child, Markup, join
from engine.backtest.report.scale import Scale
from engine.backtest.report.table import table

_ROW = 30
_THICK = 14


def cost_plot(canvas: Canvas, split: CostSplit) -> Markup:
    """Five bars, each starting where the one before ended: before costs, the three costs, after costs."""
    steps = _steps(split)
    last = len(steps) - 1
    ends = [0.0, split.gross, split.gross - split.fees, split.gross - split.fees - split.slippage, split.net]
    across = Scale(min(0.0, *ends), max(1e-9, *ends), canvas.left, canvas.right)
    drawn: list[Markup | None] = []
    for row, (name, amount) in enumerate(steps):
        start, end = (0.0, amount) if row in (0, last) else (ends[row], ends[row + 1])
        y, kind = canvas.top + row * _ROW, "won" if amount >= 0 else "lost"
        drawn.append(label(canvas.left - 10, y + 11, name, "major" if row in (0, last) else "tick", "end"))
        drawn.append(stroke(f"bar {kind}", _bar(across, start, end, y)))
        drawn.append(label(canvas.right + 10, y + 11, number(amount, signed=True)))
        if row < last:
            drawn.append(stroke("link", f"M{place(across.at(end))} {y + _THICK}v{_ROW - _THICK}"))
    zero = f"M{place(across.at(0.0))} {canvas.top - 4}V{canvas.top + last * _ROW + _THICK + 4}"
    return join(*drawn, stroke("zero", zero))


def cost_picture(canvas: Canvas, split: CostSplit, quote: str) -> Markup:
    """The figure of the steps."""
    words = costs_in_words(split, quote)
    return picture(canvas, "costs", "Where the result went", words, cost_plot(canvas, split))


def costs_in_words(split: CostSplit, quote: str) -> str:
    """What the costs came to, against the result before them."""
    text = f"Costs came to {number(split.paid)} {quote}".rstrip()
    share = split.of_gross(split.paid)
    if share is not None and split.paid > 0:
        text += f", {percent(share)} of the profit before costs"
    elif split.paid > 0:
        text += "; there was no profit before costs to pay them from"
    return (
        f"{text}. The split is of these very fills; without costs the positions would have had other sizes."
    )


def cost_table(split: CostSplit, cash: float, quote: str) -> Markup:
    """The same steps in numbers: amount, share of the starting cash, share of the profit before costs."""
    rows: list[tuple[Child, ...]] = [
        (
            name,
            number(amount, signed=True),
            percent(amount / cash, signed=True),
            percent(split.of_gross(amount), signed=True),
        )
        for name, amount in _steps(split)
    ]
    heads = ("Step", quote or "Amount", "Of starting cash", "Of profit before costs")
    return table("Where the result went", heads, rows, frozenset({1, 2, 3}), "costs")


def _steps(split: CostSplit) -> tuple[tuple[str, float], ...]:
    return (
        ("Before costs", split.gross),
        ("Fees", -split.fees),
        ("Slippage", -split.slippage),
        ("Funding", -split.funding),
        ("After costs", split.net),
    )


def _bar(across: Scale, start: float, end: float, y: float) -> str:
    left, right = sorted((across.at(start), across.at(end)))
    return f"M{place(left)} {place(y)}h{place(max(right - left, 0.8))}v{_THICK}H{place(left)}z"

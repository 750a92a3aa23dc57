"""Small shapes that say an outcome without colour."""

from __future__ import annotations

from engine.backtest.report.html import Markup, el

_SHAPES = {
    "tick": "M1.5 6.5l3 3 6-7",
    "cross": "M2 2l8 8m0-8l-8 8",
    "ring": "M1.5 6a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
    "dash": "M2 6h8",
}


def mark(shape: str) -> Markup:
    """A tick, cross, ring or dash; the words beside it say the same."""
    drawn = el("path", class_=shape, d=_SHAPES[shape])
    return el("svg", drawn, class_="glyph", viewBox="0 0 12 12", width=12, height=12, aria_hidden="true")

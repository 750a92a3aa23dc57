"""The report of a run as one PNG, drawn from our own SVG, with the same letters on every machine."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

from engine.backtest.report.card import Document
from engine.backtest.report.overview import render_sheet_svg
from engine.backtest.result import Simulation
from engine.market.bars import Bars

# matplotlib carries these in its wheel; many servers and containers have no fonts at all.
FAMILIES = {"serif": '"DejaVu Serif"', "sans": '"DejaVu Sans"'}
"""What the letters of the PNG are drawn with."""
_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif-Bold.ttf")
_ZOOM = 2


def render_sheet_png(card: Document, bars: Bars, simulation: Simulation) -> bytes:
    """The sheet of `engine.backtest.report.overview` as a PNG of 2400 x 2840 pixels, on its light ground.

    A script that those fonts lack is drawn with the machine's own, where it has some.

    Raises:
        InvalidInput: the document lacks a part, or bars and equity differ in length.
    """
    import resvg_py

    drawing = render_sheet_svg(card, bars, simulation, FAMILIES)
    return resvg_py.svg_to_bytes(svg_string=drawing, font_files=font_files(), zoom=_ZOOM)


def font_files() -> list[str]:
    """The files of `FAMILIES`."""
    folder = Path(str(distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf")))
    return [str(folder / name) for name in _FILES]

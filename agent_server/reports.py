"""Write the report of a run to a file: a page or a picture, by the file's ending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.errors import InvalidInput
from tools.core import Core

if TYPE_CHECKING:
    from engine.research.backtesting import CompletedRun


def report_kind(path: Path) -> Literal["page", "sheet"]:
    """What a report file of this name holds: `.html` the page, `.png` the sheet, a picture of every figure.

    Raises:
        InvalidInput: another ending.
    """
    if path.suffix.lower() == ".html":
        return "page"
    if path.suffix.lower() == ".png":
        return "sheet"
    raise InvalidInput(
        f"A report cannot be written as {path.name}.",
        "End the name in .html for a page, in .png for a picture.",
    )


def write_report(core: Core, completed: CompletedRun, out: Path | None, brief: str = "") -> Path:
    """The report at `out`, else the page in the reports folder under the run's id.

    Raises:
        InvalidInput: an ending other than .html and .png, or the file cannot be written.
    """
    document, simulation = completed.document, completed.simulation
    path = out or core.settings.reports_root / f"{document.run_id}.html"
    card, bars = document.model_dump(mode="json", by_alias=True), completed.market.bars
    if report_kind(path) == "sheet":
        from engine.backtest.report.image import render_sheet_png

        return written(path, render_sheet_png(card, bars, simulation))
    from engine.backtest.report.page import render_report

    return written(path, render_report(card, bars, simulation, code=completed.code, brief=brief).encode())


def write_picture(completed: CompletedRun, path: Path) -> Path:
    """An SVG of the run at `path`: headline figures, price with trades, equity beside buy and hold.

    Raises:
        InvalidInput: the file cannot be written.
    """
    from engine.backtest.report.overview import render_overview_svg

    card = completed.document.model_dump(mode="json", by_alias=True)
    return written(path, render_overview_svg(card, completed.market.bars, completed.simulation).encode())


def written(path: Path, content: bytes) -> Path:
    """The file, written with its folder.

    Raises:
        InvalidInput: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.") from None
    return path

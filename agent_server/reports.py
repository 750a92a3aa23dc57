"""Write the HTML report of a run to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InvalidInput
from tools.core import Core

if TYPE_CHECKING:
    from engine.research.backtesting import CompletedRun


def write_report(core: Core, completed: CompletedRun, out: Path | None, brief: str = "") -> Path:
    """The report at `out`, else in the reports folder under the run's id.

    Raises:
        InvalidInput: the file cannot be written.
    """
    from engine.backtest.report.page import render_report

    document = completed.document
    path = out or core.settings.reports_root / f"{document.run_id}.html"
    card = document.model_dump(mode="json", by_alias=True)
    page = render_report(card, completed.market.bars, completed.simulation, code=completed.code, brief=brief)
    return _written(path, page)


def write_picture(completed: CompletedRun, path: Path) -> Path:
    """An SVG of the run at `path`: headline figures, price with trades, equity beside buy and hold.

    Raises:
        InvalidInput: the file cannot be written.
    """
    from engine.backtest.report.overview import render_overview_svg

    card = completed.document.model_dump(mode="json", by_alias=True)
    return _written(path, render_overview_svg(card, completed.market.bars, completed.simulation))


def _written(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.") from None
    return path

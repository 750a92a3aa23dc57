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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"The report cannot be written to {path}: {error.strerror}.") from None
    return path

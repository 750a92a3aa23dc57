"""The style of an assessment: that of every report, and what only its own figures need."""

from __future__ import annotations

from pathlib import Path

from engine.backtest.report.style import LIGHT
from engine.backtest.report.style import STYLE as REPORT_STYLE

_OWN = Path(__file__).with_name("assessment.css").read_text(encoding="utf-8").replace("\n", "")
_TINTS = [name for name in LIGHT if name[-1].isdigit()]

STYLE = f"{REPORT_STYLE}{_OWN}" + "".join(f".figure .cell.{name}{{fill:var(--{name})}}" for name in _TINTS)

"""A row of the stress table, from what a walk leaves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.backtest.result import Metrics
from engine.research.findings import StressRow

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Summary


def row_of(name: str, said: str, figures: Summary | Metrics) -> StressRow:
    """A row with a condition's name, the condition in words, and its figures."""
    sharpe = figures.sharpe
    return StressRow(
        name=name,
        said=said,
        sharpe=None if sharpe is None or math.isnan(sharpe) else sharpe,
        total_return=figures.total_return,
        max_drawdown=figures.max_drawdown,
        trades=figures.trades,
    )

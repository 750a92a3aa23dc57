"""The same signals under costs that are higher, an order that comes later, and both paths inside a bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.backtest.checks import checked
from engine.backtest.costs import Costs
from engine.backtest.prepared import prepare, run
from engine.backtest.setup import Setup
from engine.research.findings import StressRow
from engine.research.stress.rows import row_of
from engine.research.subject import Subject

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Summary

_MAX_LATENCY = 1000
_WORDS = {2: "doubled", 3: "tripled"}


def cost_rows(subject: Subject) -> Iterator[StressRow]:
    """Fees and slippage doubled and tripled."""
    costs = subject.setup.costs
    for factor, word in _WORDS.items():
        said = f"Fees and slippage {word}{_where_at_most(costs, factor)}."
        summary = simulated(subject, replace(subject.setup, costs=costs.scaled(factor)))
        yield row_of(f"costs_x{factor}", said, summary)


def delay_row(subject: Subject) -> StressRow:
    """Every order one bar later."""
    execution = subject.setup.execution
    later = replace(execution, latency_bars=min(execution.latency_bars + 1, _MAX_LATENCY))
    summary = simulated(subject, replace(subject.setup, execution=later))
    return row_of("one_bar_later", "Every order reaches the exchange one bar later.", summary)


def path_rows(subject: Subject) -> Iterator[StressRow]:
    """Both assumptions about bars in which a stop and a target lay within reach; the run has the first."""
    bars = subject.simulation.band.ambiguous_bars
    where = f"in the {bars} bars with both within reach" if bars else "(no bar had both within reach)"
    said = f"The stop comes before the target {where}."
    yield row_of("stop_first", said, subject.simulation.metrics)
    said = f"The target comes before the stop {where}."
    yield row_of("target_first", said, simulated(subject, subject.setup, target_first=True))


def simulated(subject: Subject, setup: Setup, *, target_first: bool = False) -> Summary:
    """The subject's signals on its market under another setup."""
    prepared = prepare(subject.market, setup, detail=subject.detail)
    signals = checked(subject.signals, len(prepared))
    return run(prepared, signals, recorded=False, target_first=target_first).summary


def _where_at_most(costs: Costs, factor: float) -> str:
    """What could not be raised by the whole factor, in words; empty when all was."""
    higher, further = costs.scaled(factor), costs.scaled(2.0 * factor)
    held = [
        name.removesuffix("_bps").replace("_", " ")
        for name in ("maker_fee_bps", "taker_fee_bps", "slippage")
        if getattr(further, name) == getattr(higher, name) != getattr(costs, name)
    ]
    return f" ({' and '.join(held)} only up to the largest possible)" if held else ""

"""What a search tries to raise. All of it is better the higher it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from engine.backtest.set_runs import SetFigures
from engine.backtest.sweep_table import METRICS

Objective = Literal["sharpe", "sortino", "calmar", "profit_factor", "return_over_drawdown"]
Figures = Mapping[str, float | None]
Values = tuple[float, ...]

_NAMED_AFTER_PEOPLE = ("sharpe", "sortino", "calmar")

KEPT = (
    "total_return",
    "annual_return",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "trades",
    "win_rate",
    "profit_factor",
    "exposure",
)


def figures_of(result: SetFigures) -> dict[str, float | None]:
    """What a search keeps of a run: `KEPT`, and return_over_drawdown = total_return / max_drawdown.

    None where undefined, as in `engine.backtest.metrics`; the last one without a drawdown.
    """
    all_of_them = dict(zip(METRICS, result.metrics, strict=True))
    kept = {name: all_of_them[name] for name in KEPT}
    fall = kept["max_drawdown"]
    kept["return_over_drawdown"] = kept["total_return"] / fall if fall > 0.0 else math.nan
    return {name: value if math.isfinite(value) else None for name, value in kept.items()}


def values_of(figures: Figures | None, objectives: Sequence[Objective]) -> Values | None:
    """The objectives of a run; None when one of them is undefined, or when the run failed."""
    if figures is None:
        return None
    values = tuple(value for name in objectives if (value := figures[name]) is not None)
    return values if len(values) == len(objectives) else None


def best_of(values: Sequence[Values | None]) -> int | None:
    """Position of the highest first objective, of equal ones the first; None where all are undefined."""
    defined = [number for number, each in enumerate(values) if each is not None]
    return max(defined, key=lambda number: (_first(values[number]), -number), default=None)


def front_of(values: Sequence[Values | None]) -> tuple[int, ...]:
    """Positions of those that no other one beats in one objective and equals in the rest (Pareto)."""
    defined = [(number, each) for number, each in enumerate(values) if each is not None]
    return tuple(
        number for number, each in defined if not any(_dominates(other, each) for _, other in defined)
    )


def _first(values: Values | None) -> float:
    assert values is not None
    return values[0]


def _dominates(one: Values, other: Values) -> bool:
    return one != other and all(a >= b for a, b in zip(one, other, strict=True))


def shown(objective: Objective, value: float) -> str:
    """An objective's value in words, e.g. `Sharpe 1.32`."""
    name = objective.replace("_", " ")
    return f"{name.capitalize() if objective in _NAMED_AFTER_PEOPLE else name} {value:.2f}"


class Improvement:
    """Counts the batches since any objective last reached a new height."""

    def __init__(self, objectives: int) -> None:
        self._highest = [-math.inf] * objectives
        self.idle = 0

    def note(self, batch: Sequence[Values | None]) -> None:
        """One more batch."""
        before = self._highest
        for values in batch:
            if values is not None:
                self._highest = [max(pair) for pair in zip(self._highest, values, strict=True)]
        self.idle = self.idle + 1 if self._highest == before else 0

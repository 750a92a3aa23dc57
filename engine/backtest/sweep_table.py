"""What a sweep leaves: a table of parameters and metrics, one row per parameter set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from engine.backtest.parameter_sets import ParameterSets
from engine.errors import EdgewrightError, InvalidInput
from engine.strategy.spec import Number

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

METRICS = (
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "max_drawdown_bars",
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "exposure",
    "turnover",
    "fees_paid",
    "slippage_paid",
    "funding_paid",
    "total_return_low",
    "total_return_high",
)
_COUNTS = ("max_drawdown_bars", "trades")
_LESS_IS_BETTER = (
    "annual_volatility",
    "max_drawdown",
    "max_drawdown_bars",
    "turnover",
    "fees_paid",
    "slippage_paid",
    "funding_paid",
)

Form = Literal["compiled", "text"]


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One parameter set and what it gave.

    Attributes:
        metrics: by name, as in `engine.backtest.result.Metrics`; None where undefined, empty when it failed.
        error: why there are no metrics.
    """

    params: Mapping[str, Number]
    metrics: Mapping[str, float | int | None]
    error: EdgewrightError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PeriodTable:
    """Returns of each set by calendar period, on the grid of multiples of `period_ms` since 1970.

    Attributes:
        start_ms: start of the first period, UTC ms.
        values: float64[sets, periods], fractions; NaN for a set that failed.
    """

    start_ms: int
    period_ms: int
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SweepTable:
    """All sets of a sweep, in the order of the grid.

    Attributes:
        sets: the parameter sets, as columns.
        metrics: by name (`METRICS`): float64[sets], NaN where undefined and for a set that failed. The same
            figures as `engine.backtest.result.Metrics`, without the tail losses, which need all returns, and
            the two ends of the band.
        failures: the error of each set that failed, by its position.
        form: what made the signals: the strategy's compiled form, or its text in the sandbox.
        warnings: what holds for every row.
        returns: by period; None unless periods were asked for.
    """

    sets: ParameterSets
    metrics: Mapping[str, Floats]
    failures: Mapping[int, EdgewrightError]
    form: Form
    warnings: tuple[str, ...] = ()
    returns: PeriodTable | None = None

    def __len__(self) -> int:
        return len(self.sets)

    @property
    def left_out(self) -> int:
        """Combinations of the grid that break a constraint; they have no row."""
        return self.sets.left_out

    def row(self, number: int) -> SweepRow:
        """The set at position `number`."""
        params = self.sets[number]
        if number in self.failures:
            return SweepRow(params, {}, self.failures[number])
        return SweepRow(
            params, {name: _told(name, float(column[number])) for name, column in self.metrics.items()}
        )

    def rows(self) -> Iterator[SweepRow]:
        """All sets, in the order of the grid."""
        return map(self.row, range(len(self)))

    def best(self, metric: str) -> SweepRow:
        """The set with the highest `metric`; the lowest where less is better (drawdown, volatility, costs).

        Of equal ones the first. The best of many tries flatters itself: a place to look, no forecast.

        Raises:
            InvalidInput: no such metric, or no set for which it is defined.
        """
        if metric not in self.metrics:
            raise InvalidInput(f"There is no metric {metric!r}.", f"Metrics: {', '.join(self.metrics)}.")
        column = self.metrics[metric]
        if np.isnan(column).all():
            first = next(iter(self.failures.values()), None)
            failed = f" {len(self.failures)} of them failed, the first one so: {first}" if first else ""
            raise InvalidInput(f"{metric} is undefined for all {len(self)} sets.{failed}")
        return self.row(int(np.nanargmin(column) if metric in _LESS_IS_BETTER else np.nanargmax(column)))

    def frame(self) -> pd.DataFrame:
        """Parameters and metrics side by side, and the text of the error (None for a set without)."""
        import pandas as pd

        errors = [
            str(self.failures[number]) if number in self.failures else None for number in range(len(self))
        ]
        return pd.DataFrame({**self.sets.columns, **self.metrics, "error": pd.Series(errors, dtype="object")})


def _told(name: str, value: float) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if name in _COUNTS else value

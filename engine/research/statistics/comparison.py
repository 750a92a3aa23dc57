"""Whether one run's Sharpe ratio is above another's by more than chance.

Paper: Ledoit & Wolf, "Robust Performance Hypothesis Testing with the Sharpe Ratio", Journal of Empirical
Finance 15(5), 2008: a studentised bootstrap of both histories together, here with the blocks of the
stationary bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.research.returns import PeriodReturns
from engine.research.statistics.bootstrap import RUNS, block_lengths, long_run_variances, resamples
from engine.research.statistics.correlation import MIN_COMMON, common_period, moves, whole

Floats = NDArray[np.float64]

_ROUNDING = 1e-9  # an error of a difference below this is none: the two only differ in scale


@dataclass(frozen=True, slots=True)
class SharpeDifference:
    """The annual Sharpe ratio of one run less that of another, on their common periods.

    Attributes:
        one, other: their annual ratios there.
        difference: one - other.
        low, high: where it lies with the probability asked for.
        p: chance of a difference at least this far from 0 if there were none.
        periods: common periods.
    """

    one: float
    other: float
    difference: float
    low: float
    high: float
    p: float
    periods: int


def sharpe_difference(
    one: PeriodReturns, other: PeriodReturns, seed: int, level: float = 0.9, runs: int = RUNS
) -> SharpeDifference | None:
    """The difference with its interval and p value, from `runs` resampled histories.

    None where it is undefined: fewer than 20 common periods, period lengths that do not nest, a run that does
    not move, or two runs that only differ in scale.
    """
    pair = _common(one, other)
    if pair is None:
        return None
    values = np.stack([run.values for run in pair])
    block = float(block_lengths(values.T).max())
    ratios, error = _estimate(values[:, None, :], block)
    if error[0] <= _ROUNDING:
        return None
    difference = float(ratios[0, 0] - ratios[1, 0])
    drawn = _scores_without_difference(values, difference, block, runs, np.random.default_rng(seed))
    reach = float(np.quantile(drawn, level)) * float(error[0])
    year = pair[0].per_year ** 0.5
    return SharpeDifference(
        one=year * float(ratios[0, 0]),
        other=year * float(ratios[1, 0]),
        difference=year * difference,
        low=year * (difference - reach),
        high=year * (difference + reach),
        p=(1 + int(np.count_nonzero(drawn >= abs(difference) / error[0]))) / (1 + runs),
        periods=len(pair[0]),
    )


def _common(one: PeriodReturns, other: PeriodReturns) -> tuple[PeriodReturns, PeriodReturns] | None:
    """Both on their common periods, or None where they cannot be compared."""
    period_ms = common_period(one.period_ms, other.period_ms)
    if period_ms is None:
        return None
    one, other = whole(one, period_ms), whole(other, period_ms)
    start, end = max(one.start_ms, other.start_ms), min(one.end_ms, other.end_ms)
    one, other = one.between(start, end), other.between(start, end)
    return (one, other) if len(one) >= MIN_COMMON and moves(one) and moves(other) else None


def _scores_without_difference(
    values: Floats, difference: float, block: float, runs: int, rng: np.random.Generator
) -> Floats:
    """How many standard errors resampled differences lie from the real one, float64[runs], without sign."""
    scores: list[Floats] = []
    for places in resamples(values.shape[1], block, runs, rng):
        ratios, error = _estimate(values[:, places], block)
        away = np.abs(ratios[0] - ratios[1] - difference)
        scores.append(np.divide(away, error, out=np.full(len(away), np.inf), where=error > _ROUNDING))
    return np.concatenate(scores)


def _estimate(values: Floats, block: float) -> tuple[Floats, Floats]:
    """Ratios [2, rows] and the standard error [rows] of their difference, from float64[2, rows, n].

    The error is that of the mean of what each period adds to the difference (the delta method).
    """
    n = values.shape[2]
    mean = values.mean(axis=2, keepdims=True)
    deviation = values.std(axis=2, ddof=1, keepdims=True)
    moving = deviation > 0.0
    scale = np.where(moving, deviation, 1.0)
    ratio = np.where(moving, mean / scale, 0.0)
    standard = (values - mean) / scale
    influence = standard - ratio / 2.0 * (standard**2 - 1.0)
    error = np.sqrt(long_run_variances(influence[0] - influence[1], block) / n)
    return ratio[:, :, 0], error

"""Whether the best set of a search is better than doing nothing, given how many were searched.

The best mean is held against the bests of resampled histories in which no set earns anything. Hansen's test
measures each set in its own deviations and lets sets that are plainly bad not count; White's reality check
does neither.

Papers: White, "A Reality Check for Data Snooping", Econometrica 68(5), 2000; Hansen, "A Test for Superior
Predictive Ability", Journal of Business & Economic Statistics 23(4), 2005.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.research.statistics.bootstrap import (
    MIN_PERIODS,
    RUNS,
    block_lengths,
    long_run_variances,
    resampled_means,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Superiority:
    """p values of no set being better than flat.

    Attributes:
        p: Hansen's, consistent; the one to use.
        lower, upper: Hansen's bounds: bad sets left out altogether, and counted as if they were flat.
        reality_check: White's.
    """

    p: float
    lower: float
    upper: float
    reality_check: float


def superiority(
    returns: Floats, seed: int, runs: int = RUNS, mean_block: float | None = None
) -> Superiority | None:
    """Hansen's and White's tests over all sets of a search, float64[periods, sets], against a return of 0.

    None with fewer than ten periods or where no set ever moves.

    Args:
        mean_block: of the bootstrap, in periods; by default the median of what fits the sets.
    """
    moving = returns[:, np.ptp(returns, axis=0) > 0.0] if len(returns) >= MIN_PERIODS else returns[:, :0]
    if not moving.shape[1]:
        return None
    n = len(moving)
    block = float(np.median(block_lengths(moving))) if mean_block is None else mean_block
    deviation = np.sqrt(long_run_variances(moving.T, block))
    moving, deviation = moving[:, deviation > 0.0], deviation[deviation > 0.0]
    mean = moving.mean(axis=0)
    resampled = math.sqrt(n) * (resampled_means(moving, block, runs, np.random.default_rng(seed)) - mean)
    scores = math.sqrt(n) * mean / deviation
    without_skill = _bests_without_skill(resampled / deviation, scores, n)
    best = max(0.0, float(scores.max()))
    return Superiority(
        p=_share_at_least(without_skill.consistent, best),
        lower=_share_at_least(without_skill.lower, best),
        upper=_share_at_least(without_skill.upper, best),
        reality_check=_share_at_least(resampled.max(axis=1), math.sqrt(n) * float(mean.max())),
    )


class _Bests(NamedTuple):
    """Best scores of histories without skill, float64[runs] each; they differ in how a bad set counts."""

    consistent: Floats
    lower: Floats
    upper: Floats


def _bests_without_skill(resampled: Floats, scores: Floats, n: int) -> _Bests:
    plainly_bad = scores < -math.sqrt(2.0 * math.log(math.log(n)))
    return _Bests(
        consistent=_best(resampled + np.where(plainly_bad, scores, 0.0)),
        lower=_best(resampled + np.minimum(scores, 0.0)),
        upper=_best(resampled),
    )


def _best(scores: Floats) -> Floats:
    return np.maximum(scores.max(axis=1), 0.0)


def _share_at_least(drawn: Floats, observed: float) -> float:
    # The real history is one of those that could have been: p is never 0 (Davison & Hinkley 1997, 4.2).
    return (1 + int(np.count_nonzero(drawn >= observed))) / (1 + len(drawn))

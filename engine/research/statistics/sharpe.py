"""The Sharpe ratio, how far one can believe it, and what the best of many shows by luck.

All ratios here are per period (mean over standard deviation, rate 0), never annual: multiply by the root of
the periods per year for that. Kurtosis is 3 for the normal distribution.

Papers: Bailey & Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 2012
(probabilistic ratio, minimum track record); the same, "The Deflated Sharpe Ratio", Journal of Portfolio
Management 40(5), 2014 (False Strategy theorem, deflated ratio).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput

Floats = NDArray[np.float64]

_ROUNDING = 1e-10  # a deviation below this share of the root mean square is no deviation
_NORMAL = NormalDist()
_EULER = 0.5772156649015329  # the Euler-Mascheroni constant


@dataclass(frozen=True, slots=True)
class Moments:
    """What the distribution of a Sharpe ratio depends on.

    Attributes:
        sharpe: per period, ddof 1.
        skewness: third standardised moment of the sample.
        kurtosis: fourth standardised moment of the sample; 3 for the normal distribution.
        periods: their number.
    """

    sharpe: float
    skewness: float
    kurtosis: float
    periods: int


def sharpe_ratio(returns: Floats) -> float | None:
    """Mean over standard deviation (ddof 1) of float64[n]; None below two periods or without deviation."""
    found = float(sharpe_ratios(returns[:, None])[0])
    return None if math.isnan(found) else found


def sharpe_ratios(returns: Floats) -> Floats:
    """The same of every column of float64[periods, sets]; NaN where it is undefined."""
    periods, sets = len(returns), int(returns.shape[1])
    undefined = np.full(sets, math.nan)
    if periods < 2:
        return undefined
    deviation: Floats = returns.std(axis=0, ddof=1)
    size: Floats = np.sqrt(np.mean(returns**2, axis=0))
    return np.divide(returns.mean(axis=0), deviation, out=undefined, where=deviation > _ROUNDING * size)


def moments(returns: Floats) -> Moments | None:
    """Sharpe ratio, skewness and kurtosis of float64[n]; None where the ratio is undefined."""
    ratio = sharpe_ratio(returns)
    if ratio is None:
        return None
    centred: Floats = returns - returns.mean()
    scaled: Floats = centred / math.sqrt(float(np.mean(centred**2)))
    return Moments(ratio, float(np.mean(scaled**3)), float(np.mean(scaled**4)), len(returns))


def sharpe_deviation(sharpe: float, periods: int, skewness: float = 0.0, kurtosis: float = 3.0) -> float:
    """Standard error of a Sharpe ratio over independent periods (Mertens 2002; in the 2012 paper)."""
    return math.sqrt(_variance_factor(sharpe, skewness, kurtosis) / (periods - 1))


def probabilistic_sharpe(
    observed: float, benchmark: float, n: int, skewness: float = 0.0, kurtosis: float = 3.0
) -> float | None:
    """Probability that the true ratio is above `benchmark` when n periods show `observed` (2012 paper)."""
    if n < 2:
        return None
    return _NORMAL.cdf((observed - benchmark) / sharpe_deviation(observed, n, skewness, kurtosis))


def minimum_track_record_length(
    observed: float,
    benchmark: float = 0.0,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
    confidence: float = 0.95,
) -> float | None:
    """Periods needed before `observed` is above `benchmark` with `confidence` (2012 paper).

    None where the observed ratio is not above it: no length would do.
    """
    if observed <= benchmark:
        return None
    score = _NORMAL.inv_cdf(confidence) / (observed - benchmark)
    return 1.0 + _variance_factor(observed, skewness, kurtosis) * score**2


def expected_maximum_sharpe(trials: int, deviation: float) -> float:
    """What the best of independent trials without any skill is expected to show (False Strategy theorem).

    Args:
        trials: independent ones, at least 1; a single one is not selected, and expected at 0.
        deviation: standard deviation of the ratio across trials, in the unit of the result.
    """
    if trials < 1:
        raise InvalidInput(f"The best of {trials} trials is not defined.", "Count at least one trial.")
    if trials == 1:
        return 0.0
    usual = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    extreme = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return deviation * ((1.0 - _EULER) * usual + _EULER * extreme)


def deflated_sharpe(
    observed: float, n: int, trials: int, deviation: float, skewness: float = 0.0, kurtosis: float = 3.0
) -> float | None:
    """Probability that the true ratio is above what luck shows in the best of `trials` (2014 paper).

    Args:
        observed: ratio per period of the selected trial, over n periods.
        trials: independent trials it was selected from.
        deviation: standard deviation of the ratios across the trials, per period; without any skill it is
            about the root of 1 / (n - 1).
    """
    return probabilistic_sharpe(observed, expected_maximum_sharpe(trials, deviation), n, skewness, kurtosis)


def family_wise_p(p: float, trials: int) -> float:
    """Chance that the best of independent trials without skill has a p value this small (Sidak 1967)."""
    if p >= 1.0:
        return 1.0
    return -math.expm1(trials * math.log1p(-p))


def _variance_factor(sharpe: float, skewness: float, kurtosis: float) -> float:
    # Kurtosis is at least skewness^2 + 1, so that this is never below 0; two-valued returns reach it.
    factor = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    return max(factor, 1e-12)

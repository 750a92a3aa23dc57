"""How much of a Sharpe ratio luck explains, given how many independent trials stood behind it."""

from __future__ import annotations

import math
from statistics import NormalDist

from engine.research.assessment.settings import BOOTSTRAPS, BOUNDS
from engine.research.findings import SharpePart
from engine.research.returns import DAY_MS, PeriodReturns
from engine.research.statistics.bootstrap import sharpe_interval
from engine.research.statistics.sharpe import (
    deflated_sharpe,
    expected_maximum_sharpe,
    family_wise_p,
    minimum_track_record_length,
    moments,
    probabilistic_sharpe,
    sharpe_deviation,
)

_NORMAL = NormalDist()


def sharpe_part(returns: PeriodReturns, trials: int, seed: int) -> SharpePart:
    """The Sharpe ratio of these returns and what it is worth as the best of `trials` independent ones.

    The spread of the ratio among trials without skill is its sampling error, root of 1 / (periods - 1), not
    the spread that the ledger's trials show: theirs also holds real differences, above all in costs, and one
    bad idea on the record must not make the next one harder to believe.
    """
    found, length = moments(returns.values), _named(returns.period_ms)
    years = len(returns) / returns.per_year
    if found is None:
        return SharpePart(
            annual=None,
            low=None,
            high=None,
            periods=len(returns),
            period=length,
            years=years,
            skewness=None,
            kurtosis=None,
            probabilistic=None,
            expected_maximum=None,
            deflated=None,
            chance_of_best=None,
            minimum_track_record_years=None,
        )
    year, shape = math.sqrt(returns.per_year), (found.skewness, found.kurtosis)
    luck = 1.0 / math.sqrt(found.periods - 1)
    interval = sharpe_interval(returns.values, seed, runs=BOOTSTRAPS)
    above_zero = probabilistic_sharpe(found.sharpe, 0.0, found.periods, *shape)
    needed = minimum_track_record_length(found.sharpe, 0.0, *shape)
    return SharpePart(
        annual=found.sharpe * year,
        low=None if interval is None else interval[0] * year,
        high=None if interval is None else interval[1] * year,
        periods=found.periods,
        period=length,
        years=years,
        skewness=found.skewness,
        kurtosis=found.kurtosis,
        probabilistic=above_zero,
        expected_maximum=expected_maximum_sharpe(trials, luck) * year,
        deflated=deflated_sharpe(found.sharpe, found.periods, trials, luck, *shape),
        chance_of_best=None if above_zero is None else family_wise_p(1.0 - above_zero, trials),
        minimum_track_record_years=None if needed is None else needed / returns.per_year,
    )


def chance_of_score(score: float, trials: int) -> float:
    """Chance that the best of `trials` without skill lies this many deviations above the mean of the null."""
    return family_wise_p(_NORMAL.cdf(-score), trials)


def years_for_luck(returns: PeriodReturns, trials: int) -> float | None:
    """Years of such returns after which deflated ratio and chance would both satisfy; None for never."""
    found = moments(returns.values)
    if found is None or found.sharpe <= 0.0:
        return None
    spread = sharpe_deviation(found.sharpe, found.periods, found.skewness, found.kurtosis)
    factor = spread * math.sqrt(found.periods - 1)
    deflated = expected_maximum_sharpe(trials, 1.0) + factor * _NORMAL.inv_cdf(BOUNDS.deflated_sharpe.value)
    single = -math.expm1(math.log1p(-BOUNDS.chance_of_best.value) / trials)
    chance = factor * _NORMAL.inv_cdf(1.0 - single)
    return (max(deflated, chance) / found.sharpe) ** 2 / returns.per_year


def _named(period_ms: int) -> str:
    """A period in words, e.g. `1d`."""
    if period_ms % DAY_MS == 0:
        return f"{period_ms // DAY_MS}d"
    hour = DAY_MS // 24
    return f"{period_ms // hour}h" if period_ms % hour == 0 else f"{period_ms // 60_000}m"

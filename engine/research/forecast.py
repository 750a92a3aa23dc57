"""What a strategy's own past lets one expect of the days to come: a distribution, not a promise.

The method is filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999), with the
uncertainty about its own inputs drawn along:

- Log returns less their mean are divided by a GARCH(1,1) volatility with targeted variance and fixed
  weights: to fit those to a few hundred days of something that is in and out of the market is to fit noise.
  Volatility is that of days with a position; days without one stay so, and let it drift back to its level.
- Each path first resamples a past of its own in blocks (stationary bootstrap, Politis and Romano 1994) and
  then draws its days from that past: paths differ as pasts could have differed, in mean, tails and number
  of trades.
- The level that volatility drifts to weighs recent days more. It differs between paths by its dispersion
  between past windows as long as the forecast, which is drawn towards a prior, and by Student's factor for
  few days.
- The mean is hardly known: the Sharpe ratio is shrunk, as under a normal prior, towards that of a strategy
  that knows nothing and pays its costs. What a search found above that is first reduced by what the best of
  as many worthless tries shows (Bailey and Lopez de Prado 2014).

It cannot know of a market unlike any in the record, of an edge that ends, or of trades of a kind never
made; where the record holds only a handful of trades, its interval is somewhat too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import Simulation
from engine.market.interval import DAY_MS
from engine.research.findings import ConePoint, ForecastPart
from engine.research.returns import PeriodReturns

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

MIN_PERIODS = 60
MIN_ACTIVE = 10
NEEDS = f"A forecast needs {MIN_PERIODS} days of returns, {MIN_ACTIVE} of them with a position, and no ruin."
CONE_DAYS = (0, 1, 2, 5, 10, 20, 30, 45, 60, 75, 90)
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)

_REACTION = 0.06  # weight of the newest squared return, as RiskMetrics has it
_HALF_LIFE_DAYS = 20.0  # of a departure of volatility from its level
_LEVEL_HALF_LIFE_DAYS = 365.0  # of a day's weight in that level
_BLOCK_DAYS = 10.0  # mean length
_LEVEL_DEVIATION, _LEVEL_PRIOR_WINDOWS, _LEVEL_DEVIATION_CAP = 0.25, 4, 0.75  # of log volatility
_SHARPE_DEVIATION = 0.5  # of the prior of the annual Sharpe ratio


def forecast(
    returns: PeriodReturns,
    *,
    days: int = 90,
    seed: int,
    selected_from: int = 1,
    daily_costs: float = 0.0,
    paths: int = 2_000,
) -> ForecastPart | None:
    """The distribution of the total return over the `days` after `returns`, whose 90% lie in low..high.

    Args:
        returns: the strategy's own; periods under a day are compounded to days.
        selected_from: independent trials of which this was the best.
        daily_costs: what trading cost a day, fraction of equity; see `costs_per_day`.
        paths: simulated futures; the ends of the interval are their quantiles.

    Returns:
        None for a past too short to say anything; `NEEDS` says what it takes.
    """
    past = _past_of(returns)
    if past is None:
        return None
    rng = np.random.default_rng(seed)
    steps = math.ceil(days / past.days_each)
    growth = _growth(past, steps, _drift(past, selected_from, daily_costs), paths, rng)
    cone = tuple(_point(growth, day, past.days_each) for day in (*(d for d in CONE_DAYS if d < days), days))
    end = cone[-1]
    return ForecastPart(
        days=days, low=end.low, median=end.median, high=end.high, cone=cone, said=_said(end, past)
    )


def costs_per_day(simulation: Simulation, days: float) -> float:
    """Fees, slippage and funding paid a day, fraction of the run's mean equity; 0 where more was received."""
    metrics = simulation.metrics
    paid = metrics.fees_paid + metrics.slippage_paid + metrics.funding_paid
    equity = float(simulation.equity.mean())
    return max(0.0, paid / equity / days) if equity > 0.0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """Log returns of n periods of `days_each`, and whether anything was held in them."""

    log_returns: Floats
    active: Flags
    days_each: float

    def __len__(self) -> int:
        return len(self.log_returns)

    @property
    def share(self) -> float:
        """Share of active periods."""
        return float(self.active.mean())

    @property
    def shocks(self) -> Floats:
        """Returns less the mean of active periods; 0 where nothing was held."""
        return np.where(self.active, self.log_returns - self.log_returns[self.active].mean(), 0.0)

    @property
    def variance(self) -> float:
        """Of an active period, recent ones weighing more."""
        age = np.arange(len(self) - 1, -1, -1) * self.days_each
        weight = np.where(self.active, 0.5 ** (age / _LEVEL_HALF_LIFE_DAYS), 0.0)
        return float(weight @ self.shocks**2 / weight.sum())


def _past_of(returns: PeriodReturns) -> _Past | None:
    daily = returns.coarser(max(DAY_MS, returns.period_ms))
    values = daily.values
    active = values != 0.0
    enough = len(values) >= MIN_PERIODS and np.count_nonzero(active) >= MIN_ACTIVE
    if not enough or np.any(values <= -1.0) or np.ptp(values[active]) == 0.0:
        return None
    return _Past(np.log1p(values), active, daily.period_ms / DAY_MS)


def _drift(past: _Past, selected_from: int, daily_costs: float) -> float:
    """Log return to expect of an active period: costs, and the shrunk Sharpe ratio at present variance."""
    simple, costs = np.expm1(past.log_returns), daily_costs * past.days_each
    skill = float((simple.mean() + costs) / simple.std(ddof=1))
    if skill > 0.0:
        skill = max(0.0, skill - _expected_maximum(selected_from) / math.sqrt(len(past)))
    years = len(past) * past.days_each / 365.0
    believed = _SHARPE_DEVIATION**2 / (_SHARPE_DEVIATION**2 + 1.0 / years)
    variance = past.variance * past.share
    expected = believed * skill * math.sqrt(variance) - costs - variance / 2.0
    return expected / past.share


def _expected_maximum(trials: int) -> float:
    """Expected maximum of `trials` standard normal numbers (Bailey and Lopez de Prado 2014)."""
    if trials < 2:
        return 0.0
    from scipy.special import ndtri

    near, far = ndtri(1.0 - 1.0 / trials), ndtri(1.0 - 1.0 / (trials * math.e))
    return float((1.0 - np.euler_gamma) * near + np.euler_gamma * far)


def _growth(past: _Past, steps: int, drift: float, paths: int, rng: np.random.Generator) -> Floats:
    """float64[steps + 1, paths]: log growth of simulated futures after each period."""
    residuals, departure = _filtered(past)
    block = max(1.0, _BLOCK_DAYS / past.days_each)
    residuals *= math.sqrt(len(past) / (len(past) - block))  # blocks around their own mean vary too little
    level = past.variance * np.exp(2.0 * _level_deviation(past, steps) * rng.standard_normal(paths))
    degrees = np.count_nonzero(past.active) - 1
    level *= degrees / rng.chisquare(degrees, paths)  # few active days leave the level open, as Student's t
    variance = level * departure
    decay = _decay(past.days_each)
    growth = np.zeros((steps + 1, paths))
    for step, row in enumerate(_resampled_rows(len(past), steps, block, paths, rng)):
        active = past.active[row]
        shock = np.sqrt(variance) * residuals[row]
        growth[step + 1] = growth[step] + np.where(active, drift + shock, 0.0)
        news = np.where(active, _REACTION * (shock**2 - variance), 0.0)
        variance = level + decay * (variance - level) + news
    return growth


def _filtered(past: _Past) -> tuple[Floats, float]:
    """Shocks over their volatility (mean 0, variance 1 when active), and the variance now over its level."""
    shocks, decay = past.shocks, _decay(past.days_each)
    level = variance = float(np.mean(shocks[past.active] ** 2))
    variances = np.empty(len(past))
    for at, (shock, active) in enumerate(zip(shocks.tolist(), past.active.tolist(), strict=True)):
        variances[at] = variance
        news = _REACTION * (shock * shock - variance) if active else 0.0
        variance = level + decay * (variance - level) + news
    residuals = np.zeros(len(past))
    standardised = (shocks / np.sqrt(variances))[past.active]
    residuals[past.active] = (standardised - standardised.mean()) / standardised.std()
    return residuals, variance / level


def _decay(days: float) -> float:
    return 0.5 ** (days / _HALF_LIFE_DAYS)


def _level_deviation(past: _Past, window: int) -> float:
    """Standard deviation of log volatility from one window of `window` periods to the next."""
    count = len(past) // window
    squares = past.shocks[len(past) - count * window :].reshape(count, window) ** 2
    squares = squares[np.any(squares > 0.0, axis=1)]
    weight, total = _LEVEL_PRIOR_WINDOWS, _LEVEL_PRIOR_WINDOWS * _LEVEL_DEVIATION**2
    if len(squares) > 1:
        logs = 0.5 * np.log(squares.sum(axis=1) / np.count_nonzero(squares, axis=1))
        weight, total = weight + len(logs) - 1, total + len(logs) * float(np.var(logs))
    return min(_LEVEL_DEVIATION_CAP, math.sqrt(total / weight))


def _resampled_rows(
    rows: int, steps: int, block: float, paths: int, rng: np.random.Generator
) -> Iterator[Integers]:
    """int64[paths] at each step: blocks drawn from a past that was itself drawn in blocks from the rows."""
    starts = rng.integers(rows, size=(paths, max(2, round(rows / block))))
    at, each = np.zeros(paths, np.int64), np.arange(paths)
    for step in range(steps):
        fresh = starts[each, rng.integers(starts.shape[1], size=paths)]
        begins = rng.random(paths) < (1.0 / block if step else 1.0)
        at = np.where(begins, fresh, (at + 1) % rows)
        yield at


def _point(growth: Floats, day: int, days_each: float) -> ConePoint:
    """Quantiles `day` days on; between the ends of two periods by the distance in time."""
    at = day / days_each
    before, after = growth[math.floor(at)], growth[math.ceil(at)]
    reached = before + (after - before) * (at % 1.0)
    low, lower, median, upper, high = np.expm1(np.quantile(reached, QUANTILES)).tolist()
    return ConePoint(day=day, low=low, lower_quarter=lower, median=median, upper_quarter=upper, high=high)


def _said(end: ConePoint, past: _Past) -> str:
    told = f"{len(past) * past.days_each:.0f} days of the strategy's own returns"
    return (
        f"Nine of ten outcomes after {end.day} days lie between {end.low:+.1%} and {end.high:+.1%}, "
        f"half of them above {end.median:+.1%}, as far as {told} can tell."
    )

"""Made-up hourly markets whose truth is known: without any edge, or with one of a known size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.market.bars import Bars, Origin
from engine.market.instrument import Instrument
from engine.market.interval import Interval, parse_instant

Floats = NDArray[np.float64]
Market = Callable[[np.random.Generator, int], Floats]

HOURLY_DEVIATION = 0.006  # about 56% a year
_YEAR = 8760
_START = parse_instant("2020-01-01", "start")


def driftless(rng: np.random.Generator, hours: int) -> Floats:
    """Logarithmic returns of a random walk."""
    return rng.normal(0.0, HOURLY_DEVIATION, hours)


def rising(rng: np.random.Generator, hours: int) -> Floats:
    """A walk that gains 60% a year on average, in volatility that comes in clusters of about three days."""
    deviation = HOURLY_DEVIATION * np.exp(_wandering(rng, hours, half_life=72, deviation=0.6) - 0.18)
    return np.log(1.6) / _YEAR + deviation * rng.normal(0.0, 1.0, hours)


def shuffled(real: Floats) -> Market:
    """Days of a real series in random order, and the hours of none of them.

    Args:
        real: closes of hourly bars.
    """

    def market(rng: np.random.Generator, hours: int) -> Floats:
        returns = np.diff(np.log(real))
        first = int(rng.integers(max(1, len(returns) - hours + 1)))
        days = returns[first : first + hours]
        days = days[: len(days) // 24 * 24].reshape(-1, 24)
        return days[rng.permutation(len(days))].ravel()

    return market


def trending(strength: float, half_life: int = 60) -> Market:
    """A walk with a hidden drift that comes and goes.

    Args:
        strength: deviation of the drift in those of the hourly returns.
        half_life: of the drift, hours.
    """

    def market(rng: np.random.Generator, hours: int) -> Floats:
        drift = _wandering(rng, hours, half_life, strength * HOURLY_DEVIATION)
        return drift + rng.normal(0.0, HOURLY_DEVIATION, hours)

    return market


def reverting(strength: float, half_life: int = 30) -> Market:
    """A walk around which the price swings and to which it comes back.

    Args:
        strength: deviation of the swing in those of the hourly returns.
        half_life: of the swing, hours.
    """

    def market(rng: np.random.Generator, hours: int) -> Floats:
        swing = _wandering(rng, hours, half_life, strength * HOURLY_DEVIATION)
        return np.diff(swing, prepend=0.0) + rng.normal(0.0, HOURLY_DEVIATION, hours)

    return market


def hourly_bars(instrument: Instrument, returns: Floats, rng: np.random.Generator) -> Bars:
    """Bars whose closes follow the logarithmic returns; each opens at the close before."""
    hours = len(returns)
    close = 100.0 * np.exp(np.cumsum(returns))
    opening = np.concatenate(([100.0], close[:-1]))
    wicks = np.abs(rng.normal(0.0, HOURLY_DEVIATION / 2, (2, hours)))
    columns = {
        "open_time": _START + np.arange(hours) * Interval.H1.milliseconds,
        "open": opening,
        "high": np.maximum(opening, close) * np.exp(wicks[0]),
        "low": np.minimum(opening, close) * np.exp(-wicks[1]),
        "close": close,
        "volume": np.full(hours, 1000.0),
    }
    return Bars.checked(instrument, Interval.H1, columns, Origin.SYNTHETIC)


def _wandering(rng: np.random.Generator, hours: int, half_life: int, deviation: float) -> Floats:
    """An Ornstein-Uhlenbeck process at rest: it forgets half of where it was every `half_life` hours."""
    from scipy.signal import lfilter

    kept = 0.5 ** (1.0 / half_life)
    pushes = rng.normal(0.0, deviation, hours)
    return lfilter([np.sqrt(1.0 - kept**2)], [1.0, -kept], pushes)

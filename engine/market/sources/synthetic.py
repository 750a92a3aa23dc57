"""A made-up market for tests and for demonstrations without data; always labelled synthetic.

Returns follow GARCH(1,1) with Student t shocks (volatility clusters, fat tails; Bollerslev 1987), each bar's
high and low come from a path inside the bar, volume follows the bar's range, and funding is an autoregression
around 1 bp per 8 hours. There is no edge in it: the drift is zero.
"""

from __future__ import annotations

import numpy as np

from engine.errors import InvalidInput
from engine.market.bars import Bars, Floats, FundingRates, MarketData, Origin, Times
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval

VENUE = "synthetic"
FUNDING_EVERY_MS = 8 * 3_600_000
START_MS = 1_672_531_200_000  # 2023-01-01

_ANNUAL_VOLATILITY = 0.6
_ARCH, _GARCH = 0.08, 0.90
_DEGREES_OF_FREEDOM = 4.0
_LARGEST_SHOCK = 10.0
_PATH_STEPS = 12
_FIRST_PRICE = 20_000.0
_DECIMALS = 2


def synthetic_market(
    instrument_symbol: str = "SYNTHUSDT",
    interval: Interval = Interval.H1,
    bars: int = 8760,
    seed: int = 1,
    start_ms: int = START_MS,
) -> MarketData:
    """Bars and funding of `synthetic:linear:{instrument_symbol}`; the same arguments give the same numbers.

    Args:
        bars: how many, at least 1.
        start_ms: earliest open time, UTC ms; moved up to the interval's grid.

    Raises:
        InvalidInput: no bars were asked for.
    """
    if bars < 1:
        raise InvalidInput(f"{bars} bars cannot be made up.", "Ask for at least 1.")
    instrument = Instrument(VENUE, Category.LINEAR, instrument_symbol)
    step = interval.milliseconds
    first = start_ms + (interval.anchor_ms - start_ms) % step
    times = first + step * np.arange(bars, dtype=np.int64)
    rng = np.random.Generator(np.random.PCG64(seed))
    columns = {"open_time": times, **_prices(rng, bars, _ANNUAL_VOLATILITY / interval.bars_per_year**0.5)}
    made = Bars.checked(instrument, interval, columns, Origin.SYNTHETIC)
    stamps = np.arange(-(-first // FUNDING_EVERY_MS) * FUNDING_EVERY_MS, made.end_ms, FUNDING_EVERY_MS)
    if not len(stamps):
        return MarketData(made)
    rates = _funding(rng, stamps, made)
    return MarketData(made, FundingRates.checked(instrument, stamps, rates, Origin.SYNTHETIC))


def _prices(rng: np.random.Generator, bars: int, usual: float) -> dict[str, Floats]:
    """OHLCV of a path whose bars have the volatility `usual` in the long run."""
    spread = (_DEGREES_OF_FREEDOM / (_DEGREES_OF_FREEDOM - 2)) ** 0.5
    shocks = np.clip(rng.standard_t(_DEGREES_OF_FREEDOM, bars) / spread, -_LARGEST_SHOCK, _LARGEST_SHOCK)
    volatility = usual * _clustered(shocks)
    path = _bridges(rng, bars) * volatility[:, None]
    path += np.linspace(1 / _PATH_STEPS, 1, _PATH_STEPS) * (volatility * shocks)[:, None]
    closes = np.cumsum(path[:, -1])
    opens = np.concatenate([[0.0], closes[:-1]])
    log_prices = np.column_stack([np.zeros(bars), path]) + opens[:, None]
    prices = np.maximum(np.round(_FIRST_PRICE * np.exp(log_prices), _DECIMALS), 10.0**-_DECIMALS)
    high, low = prices.max(axis=1), prices.min(axis=1)
    activity = np.log(high / low) / usual + 0.1
    volume: Floats = (100 * activity * rng.lognormal(0, 0.4, bars)).round(3)
    return {"open": prices[:, 0], "high": high, "low": low, "close": prices[:, -1], "volume": volume}


def _clustered(shocks: Floats) -> Floats:
    """GARCH(1,1) volatility, 1 in the long run, of bars with these shocks."""
    variance, variances = 1.0, np.empty(len(shocks))
    for at, shock in enumerate(shocks.tolist()):
        variances[at] = variance
        variance = (1 - _ARCH - _GARCH) + (_ARCH * shock * shock + _GARCH) * variance
    return np.sqrt(variances)


def _bridges(rng: np.random.Generator, bars: int) -> Floats:
    """Paths that wander inside each bar and end where they began; unit volatility."""
    walks = np.cumsum(rng.standard_normal((bars, _PATH_STEPS)), axis=1) / _PATH_STEPS**0.5
    return walks - np.linspace(1 / _PATH_STEPS, 1, _PATH_STEPS) * walks[:, -1:]


def _funding(rng: np.random.Generator, stamps: Times, bars: Bars) -> Floats:
    """Rates that remember the one before and lean with the last day's return."""
    noise = rng.standard_normal(len(stamps)) * 4e-5
    at = np.clip(np.searchsorted(bars.open_time, stamps, "right") - 1, 0, len(bars) - 1)
    day = max(1, 86_400_000 // bars.interval.milliseconds)
    lean = 1e-3 * np.log(bars.open[at] / bars.open[np.maximum(at - day, 0)])
    rates, rate = np.empty(len(stamps)), 0.0
    for place, push in enumerate((noise + lean).tolist()):
        rate = 0.85 * rate + push
        rates[place] = rate
    return np.round(np.clip(1e-4 + rates, -0.00375, 0.00375), 8)

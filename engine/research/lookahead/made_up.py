"""Made-up bars for the replay: rich enough that most strategies act on them, and the same every time.

Regimes of drift and volatility, a long rise, a crash with its recovery, quiet weeks, jumps at the open;
volume that follows volatility and the hour, with rare bursts. Prices are on ticks, as recorded ones are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.market.bars import Bars, Floats, Origin
from engine.market.instrument import Category, Instrument
from engine.market.interval import DAY_MS, Interval

_START_MS = 1_672_819_200_000  # 2023-01-04 08:00, in the middle of a week and of a day
_TICK = 3e-6  # of the first price


@dataclass(frozen=True, slots=True)
class Kind:
    """One made-up market.

    Attributes:
        share_missing: share of the bars that are absent, as in markets that stood still.
    """

    name: str
    interval: Interval
    bars: int
    first_price: float
    drift: float = 0.0
    share_missing: float = 0.0


# The first is replayed in full; the others widen the search: other lengths, intervals and price levels.
KINDS = (
    Kind("1,500 made-up hourly bars", Interval.H1, 1500, 30_000.0),
    Kind("1,500 made-up daily bars", Interval.D1, 1500, 250.0),
    Kind("3,000 made-up 5-minute bars", Interval.M5, 3000, 1_800.0, drift=0.03),
    Kind("1,200 made-up 4-hour bars with gaps", Interval.H4, 1200, 0.6, drift=-0.02, share_missing=0.01),
)


def made_up_bars(kind: Kind, seed: int) -> Bars:
    """Bars of a kind; the same seed gives the same numbers."""
    rng = np.random.Generator(np.random.PCG64([seed, kind.bars, kind.interval.milliseconds // 60_000]))
    step = kind.interval.milliseconds
    usual = 0.65 / kind.interval.bars_per_year**0.5
    first = _START_MS + (kind.interval.anchor_ms - _START_MS) % step
    times = first + step * np.arange(kind.bars, dtype=np.int64)
    drift, volatility = _regimes(rng, kind)
    shocks = np.clip(rng.standard_t(5.0, kind.bars) / (5.0 / 3.0) ** 0.5, -8.0, 8.0)
    bodies = usual * (drift + volatility * shocks)
    jumps = np.where(rng.random(kind.bars) < 0.06, usual * volatility * rng.normal(0.0, 1.5, kind.bars), 0.0)
    columns = _prices(rng, kind.first_price, jumps, bodies, usual * volatility)
    columns["volume"] = _volume(rng, times, volatility, shocks)
    kept = rng.random(kind.bars) >= kind.share_missing
    kept[[0, -1]] = True
    made_up = Instrument("synthetic", Category.LINEAR, "REPLAYUSDT")
    rows = {"open_time": times[kept], **{name: column[kept] for name, column in columns.items()}}
    return Bars.checked(made_up, kind.interval, rows, Origin.SYNTHETIC)


def _regimes(rng: np.random.Generator, kind: Kind) -> tuple[Floats, Floats]:
    """Drift and volatility per bar, in usual standard deviations."""
    drift, volatility = np.zeros(kind.bars), np.ones(kind.bars)
    at = 0
    while at < kind.bars:
        length = int(rng.integers(30, 140))
        drift[at : at + length] = rng.choice([-0.3, -0.1, 0.0, 0.1, 0.3])
        volatility[at : at + length] = rng.choice([0.4, 0.8, 1.2, 2.2])
        at += length
    third, half = kind.bars // 3, kind.bars // 2
    drift[third : third + 160] = 0.25
    drift[half : half + 14], volatility[half : half + 14] = -2.5, 2.5
    drift[half + 14 : half + 60], volatility[half + 14 : half + 60] = 0.6, 1.8
    quiet = kind.bars * 4 // 5
    drift[quiet : quiet + 70], volatility[quiet : quiet + 70] = 0.0, 0.15
    return drift + kind.drift, volatility


def _prices(
    rng: np.random.Generator, first_price: float, jumps: Floats, bodies: Floats, spread: Floats
) -> dict[str, Floats]:
    ends = np.cumsum(jumps + bodies)
    tick = first_price * _TICK

    def on_ticks(log_price: Floats) -> Floats:
        return np.maximum(np.round(first_price * np.exp(log_price) / tick), 1.0) * tick

    opened, closed = on_ticks(ends - bodies), on_ticks(ends)
    top, bottom = np.maximum(ends - bodies, ends), np.minimum(ends - bodies, ends)
    rows = len(ends)
    high = np.maximum(on_ticks(top + spread * rng.exponential(0.5, rows)), np.maximum(opened, closed))
    low = np.minimum(on_ticks(bottom - spread * rng.exponential(0.5, rows)), np.minimum(opened, closed))
    return {"open": opened, "high": high, "low": low, "close": closed}


def _volume(rng: np.random.Generator, times: np.ndarray, volatility: Floats, shocks: Floats) -> Floats:
    hour = (times % DAY_MS) / DAY_MS
    rhythm = 1.0 + 0.5 * np.sin(2.0 * np.pi * (hour - 0.3))
    bursts = np.where(rng.random(len(times)) < 0.03, rng.uniform(4.0, 12.0, len(times)), 1.0)
    calm = rng.lognormal(0.0, 0.35, len(times))
    return np.round(100.0 * rhythm * (0.4 + 0.6 * volatility * (0.5 + np.abs(shocks))) * bursts * calm, 3)

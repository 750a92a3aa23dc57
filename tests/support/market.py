"""Made-up series for tests of the market packages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.market.bars import COLUMNS, Bars, FundingRates, Origin
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.sources.synthetic import synthetic_market

BTC = Instrument("bybit", Category.LINEAR, "BTCUSDT")
START_MS = 1_704_067_200_000  # 2024-01-01, a Monday
HOUR_MS = 3_600_000


def made_bars(
    rows: int,
    *,
    interval: Interval = Interval.H1,
    instrument: Instrument = BTC,
    origin: Origin = Origin.FILE,
    start_ms: int = START_MS,
    seed: int = 1,
) -> Bars:
    """Bars of a made-up market under another name and origin."""
    bars = synthetic_market(interval=interval, bars=rows, seed=seed, start_ms=start_ms).bars
    return renamed(bars, instrument, origin)


def renamed(bars: Bars, instrument: Instrument = BTC, origin: Origin = Origin.FILE) -> Bars:
    """The same bars under another name and origin."""
    names = ("open_time", "open", "high", "low", "close", "volume")
    return Bars.checked(instrument, bars.interval, {name: getattr(bars, name) for name in names}, origin)


def made_funding(
    rows: int,
    *,
    instrument: Instrument = BTC,
    origin: Origin = Origin.FILE,
    start_ms: int = START_MS,
    every_ms: int = 8 * HOUR_MS,
) -> FundingRates:
    """Funding with a rate that differs at each stamp."""
    stamps = start_ms + every_ms * np.arange(rows, dtype=np.int64)
    return FundingRates.checked(instrument, stamps, 1e-4 + 1e-7 * np.arange(rows), origin)


def same_bars(one: Bars, other: Bars) -> bool:
    """Whether two series hold the same rows."""
    return list(one.column_bytes()) == list(other.column_bytes())


def holed(bars: Bars, absent: float, seed: int) -> Bars:
    """The same without a random share of the bars; the first and the last stay."""
    there = np.random.default_rng(seed).random(len(bars)) >= absent
    there[[0, -1]] = True
    return _rows(bars, np.flatnonzero(there))


def altered_after(bars: Bars, cut: int, seed: int) -> Bars:
    """The same before `cut`; from it on other prices and volumes."""
    factor = np.ones(len(bars))
    factor[cut:] = np.random.default_rng(seed).uniform(0.2, 5.0, len(bars) - cut)
    return replace(bars, **{name: getattr(bars, name) * factor for name in COLUMNS})


def _rows(bars: Bars, at: np.ndarray) -> Bars:
    return replace(bars, **{name: getattr(bars, name)[at] for name in ("open_time", *COLUMNS)})

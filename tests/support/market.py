"""Made-up series for tests of the market packages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from engine.market.bars import COLUMNS, Bars, FundingRates, MarketData, Origin
from engine.market.instrument import Category, Instrument, parse_instrument
from engine.market.interval import Interval, parse_interval
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


def real_bars(folder: Path, name: str) -> Bars:
    """Recorded bars, from the folder of real market files."""
    venue, category, symbol, interval = name.split("_")[:4]
    rows = parquet.read_table(folder / f"{name}.parquet")
    columns = {column: rows[column].to_numpy() for column in COLUMNS}
    columns["open_time"] = rows["timestamp"].to_numpy()
    instrument = parse_instrument(f"{venue}:{category}:{symbol}")
    return Bars.checked(instrument, parse_interval(interval), columns, Origin.FILE)


def real_perpetual(folder: Path, name: str) -> MarketData:
    """Recorded bars of a perpetual with its funding and mark prices."""
    bars = real_bars(folder, name)
    rows = parquet.read_table(folder / "bybit_linear_funding.parquet")
    ours = rows["symbol"].to_numpy() == bars.instrument.symbol
    times, rates = (rows[column].to_numpy()[ours] for column in ("timestamp", "funding_rate"))
    funding = FundingRates.checked(bars.instrument, times, rates, Origin.FILE)
    return MarketData(bars, funding, real_bars(folder, f"{name}_mark"))

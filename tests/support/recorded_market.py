"""Recorded bars, funding and mark prices from the folder of market files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyarrow.parquet as parquet

from engine.market.bars import COLUMNS, Bars, FundingRates, MarketData, Origin
from engine.market.instrument import Instrument, parse_instrument
from engine.market.interval import parse_interval

_CATEGORIES = {"spot": "spot", "linear": "linear", "usdm": "linear"}


@cache
def recorded_names(folder: Path) -> tuple[str, ...]:
    """Names of the files of traded bars, sorted."""
    others = ("_mark", "_quotes", "_funding")
    return tuple(sorted(path.stem for path in folder.glob("*.parquet") if not path.stem.endswith(others)))


@cache
def recorded_market(folder: Path, name: str) -> MarketData:
    """A file's bars; for a perpetual with its funding and mark prices, where the folder has them."""
    bars = _bars(folder / f"{name}.parquet")
    mark = folder / f"{name}_mark.parquet"
    return MarketData(bars, _funding(folder, bars.instrument), _bars(mark) if mark.exists() else None)


def _bars(path: Path) -> Bars:
    venue, category, symbol, interval = path.stem.split("_")[:4]
    rows = parquet.read_table(path)
    columns = {column: rows[column].to_numpy() for column in COLUMNS}
    columns["open_time"] = rows["timestamp"].to_numpy()
    instrument = parse_instrument(f"{venue}:{_CATEGORIES[category]}:{symbol}")
    return Bars.checked(instrument, parse_interval(interval), columns, Origin.FILE)


def _funding(folder: Path, instrument: Instrument) -> FundingRates | None:
    if not instrument.category.is_derivative or instrument.venue != "bybit":
        return None
    path = folder / "bybit_linear_funding.parquet"
    if not path.exists():
        return None
    rows = parquet.read_table(path)
    ours = rows["symbol"].to_numpy() == instrument.symbol
    times, rates = (rows[column].to_numpy()[ours] for column in ("timestamp", "funding_rate"))
    return FundingRates.checked(instrument, times, rates, Origin.FILE)

"""What both sides of the search's benchmark do: the same bars, costs, rule, ranges, sampler and seed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import COLUMNS, Bars, Origin
from engine.market.instrument import parse_instrument
from engine.market.interval import parse_interval
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition

_SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
REQUEST = "long when the 20 sma crosses above the 100 sma, leave when it crosses below"
CASH, TAKER_BPS = 10_000.0, 5.5
SETUP = Setup(Costs(TAKER_BPS, TAKER_BPS, FixedSlippage(0.0)), CASH)
SEED = 7


@dataclass(frozen=True, slots=True)
class Series:
    """A recorded series, and the category that stands for it here; its bars are cut to a number of rows."""

    file: str
    instrument: str
    interval: str


FIVE_MINUTES = Series("bybit_linear_BTCUSDT_5m", "bybit:linear:BTCUSDT", "5m")
HOURLY = Series("binance_spot_BTCUSDT_1h", "binance:spot:BTCUSDT", "1h")


def text() -> str:
    """The text that the composer writes for the request."""
    composed = compose(REQUEST, interval=parse_interval(FIVE_MINUTES.interval))
    assert isinstance(composed, Composition)
    return composed.code


def bars_of(series: Series, rows: int) -> Bars:
    """The first rows of a recorded series; made-up ones where the recorded are absent."""
    instrument, interval = parse_instrument(series.instrument), parse_interval(series.interval)
    path = _SHARED / "data" / f"{series.file}.parquet"
    if path.exists():
        columns, origin = _recorded(path, rows), Origin.FILE
    else:
        from engine.market.sources.synthetic import synthetic_market

        made = synthetic_market(interval=interval, bars=rows).bars
        columns = {name: getattr(made, name) for name in ("open_time", *COLUMNS)}
        origin = Origin.SYNTHETIC
    return Bars.checked(instrument, interval, columns, origin)


def _recorded(path: Path, rows: int) -> dict[str, NDArray[np.float64]]:
    import pyarrow.parquet as parquet

    table = parquet.read_table(path).slice(0, rows)
    columns = {name: table[name].to_numpy() for name in COLUMNS}
    return {**columns, "open_time": table["timestamp"].to_numpy()}

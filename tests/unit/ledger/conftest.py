"""A laboratory on made-up hourly bars of BTC, whose strategies run in this process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.ambient import Ambient
from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.market.bars import Bars, Origin
from engine.market.instrument import Instrument, parse_instrument
from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.research.backtesting import BacktestRequest, CompletedRun, Laboratory, Window
from engine.store.store import Store
from tests.support.hourly_bars import hourly_rows
from tests.support.trusted_loader import TrustedLoader

BTC = parse_instrument("bybit:linear:BTCUSDT")


def bars(count: int = 4_000, instrument: Instrument = BTC, seed: int = 1) -> Bars:
    table = np.array(hourly_rows(count, seed))
    names = ("open_time", "open", "high", "low", "close", "volume")
    columns = {name: table[:, i] for i, name in enumerate(names)}
    return Bars.checked(instrument, Interval.H1, columns, Origin.FILE)


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    counter = itertools.count(1_700_000_000_000)
    lake = Lake(tmp_path / "lake")
    lake.append(bars())
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", Ambient(now_ms=lambda: next(counter))) as store:
        yield Laboratory(lake, store, TrustedLoader())


@pytest.fixture
def tried(laboratory: Laboratory) -> Callable[..., CompletedRun]:
    """Runs a text under a name."""

    def run(name: str, code: str, window: Window | None = None, **params: float) -> CompletedRun:
        return laboratory.run(
            BacktestRequest(
                name=name,
                code=code,
                strategy_id=None,
                origin="user",
                instrument=BTC,
                interval=Interval.H1,
                window=window or Window(),
                params=params,
                setup=Setup(Costs(2.0, 5.5)),
            )
        )

    return run

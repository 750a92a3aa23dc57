"""A recorded run to bundle, and the ways to spoil a bundle."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.ambient import Ambient
from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.market.bars import Bars, FundingRates, Origin
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.research.backtesting import BacktestRequest, Laboratory, Window
from engine.research.bundle.seal import opened, sealed
from engine.research.bundle.writing import bundle
from engine.store.store import Store
from tests.support.hourly_bars import HOUR_MS, START_MS, hourly_rows
from tests.support.trusted_loader import TrustedLoader

BTC = parse_instrument("bybit:linear:BTCUSDT")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CROSS = '''"""Trends persist."""
PARAMS = {"n": {"default": 20, "low": 2, "high": 200}}


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(params["n"]).mean()
    return pd.DataFrame({"long_entry": up, "long_exit": ~up, "stop_loss": 0.05}, index=df.index)
'''


def hourly_bars(count: int = 1_000, interval: Interval = Interval.H1, **changed: Any) -> Bars:
    """Made-up bars; `changed` holds the closes of bars by position, e.g. bar_300=101.0."""
    table = np.array(hourly_rows(count))
    table[:, 0] = START_MS + interval.milliseconds * np.arange(count)
    for name, close in changed.items():
        row = int(name.removeprefix("bar_"))
        table[row, 2], table[row, 3] = max(table[row, 2], close), min(table[row, 3], close)
        table[row, 4] = close
    names = ("open_time", "open", "high", "low", "close", "volume")
    return Bars.checked(BTC, interval, {n: table[:, i] for i, n in enumerate(names)}, Origin.FILE)


def funding(hours: int = 1_000) -> FundingRates:
    """Settlements every eight hours."""
    time = START_MS + 8 * HOUR_MS * np.arange(1, hours // 8)
    return FundingRates.checked(BTC, time, np.full(len(time), 0.0001), Origin.FILE)


def laboratory(folder: Path, *series: Bars | FundingRates) -> Laboratory:
    """A home of its own with these series."""
    counter = itertools.count(1_700_000_000_000)
    lake = Lake(folder / "lake")
    for one in series:
        lake.append(one)
    store = Store.open(f"sqlite:///{folder / 'store.db'}", Ambient(now_ms=lambda: next(counter)))
    return Laboratory(lake, store, TrustedLoader())


def recorded(lab: Laboratory, **changes: Any) -> str:
    """The id of a run of the cross, on record."""
    request: dict[str, Any] = {
        "name": "cross",
        "code": CROSS,
        "strategy_id": None,
        "origin": "user",
        "instrument": BTC,
        "interval": Interval.H1,
        "window": Window(),
        "params": {},
        "setup": Setup(Costs(2.0, 5.5)),
    }
    return lab.run(BacktestRequest(**{**request, **changes})).document.run_id


def bundled(lab: Laboratory, **changes: Any) -> bytes:
    """The bundle of a run that is made for it."""
    return bundle(lab.store, recorded(lab, **changes), KEY)


def changed(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The bundle with something else in it, signed anew: what its maker could have written."""
    fields = json.loads(opened(content)[0])
    change(fields)
    return sealed(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode(), KEY)

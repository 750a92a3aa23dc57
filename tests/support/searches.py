"""Laboratories and requests for tests of searches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.market.bars import Bars
from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.research.backtesting import Laboratory, Window
from engine.research.search.request import SearchRequest
from engine.store.store import Store
from engine.strategy.port import StrategyLoader
from tests.support.market import BTC, made_bars
from tests.support.trusted_loader import TrustedLoader

CROSS = '''"""Trends persist."""
PARAMS = {
    "fast": {"default": 10, "low": 5, "high": 40},
    "slow": {"default": 50, "low": 20, "high": 120, "step": 5},
    "stop": {"default": 0.05, "low": 0.01, "high": 0.2, "log": True},
}
CONSTRAINTS = ["fast < slow"]


def generate_signals(df, params):
    total = np.cumsum(np.insert(df["close"].to_numpy(), 0, 0.0))
    def mean(n):
        return np.concatenate([np.full(n - 1, np.nan), (total[n:] - total[:-n]) / n])
    up = mean(params["fast"]) > mean(params["slow"])
    return pd.DataFrame({"long_entry": up, "long_exit": ~up, "stop_loss": params["stop"]}, index=df.index)
'''

REQUEST = SearchRequest(
    name="cross",
    code=CROSS,
    strategy_id=None,
    origin="user",
    instrument=BTC,
    interval=Interval.H1,
    window=Window(),
    setup=Setup(Costs(2.0, 5.5)),
    sampler="random",
    trials=40,
)


def request(**changes: object) -> SearchRequest:
    """The request with some fields changed."""
    return replace(REQUEST, **changes)


def laboratory(folder: Path, *, bars: Bars | None = None, loader: StrategyLoader | None = None) -> Laboratory:
    """A laboratory with a lake and a database of its own."""
    lake = Lake(folder / "lake")
    if lake.longest_span("BTC") is None:
        lake.append(made_bars(2_000) if bars is None else bars)
    return Laboratory(lake, Store.open(f"sqlite:///{folder / 'store.db'}"), loader or TrustedLoader())

"""Random markets, setups and signals from one seed, with every cost and market rule that signal runs know."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.backtest.setup import Setup
from engine.backtest.sizing import (
    CappedKelly,
    DrawdownScaling,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    Sizing,
    VolatilityTarget,
)
from engine.market.bars import MarketData
from engine.strategy.signals import FLAG_COLUMNS, Signals
from tests.support.order_streams import order_world

SIZINGS: tuple[Sizing, ...] = (
    FractionOfEquity(),
    FractionOfEquity(0.3),
    FractionOfEquity(3.0),
    FixedNotional(400.0),
    FixedQuantity(2.5),
    VolatilityTarget(1.0, 5),
    RiskPerTrade(0.02),
    CappedKelly(0.8, 0.5, 3, 0.2),
)


@dataclass(frozen=True)
class SignalWorld:
    """One random market with a setup and signals."""

    market: MarketData
    setup: Setup
    signals: Signals


def signal_world(seed: int, bars: int = 60) -> SignalWorld:
    """The world of a seed: the market of the order world, with sizing and drawdown scaling drawn besides."""
    base = order_world(seed, bars)
    rng = np.random.default_rng([seed, 1])
    scaling = DrawdownScaling(0.4, 0.1) if rng.random() < 0.3 else None
    sizing = SIZINGS[rng.integers(len(SIZINGS))]
    setup = replace(base.setup, sizing=sizing, drawdown_scaling=scaling)
    busy = rng.choice([0.05, 0.2, 0.5])
    flags = {name: rng.random(bars) < busy for name in FLAG_COLUMNS}
    scale = rng.choice([0.01, 0.04, 0.2])
    columns = {
        name: np.where(rng.random(bars) < 0.7, np.round(rng.uniform(0.001, scale, bars), 4), np.nan)
        for name in ("stop_loss", "take_profit", "trailing_stop")
        if rng.random() < 0.6
    }
    if rng.random() < 0.5:
        columns["size"] = np.where(rng.random(bars) < 0.5, np.round(rng.random(bars), 3), np.nan)
    return SignalWorld(base.market, setup, Signals(**flags, **columns))

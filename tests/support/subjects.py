"""Runs laid open for diagnosis, on made-up markets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.market.bars import Bars, MarketData
from engine.research.subject import Subject
from engine.strategy.library import catalogue
from engine.strategy.port import Strategy
from engine.strategy.signals import Signals
from tests.support.market import made_bars
from tests.support.trusted_loader import TrustedStrategy


def subject_of(
    market: Bars | MarketData,
    signals: Signals,
    setup: Setup | None = None,
    *,
    strategy: Strategy | None = None,
    params: Mapping[str, float] | None = None,
) -> Subject:
    """A subject with these signals; without a strategy, the ready moving average cross stands there."""
    data = MarketData(market) if isinstance(market, Bars) else market
    setup = setup or Setup.defaults(data.bars.instrument.category)
    strategy = strategy or TrustedStrategy(catalogue.text("sma_cross"))
    resolved = strategy.spec.resolve(params or {})
    return Subject(strategy, data, resolved, setup, None, signals, simulate_with(data, signals, setup))


def ready_subject(
    name: str = "sma_cross",
    rows: int = 2_000,
    setup: Setup | None = None,
    params: Mapping[str, float] | None = None,
    *,
    market: MarketData | None = None,
) -> Subject:
    """A ready strategy on made-up bars."""
    data = market or MarketData(made_bars(rows))
    strategy = TrustedStrategy(catalogue.text(name))
    signals = strategy.signals(data.bars, strategy.spec.resolve(params or {}))
    return subject_of(data, signals, setup, strategy=strategy, params=params)


def random_signals(bars: int, seed: int, *, held: int = 20, idle: int = 40, shorts: bool = False) -> Signals:
    """Entries and exits by chance, with these means of bars held and idle; without any skill."""
    rng = np.random.default_rng(seed)
    flags = np.zeros((4, bars), np.bool_)
    row = int(rng.geometric(1.0 / idle))
    while row < bars:
        end = row + int(rng.geometric(1.0 / held))
        pair = 2 if shorts and rng.random() < 0.5 else 0
        flags[pair, row] = True
        if end < bars:
            flags[pair + 1, end] = True
        row = end + int(rng.geometric(1.0 / idle))
    return Signals(*flags)


def drifting(bars: Bars, annual: float) -> Bars:
    """The same bars with a steady growth of the logarithm by `annual` a year."""
    factor = np.exp(annual / bars.interval.bars_per_year * np.arange(len(bars)))
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bars, **prices)

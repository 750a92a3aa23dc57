"""Random runs for engines to agree on: a window of bars, signals, and how to trade them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage, HalfSpread, Slippage, VolatilityShare
from engine.market.bars import COLUMNS, Bars, MarketData
from engine.market.interval import Interval
from engine.market.sources.synthetic import synthetic_market
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from tests.support.recorded_market import recorded_market, recorded_names

CASH = 10_000.0
_BARS = (200, 5_000)
_DENSITIES = (0.003, 0.02, 0.1, 0.4)
_SYNTHETIC = (Interval.M5, Interval.H1, Interval.D1)


@dataclass(frozen=True, eq=False)
class Case:
    """One run; the same seed and number make the same one."""

    seed: int
    number: int
    source: str
    market: MarketData
    signals: Signals
    setup: Setup

    @property
    def features(self) -> tuple[str, ...]:
        """What of the engine the run uses, in words."""
        signals, setup = self.signals, self.setup
        category = self.market.bars.instrument.category
        has = {
            "spot": not category.is_derivative,
            "perpetual": category.is_derivative,
            "shorts": bool(signals.short_entry.any()) and category.is_derivative,
            "long only": not (signals.short_entry.any() and category.is_derivative),
            "funding": self.charges_funding,
            "stop loss": signals.stop_loss is not None,
            "trailing stop": signals.trailing_stop is not None,
            "take profit": signals.take_profit is not None,
            "size": signals.size is not None,
            "share of volatility": isinstance(setup.costs.slippage, VolatilityShare),
            "latency": setup.execution.latency_bars > 0,
        }
        return tuple(name for name, is_there in has.items() if is_there)

    @property
    def charges_funding(self) -> bool:
        """Whether a settlement falls into the window and is charged."""
        funding = self.market.used().funding
        return funding is not None and len(funding) > 0 and self.setup.costs.funding


def draw_case(seed: int, number: int, folder: Path | None) -> Case:
    """A case from recorded bars, or from synthetic ones where `folder` is None."""
    rng = np.random.default_rng([seed, number])
    source, market = _recorded(rng, folder) if folder else _synthetic(rng)
    if rng.random() < 0.25:
        source, market = f"{source}, thinned out", _thinned(rng, market)
    return Case(seed, number, source, market, _signals(rng, market.bars), _setup(rng))


def _recorded(rng: np.random.Generator, folder: Path) -> tuple[str, MarketData]:
    name = str(rng.choice(recorded_names(folder)))
    market = recorded_market(folder, name)
    wanted = min(_length(rng), len(market.bars))
    first = int(rng.integers(0, len(market.bars) - wanted + 1))
    bars = market.bars.rows(first, first + wanted)
    return f"{name} rows {first} to {first + wanted}", MarketData(bars, market.funding, market.mark)


def _synthetic(rng: np.random.Generator) -> tuple[str, MarketData]:
    interval, seed, bars = (
        _SYNTHETIC[rng.integers(0, len(_SYNTHETIC))],
        int(rng.integers(2**31)),
        _length(rng),
    )
    market = synthetic_market(interval=interval, bars=bars, seed=seed)
    return f"synthetic {interval} seed {seed} bars {bars}", market


def _thinned(rng: np.random.Generator, market: MarketData) -> MarketData:
    """The same with bars missing, so that opens jump."""
    bars = market.bars
    kept = rng.random(len(bars)) < rng.choice([0.2, 0.9])
    kept[:2] = True
    columns = {name: getattr(bars, name)[kept] for name in ("open_time", *COLUMNS)}
    thinned = Bars.checked(bars.instrument, bars.interval, columns, bars.origin)
    return MarketData(thinned, market.funding, market.mark)


def _length(rng: np.random.Generator) -> int:
    """Short windows as often as long ones."""
    shortest, longest = np.log(_BARS)
    return round(float(np.exp(rng.uniform(shortest, longest))))


def _signals(rng: np.random.Generator, bars: Bars) -> Signals:
    n = len(bars)
    flags = {name: rng.random(n) < rng.choice(_DENSITIES) for name in FLAG_COLUMNS}
    if rng.random() < 0.4:
        flags |= {"short_entry": np.zeros(n, np.bool_), "short_exit": np.zeros(n, np.bool_)}
    usual = max(float(np.median((bars.high - bars.low) / bars.close)), 1e-4)
    levels: dict[str, Any] = {}
    for name in LEVEL_COLUMNS:
        if rng.random() < 0.5:
            column = rng.random(n) if name == "size" else usual * np.exp(rng.uniform(-1.0, 3.5, n))
            levels[name] = np.where(rng.random(n) < rng.choice([0.0, 0.3]), np.nan, column)
    return Signals(**flags, **levels)


def _setup(rng: np.random.Generator) -> Setup:
    slippage: Slippage = (
        FixedSlippage(float(rng.choice([0.0, 1.0, 10.0]))),
        HalfSpread(float(rng.uniform(0.0, 10.0))),
        VolatilityShare(float(rng.uniform(0.0, 0.1))),
    )[rng.integers(0, 3)]
    taker = float(rng.choice([0.0, 2.0, 5.5, 10.0]))
    maker = float(rng.choice([taker, -1.0, 0.0, 2.0, 10.0]))
    costs = Costs(maker, taker, slippage, funding=bool(rng.random() < 0.25))
    return Setup(costs, cash=CASH, execution=Execution(latency_bars=int(rng.choice([0, 0, 0, 1, 5]))))

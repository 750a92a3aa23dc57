"""Random markets and random signals, from a few drawn numbers and a seeded generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from engine.backtest.costs import Costs
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

HOUR_MS = Interval.H1.milliseconds
_CATEGORIES = (Category.LINEAR, Category.LINEAR, Category.SPOT)


@dataclass(frozen=True)
class Walk:
    """One random world; equal values make equal arrays."""

    seed: int
    bars: int
    volatility: float
    gap: float
    tick: float
    missing_bars: float
    entries: float
    exits: float
    levels: tuple[str, ...]
    level_scale: float
    funding_every_ms: int | None
    mark_known: float
    category: Category
    costs: Costs

    @property
    def instrument(self) -> Instrument:
        return Instrument("bybit", self.category, "BTCUSDT")

    def market(self) -> MarketData:
        rng = np.random.default_rng(self.seed)
        bars = self._bars(rng)
        if self.funding_every_ms is None:
            return MarketData(bars)
        stamps = np.arange(bars.start_ms - HOUR_MS, bars.end_ms + HOUR_MS, self.funding_every_ms)
        rates = rng.normal(0.0005, 0.005, len(stamps))
        funding = FundingRates.checked(self.instrument, stamps, rates, Origin.FILE)
        known = stamps[rng.random(len(stamps)) < self.mark_known]
        known = known[known % (HOUR_MS // 2) == 0]
        price = rng.uniform(80.0, 120.0, len(known))
        columns = dict.fromkeys(("open", "high", "low", "close"), price)
        columns |= {"open_time": known, "volume": np.zeros(len(known))}
        return MarketData(bars, funding, Bars.checked(self.instrument, Interval.M30, columns, Origin.FILE))

    def signals(self) -> Signals:
        rng = np.random.default_rng(self.seed + 1)
        chance = {"long_entry": self.entries, "short_entry": self.entries}
        flags = {name: rng.random(self.bars) < chance.get(name, self.exits) for name in FLAG_COLUMNS}
        levels = {}
        for name in self.levels:
            column = rng.uniform(0.0, 1.2 if name == "size" else self.level_scale, self.bars) + 1e-6
            column = np.minimum(column, 1.0) if name == "size" else column
            column[rng.random(self.bars) < 0.3] = np.nan
            levels[name] = column
        return Signals(**flags, **levels)

    def _bars(self, rng: np.random.Generator) -> Bars:
        steps = rng.normal(0.0, self.volatility, (2, self.bars))
        gaps = rng.normal(0.0, self.gap, self.bars) * (rng.random(self.bars) < 0.3)
        logs = np.cumsum(gaps + steps[0])
        close = 100.0 * np.exp(logs)
        open_ = close * np.exp(-steps[0])
        high = np.maximum(open_, close) * np.exp(np.abs(steps[1]) * rng.random(self.bars))
        low = np.minimum(open_, close) * np.exp(-np.abs(steps[1]) * rng.random(self.bars))
        prices = {"open": open_, "high": high, "low": low, "close": close}
        if self.tick:
            prices = {
                name: np.maximum(np.round(p / self.tick), 1.0) * self.tick for name, p in prices.items()
            }
        hours = np.cumsum(1 + 3 * (rng.random(self.bars) < self.missing_bars))
        columns = {**prices, "open_time": hours * HOUR_MS, "volume": np.ones(self.bars)}
        return Bars.checked(self.instrument, Interval.H1, columns, Origin.FILE)


def _costs() -> st.SearchStrategy[Costs]:
    return st.builds(
        Costs,
        maker_fee_bps=st.sampled_from([0.0, 2.0, -1.0, 50.0]),
        taker_fee_bps=st.sampled_from([0.0, 5.5, 10.0, 300.0]),
        slippage=st.sampled_from([FixedSlippage(bps) for bps in (0.0, 1.0, 30.0, 300.0)]),
        funding=st.sampled_from([True, True, True, False]),
    )


def walks(category: Category | None = None) -> st.SearchStrategy[Walk]:
    """Worlds from calm to wild: in the wild ones shorts are ruined, and gaps jump over stops and targets."""
    return st.builds(
        Walk,
        seed=st.integers(0, 2**32),
        bars=st.integers(2, 120),
        volatility=st.sampled_from([0.001, 0.01, 0.05, 0.3]),
        gap=st.sampled_from([0.0, 0.02, 0.2]),
        tick=st.sampled_from([0.0, 0.0, 0.25]),
        missing_bars=st.sampled_from([0.0, 0.1]),
        entries=st.sampled_from([0.05, 0.3, 0.7]),
        exits=st.sampled_from([0.0, 0.05, 0.4]),
        levels=st.sets(st.sampled_from(LEVEL_COLUMNS)).map(lambda names: tuple(sorted(names))),
        level_scale=st.sampled_from([0.01, 0.05, 0.5, 1.5]),
        funding_every_ms=st.sampled_from([None, HOUR_MS // 2, 4 * HOUR_MS, 8 * HOUR_MS, 2_345_678]),
        mark_known=st.sampled_from([0.0, 0.7, 1.0]),
        category=st.just(category) if category else st.sampled_from(_CATEGORIES),
        costs=_costs(),
    )

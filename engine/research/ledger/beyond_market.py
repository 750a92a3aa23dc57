"""How many independent trials there are once the market is taken out of their returns.

Two strategies that are mostly long move alike because the market moves; what each adds by its own moments may
still be unlike. A test of those moments has been tried as often as they differ.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.market.bars import Bars
from engine.research.ledger.running import counts
from engine.research.returns import PeriodReturns, returns_by_period
from engine.research.statistics.alpha import beyond_market
from engine.research.statistics.clusters import effective_trials
from engine.research.trials import recorded_returns
from engine.store.store import Store


class MarketReturns:
    """Returns of a market by periods of any length that is at least a bar."""

    def __init__(self, bars: Bars) -> None:
        """From bars of the market, n >= 1."""
        self._bars = bars
        self._known: dict[int, PeriodReturns] = {}

    def by(self, period_ms: int) -> PeriodReturns | None:
        """Its returns by periods of this length; None for periods shorter than a bar."""
        bars = self._bars
        if period_ms < bars.interval.milliseconds:
            return None
        if period_ms not in self._known:
            self._known[period_ms] = returns_by_period(
                bars.open_time, bars.close, float(bars.open[0]), period_ms
            )
        return self._known[period_ms]

    def taken_out(self, trial: PeriodReturns) -> PeriodReturns:
        """A trial's returns without the market's share, on the periods of both; unchanged without any."""
        market = self.by(trial.period_ms)
        if market is None:
            return trial
        start, end = max(trial.start_ms, market.start_ms), min(trial.end_ms, market.end_ms)
        own, others = trial.between(start, end), market.between(start, end)
        if not len(own):
            return trial
        rest = beyond_market(own.values, others.values)
        return PeriodReturns(own.start_ms, own.period_ms, rest)


def effective_beyond(store: Store, base_asset: str, market: MarketReturns) -> int:
    """Effective number of independent trials on an asset's research part, beyond the market."""
    holdout = store.holdouts.get(base_asset)
    instant = None if holdout is None else holdout.holdout_from_ms

    def rests() -> Iterator[PeriodReturns]:
        for trial in store.trials.in_order(base_asset):
            if trial.returns is not None and counts(trial, instant):
                own = recorded_returns(trial.returns)
                if np.any(own.values != 0.0):
                    yield market.taken_out(own)

    return effective_trials(list(rests()))

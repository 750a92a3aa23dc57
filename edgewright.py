"""Edgewright's public import: `import edgewright as ew; ew.simulate(...)`. Names load when first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Bars": "engine.market.bars",
    "CappedKelly": "engine.backtest.sizing",
    "CompiledStrategy": "engine.strategy.compiled.form",
    "Costs": "engine.backtest.costs",
    "DrawdownScaling": "engine.backtest.sizing",
    "EdgewrightError": "engine.errors",
    "EqualWeight": "engine.backtest.portfolio.allocation",
    "EventStrategy": "engine.strategy.events",
    "Execution": "engine.backtest.execution",
    "Filters": "engine.market.filters",
    "FixedNotional": "engine.backtest.sizing",
    "FixedQuantity": "engine.backtest.sizing",
    "FixedSlippage": "engine.backtest.slippage",
    "FixedWeights": "engine.backtest.portfolio.allocation",
    "FractionOfEquity": "engine.backtest.sizing",
    "FundingRates": "engine.market.bars",
    "HalfSpread": "engine.backtest.slippage",
    "Instrument": "engine.market.instrument",
    "Interval": "engine.market.interval",
    "InvalidInput": "engine.errors",
    "InverseVolatility": "engine.backtest.portfolio.allocation",
    "Laboratory": "engine.research.backtesting",
    "Lake": "engine.market.lake",
    "Margin": "engine.backtest.margin",
    "MarketData": "engine.market.bars",
    "NotFound": "engine.errors",
    "PortfolioSetup": "engine.backtest.portfolio.setup",
    "Rebalancing": "engine.backtest.portfolio.allocation",
    "Request": "engine.strategy.indicators",
    "RiskPerTrade": "engine.backtest.sizing",
    "SearchRequest": "engine.research.search.request",
    "Setup": "engine.backtest.setup",
    "Signals": "engine.strategy.signals",
    "SquareRootImpact": "engine.backtest.slippage",
    "Store": "engine.store.store",
    "SweepTable": "engine.backtest.sweep_table",
    "VolatilityShare": "engine.backtest.slippage",
    "VolatilityTarget": "engine.backtest.sizing",
    "assess": "engine.research.assessment.assess",
    "declared": "engine.strategy.compiled.form",
    "event_strategy": "engine.strategy.library.events.catalogue",
    "forecast": "engine.research.forecast",
    "on_higher": "engine.strategy.timeframes",
    "resampled": "engine.market.resample",
    "search": "engine.research.search.search",
    "simulate": "engine.backtest.simulate",
    "simulate_events": "engine.backtest.events",
    "simulate_portfolio": "engine.backtest.portfolio.simulate",
    "sweep": "engine.backtest.sweep",
}

__all__ = sorted([*_HOME, "__version__"])  # pyright: ignore[reportUnsupportedDunderAll] - loaded by __getattr__


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"edgewright has no {name!r}; it has {', '.join(sorted(_HOME))}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return list(__all__)

"""One backtest by a compiled form, with what a fresh process needs for it and no more.

python -m benchmarks.engine_single ROWS
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from benchmarks import engine_work as work
from engine.backtest.costs import Costs
from engine.backtest.prepared import prepare, summarise
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import Bars, Origin
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.compiled.form import CompiledForm
from engine.strategy.compiled.library import compiled_form
from engine.strategy.indicators import IndicatorCache
from engine.strategy.library import catalogue
from engine.strategy.signals import Signals
from engine.strategy.spec import code_hash

SETUP = Setup(Costs(work.MAKER_BPS, work.TAKER_BPS, FixedSlippage(0.0)), work.CASH)
FOUR = ("total_return", "sharpe", "max_drawdown", "trades")
Work = Callable[[], Any]


def bars_of(rows: int) -> Bars:
    """The bars of the benchmark."""
    instrument = Instrument("synthetic", Category.LINEAR, "SYNTHUSDT")
    return Bars.checked(instrument, Interval.M1, work.columns_of(rows), Origin.SYNTHETIC)


def sma_cross() -> CompiledForm:
    """The compiled form of the ready strategy."""
    form = compiled_form(code_hash(catalogue.text("sma_cross")))
    assert form is not None
    return form


def four_metrics(bars: Bars, signals: Signals) -> dict[str, Any]:
    """The four figures that every side computes."""
    summary = summarise(prepare(bars, SETUP), signals).summary
    return {name: getattr(summary, name) for name in FOUR}


def single(rows: int) -> Work:
    """One backtest by the compiled form, from bars in memory to four metrics."""
    bars, form, params = bars_of(rows), sma_cross(), dict(zip(("fast", "slow"), work.SINGLE, strict=True))
    return lambda: four_metrics(bars, form.signals(IndicatorCache(bars), params))


if __name__ == "__main__":
    print(single(int(sys.argv[1]))())

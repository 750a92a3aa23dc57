"""A sweep: one strategy on the same bars with many parameter sets, each reduced to its metrics at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing

import numpy as np

from engine.backtest.notices import data_notices
from engine.backtest.parameter_sets import Grid, parameter_sets
from engine.backtest.set_runs import SetRunner
from engine.backtest.setup import Setup
from engine.backtest.sweep_table import METRICS, PeriodTable, SweepTable
from engine.cancellation import Cancellation
from engine.errors import EdgewrightError
from engine.market.bars import Bars, MarketData
from engine.strategy.compiled.form import CompiledStrategy
from engine.strategy.port import Strategy


def sweep(
    market: Bars | MarketData,
    strategy: Strategy | CompiledStrategy,
    grid: Grid,
    setup: Setup | None = None,
    *,
    detail: Bars | None = None,
    period_ms: int | None = None,
    cancellation: Cancellation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SweepTable:
    """Simulate `strategy` with every parameter set of `grid`; each row equals the single simulation.

    A strategy with a compiled form (its own, or that of an unedited ready strategy, found by the hash of its
    text) runs by it on all cores; another one runs as a batch of its loader. Memory holds the table, the bars
    and a bounded cache of indicators, however many sets there are.

    Args:
        market: bars, or bars with the funding and mark prices of a perpetual.
        grid: values per parameter, or parameter sets; see `engine.backtest.parameter_sets`.
        setup: costs, cash, and how orders fill; the instrument's category has defaults.
        detail: finer bars of the same instrument, which tell the order of high and low inside a bar.
        period_ms: length of the periods, at least a bar, whose returns the table is to hold; None for none.
        cancellation: ends the sweep between two sets.
        progress: told how many sets are done, and of how many, from the calling thread.

    Raises:
        InvalidInput: the grid, or fewer than two bars. A single set that fails becomes a row with its error.
        Cancelled: as asked.
        SandboxUnavailable, LimitExceeded: as the strategy's loader says.
    """
    data = MarketData(market) if isinstance(market, Bars) else market
    setup = setup or Setup.defaults(data.bars.instrument.category)
    sets = parameter_sets(strategy.spec, grid)
    runner = SetRunner(data, strategy, setup, detail=detail, period_ms=period_ms)
    returns = _no_returns_yet(runner, len(sets))
    figures = np.full((len(METRICS), len(sets)), math.nan)
    failures: dict[int, EdgewrightError] = {}
    with closing(runner.results(sets)) as results:
        for number, result in enumerate(results):
            if cancellation is not None:
                cancellation.check()
            if isinstance(result, EdgewrightError):
                failures[number] = result
            else:
                figures[:, number] = result.metrics
                if returns is not None:
                    returns.values[number] = result.returns
            if progress is not None:
                progress(number + 1, len(sets))
    return SweepTable(
        sets,
        dict(zip(METRICS, figures, strict=True)),
        failures,
        runner.form,
        data_notices(data, setup.costs),
        returns,
    )


def _no_returns_yet(runner: SetRunner, sets: int) -> PeriodTable | None:
    periods = runner.periods
    if periods is None:
        return None
    return PeriodTable(periods.start_ms, periods.period_ms, np.full((sets, len(periods)), math.nan))

"""A sweep: one strategy on the same bars with many parameter sets, each reduced to its metrics at once."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar, cast

import numpy as np

from engine.backtest.checks import checked
from engine.backtest.notices import data_notices
from engine.backtest.parameter_sets import Grid, ParameterSets, parameter_sets
from engine.backtest.prepared import Prepared, prepare, summarise
from engine.backtest.setup import Setup
from engine.backtest.sweep_table import METRICS, SweepTable
from engine.cancellation import Cancellation
from engine.errors import EdgewrightError, InvalidInput, StrategyFailed
from engine.market.bars import Bars, MarketData
from engine.strategy.compiled.form import CompiledForm, CompiledStrategy
from engine.strategy.compiled.library import compiled_form
from engine.strategy.indicators import IndicatorCache
from engine.strategy.port import Strategy
from engine.strategy.signals import Signals
from engine.strategy.spec import Number

_Item = TypeVar("_Item")
_Out = TypeVar("_Out")
_Figures = tuple[float, ...]
_Result = _Figures | EdgewrightError
_Reducer = Callable[[Signals], _Figures]

_BLOCK = 8  # sets that a worker takes at once: neighbours share indicators


def sweep(
    market: Bars | MarketData,
    strategy: Strategy | CompiledStrategy,
    grid: Grid,
    setup: Setup | None = None,
    *,
    detail: Bars | None = None,
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
    form = strategy.form if isinstance(strategy, CompiledStrategy) else compiled_form(strategy.spec.code_hash)
    reduce = _reducer(prepare(data, setup, detail=detail))
    if form is not None:
        results = _compiled(form, data.bars, sets, reduce)
    else:
        results = _in_the_sandbox(cast(Strategy, strategy), data.bars, sets, reduce)
    figures = np.full((len(METRICS), len(sets)), math.nan)
    failures: dict[int, EdgewrightError] = {}
    with closing(results):
        for number, result in enumerate(results):
            if cancellation is not None:
                cancellation.check()
            if isinstance(result, EdgewrightError):
                failures[number] = result
            else:
                figures[:, number] = result
            if progress is not None:
                progress(number + 1, len(sets))
    return SweepTable(
        sets,
        dict(zip(METRICS, figures, strict=True)),
        failures,
        "text" if form is None else "compiled",
        data_notices(data, setup.costs),
    )


def _reducer(prepared: Prepared) -> _Reducer:
    """A function from signals to the figures of the table."""

    def reduce(signals: Signals) -> _Figures:
        summary, low, high = summarise(prepared, checked(signals, len(prepared)))
        return (*(getattr(summary, name) for name in METRICS[:-2]), low, high)

    return reduce


def _compiled(form: CompiledForm, bars: Bars, sets: ParameterSets, reduce: _Reducer) -> Generator[_Result]:
    """The result of each set, in order, on all cores; indicators are shared."""
    cache = IndicatorCache(bars)

    def results_of(block: range) -> list[_Result]:
        return [result_of(sets[number]) for number in block]

    def result_of(params: Mapping[str, Number]) -> _Result:
        try:
            return reduce(form.signals(cache, params))
        except (InvalidInput, StrategyFailed) as error:
            return error

    blocks = (range(first, min(first + _BLOCK, len(sets))) for first in range(0, len(sets), _BLOCK))
    with closing(_in_threads(results_of, blocks, _cores())) as done:
        for block in done:
            yield from block


def _in_the_sandbox(
    strategy: Strategy, bars: Bars, sets: ParameterSets, reduce: _Reducer
) -> Generator[_Result]:
    """The result of each set, in order, reduced in threads while the loader's batch makes the next ones."""

    def result_of(signals: Signals | StrategyFailed) -> _Result:
        if isinstance(signals, StrategyFailed):
            return signals
        try:
            return reduce(signals)
        except InvalidInput as error:
            return error

    return _in_threads(result_of, strategy.signals_many(bars, sets, tags=False), _cores())


def _in_threads(work: Callable[[_Item], _Out], items: Iterable[_Item], threads: int) -> Generator[_Out]:
    """`work` of each item, in order; items are read in the calling thread, a few ahead of what is yielded."""
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[_Out]] = deque()
        try:
            for item in items:
                ahead.append(pool.submit(work, item))
                if len(ahead) > 2 * threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

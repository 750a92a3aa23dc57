"""Parameter sets of one strategy on one market, each run reduced at once to its figures."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from engine.backtest.checks import checked
from engine.backtest.parameter_sets import ParameterSets
from engine.backtest.periods import Periods
from engine.backtest.prepared import Banded, Prepared, banded, prepare, run, summarise
from engine.backtest.setup import Setup
from engine.backtest.sweep_table import METRICS, Form
from engine.errors import EdgewrightError, InvalidInput, StrategyFailed
from engine.market.bars import Bars, MarketData
from engine.strategy.compiled.form import CompiledForm, CompiledStrategy
from engine.strategy.compiled.library import compiled_form
from engine.strategy.indicators import IndicatorCache
from engine.strategy.port import Strategy
from engine.strategy.signals import Signals
from engine.strategy.spec import Number

Floats = NDArray[np.float64]
Sets = Sequence[Mapping[str, Number]] | ParameterSets
_Item = TypeVar("_Item")
_Out = TypeVar("_Out")
_Reducer = Callable[[Signals], "SetFigures"]

_BLOCK = 8  # sets that a worker takes at once: neighbours share indicators


class SetFigures(NamedTuple):
    """What is kept of one run.

    Attributes:
        metrics: in the order of `METRICS`, NaN where undefined.
        returns: float64[periods], by period; None unless periods were asked for.
    """

    metrics: tuple[float, ...]
    returns: Floats | None


SetResult = SetFigures | EdgewrightError


class SetRunner:
    """Runs parameter sets on a market that is laid out once, batch after batch.

    A strategy with a compiled form (its own, or that of an unedited ready strategy, found by the hash of its
    text) runs by it on all cores; another one runs as a batch of its loader.

    Attributes:
        form: what makes the signals.
        periods: those of the returns; None unless asked for.
    """

    def __init__(
        self,
        market: MarketData,
        strategy: Strategy | CompiledStrategy,
        setup: Setup,
        *,
        detail: Bars | None = None,
        period_ms: int | None = None,
        threads: int | None = None,
    ) -> None:
        """A runner for resolved parameter sets of `strategy`.

        Args:
            detail: finer bars of the same instrument, which tell the order of high and low inside a bar.
            period_ms: length of the periods whose returns are wanted, at least a bar; None for no returns.
            threads: for a compiled form; all cores unless given.

        Raises:
            InvalidInput: fewer than two bars, or data of another instrument.
        """
        own = strategy.form if isinstance(strategy, CompiledStrategy) else None
        self._compiled = own or compiled_form(strategy.spec.code_hash)
        self._strategy = strategy
        self._bars = market.bars
        self._threads = threads or _cores()
        self._cache = IndicatorCache(market.bars)
        prepared = prepare(market, setup, detail=detail)
        self.form: Form = "text" if self._compiled is None else "compiled"
        self.periods = None if period_ms is None else Periods.of(market.bars.open_time, period_ms)
        self._reduce = _reducer(prepared, self.periods)

    def results(self, sets: Sets) -> Generator[SetResult]:
        """The figures of each set, in order, or the error of one that failed.

        Raises:
            SandboxUnavailable, LimitExceeded, Cancelled: as the strategy's loader says.
        """
        if self._compiled is not None:
            return self._by_form(self._compiled, sets)
        return self._by_text(cast(Strategy, self._strategy), sets)

    def _by_form(self, form: CompiledForm, sets: Sets) -> Generator[SetResult]:
        """On all cores; indicators are shared."""

        def results_of(block: range) -> list[SetResult]:
            return [result_of(sets[number]) for number in block]

        def result_of(params: Mapping[str, Number]) -> SetResult:
            try:
                return self._reduce(form.signals(self._cache, params))
            except (InvalidInput, StrategyFailed) as error:
                return error

        size = max(1, min(_BLOCK, len(sets) // self._threads))
        blocks = (range(first, min(first + size, len(sets))) for first in range(0, len(sets), size))
        with closing(_in_threads(results_of, blocks, self._threads)) as done:
            for block in done:
                yield from block

    def _by_text(self, strategy: Strategy, sets: Sets) -> Generator[SetResult]:
        """Reduced in threads while the loader's batch makes the next ones."""

        def result_of(signals: Signals | StrategyFailed) -> SetResult:
            if isinstance(signals, StrategyFailed):
                return signals
            try:
                return self._reduce(signals)
            except InvalidInput as error:
                return error

        return _in_threads(result_of, strategy.signals_many(self._bars, sets, tags=False), self._threads)


def _reducer(prepared: Prepared, periods: Periods | None) -> _Reducer:
    """A function from signals to what is kept of their run."""

    def figures(signals: Signals) -> SetFigures:
        return SetFigures(_metrics(summarise(prepared, checked(signals, len(prepared)))), None)

    def figures_and_returns(signals: Signals) -> SetFigures:
        assert periods is not None
        given = checked(signals, len(prepared))
        outcome = run(prepared, given, recorded=True)
        metrics = _metrics(banded(prepared, given, outcome.summary))
        return SetFigures(metrics, periods.returns(outcome.equity, prepared.setup.cash))

    return figures if periods is None else figures_and_returns


def _metrics(reached: Banded) -> tuple[float, ...]:
    summary, low, high = reached
    return (*(getattr(summary, name) for name in METRICS[:-2]), low, high)


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

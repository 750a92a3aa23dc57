"""Where the sets of a search are run. What comes back, and its order, is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from engine.backtest.set_runs import SetResult, SetRunner
from engine.backtest.setup import Setup
from engine.market.bars import Bars, MarketData
from engine.strategy.port import Strategy
from engine.strategy.spec import Number

Results = Generator[SetResult]
Evaluate = Callable[[Sequence[Mapping[str, Number]]], Results]


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What every set of a search has in common.

    Attributes:
        code: the strategy's text.
        period_ms: length of the periods whose returns the ledger keeps.
    """

    strategy: Strategy
    code: str
    market: MarketData
    setup: Setup
    detail: Bars | None
    period_ms: int


class Backend(Protocol):
    """Runs batches of sets."""

    def running(self, work: Work) -> AbstractContextManager[Evaluate]:
        """Within, a function from whole sets to their results, in their order, as they come.

        Raises:
            ProviderUnavailable: its workers do not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Threads:
    """This process: the kernel on all cores, the text of a strategy in the batch of its loader.

    Attributes:
        threads: for a compiled form; all cores unless given.
    """

    threads: int | None = None

    @contextmanager
    def running(self, work: Work) -> Generator[Evaluate]:
        runner = SetRunner(
            work.market,
            work.strategy,
            work.setup,
            detail=work.detail,
            period_ms=work.period_ms,
            threads=self.threads,
        )
        yield runner.results

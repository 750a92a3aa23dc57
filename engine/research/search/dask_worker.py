"""What a search and the workers of a Dask cluster say to each other. It imports distributed: only
`dask_backend` and the workers themselves import this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from typing import Any

from distributed import Worker
from distributed.diagnostics.plugin import WorkerPlugin
from joblib._dask import DaskDistributedBackend

from engine.backtest.set_runs import SetResult, SetRunner
from engine.backtest.setup import Setup
from engine.errors import ProviderUnavailable
from engine.market.bars import Bars, MarketData
from engine.strategy.port import Strategy, StrategyLoader
from engine.strategy.spec import Number
from engine.version import ENGINE_VERSION


@dataclass(frozen=True, slots=True)
class StrategyRef:
    """A strategy as it travels: its text, and who makes the loader that runs it there.

    Attributes:
        make_loader: pickled, so a function or class that the workers can import, or a `functools.partial`.
    """

    code: str
    make_loader: Callable[[], StrategyLoader]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all sets of a search have in common, as it travels: once to each worker.

    Attributes:
        engine: version of the engine that asks.
        period_ms: length of the periods whose returns the ledger keeps.
    """

    engine: str
    ref: StrategyRef
    market: MarketData
    setup: Setup
    detail: Bars | None
    period_ms: int


@dataclass(frozen=True, slots=True)
class Part:
    """A few whole sets of the search that is known by `ground`."""

    ground: str
    sets: tuple[Mapping[str, Number], ...]


class Laid:
    """A ground in a worker: the market is laid out and the text loaded when the first sets come."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lock = threading.Lock()
        self._runner: SetRunner | None = None
        self._held = ExitStack()

    def runner(self) -> SetRunner:
        """The runner of this process; its worker's threads share it."""
        ground = self._ground
        if ground.engine != ENGINE_VERSION:
            raise ProviderUnavailable(
                f"A Dask worker has engine version {ENGINE_VERSION}, this search {ground.engine}.",
                "Install the same Edgewright on every worker.",
            )
        with self._lock:
            if self._runner is None:
                self._runner = SetRunner(
                    ground.market,
                    self._loaded(ground.ref),
                    ground.setup,
                    detail=ground.detail,
                    period_ms=ground.period_ms,
                    threads=1,
                )
            return self._runner

    def close(self) -> None:
        """End the strategy and its loader, with the processes that they hold."""
        self._held.close()

    def _loaded(self, ref: StrategyRef) -> Strategy:
        loader = ref.make_loader()
        if isinstance(loader, AbstractContextManager):
            self._held.enter_context(loader)
        return self._held.enter_context(closing(loader.load(ref.code)))


class GroundPlugin(WorkerPlugin):
    """Brings a ground to every worker that is there or comes later, and takes it away at the end."""

    def __init__(self, name: str, ground: Ground) -> None:
        self.name = name
        self.ground = ground

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - the plugin's signature
        """A worker has it."""
        _laid[self.name] = Laid(self.ground)

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """The search is over, or the worker."""
        gone = _laid.pop(self.name, None)
        if gone is not None:
            gone.close()


class JoblibBackend(DaskDistributedBackend):
    """joblib's backend, which would do the work itself once a cluster is down to one core."""

    def effective_n_jobs(self, n_jobs: int) -> int:
        library: Any = super()
        return max(2, library.effective_n_jobs(n_jobs))


_laid: dict[str, Laid] = {}


def results_of(part: Part) -> list[SetResult]:
    """The result of each set; no effect besides, so that a part whose worker died is done again elsewhere.

    Raises:
        ProviderUnavailable: another version of the engine.
        StrategyRejected, SandboxUnavailable, LimitExceeded: as the worker's loader says.
    """
    with closing(_laid[part.ground].runner().results(part.sets)) as results:
        return list(results)

"""Core: the composition of the engine, the store and the sandbox that every tool works on.

It is NOT where work is done: it opens each part when it is first asked for, so that an interface may start
before pandas, SQLAlchemy or the sandbox are loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from engine.ambient import Ambient
from tools.settings import Settings, load_settings

if TYPE_CHECKING:
    from engine.market.lake import Lake
    from engine.market.sources.bybit import BybitSource
    from engine.store.store import Store
    from engine.strategy.port import StrategyLoader
    from sandbox.loader import SandboxLoader
    from sandbox.proof.book import ProofBook
    from tools.jobs.desk import JobDesk
    from tools.writer import Writer

WORKER = "tools.jobs.worker"
PartT = TypeVar("PartT")


class Core:
    """The parts, opened once each; safe to share between threads. Close it at the end.

    Args:
        worker_module: what the worker process runs that jobs are handed to.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        ambient: Ambient | None = None,
        *,
        worker_module: str = WORKER,
    ) -> None:
        self.settings = settings or load_settings()
        self.ambient = ambient or Ambient()
        self._worker_module = worker_module
        self._parts: dict[str, object] = {}
        self._vouched: set[str] = set()
        self._lock = threading.RLock()

    @property
    def lake(self) -> Lake:
        """Bars, mark prices and funding on this machine."""

        def opened() -> Lake:
            from engine.market.lake import Lake

            return Lake(self.settings.lake_root)

        return self._part("lake", opened)

    @property
    def store(self) -> Store:
        """Strategies, runs, trials, holdouts and jobs."""

        def opened() -> Store:
            from engine.store.store import Store

            return Store.open(self.settings.store_url, self.ambient)

        return self._part("store", opened)

    @property
    def jobs(self) -> JobDesk:
        """Where long work is handed in and asked about."""

        def opened() -> JobDesk:
            from tools.jobs.desk import JobDesk

            return JobDesk(self.store.jobs, self.settings, self._worker_module)

        return self._part("jobs", opened)

    @property
    def loader(self) -> StrategyLoader:
        """What judges and runs strategy code."""
        return self._sandbox

    def prepare(self) -> None:
        """Warm up in the background what a backtest will need first; for callers who are about to run one."""
        self._sandbox.prepare()

    @property
    def proofs(self) -> ProofBook:
        """The proofs of the sandbox that were made with this home folder."""

        def opened() -> ProofBook:
            from sandbox.proof.book import ProofBook

            return ProofBook(self.settings.proofs_file)

        return self._part("proofs", opened)

    @property
    def bybit(self) -> BybitSource:
        """Bybit's public market data."""

        def opened() -> BybitSource:
            from engine.market.sources.bybit import BybitSource

            return BybitSource(self.settings.bybit_host, ambient=self.ambient)

        return self._part("bybit", opened)

    @property
    def writer(self) -> Writer:
        """What turns an idea into strategy code."""

        def opened() -> Writer:
            from tools.writer import ComposerWriter

            return ComposerWriter()

        return self._part("writer", opened)

    @property
    def _sandbox(self) -> SandboxLoader:
        def opened() -> SandboxLoader:
            from sandbox.loader import SandboxLoader
            from tools.cluster import limits_of

            return SandboxLoader(
                limits=limits_of(self.settings),
                trusted=self._is_ours,
                trust_all=self.settings.trust_code,
                breach=lambda: self.proofs.breach(),
            )

        return self._part("sandbox", opened)

    def vouch(self, code_hash: str) -> None:
        """Say that this very text came from our own composer in this process."""
        self._vouched.add(code_hash)

    def _is_ours(self, code_hash: str) -> bool:
        from engine.strategy.library.catalogue import is_library

        ours = code_hash in self._vouched or is_library(code_hash)
        return ours or self.store.strategies.is_own(code_hash)

    def _part(self, name: str, opened: Callable[[], PartT]) -> PartT:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = opened()
            return cast(PartT, self._parts[name])

    def close(self) -> None:
        """End the sandbox and close the store, where they were opened."""
        with self._lock:
            parts, self._parts = self._parts, {}
        for name in ("sandbox", "bybit", "store"):
            part = parts.get(name)
            if part is not None:
                cast("SandboxLoader | BybitSource | Store", part).close()

    def __enter__(self) -> Core:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

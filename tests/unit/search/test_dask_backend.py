"""A search on Dask workers finds what threads find, also when one of them is killed in the middle."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.errors import InvalidInput, ProviderUnavailable, StrategyFailed, StrategyRejected
from engine.market.bars import Bars
from engine.research.search.dask_backend import Dask
from engine.research.search.request import SearchRequest
from engine.research.search.search import search
from engine.strategy.library import catalogue
from engine.strategy.signals import Signals
from engine.strategy.spec import Number
from sandbox.loader import SandboxLoader
from tests.support.processes import children, wait_until
from tests.support.searches import laboratory, request
from tests.support.trusted_loader import TrustedLoader, TrustedStrategy

READY = request(code=catalogue.text("sma_cross"), sampler="tpe", trials=40)
WRITTEN = request(sampler="genetic", trials=40)


class Stumbling(TrustedStrategy):
    def signals_many(
        self, bars: Bars, sets: Iterable[Mapping[str, Number]], *, tags: bool = True
    ) -> Iterator[Signals | StrategyFailed]:
        for params in sets:
            odd = params["fast"] % 2
            yield StrategyFailed("line 9: odd.", "Even is right.") if odd else self.signals(bars, params)


class StumblingLoader(TrustedLoader):
    def load(self, code: str) -> Any:
        return Stumbling(code)


class RefusingLoader(TrustedLoader):
    def load(self, code: str) -> Any:
        raise StrategyRejected("line 3: import of os is not allowed.", "Use np, pd, math and ta.")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes on loopback."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster


def pids(cluster: Any) -> list[int]:
    """The worker processes that are known to the scheduler now."""
    from distributed import Client

    with Client(cluster.scheduler_address, set_as_default=False) as client:
        return sorted(client.run(os.getpid).values())


@pytest.mark.parametrize("asked", [READY, WRITTEN], ids=["compiled form", "text"])
def test_threads_two_workers_and_two_of_which_one_is_killed_find_the_same(
    asked: SearchRequest, cluster: Any, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_one(done: float, _doing: str) -> None:
        if done > 0.4 and not killed:
            killed.append(pids(cluster)[0])
            os.kill(killed[0], signal.SIGKILL)

    backend = Dask(cluster.scheduler_address, TrustedLoader)
    threads = search(laboratory(tmp_path / "threads"), asked)
    workers = search(laboratory(tmp_path / "workers"), asked, backend=backend)
    survivors = laboratory(tmp_path / "survivors")
    survived = search(survivors, asked, backend=backend, progress=kill_one)
    assert killed and killed[0] not in pids(cluster)
    assert workers.rows == threads.rows == survived.rows and len(threads.rows) == 40
    assert workers.counts == threads.counts == survived.counts
    assert survivors.store.trials.count("BTC") == 40


def test_a_set_that_fails_on_a_worker_has_its_error_here(cluster: Any, tmp_path: Path) -> None:
    backend = Dask(cluster.scheduler_address, StumblingLoader)
    found = search(laboratory(tmp_path), request(trials=12), backend=backend)
    assert 0 < found.counts.failed < 12
    for row in found.rows:
        assert row.error == ("line 9: odd. Even is right." if row.params["fast"] % 2 else None)


def test_a_text_that_a_worker_refuses_ends_the_search_with_its_findings(cluster: Any, tmp_path: Path) -> None:
    with pytest.raises(StrategyRejected, match=r"line 3: import of os.*Use np") as refused:
        search(laboratory(tmp_path), WRITTEN, backend=Dask(cluster.scheduler_address, RefusingLoader))
    assert refused.value.hint == "Use np, pd, math and ta."


def test_workers_of_another_engine_are_refused(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.research.search.dask_backend.ENGINE_VERSION", "0")
    with pytest.raises(ProviderUnavailable, match=r"engine version \d+, this search 0.*same Edgewright"):
        search(laboratory(tmp_path), WRITTEN, backend=Dask(cluster.scheduler_address, TrustedLoader))


def test_workers_run_texts_in_sandboxes_of_their_own_and_nothing_stays_there(
    cluster: Any, tmp_path: Path, walls: None
) -> None:
    from distributed import Client

    from engine.research.search import dask_worker

    before = {pid: children(pid) for pid in pids(cluster)}
    asked = request(trials=8)
    here = search(laboratory(tmp_path / "here"), asked)
    backend = Dask(cluster.scheduler_address, partial(SandboxLoader, zygotes=1))
    assert search(laboratory(tmp_path / "there"), asked, backend=backend).rows == here.rows
    wait_until(lambda: {pid: children(pid) for pid in pids(cluster)} == before)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        assert set(client.run(lambda: len(dask_worker._laid)).values()) == {0}


def test_without_dask_the_way_to_install_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidInput, match=r"package distributed.*edgewright\[dask\]"):
        search(laboratory(tmp_path), WRITTEN, backend=Dask("tcp://127.0.0.1:1", TrustedLoader))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere"])
def test_a_scheduler_that_does_not_answer_is_named(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.research.search.dask_backend._CONNECT_S", 0.2)
    with pytest.raises(ProviderUnavailable, match=rf"No Dask scheduler answers at {address}.*dask scheduler"):
        search(laboratory(tmp_path), WRITTEN, backend=Dask(address, TrustedLoader))

"""Our side of the search's benchmark (see `benchmarks.engine_child`)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import search_work as work
from benchmarks.engine_child import serve
from benchmarks.engine_single import Work
from engine.ambient import Ambient
from engine.market.bars import Bars
from engine.market.lake import Lake
from engine.research.backtesting import Laboratory, Window
from engine.research.holdout import fix_holdout
from engine.research.search.request import SearchRequest
from engine.research.search.samplers import Sampler
from engine.research.search.search import search
from engine.store.store import Store
from engine.version import ENGINE_VERSION
from sandbox.loader import SandboxLoader

_ASSESS = "engine.research.assessment.assess"


@contextmanager
def laboratory(bars: Bars) -> Generator[Laboratory]:
    """A lake with these bars, a fresh store in which all of them may be searched, and a warm sandbox."""
    with tempfile.TemporaryDirectory() as folder, SandboxLoader() as loader:
        lake, store = Lake(Path(folder) / "lake"), Store.open(f"sqlite:///{folder}/store.db", Ambient())
        lake.append(bars)
        fix_holdout(store, bars.instrument.base_asset, bars.end_ms)
        strategy = loader.load(work.text())
        list(strategy.signals_many(bars, [strategy.spec.resolve({})] * 64, tags=False))
        yield Laboratory(lake, store, loader)


def request(bars: Bars, trials: int, sampler: Sampler, seed: int = work.SEED) -> SearchRequest:
    """A search of so many sets of the composed text."""
    return SearchRequest(
        name="benchmark",
        code=work.text(),
        strategy_id=None,
        origin="user",
        instrument=bars.instrument,
        interval=bars.interval,
        window=Window(),
        setup=work.SETUP,
        sampler=sampler,
        trials=trials,
        seed=seed,
    )


def searching(rows: int, trials: int, sampler: Sampler) -> Work:
    """A search whose trials are all recorded in a SQLite store; a short one before it warms up."""
    bars = work.bars_of(work.FIVE_MINUTES, rows)

    def run() -> dict[str, Any]:
        with laboratory(bars) as lab:
            search(lab, request(bars, 8, sampler, seed=1))
            began = time.perf_counter()
            found = search(lab, request(bars, trials, sampler))
            seconds = time.perf_counter() - began
        return {"seconds": seconds, "trials": trials, "failed": found.counts.failed}

    return run


def assessing(rows: int, trials: int) -> Work:
    """The assessment of the best set of a search; None where there is no assessing yet."""
    bars = work.bars_of(work.HOURLY, rows)

    def run() -> dict[str, Any] | None:
        if find_spec(_ASSESS) is None:
            return None
        with laboratory(bars) as lab:
            best = search(lab, request(bars, trials, "tpe")).best
            assert best is not None
            began = time.perf_counter()
            import_module(_ASSESS).assess(lab, best.run_id, seed=work.SEED)
            return {"seconds": time.perf_counter() - began, "trials": trials}

    return run


if __name__ == "__main__":
    serve({"name": "edgewright", "version": ENGINE_VERSION}, {"search": searching, "assess": assessing})

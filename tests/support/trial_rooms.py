"""A laboratory of its own for one made-up or recorded market, thrown away afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from engine.backtest.setup import Setup
from engine.market.bars import Bars
from engine.market.instrument import parse_instrument
from engine.market.lake import Lake
from engine.research.assessment.assess import assess
from engine.research.assessment.document import Assessment
from engine.research.backtesting import BacktestRequest, CompletedRun, Laboratory, Window
from engine.research.search.document import SearchDocument
from engine.research.search.request import SearchRequest
from engine.research.search.samplers import Sampler
from engine.research.search.search import search
from engine.store.store import Store
from tests.support.trusted_loader import TrustedLoader

MADE_UP = parse_instrument("synthetic:linear:WALKUSDT")


class TrialRoom:
    """One market, searched and judged through the real store, lake and ledger; texts run in this process."""

    def __init__(self, laboratory: Laboratory, bars: Bars) -> None:
        self.laboratory = laboratory
        self.bars = bars
        self.setup = Setup.defaults(bars.instrument.category)

    def searched(
        self, name: str, code: str, *, trials: int, seed: int, sampler: Sampler = "tpe"
    ) -> SearchDocument:
        """A search over the parameters of a text."""
        request = SearchRequest(
            name=name,
            code=code,
            strategy_id=None,
            origin="user",
            instrument=self.bars.instrument,
            interval=self.bars.interval,
            window=Window(),
            setup=self.setup,
            sampler=sampler,
            trials=trials,
            seed=seed,
        )
        return search(self.laboratory, request)

    def tried(self, name: str, code: str) -> CompletedRun:
        """One run of a text with its default parameters."""
        return self.laboratory.run(
            BacktestRequest(
                name=name,
                code=code,
                strategy_id=None,
                origin="user",
                instrument=self.bars.instrument,
                interval=self.bars.interval,
                window=Window(),
                params={},
                setup=self.setup,
            )
        )

    def assessed(self, run_id: str, seed: int = 0) -> Assessment:
        """The verdict on a run."""
        return assess(self.laboratory, run_id, seed=seed)


@contextmanager
def trial_room(bars: Bars) -> Generator[TrialRoom]:
    """A laboratory that holds these bars and nothing else."""
    home = Path(tempfile.mkdtemp(prefix="edgewright-"))
    try:
        shutil.copy(_empty_database(), home / "store.db")
        lake = Lake(home / "lake")
        lake.append(bars)
        with Store.open(f"sqlite:///{home / 'store.db'}") as store:
            yield TrialRoom(Laboratory(lake, store, TrustedLoader()), bars)
    finally:
        shutil.rmtree(home)


@cache
def _empty_database() -> Path:
    """A database with all its tables, made once a process: making it anew takes longer than a search."""
    path = Path(tempfile.mkdtemp(prefix="edgewright-")) / "empty.db"
    Store.open(f"sqlite:///{path}").close()
    return path

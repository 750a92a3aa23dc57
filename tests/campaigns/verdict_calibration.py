"""Forecasts made at past dates on recorded hourly bars, beside the 90 days that came, grouped by verdict.

    CORPUS=DIR SEED=0 DATES=20 python -m tests.campaigns.verdict_calibration

DIR holds `venue_category_symbol_1h.parquet` files, and funding and mark prices beside them where there are
any; without it the shared folder is read. At each date a fresh lake holds only the bars that had closed, the
holdout begins at the date, and strategies are searched, run, judged and forecast from those. What came is the
return of the same strategy with the same parameters over the next 90 days. Exit code 1 when the 90% interval
holds less than 85% or more than 95% of what came.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from engine.ambient import Ambient
from engine.backtest.setup import Setup
from engine.market.bars import Bars, MarketData
from engine.market.coverage import SeriesKind
from engine.market.interval import DAY_MS
from engine.market.lake import Lake
from engine.research.assessment.assess import assess
from engine.research.backtesting import Laboratory, Window, simulated
from engine.research.document import RunDocument
from engine.research.search.request import SearchRequest
from engine.research.search.search import search
from engine.store.store import Store
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition
from engine.strategy.library import catalogue
from engine.strategy.spec import Number
from tests.support.calibration import Case, report
from tests.support.recorded_market import recorded_market
from tests.support.trusted_loader import TrustedLoader

SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
IDEAS = (
    "golden cross 50/200 long and short, stop 4%",
    "breakout of the 20 day high, long and short, trailing stop 6%",
    "long when rsi 14 crosses above 30, short when it crosses below 70, stop 3%, target 6%",
    "supertrend 10 3 long and short",
    "mean revert at 2.5 sigma long and short, stop 3%",
    "macd 12 26 9 histogram flips, stop loss 2%",
)
DAYS = 90
EARLIER_DAYS = 300
SETS = 24  # parameter sets that the search of a ready strategy tries


@dataclass(frozen=True)
class Candidate:
    """A strategy of the campaign; `sets` above 1 means that its parameters are searched for."""

    kind: str
    code: str
    sets: int = 1


@dataclass(frozen=True)
class Task:
    """One date on one file, UTC ms at midnight."""

    folder: Path
    file: str
    date_ms: int
    seed: int


@cache
def candidates() -> tuple[Candidate, ...]:
    """The ready strategies, searched, and composed ones as they come."""
    ready = [Candidate(name, catalogue.text(name), SETS) for name in catalogue.names()]
    return (*ready, *(Candidate(idea, _composed(idea)) for idea in IDEAS))


def _composed(idea: str) -> str:
    answer = compose(idea)
    assert isinstance(answer, Composition), answer
    return answer.code


def left_out(folder: Path) -> dict[str, str]:
    """Hourly files that are no traded series, or too short, with the reason."""
    reasons = {path.stem: "mark prices, which nobody trades" for path in folder.glob("*_1h_mark.parquet")}
    for name in _hourly(folder):
        if _room(recorded_market(folder, name).bars) < 0:
            reasons[name] = f"shorter than {EARLIER_DAYS} + {DAYS} days"
    return reasons


def _hourly(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*_1h.parquet"))


def _room(bars: Bars) -> int:
    """Days that a date may move in, with enough bars before and after it; negative where there are none."""
    return (bars.end_ms - bars.start_ms) // DAY_MS - EARLIER_DAYS - DAYS - 1


def tasks(folder: Path, dates: int, seed: int) -> Iterator[Task]:
    """A random date from each of `dates` equal spans, for every file."""
    for number, name in enumerate(_hourly(folder)):
        bars = recorded_market(folder, name).bars
        if _room(bars) < 0:
            continue
        rng = np.random.default_rng([seed, number])
        first = -(-bars.start_ms // DAY_MS) + EARLIER_DAYS
        for day in first + (np.arange(dates) + rng.random(dates)) * _room(bars) / dates:
            yield Task(folder, name, int(day) * DAY_MS, int(rng.integers(2**31)))


@contextmanager
def laboratory_at(whole: MarketData, date_ms: int) -> Generator[Laboratory]:
    """Lake, store and loader that know nothing after the date, with the holdout beginning there."""
    instrument = whole.bars.instrument
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake")
        lake.append(whole.bars.closed_by(date_ms))
        if whole.funding is not None:
            lake.append(whole.funding.between(None, date_ms))
        if whole.mark is not None:
            lake.append(whole.mark.closed_by(date_ms), SeriesKind.MARK)
        with Store.open(f"sqlite:///{folder}/store.db", Ambient()) as store:
            store.holdouts.move(instrument.base_asset, date_ms, "the campaign's date")
            yield Laboratory(lake, store, TrustedLoader())


def cases_at(task: Task, among: Sequence[Candidate] | None = None) -> list[Case]:
    """What was forecast at one date for each strategy, all candidates or some, and what came."""
    whole = recorded_market(task.folder, task.file)
    with laboratory_at(whole, task.date_ms) as laboratory:
        return [_case(laboratory, candidate, whole, task) for candidate in among or candidates()]


def _case(laboratory: Laboratory, candidate: Candidate, whole: MarketData, task: Task) -> Case:
    run = _chosen(laboratory, candidate, whole.bars, task.seed)
    assessment = assess(laboratory, run.run_id, seed=task.seed)
    setup = Setup.defaults(whole.bars.instrument.category)
    return Case(
        file=task.file,
        kind=candidate.kind,
        date_ms=task.date_ms,
        verdict=assessment.verdict,
        told=assessment.forecast,
        outcome=outcome(candidate, run.params, whole, setup, task.date_ms),
    )


def _chosen(laboratory: Laboratory, candidate: Candidate, bars: Bars, seed: int) -> RunDocument:
    """The best run of a search until the date; a composed strategy runs as it comes."""
    request = SearchRequest(
        name=candidate.kind[:60],
        code=candidate.code,
        strategy_id=None,
        origin="library" if candidate.sets > 1 else "composer",
        instrument=bars.instrument,
        interval=bars.interval,
        window=Window(),
        setup=Setup.defaults(bars.instrument.category),
        sampler="random",
        trials=candidate.sets,
        seed=seed,
    )
    best = search(laboratory, request).best if candidate.sets > 1 else None
    if best is None:
        return laboratory.run(request.run_of({}, None)).document
    return RunDocument.model_validate(laboratory.store.runs.get(best.run_id).card)


def outcome(
    candidate: Candidate, params: Mapping[str, Number], whole: MarketData, setup: Setup, date_ms: int
) -> float:
    """Return from the date over the next days of one run through both; a position at the date is kept."""
    bars = whole.bars.closed_by(date_ms + DAYS * DAY_MS)
    market = MarketData(bars, whole.funding, whole.mark).used()
    simulation = simulated(TrustedLoader().load(candidate.code), market, params, setup)
    at_the_date = simulation.equity[len(bars.closed_by(date_ms)) - 1]
    return float(simulation.equity[-1] / at_the_date - 1.0) if at_the_date > 0.0 else 0.0


def run(seed: int, dates: int = 20, folder: Path = SHARED, processes: int = 2) -> list[Case]:
    """Every candidate at every date of every file."""
    with get_context("spawn").Pool(processes) as pool:
        found = pool.map(cases_at, list(tasks(folder, dates, seed)), chunksize=1)
    return [case for cases in found for case in cases]


def main() -> int:
    """Run everything and print what came out."""
    folder = Path(os.environ.get("CORPUS") or SHARED)
    if not folder.is_dir():
        print(f"No market files in {folder}: CORPUS names their folder.")
        return 1
    seed, dates = int(os.environ.get("SEED") or 0), int(os.environ.get("DATES") or 20)
    print(f"{folder.name}, seed {seed}, {dates} dates per file")
    for name, reason in sorted(left_out(folder).items()):
        print(f"  left out: {name}: {reason}")
    return 0 if report(run(seed, dates, folder)) else 1


if __name__ == "__main__":
    sys.exit(main())

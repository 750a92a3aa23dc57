"""Everything that is measured of a run before it is judged; none of it is a trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.sweep import sweep
from engine.cancellation import Cancellation
from engine.errors import InvalidInput, StrategyFailed
from engine.market.bars import MarketData
from engine.market.coverage import SeriesKind
from engine.market.instrument import Instrument
from engine.market.interval import DAY_MS
from engine.progress import Progress, part_of
from engine.research.assessment.luck import chance_of_score, sharpe_part
from engine.research.assessment.settings import (
    BOOTSTRAPS,
    CONE_DAYS,
    MIN_SETS,
    RANDOM_RUNS,
    SETS_TO_WALK,
)
from engine.research.assessment.standing import Standing
from engine.research.backtesting import Laboratory
from engine.research.findings import (
    AlphaPart,
    CapacityPart,
    ForecastPart,
    HeatMapPart,
    MonteCarloPart,
    NeighboursPart,
    OverfittingPart,
    RandomEntriesPart,
    RegimeRow,
    SharpePart,
    StressRow,
    WalkForwardPart,
)
from engine.research.forecast import costs_per_day, forecast
from engine.research.holdout import holdout_point
from engine.research.ledger.beyond_market import MarketReturns
from engine.research.lookahead.replay import look_ahead
from engine.research.lookahead.verdict import Verdict as LookAhead
from engine.research.regimes import regime_rows
from engine.research.returns import PeriodReturns
from engine.research.search.landscape import heat_map, importances, mapped_pair
from engine.research.search.samplers import proposals
from engine.research.search.space import Space, space_of
from engine.research.statistics.alpha import alpha
from engine.research.statistics.monte_carlo import monte_carlo
from engine.research.statistics.overfitting import overfitting
from engine.research.statistics.sharpe import sharpe_ratios
from engine.research.statistics.superior import superiority
from engine.research.stress.capacity import capacity
from engine.research.stress.neighbours import neighbours
from engine.research.stress.random_entries import random_entries
from engine.research.stress.table import stress_rows
from engine.research.subject import Subject
from engine.research.walk_forward import Candidates, walk_anchored, walk_rolling

MOST_OTHERS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What was found; the parts are those of the assessment document."""

    returns: PeriodReturns
    sharpe: SharpePart
    lookahead: LookAhead
    overfitting: OverfittingPart | None
    walk_forward: tuple[WalkForwardPart, ...]
    random_entries: RandomEntriesPart
    alpha: AlphaPart | None
    neighbours: NeighboursPart | None
    stress: tuple[StressRow, ...]
    capacity: CapacityPart
    monte_carlo: MonteCarloPart | None
    regimes: tuple[RegimeRow, ...]
    forecast: ForecastPart | None
    heat_map: HeatMapPart | None

    def stressed(self, name: str) -> StressRow:
        """The row of one condition."""
        return next(row for row in self.stress if row.name == name)


def diagnosed(
    laboratory: Laboratory,
    subject: Subject,
    standing: Standing,
    seed: int,
    *,
    cancellation: Cancellation | None,
    progress: Progress,
) -> Diagnosis:
    """All measurements of a subject. The same seed gives the same figures.

    Raises:
        Cancelled: as asked.
    """
    returns, trials = subject.returns, standing.trials.effective
    beyond = standing.trials.effective_beyond_market or trials
    replay = _replayed(subject, seed, part_of(progress, 0.0, 0.2))
    chance = random_entries(
        subject, RANDOM_RUNS, seed, cancellation=cancellation, progress=part_of(progress, 0.2, 0.35)
    )
    around = neighbours(subject, cancellation=cancellation, progress=part_of(progress, 0.35, 0.5))
    rows = stress_rows(
        subject,
        _other_markets(laboratory, subject),
        cancellation=cancellation,
        progress=part_of(progress, 0.5, 0.65),
    )
    walked = standing.search or _drawn(subject, seed, cancellation, part_of(progress, 0.65, 0.85))
    progress(0.85, "statistics")
    return Diagnosis(
        returns=returns,
        sharpe=sharpe_part(returns, trials, seed),
        lookahead=replay,
        overfitting=_overfitting(standing.search, seed),
        walk_forward=tuple(_walks(subject, walked)),
        random_entries=_with_chance(chance, beyond),
        alpha=_alpha(subject, returns, beyond),
        neighbours=around,
        stress=rows,
        capacity=capacity(subject, cancellation=cancellation),
        monte_carlo=monte_carlo(_trade_returns(subject), seed),
        regimes=regime_rows(subject),
        forecast=_forecast(subject, returns, trials, seed),
        heat_map=_heat_map(subject, walked),
    )


def _replayed(subject: Subject, seed: int, progress: Progress) -> LookAhead:
    """Whether the strategy knows the future, on its own bars."""
    progress(0.0, "replay without the future")
    try:
        return look_ahead(subject.strategy, subject.params, bars=subject.market.bars, seed=seed)
    except StrategyFailed as failed:
        return LookAhead("undecided", 0, 0, 0, f"It fails on the bars of the replay: {failed}", "")


def _other_markets(laboratory: Laboratory, subject: Subject) -> dict[Instrument, MarketData]:
    """Up to five other markets with bars in the same window, each cut where its own holdout begins."""
    bars, found = subject.market.bars, dict[Instrument, MarketData]()
    for entry in laboratory.lake.coverage():
        alike = entry.kind is SeriesKind.BARS and entry.interval == bars.interval
        if not alike or entry.instrument == bars.instrument or len(found) == MOST_OTHERS:
            continue
        market = laboratory.lake.market_data(
            entry.instrument, bars.interval, funding=subject.setup.costs.funding
        )
        held_from = holdout_point(laboratory.lake, laboratory.store, entry.instrument.base_asset)
        shared = market.bars.between(bars.start_ms, bars.end_ms).closed_by(held_from)
        if len(shared) >= len(bars) // 2:
            found[entry.instrument] = MarketData(shared, market.funding, market.mark).used()
    return found


def _drawn(subject: Subject, seed: int, cancellation: Cancellation | None, progress: Progress) -> Candidates:
    """The chosen set and others drawn at random from PARAMS, where the ledger holds no search."""
    space, returns = _space(subject), subject.returns
    if space is None:
        return Candidates([subject.params], returns.values[:, None], returns.start_ms, returns.period_ms)
    drawn = proposals(space, "random", seed, 1, SETS_TO_WALK).ask(SETS_TO_WALK)
    table = sweep(
        subject.market,
        subject.strategy,
        [subject.params, *drawn],
        subject.setup,
        detail=subject.detail,
        period_ms=returns.period_ms,
        cancellation=cancellation,
        progress=lambda done, of: progress(done / of, "sets to walk forward with"),
    )
    assert table.returns is not None
    ran = [number for number in range(len(table)) if number not in table.failures]
    values = table.returns.values[ran].T
    return Candidates([table.sets[number] for number in ran], values, returns.start_ms, returns.period_ms)


def _space(subject: Subject) -> Space | None:
    """What its parameters open; None where there is nothing to draw from."""
    try:
        return space_of(subject.strategy.spec, {})
    except InvalidInput:
        return None


def _overfitting(search: Candidates | None, seed: int) -> OverfittingPart | None:
    if search is None or len(search.params) < MIN_SETS:
        return None
    found, better = overfitting(search.returns), superiority(search.returns, seed, runs=BOOTSTRAPS)
    return OverfittingPart(
        sets=found.sets,
        blocks=found.blocks,
        splits=found.splits,
        probability=found.probability,
        probability_of_loss=found.probability_of_loss,
        slope=found.slope,
        superior_p=None if better is None else better.p,
    )


def _walks(subject: Subject, walked: Candidates) -> Iterator[WalkForwardPart]:
    """Anchored, then rolling; between training and test as long as the longest trade, and one period more."""
    trades, period = subject.simulation.trades, walked.period_ms
    longest = int((trades.exit_time - trades.entry_time).max()) if len(trades) else 0
    purge = min(-(-longest // period), len(walked.returns) // 20)
    for walk in (walk_anchored, walk_rolling):
        part = walk(walked, purge=purge, embargo=1)
        if part is not None:
            yield part


def _with_chance(part: RandomEntriesPart, trials: int) -> RandomEntriesPart:
    if part.score is None:
        return part
    return part.model_copy(update={"chance": chance_of_score(part.score, trials)})


def _alpha(subject: Subject, returns: PeriodReturns, trials: int) -> AlphaPart | None:
    market = MarketReturns(subject.market.bars).by(returns.period_ms)
    found = None if market is None else alpha(returns.values, market.values)
    if found is None:
        return None
    annual = found.per_period * returns.per_year
    chance = chance_of_score(found.score, trials)
    return AlphaPart(annual=annual, beta=found.beta, score=found.score, chance=chance)


def _forecast(subject: Subject, returns: PeriodReturns, trials: int, seed: int) -> ForecastPart | None:
    bars = subject.market.bars
    costs = costs_per_day(subject.simulation, (bars.end_ms - bars.start_ms) / DAY_MS)
    return forecast(returns, days=CONE_DAYS, seed=seed, selected_from=trials, daily_costs=costs)


def _trade_returns(subject: Subject) -> NDArray[np.float64]:
    """Result of each closed trade over the equity before its exit."""
    trades = subject.simulation.trades
    before = subject.setup.cash + np.concatenate(([0.0], np.cumsum(trades.pnl)))[:-1]
    return np.divide(trades.pnl, before, out=np.zeros(len(trades)), where=before > 0.0)


def _heat_map(subject: Subject, walked: Candidates) -> HeatMapPart | None:
    space = _space(subject)
    if space is None or len(space.axes) < 2:
        return None
    ratios = sharpe_ratios(walked.returns) * walked.per_year**0.5
    own = [place for place, params in enumerate(walked.params) if params.keys() == subject.params.keys()]
    sets = [walked.params[place] for place in own]
    values = [None if np.isnan(ratios[place]) else float(ratios[place]) for place in own]
    pair = mapped_pair(space.axes, None, importances(space.axes, sets, values))
    return None if pair is None else heat_map(pair, sets, values)

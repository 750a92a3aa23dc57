"""A search on record: begun once, its batches written with their trials in one transaction, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.backtest.periods import Periods
from engine.backtest.set_runs import SetFigures, SetResult
from engine.errors import Conflict, EdgewrightError
from engine.research.returns import PeriodReturns
from engine.research.search.objectives import Figures, figures_of
from engine.research.search.request import SearchRequest
from engine.research.trials import new_trial
from engine.store.records import ClaimedJob, NewTrial, SearchResult
from engine.store.store import Store
from engine.store.trials import trial_hash
from engine.strategy.spec import Number


@dataclass(frozen=True, slots=True)
class Tried:
    """One set that was run.

    Attributes:
        figures: None when it failed. error: why.
    """

    params: Mapping[str, Number]
    figures: Figures | None
    error: str | None


@dataclass(frozen=True, slots=True)
class SearchLog:
    """The record of one search.

    Attributes:
        window: the bars that every set ran on, UTC ms, [start, end).
        periods: those of the returns.
        claim: the job on whose behalf; checked with everything that is written.
    """

    store: Store
    search_id: str
    request: SearchRequest
    code_hash: str
    window: tuple[int, int]
    periods: Periods
    claim: ClaimedJob | None

    def known(self) -> tuple[SearchResult, ...]:
        """The results so far, by number."""
        return self.store.searches.results(self.search_id)

    def write(
        self, first: int, sets: Sequence[Mapping[str, Number]], results: Sequence[SetResult]
    ) -> list[Tried]:
        """Record a batch whose first set has the number `first`: results and trials, or nothing of it.

        Raises:
            Conflict: the claim no longer holds.
        """
        tried = [_tried(*each) for each in zip(sets, results, strict=True)]
        trials = [self._trial(*each) for each in zip(tried, results, strict=True)]
        rows = [
            SearchResult(first + place, dict(each.params), _hash_of(trial), each.figures, each.error)
            for place, (each, trial) in enumerate(zip(tried, trials, strict=True))
        ]
        with self.store.transaction(self.claim):
            self.store.trials.record_many([trial for trial in trials if trial is not None])
            self.store.searches.add_results(self.search_id, rows)
        return tried

    def _trial(self, tried: Tried, result: SetResult) -> NewTrial | None:
        """The trial that a set has made; none when it failed."""
        if tried.figures is None or isinstance(result, EdgewrightError) or result.returns is None:
            return None
        request, (start_ms, end_ms) = self.request, self.window
        return new_trial(
            instrument=request.instrument,
            interval=request.interval,
            code_hash=self.code_hash,
            start_ms=start_ms,
            end_ms=end_ms,
            params=tried.params,
            setup=request.setup,
            detail=request.detail,
            card_hash="",
            sharpe=tried.figures["sharpe"],
            returns=PeriodReturns(self.periods.start_ms, self.periods.period_ms, result.returns),
        )


def replayed(sets: Sequence[Mapping[str, Number]], recorded: Sequence[SearchResult]) -> list[Tried]:
    """A batch as it was recorded.

    Raises:
        Conflict: other sets were recorded than are proposed now.
    """
    for params, each in zip(sets, recorded, strict=True):
        if dict(params) != dict(each.params):
            raise Conflict(
                f"The search has {dict(each.params)} on record as its set {each.number}, and proposes "
                f"{dict(params)} now.",
                "Search again with another seed.",
            )
    return [Tried(params, each.metrics, each.error) for params, each in zip(sets, recorded, strict=True)]


def _tried(params: Mapping[str, Number], result: SetResult) -> Tried:
    if isinstance(result, SetFigures):
        return Tried(params, figures_of(result), None)
    return Tried(params, None, str(result))


def _hash_of(trial: NewTrial | None) -> str | None:
    return None if trial is None else trial_hash(trial)

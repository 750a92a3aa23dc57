"""The course of a search: ask for a batch, run it or read it from the record, tell, until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import cast

from engine.backtest.set_runs import SetFigures, SetResult
from engine.cancellation import Cancellation
from engine.progress import Progress
from engine.research.search.backends import Evaluate
from engine.research.search.objectives import Improvement, Values, best_of, figures_of, shown, values_of
from engine.research.search.recording import SearchLog, Tried, replayed
from engine.research.search.request import SearchRequest
from engine.research.search.samplers import Params, Proposals, batch_size


class Course:
    """One search on its way.

    Attributes:
        tried: the sets that were run, in order.
        values: the objectives of each; None for failed or undefined.
        stopped_early: the patience ran out.
    """

    def __init__(
        self,
        request: SearchRequest,
        proposals: Proposals,
        log: SearchLog,
        cancellation: Cancellation,
        progress: Progress,
    ) -> None:
        self.tried: list[Tried] = []
        self.values: list[Values | None] = []
        self.proposals = proposals
        self._request = request
        self._log = log
        self._cancellation = cancellation
        self._progress = progress
        self._improvement = Improvement(len(request.objectives))

    @property
    def stopped_early(self) -> bool:
        """No objective has reached a new height for as many batches as the patience allows."""
        patience = self._request.patience
        return patience is not None and self._improvement.idle >= patience

    def run(self, evaluate: Evaluate) -> None:
        """To the end of the budget, of the patience, or of the sets that there are.

        Raises:
            Cancelled: as asked; the batches before are on record.
            Conflict: see `SearchLog.write`, `replayed`.
        """
        trials, size = self._request.trials, batch_size(self._request.sampler, self._request.trials)
        recorded = self._log.known()
        while len(self.tried) < trials and not self.stopped_early:
            self._cancellation.check()
            first = len(self.tried)
            sets = self.proposals.ask(min(size, trials - first))
            if not sets:
                return
            there = recorded[first : first + len(sets)]
            batch = (
                replayed(sets, there) if there else self._log.write(first, sets, self._run(sets, evaluate))
            )
            values = [values_of(each.figures, self._request.objectives) for each in batch]
            self.proposals.tell(values)
            self._improvement.note(values)
            self.tried += batch
            self.values += values

    def _run(self, sets: Sequence[Params], evaluate: Evaluate) -> list[SetResult]:
        results: list[SetResult] = []
        height = self._height(self.values)
        with closing(evaluate(sets)) as coming:
            for result in coming:
                self._cancellation.check()
                results.append(result)
                height = max(height, self._height([self._values_of(result)]))
                self._tell(len(self.tried) + len(results), height)
        return results

    def _values_of(self, result: SetResult) -> Values | None:
        if not isinstance(result, SetFigures):
            return None
        return values_of(figures_of(result), self._request.objectives)

    def _height(self, values: Sequence[Values | None]) -> float:
        best = best_of(values)
        return -float("inf") if best is None else cast(Values, values[best])[0]

    def _tell(self, done: int, height: float) -> None:
        trials = self._request.trials
        best = "" if height == -float("inf") else f", best {shown(self._request.objectives[0], height)}"
        self._progress(done / trials, f"{done} of {trials} sets{best}")

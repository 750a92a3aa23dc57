"""The same contract in this process, for code that is known to be our own, where a wall is missing.

The language layer still holds; limits of time and memory do not.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.cancellation import Cancellation
from engine.strategy.spec import Number
from sandbox.job import Job
from sandbox.log import Log
from sandbox.perform import Outcome, perform

if TYPE_CHECKING:
    import pandas as pd


class Unwalled:
    """Runs jobs here. One at a time: warning filters and numpy's error state belong to the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run(self, job: Job, cancellation: Cancellation | None = None) -> Outcome:
        """The outcome of one job; a cancellation is seen before it, not during it."""
        import numpy as np

        if cancellation is not None:
            cancellation.check()

        with self._lock, warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            log = Log(job.log_bytes)
            return perform(
                job.task,
                job.code,
                job.params or {},
                log,
                lambda: _frame(job),
                probes=job.probes,
                tags=job.tags,
                seconds=job.seconds,
            )

    def run_many(
        self, job: Job, sets: Iterable[Mapping[str, Number]], cancellation: Cancellation | None = None
    ) -> Iterator[Outcome]:
        """The outcome of a job for each parameter set."""
        return (self.run(replace(job, params=params), cancellation) for params in sets)

    def run_each(self, jobs: Iterable[Job], cancellation: Cancellation | None = None) -> Iterator[Outcome]:
        """The outcomes of several jobs."""
        return (self.run(job, cancellation) for job in jobs)


def _frame(job: Job) -> pd.DataFrame:
    if job.bars is None:
        raise ValueError("a run needs bars")
    return job.bars.frame()

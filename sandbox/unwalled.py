"""The same contract in this process, for code that is known to be our own, where a wall is missing.

The language layer still holds; limits of time and memory do not.
"""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING

from sandbox.job import Job
from sandbox.log import Log
from sandbox.perform import Outcome, perform

if TYPE_CHECKING:
    import pandas as pd


class Unwalled:
    """Runs jobs here. One at a time: warning filters and numpy's error state belong to the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run(self, job: Job) -> Outcome:
        """The outcome of one job."""
        import numpy as np

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
                seconds=job.seconds,
            )


def _frame(job: Job) -> pd.DataFrame:
    if job.bars is None:
        raise ValueError("a run needs bars")
    return job.bars.frame()

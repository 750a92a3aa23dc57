"""Assess a recorded run: look at it from every side, judge it, and keep the assessment with the run.

This module only leads through the steps. What is measured stands in the packages beside it, what it means in
`checks`, where the bounds lie and why in `settings`.
"""

from __future__ import annotations

from engine.cancellation import Cancellation
from engine.errors import Conflict, InvalidInput
from engine.progress import Progress, part_of, unheard
from engine.research.assessment.diagnosis import Diagnosis, diagnosed
from engine.research.assessment.document import Assessment, Reason
from engine.research.assessment import checks
from engine.research.assessment.judge import verdict_of
from engine.research.assessment.keeping import keep
from engine.research.backtesting import Laboratory
from engine.research.document import RunDocument, VersionsPart
from engine.research.ledger.standing import Standing, standing_of
from engine.research.reopening import reopened


def assess(
    laboratory: Laboratory,
    run_id: str,
    *,
    seed: int = 0,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
) -> Assessment:
    """The verdict on a run, with every figure behind it. The same run, ledger and seed give the same document.

    Nothing tried here is a trial. How many trials count is read from the ledger; nobody can say otherwise.

    Raises:
        NotFound: no such run, or its bars are no longer in the lake.
        InvalidInput: the run looked at the holdout.
        Conflict: its data are not those that it ran on.
        Cancelled: as asked.
    """
    document = RunDocument.model_validate(laboratory.store.runs.get(run_id).card)
    if document.data.includes_holdout:
        raise InvalidInput(
            f"Run {run_id} reaches into the holdout: it cannot be judged by what it was shown.",
            "Backtest the strategy on the research part, and assess that run.",
        )
    progress(0.0, "opening the run")
    with reopened(laboratory, document) as subject:
        if subject.market.content_hash(margin=subject.setup.margin is not None) != document.data.hash:
            raise Conflict(f"The data of run {run_id} are not those it ran on.", "Backtest it again.")
        standing = standing_of(laboratory.store, document)
        diagnosis = diagnosed(
            laboratory, subject, standing, seed, cancellation=cancellation, progress=part_of(progress, 0.05, 0.98)
        )
    assessment = _document(document, standing, diagnosis, seed)
    keep(laboratory.store, assessment)
    progress(1.0, assessment.verdict)
    return assessment

"""Assess a recorded run: look at it from every side, judge it, and keep the assessment with the run.

This module only leads through the steps. What is measured stands in the packages beside it, what it means in
`checks`, where the bounds lie and why in `settings`.
"""

from __future__ import annotations

from engine.cancellation import Cancellation
from engine.errors import Conflict, InvalidInput
from engine.progress import Progress, part_of, unheard
from engine.research.assessment import checks
from engine.research.assessment.diagnosis import Diagnosis, diagnosed
from engine.research.assessment.document import Assessment, Reason
from engine.research.assessment.judge import verdict_of
from engine.research.assessment.luck import years_for_luck
from engine.research.assessment.standing import Standing, standing_of
from engine.research.backtesting import Laboratory
from engine.research.document import RunDocument, VersionsPart
from engine.research.ledger.openings import ALLOWANCE
from engine.research.reopening import reopened
from engine.research.subject import Subject
from engine.store.records import Artifact
from engine.store.store import Store

ARTIFACT = "assessment"
_MEDIA_TYPE = "application/json"


def assess(
    laboratory: Laboratory,
    run_id: str,
    *,
    seed: int = 0,
    allowance: int = ALLOWANCE,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
) -> Assessment:
    """The verdict on a run, with every figure behind it: the same for the same run, ledger and seed.

    Nothing tried here is a trial. How many trials count is read from the ledger; nobody can say otherwise.

    Args:
        allowance: how often the asset's holdout may be opened; told, not decided here.

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
        if subject.market.content_hash() != document.data.hash:
            raise Conflict(f"The data of run {run_id} are not those it ran on.", "Backtest it again.")
        standing = standing_of(laboratory.store, document, subject, allowance)
        diagnosis = diagnosed(
            laboratory,
            subject,
            standing,
            seed,
            cancellation=cancellation,
            progress=part_of(progress, 0.05, 0.98),
        )
        reasons = reasons_of(subject, standing, diagnosis)
    assessment = _document(document, standing, diagnosis, reasons, seed)
    _keep(laboratory.store, assessment)
    progress(1.0, assessment.verdict)
    return assessment


def reasons_of(subject: Subject, standing: Standing, found: Diagnosis) -> tuple[Reason, ...]:
    """Every check, in the order in which a reader wants them."""
    simulation, trials = subject.simulation, standing.trials
    years = years_for_luck(found.returns, trials.effective)
    own, held = simulation.metrics, simulation.benchmark
    return (
        checks.lookahead(found.lookahead),
        checks.trades(own.trades),
        checks.deflated(found.sharpe, trials, years),
        checks.chance_of_best(found.sharpe, trials, years),
        checks.random_entries(found.random_entries, trials),
        checks.alpha(found.alpha, trials),
        checks.walk_forward(found.walk_forward),
        checks.superior(found.overfitting),
        checks.overfitting(found.overfitting),
        checks.doubled_costs(found.stressed("costs_x2")),
        checks.one_bar_later(found.stressed("one_bar_later")),
        checks.neighbours(found.neighbours, own.sharpe),
        checks.buy_and_hold(own.sharpe, held.sharpe, own.total_return, held.total_return),
    )


def newest_assessment(store: Store, run_id: str) -> Assessment | None:
    """The last assessment that was kept with a run; None before the first.

    Raises:
        NotFound: there is no such run.
    """
    count = _kept(store, run_id)
    if not count:
        return None
    return Assessment.model_validate_json(store.runs.artifact(run_id, f"{ARTIFACT}:{count}").blob)


def _keep(store: Store, assessment: Assessment) -> None:
    """Put it beside the run, under the next number; one that says the same again is not kept twice."""
    newest = newest_assessment(store, assessment.run_id)
    if newest != assessment:
        name = f"{ARTIFACT}:{_kept(store, assessment.run_id) + 1}"
        blob = assessment.model_dump_json(by_alias=True).encode()
        store.runs.attach(assessment.run_id, name, Artifact(_MEDIA_TYPE, blob))


def _kept(store: Store, run_id: str) -> int:
    return sum(name.startswith(f"{ARTIFACT}:") for name in store.runs.artifact_names(run_id))


def _document(
    run: RunDocument, standing: Standing, found: Diagnosis, reasons: tuple[Reason, ...], seed: int
) -> Assessment:
    return Assessment(
        run_id=run.run_id,
        strategy=run.strategy,
        data=run.data,
        params=dict(run.params),
        costs=run.costs,
        trading=run.trading,
        seed=seed,
        verdict=verdict_of(reasons),
        reasons=reasons,
        sharpe=found.sharpe,
        trials=standing.trials,
        overfitting=found.overfitting,
        walk_forward=found.walk_forward,
        random_entries=found.random_entries,
        alpha=found.alpha,
        neighbours=found.neighbours,
        stress=found.stress,
        capacity=found.capacity,
        monte_carlo=found.monte_carlo,
        regimes=found.regimes,
        forecast=found.forecast,
        heat_map=found.heat_map,
        ledger=standing.rows,
        buy_and_hold_sharpe=run.benchmark.sharpe,
        lookahead=found.lookahead.verdict,
        warnings=(*run.warnings, *_warnings(standing)),
        versions=VersionsPart(),
    )


def _warnings(standing: Standing) -> tuple[str, ...]:
    asset, reads = standing.trials.base_asset, len(standing.trials.read_past_holdout)
    if not reads:
        return ()
    return (
        f"Market tools have shown {asset} past its holdout ({reads} reads): whoever asked for this may "
        "have known what came.",
    )

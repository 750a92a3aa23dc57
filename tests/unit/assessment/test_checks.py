"""Each check says for, against or open at its bound, names its number, and what would change it."""

from __future__ import annotations

from itertools import product

import pytest

from engine.research.assessment import checks
from engine.research.assessment.document import Reason
from engine.research.assessment.judge import verdict_of
from engine.research.assessment.settings import BOUNDS
from engine.research.findings import (
    AlphaPart,
    NeighboursPart,
    OverfittingPart,
    RandomEntriesPart,
    SharpePart,
    StressRow,
    TrialsPart,
    WalkForwardPart,
)
from engine.research.lookahead.verdict import Verdict as LookAhead

TRIALS = TrialsPart(
    base_asset="BTC",
    on_asset=60,
    effective_on_asset=12,
    in_lineage=50,
    effective_in_lineage=9,
    effective=12,
    lineage="ln_1",
    members=("idea",),
    holdout_openings=0,
    holdout_allowance=5,
    holdout_opened_by_lineage=False,
    read_past_holdout=(),
)


def sharpe(
    deflated: float | None = 0.97, chance: float | None = 0.001, annual: float | None = 2.0
) -> SharpePart:
    return SharpePart(
        annual=annual,
        low=None,
        high=None,
        periods=700,
        period="1d",
        years=2.0,
        skewness=0.0,
        kurtosis=3.0,
        probabilistic=0.99,
        expected_maximum=1.1,
        deflated=deflated,
        chance_of_best=chance,
        minimum_track_record_years=1.0,
    )


def random_ones(percentile: float | None, chance: float | None) -> RandomEntriesPart:
    score = None if percentile is None else 3.0
    return RandomEntriesPart(
        runs=500, mean_sharpe=0.1, deviation=0.5, percentile=percentile, score=score, chance=chance
    )


def beyond(chance: float, score: float = 3.0) -> AlphaPart:
    return AlphaPart(annual=0.2, beta=0.5, score=score, chance=chance)


def search(probability: float = 0.2, loss: float = 0.2, p: float = 0.01) -> OverfittingPart:
    return OverfittingPart(
        sets=50,
        blocks=16,
        splits=12870,
        probability=probability,
        probability_of_loss=loss,
        slope=0.1,
        superior_p=p,
    )


def walked(probability: float | None, ratio: float | None = 1.0) -> WalkForwardPart:
    return WalkForwardPart(
        kind="anchored",
        sets=50,
        purged_periods=2,
        embargo_periods=1,
        folds=(),
        sharpe=ratio,
        total_return=0.1,
        efficiency=0.6,
        share_positive=0.8,
        probability=probability,
    )


def row(ratio: float | None) -> StressRow:
    return StressRow(name="costs_x2", said="", sharpe=ratio, total_return=0.0, max_drawdown=0.1, trades=40)


def around(median: float | None, sets: int = 8) -> NeighboursPart:
    return NeighboursPart(sets=sets, median_sharpe=median, worst_sharpe=None, share_profitable=None)


def replay(answer: str) -> LookAhead:
    return LookAhead(answer, 40, 80, 0, "", "")  # pyright: ignore[reportArgumentType] - of the table


TABLE = [
    ("a clean replay", checks.lookahead(replay("clean")), "for"),
    ("a leak", checks.lookahead(replay("leaks")), "against"),
    ("an undecided replay", checks.lookahead(replay("undecided")), "open"),
    ("30 trades", checks.trades(30), "for"),
    ("29 trades", checks.trades(29), "open"),
    ("a ratio above luck", checks.deflated(sharpe(0.95), TRIALS, 3.0), "for"),
    ("a ratio near luck", checks.deflated(sharpe(0.94), TRIALS, 3.0), "open"),
    ("a ratio below luck", checks.deflated(sharpe(0.49), TRIALS, 3.0), "against"),
    ("no ratio", checks.deflated(sharpe(None, None, None), TRIALS, None), "against"),
    ("a small chance", checks.chance_of_best(sharpe(chance=0.005), TRIALS, 3.0), "for"),
    ("a chance of one percent", checks.chance_of_best(sharpe(chance=0.01), TRIALS, 3.0), "open"),
    ("no chance to name", checks.chance_of_best(sharpe(chance=None), TRIALS, None), "against"),
    ("better moments", checks.random_entries(random_ones(0.999, 0.002), TRIALS), "for"),
    ("moments perhaps better", checks.random_entries(random_ones(0.98, 0.1), TRIALS), "open"),
    ("moments like random ones", checks.random_entries(random_ones(0.69, 0.9), TRIALS), "against"),
    ("nothing left to chance", checks.random_entries(random_ones(None, None), TRIALS), "against"),
    ("more than the market", checks.alpha(beyond(0.005), TRIALS), "for"),
    ("perhaps more than the market", checks.alpha(beyond(0.02), TRIALS), "open"),
    ("less than the market", checks.alpha(beyond(0.9, -0.1), TRIALS), "against"),
    ("nothing to tell from the market", checks.alpha(None, TRIALS), "against"),
    ("a superior search", checks.superior(search(p=0.05)), "for"),
    ("a search like nothing", checks.superior(search(p=0.06)), "open"),
    ("no search", checks.superior(None), "not applicable"),
    ("a search that holds outside", checks.overfitting(search(probability=0.49)), "for"),
    ("a rank that is noise", checks.overfitting(search(probability=0.6, loss=0.3)), "open"),
    ("sets that are all good", checks.overfitting(search(probability=0.6, loss=0.1)), "for"),
    ("a best that loses outside", checks.overfitting(search(probability=0.4, loss=0.51)), "against"),
    ("nothing to over-fit", checks.overfitting(None), "not applicable"),
    ("good afterwards", checks.walk_forward([walked(0.75), walked(0.9)]), "for"),
    ("perhaps good afterwards", checks.walk_forward([walked(0.99), walked(0.74)]), "open"),
    ("losing afterwards", checks.walk_forward([walked(0.9), walked(0.4, -0.1)]), "against"),
    ("idle afterwards", checks.walk_forward([walked(None, None)]), "against"),
    ("too short to walk", checks.walk_forward([]), "open"),
    ("earning at doubled costs", checks.doubled_costs(row(0.01)), "for"),
    ("losing at doubled costs", checks.doubled_costs(row(0.0)), "against"),
    ("earning a bar later", checks.one_bar_later(row(0.5)), "for"),
    ("losing a bar later", checks.one_bar_later(row(None)), "open"),
    ("good neighbours", checks.neighbours(around(1.0), 2.0), "for"),
    ("weak neighbours", checks.neighbours(around(0.9), 2.0), "open"),
    ("losing neighbours", checks.neighbours(around(0.0), 2.0), "against"),
    ("no neighbours", checks.neighbours(None, 2.0), "not applicable"),
    ("neighbours of a loser", checks.neighbours(around(1.0), -1.0), "against"),
    ("better than holding", checks.buy_and_hold(1.5, 1.0, 0.3, 0.5), "for"),
    ("a lower ratio than holding, more return", checks.buy_and_hold(0.9, 1.0, 0.6, 0.5), "open"),
    ("less than holding", checks.buy_and_hold(0.9, 1.0, 0.4, 0.5), "against"),
    ("a loss where holding lost more", checks.buy_and_hold(-0.5, -1.0, -0.1, -0.5), "against"),
]


@pytest.mark.parametrize(("finding", "reason", "outcome"), TABLE, ids=[line[0] for line in TABLE])
def test_a_finding_speaks_for_or_against(finding: str, reason: Reason, outcome: str):
    assert reason.outcome == outcome, finding
    assert bool(reason.would_change) == (outcome in ("against", "open"))
    assert reason.said.endswith((".", ". ")) or reason.said.rstrip().endswith(".")


def reason(outcome: str) -> Reason:
    return Reason.model_validate(
        {"name": "x", "outcome": outcome, "value": None, "threshold": None, "said": "It is so."}
    )


@pytest.mark.parametrize("pair", [*product(["for", "against", "open", "not applicable"], repeat=2)])
def test_one_reason_against_rejects_and_one_open_leaves_it_undecided(pair: tuple[str, str]):
    expected = "reject" if "against" in pair else "not enough evidence" if "open" in pair else "accept"
    assert verdict_of([reason(outcome) for outcome in pair]) == expected


def test_how_much_longer_the_record_must_be_is_said_in_years():
    said = checks.chance_of_best(sharpe(chance=0.02), TRIALS, 3.5).would_change
    assert said == "1.5 more years at this ratio, or fewer trials on the asset."


def test_every_bound_says_why():
    assert all(bound.why.endswith(".") for _, bound in BOUNDS)

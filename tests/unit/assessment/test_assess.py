"""An assessment of a recorded run, through the real store, lake and ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.cancellation import Cancellation
from engine.errors import Cancelled, Conflict, NotFound
from engine.research.assessment.assess import assess, newest_assessment
from tests.support.families import FAMILIES
from tests.support.made_markets import driftless, hourly_bars, trending
from tests.support.trial_rooms import MADE_UP, TrialRoom, trial_room

HOURS = 6_000


def room_of(market, seed: int = 3) -> Iterator[TrialRoom]:
    rng = np.random.default_rng(seed)
    with trial_room(hourly_bars(MADE_UP, market(rng, HOURS), rng)) as room:
        yield room


@pytest.fixture
def noise() -> Iterator[TrialRoom]:
    yield from room_of(driftless)


@pytest.fixture
def trend() -> Iterator[TrialRoom]:
    yield from room_of(trending(0.3))


def best_run(room: TrialRoom, trials: int = 20) -> str:
    found = room.searched("cross", FAMILIES["cross"], trials=trials, seed=1, sampler="random")
    assert found.best is not None
    return found.best.run_id


def test_the_best_of_a_search_over_noise_is_not_accepted(noise: TrialRoom):
    assert noise.assessed(best_run(noise)).verdict != "accept"


def test_a_strong_edge_is_accepted_with_every_reason_for_it(trend: TrialRoom):
    assessment = trend.assessed(best_run(trend))
    assert assessment.verdict == "accept"
    assert {reason.outcome for reason in assessment.reasons} <= {"for", "not applicable"}


def test_the_same_run_and_seed_give_the_same_document_and_it_is_kept_once(noise: TrialRoom):
    run_id = best_run(noise)
    first, again = noise.assessed(run_id, seed=5), noise.assessed(run_id, seed=5)
    assert first.model_dump_json() == again.model_dump_json()
    names = noise.laboratory.store.runs.artifact_names(run_id)
    assert [name for name in names if name.startswith("assessment")] == ["assessment:1"]
    assert newest_assessment(noise.laboratory.store, run_id) == first


def test_what_is_tried_inside_an_assessment_is_no_trial(noise: TrialRoom):
    run_id = best_run(noise, trials=12)
    before = noise.laboratory.store.trials.count("WALK")
    assert before == 12
    noise.assessed(run_id)
    assert noise.laboratory.store.trials.count("WALK") == before


def test_trials_of_other_ideas_make_the_same_run_harder_to_believe(noise: TrialRoom):
    run_id = best_run(noise)
    alone = noise.assessed(run_id)
    for name in ("swing", "bands", "breakout"):
        noise.searched(name, FAMILIES[name], trials=30, seed=2, sampler="random")
    in_company = noise.assessed(run_id)
    assert in_company.trials.effective > alone.trials.effective
    assert in_company.sharpe.expected_maximum > alone.sharpe.expected_maximum
    assert in_company.sharpe.deflated < alone.sharpe.deflated
    assert in_company.sharpe.annual == alone.sharpe.annual


def test_a_renamed_copy_carries_the_trials_of_its_lineage(noise: TrialRoom):
    best_run(noise, trials=25)
    copy = FAMILIES["cross"].replace("fast", "quick").replace("slow", "calm")
    run = noise.tried("a fresh idea", copy)
    assessment = noise.assessed(run.document.run_id)
    assert assessment.trials.in_lineage == 26
    assert assessment.overfitting is not None and assessment.overfitting.sets == 26


def test_a_single_run_without_a_search_is_walked_forward_over_sets_drawn_at_random(noise: TrialRoom):
    run = noise.tried("alone", FAMILIES["cross"])
    assessment = noise.assessed(run.document.run_id)
    assert assessment.overfitting is None
    assert assessment.walk_forward[0].sets > 20
    assert assessment.trials.on_asset == 1


def test_a_strategy_without_parameters_is_assessed_all_the_same(noise: TrialRoom):
    code = FAMILIES["breakout"].replace('params["entry"]', "50").replace('params["leave"]', "25")
    lines = [line for line in code.splitlines() if not line.startswith("PARAMS")]
    assessment = noise.assessed(noise.tried("fixed", "\n".join(lines)).document.run_id)
    assert assessment.neighbours is None and assessment.heat_map is None
    assert assessment.walk_forward[0].sets == 1


def test_a_strategy_that_never_trades_is_rejected_in_words(noise: TrialRoom):
    code = '''"""Never."""
def generate_signals(df, params):
    never = pd.Series(False, index=df.index)
    return pd.DataFrame({"long_entry": never, "long_exit": never}, index=df.index)
'''
    assessment = noise.assessed(noise.tried("never", code).document.run_id)
    assert assessment.verdict == "reject"
    assert assessment.sharpe.annual is None and assessment.forecast is None


def test_an_unknown_run_is_named(noise: TrialRoom):
    with pytest.raises(NotFound, match="run_nothing"):
        noise.assessed("run_nothing")


def test_bars_that_are_not_those_of_the_run_are_refused(noise: TrialRoom):
    run_id = best_run(noise)
    with trial_room(replace(noise.bars, close=noise.bars.close, volume=noise.bars.volume * 2)) as other:
        elsewhere = replace(other.laboratory, store=noise.laboratory.store)
        with pytest.raises(Conflict, match=run_id):
            assess(elsewhere, run_id)


def test_a_cancelled_assessment_leaves_nothing(noise: TrialRoom):
    run_id = best_run(noise)
    cancellation = Cancellation()

    def hear(done: float, _doing: str) -> None:
        if done > 0.3:
            cancellation.cancel()

    with pytest.raises(Cancelled):
        assess(noise.laboratory, run_id, cancellation=cancellation, progress=hear)
    assert newest_assessment(noise.laboratory.store, run_id) is None


def test_progress_rises_to_the_end(noise: TrialRoom):
    heard: list[float] = []
    assess(noise.laboratory, best_run(noise), progress=lambda done, _doing: heard.append(done))
    assert heard == sorted(heard) and heard[-1] == 1.0

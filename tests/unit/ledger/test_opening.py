"""Opening the holdout: once per lineage, within an allowance, on the record before anything is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import InvalidInput, LimitExceeded, NotFound
from engine.market.interval import DAY_MS, parse_instant
from engine.research.backtesting import Laboratory
from engine.research.holdout import move_holdout
from engine.research.ledger.counting import trial_count
from engine.research.opening import open_holdout
from engine.research.reproduction import reproduce
from engine.strategy.spec import code_hash
from tests.unit.ledger.conftest import bars
from tests.unit.ledger.texts import BREAKOUT, BY_SUMS, CALENDAR, FAILS_LATE, MEAN, RENAMED


def events(laboratory: Laboratory) -> list[str]:
    return [event.kind for event in laboratory.store.holdouts.events("BTC")]


def test_it_runs_on_the_held_out_part_only_with_signals_warmed_up(
    laboratory: Laboratory, tried: Callable
) -> None:
    run = tried("mean", MEAN, n=100)
    opened = open_holdout(laboratory, run.document.run_id)
    document, market = opened.held_out.document, opened.held_out.market
    held_from = parse_instant(run.document.data.holdout_from)
    assert market.bars.start_ms == held_from and market.bars.end_ms == bars().end_ms
    assert document.params == run.document.params and document.costs == run.document.costs
    assert document.data.includes_holdout and document.data.warm_up.bars == len(run.market.bars)
    assert opened.held_out.simulation.trades.entry_bar[0] < 100
    assert "opened the holdout" in document.warnings[-1]
    assert opened.research == run.document and opened.left == 4


def test_it_leaves_an_opening_a_run_and_a_trial_that_does_not_deflate(
    laboratory: Laboratory, tried: Callable
) -> None:
    run = tried("mean", MEAN)
    opened = open_holdout(laboratory, run.document.run_id).held_out.document
    store = laboratory.store
    assert events(laboratory) == ["fixed", "opened"]
    detail = store.holdouts.events("BTC")[-1].detail
    assert (detail["run_id"], detail["of_run"]) == (opened.run_id, run.document.run_id)
    assert store.runs.get(opened.run_id).include_holdout
    trial = store.trials.of_run(opened.run_id)
    assert trial is not None and trial.touches_holdout
    found = trial_count(store, "BTC", code_hash(MEAN))
    assert (found.on_asset, found.holdout_openings, found.holdout_opened_by_lineage) == (1, 1, True)


def test_the_run_of_an_opening_is_reproduced_to_the_same_bits(
    laboratory: Laboratory, tried: Callable
) -> None:
    run_id = tried("mean", MEAN).document.run_id
    opened = open_holdout(laboratory, run_id).held_out.document.run_id
    laboratory.lake.append(bars(5_000))
    assert reproduce(laboratory, opened).differences == ()


@pytest.mark.parametrize("copy", [MEAN, RENAMED, BY_SUMS])
def test_a_lineage_opens_it_once_whatever_its_copies_are_called(
    laboratory: Laboratory, tried: Callable, copy: str
) -> None:
    open_holdout(laboratory, tried("mean", MEAN).document.run_id)
    again = tried("new name", copy).document.run_id
    with pytest.raises(LimitExceeded, match="has opened the holdout of BTC"):
        open_holdout(laboratory, again)
    assert events(laboratory) == ["fixed", "opened"]


def test_a_copy_hidden_among_other_trials_is_known_by_what_it_earned(
    laboratory: Laboratory, tried: Callable
) -> None:
    open_holdout(laboratory, tried("mean", MEAN).document.run_id)
    for n in (3, 5, 8, 13, 120, 150, 180, 190, 200):
        tried("other", BY_SUMS, n=n)
    hidden = tried("other", BY_SUMS, n=41).document.run_id
    with pytest.raises(LimitExceeded, match="has opened"):
        open_holdout(laboratory, hidden)


def test_all_lineages_share_the_allowance(laboratory: Laboratory, tried: Callable) -> None:
    runs = [
        tried(name, text).document.run_id for name, text in (("a", MEAN), ("b", CALENDAR), ("c", BREAKOUT))
    ]
    assert open_holdout(laboratory, runs[0], allowance=2).left == 1
    assert open_holdout(laboratory, runs[1], allowance=2).left == 0
    with pytest.raises(LimitExceeded, match="opened 2 times; its allowance is 2"):
        open_holdout(laboratory, runs[2], allowance=2)


def test_a_run_that_fails_has_had_its_opening(laboratory: Laboratory, tried: Callable) -> None:
    run_id = tried("late", FAILS_LATE).document.run_id
    with pytest.raises(ValueError, match="the last close"):
        open_holdout(laboratory, run_id)
    assert events(laboratory) == ["fixed", "opened"]
    with pytest.raises(LimitExceeded):
        open_holdout(laboratory, run_id)


def test_two_openings_at_once_cannot_both_pass(laboratory: Laboratory, tried: Callable) -> None:
    runs = [
        tried(name, text).document.run_id
        for name, text in (("a", MEAN), ("a copy", RENAMED), ("b", CALENDAR))
    ]
    barrier, answers = threading.Barrier(4), list[str]()

    def opens(run_id: str) -> None:
        barrier.wait(timeout=30)
        try:
            open_holdout(laboratory, run_id, allowance=1)
            answers.append("opened")
        except LimitExceeded:
            answers.append("refused")

    threads = [threading.Thread(target=opens, args=(run_id,)) for run_id in (*runs, runs[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == ["opened", "refused", "refused", "refused"]
    assert events(laboratory).count("opened") == 1


def test_what_may_not_be_opened_costs_nothing(laboratory: Laboratory, tried: Callable) -> None:
    run = tried("mean", MEAN)
    held_out = open_holdout(laboratory, run.document.run_id).held_out.document.run_id
    with pytest.raises(InvalidInput, match="has seen held-out data"):
        open_holdout(laboratory, held_out)
    with pytest.raises(NotFound, match="run_nothing"):
        open_holdout(laboratory, "run_nothing")
    move_holdout(laboratory.lake, laboratory.store, "BTC", bars().end_ms, "nothing is left")
    with pytest.raises(InvalidInput, match="There are 0 bars"):
        open_holdout(laboratory, tried("b", CALENDAR).document.run_id)
    assert events(laboratory).count("opened") == 1


def test_after_a_move_back_a_trial_that_saw_what_is_now_held_out_bars_its_lineage(
    laboratory: Laboratory, tried: Callable
) -> None:
    run_id = tried("mean", MEAN).document.run_id
    held = laboratory.store.holdouts.get("BTC").holdout_from_ms
    move_holdout(laboratory.lake, laboratory.store, "BTC", held - 10 * DAY_MS, "longer")
    with pytest.raises(LimitExceeded, match="has seen BTC up to"):
        open_holdout(laboratory, run_id)
    assert trial_count(laboratory.store, "BTC", code_hash(MEAN)).holdout_opened_by_lineage


def test_new_data_behind_a_moved_holdout_may_be_opened_again(laboratory: Laboratory, tried: Callable) -> None:
    run_id = tried("mean", MEAN).document.run_id
    open_holdout(laboratory, run_id, allowance=1)
    laboratory.lake.append(bars(5_000))
    move_holdout(laboratory.lake, laboratory.store, "BTC", bars().end_ms, "new data")
    newer = tried("mean", MEAN).document.run_id
    again = open_holdout(laboratory, newer, allowance=1)
    assert again.held_out.market.bars.start_ms == bars().end_ms
    assert np.isfinite(again.held_out.simulation.equity).all()


def test_a_move_needs_a_reason_and_a_known_asset(laboratory: Laboratory) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        move_holdout(laboratory.lake, laboratory.store, "BTC", bars().end_ms, "  ")
    with pytest.raises(NotFound, match="no bars of XYZ"):
        move_holdout(laboratory.lake, laboratory.store, "XYZ", bars().end_ms, "why")
    assert laboratory.store.holdouts.list() == ()

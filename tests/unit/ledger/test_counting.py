"""How much was tried: what deflates a verdict, read from the record alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.market.interval import DAY_MS
from engine.research.backtesting import Laboratory, Window
from engine.research.holdout import move_holdout
from engine.research.ledger.counting import trial_count
from engine.research.ledger.reading import recent, search_of
from engine.research.reproduction import reproduce
from engine.research.returns import PeriodReturns, period_returns
from engine.research.trials import recorded_returns
from engine.store.store import Store
from engine.strategy.spec import code_hash
from tests.support.hourly_bars import HOUR_MS, START_MS
from tests.unit.ledger.texts import BREAKOUT, CALENDAR, MEAN, RENAMED


def counted(laboratory: Laboratory, text: str = MEAN):
    return trial_count(laboratory.store, "BTC", code_hash(text))


def test_a_run_keeps_its_returns_by_period(laboratory: Laboratory, tried: Callable) -> None:
    run = tried("a", MEAN)
    bars = run.market.bars
    exact = period_returns(bars.open_time, bars.interval, run.simulation.equity, 10_000.0)
    kept = laboratory.store.trials.list("BTC")[0].returns
    assert (kept.start_ms, kept.period_ms, len(kept)) == (exact.start_ms, exact.period_ms, len(exact))
    assert np.allclose(recorded_returns(kept).values, exact.values, rtol=1e-6, atol=1e-12)


def test_repeats_and_reproductions_do_not_count(laboratory: Laboratory, tried: Callable) -> None:
    run = tried("a", MEAN)
    tried("a", MEAN)
    tried("b", MEAN, n=40)
    reproduce(laboratory, run.document.run_id)
    found = counted(laboratory)
    assert (found.on_asset, found.in_lineage, found.effective) == (1, 1, 1)
    assert found.members == ("b",)


def test_all_lineages_of_the_asset_deflate(laboratory: Laboratory, tried: Callable) -> None:
    for n in (20, 40, 80, 160):
        tried("mean", MEAN, n=n)
    for hour in (2, 7, 12, 17):
        tried("calendar", CALENDAR, hour=hour)
    tried("breakout", BREAKOUT)
    tried("copy", RENAMED)
    found = counted(laboratory)
    assert (found.on_asset, found.in_lineage) == (10, 5)
    assert found.effective_on_asset >= found.effective_in_lineage >= 1
    assert found.effective == max(found.effective_on_asset, found.effective_in_lineage) >= 5
    assert found.members == ("copy", "mean")
    assert counted(laboratory, CALENDAR).effective == found.effective


def test_a_further_trial_never_lowers_the_number(laboratory: Laboratory, tried: Callable) -> None:
    before = 0
    for n in (10, 11, 30, 90, 31, 180, 10):
        tried("mean", MEAN, n=n)
        now = counted(laboratory).effective
        assert now >= before
        before = now


def test_a_fresh_process_counts_the_same(laboratory: Laboratory, tried: Callable) -> None:
    for n in (10, 30, 90):
        tried("mean", MEAN, n=n)
        counted(laboratory)
    tried("calendar", CALENDAR)
    url = str(laboratory.lake.root.parent / "store.db")
    with Store.open(f"sqlite:///{url}") as fresh:
        assert trial_count(fresh, "BTC", code_hash(MEAN)) == counted(laboratory)


def test_another_asset_has_a_ledger_of_its_own(laboratory: Laboratory, tried: Callable) -> None:
    tried("mean", MEAN)
    found = trial_count(laboratory.store, "ETH", code_hash(MEAN))
    assert (found.on_asset, found.in_lineage, found.effective) == (0, 0, 1)


def test_moving_the_holdout_back_forgives_no_trial(laboratory: Laboratory, tried: Callable) -> None:
    for n in (10, 30, 90, 180):
        tried("mean", MEAN, n=n)
    before = counted(laboratory)
    assert before.on_asset == 4
    held = laboratory.store.holdouts.get("BTC")
    move_holdout(laboratory.lake, laboratory.store, "BTC", held.holdout_from_ms - 20 * DAY_MS, "a longer one")
    now = counted(laboratory)
    assert (now.on_asset, now.effective) == (before.on_asset, before.effective)


def test_the_search_of_a_trial_is_its_lineage_on_the_same_window_and_costs(
    laboratory: Laboratory, tried: Callable
) -> None:
    for n in (20, 40, 80):
        tried("mean", MEAN, n=n)
    tried("copy", RENAMED, width=90)
    tried("calendar", CALENDAR)
    tried("mean", MEAN, Window(start_ms=START_MS + 500 * HOUR_MS), n=40)
    trial = laboratory.store.trials.of_codes([code_hash(MEAN)])[0]
    found = search_of(laboratory.store, trial)
    assert [entry.params for entry in found.trials] == [{"n": 20}, {"n": 40}, {"n": 80}, {"width": 90}]
    one = recorded_returns(trial.returns)
    assert found.returns.shape == (4, len(one))
    assert np.array_equal(found.returns[0], one.values)
    assert PeriodReturns(found.start_ms, found.period_ms, found.returns[0]).end_ms == one.end_ms


def test_the_newest_trials_are_named(laboratory: Laboratory, tried: Callable) -> None:
    tried("mean", MEAN, n=20)
    tried("calendar", CALENDAR)
    run = tried("mean", MEAN, n=30)
    rows = recent(laboratory.store, base_asset="BTC", limit=2)
    assert [row.strategy for row in rows] == ["mean", "calendar"]
    assert rows[0].run_id == run.document.run_id
    lineage = counted(laboratory).lineage
    assert [row.params for row in recent(laboratory.store, lineage=lineage)] == [{"n": 30}, {"n": 20}]


@pytest.mark.parametrize("allowance", [0, 3])
def test_the_allowance_is_said(laboratory: Laboratory, tried: Callable, allowance: int) -> None:
    tried("mean", MEAN)
    found = trial_count(laboratory.store, "BTC", code_hash(MEAN), allowance=allowance)
    assert (found.holdout_openings, found.holdout_allowance) == (0, allowance)
    assert not found.holdout_opened_by_lineage and found.read_past_holdout == ()

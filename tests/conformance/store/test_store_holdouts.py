"""Holdouts: the first one stands, only a person moves it, and all of it is on the record."""

from __future__ import annotations

import threading

import pytest

from engine.errors import InvalidInput, NotFound
from engine.store.store import Store


def test_an_asset_has_no_holdout_before_its_first_trial(store: Store) -> None:
    assert store.holdouts.get("BTC") is None and store.holdouts.events("BTC") == ()


def test_the_first_holdout_stands(store: Store, clock) -> None:
    first = store.holdouts.fix("BTC", 1_000, "80% of bybit:linear:BTCUSDT 1h")
    assert (first.holdout_from_ms, first.fixed_ms, first.by) == (1_000, clock.ms, "first trial")
    clock.ms += 1
    assert store.holdouts.fix("BTC", 2_000, "a longer series") == first == store.holdouts.get("BTC")
    assert store.holdouts.fix("ETH", 3_000, "").holdout_from_ms == 3_000
    assert [(event.kind, event.holdout_from_ms) for event in store.holdouts.events("BTC")] == [
        ("fixed", 1_000)
    ]


def test_a_person_moves_it_on_the_record(store: Store, clock) -> None:
    store.holdouts.fix("BTC", 1_000, "first")
    clock.ms += 5
    moved = store.holdouts.move("BTC", 2_000, "new data")
    assert (moved.holdout_from_ms, moved.by, moved.reason) == (2_000, "person", "new data")
    assert store.holdouts.get("BTC") == moved == store.holdouts.fix("BTC", 9_000, "later trial")
    fixed, event = store.holdouts.events("BTC")
    assert (event.kind, event.holdout_from_ms, event.detail) == ("moved", 2_000, {"before_ms": 1_000})
    assert event.created_ms - fixed.created_ms == 5


def test_a_person_may_set_it_before_the_first_trial(store: Store) -> None:
    store.holdouts.move("BTC", 2_000, "mine")
    assert store.holdouts.fix("BTC", 1_000, "first trial").holdout_from_ms == 2_000
    assert [event.detail for event in store.holdouts.events("BTC")] == [{"before_ms": None}]


def test_an_opening_is_on_the_record(store: Store) -> None:
    with pytest.raises(NotFound, match="BTC"):
        store.holdouts.record_opening("BTC", "asked", {})
    store.holdouts.fix("BTC", 1_000, "first")
    store.holdouts.record_opening("BTC", "asked for", {"run_id": "run_1"})
    event = store.holdouts.events("BTC")[-1]
    assert (event.kind, event.reason, event.detail) == ("opened", "asked for", {"run_id": "run_1"})


@pytest.mark.parametrize(("asset", "at_ms"), [("", 1), ("btc", 1), ("BTC", 0), ("BTC", -5), ("BTC", 2**63)])
def test_a_bad_holdout_is_refused(store: Store, asset: str, at_ms: int) -> None:
    for write in (store.holdouts.fix, store.holdouts.move):
        with pytest.raises(InvalidInput):
            write(asset, at_ms, "reason")
    assert store.holdouts.get("BTC") is None


def test_of_many_first_trials_at_once_one_fixes_it_and_all_agree(store: Store) -> None:
    barrier = threading.Barrier(8)
    answers: list[int] = []

    def fix(number: int) -> None:
        barrier.wait(timeout=30)
        answers.append(store.holdouts.fix("BTC", 1_000 + number, "race").holdout_from_ms)

    threads = [threading.Thread(target=fix, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == 8 and len(set(answers)) == 1
    assert len(store.holdouts.events("BTC")) == 1


def test_reads_past_the_holdout_are_kept_together_by_series_and_tool(store: Store, clock) -> None:
    def read(series: str, start_ms: int, end_ms: int, **changes) -> None:
        store.holdouts.record_read(
            "BTC",
            series,
            **{"reader": "get_klines", "holdout_from_ms": 100, **changes},
            start_ms=start_ms,
            end_ms=end_ms,
        )

    first = clock.ms
    read("bybit:linear:BTCUSDT 1h", 120, 140)
    clock.ms += 5
    read("bybit:linear:BTCUSDT 1h", 100, 130)
    read("bybit:spot:BTCUSDT 1d", 100, 200)
    clock.ms += 5
    read("bybit:linear:BTCUSDT 1h", 130, 150, holdout_from_ms=110)
    newest, other, together = store.holdouts.reads("BTC")
    assert (newest.holdout_from_ms, newest.reads) == (110, 1)
    assert (other.series, other.end_ms) == ("bybit:spot:BTCUSDT 1d", 200)
    assert (together.start_ms, together.end_ms, together.reads) == (100, 140, 2)
    assert (together.first_ms, together.last_ms) == (first, first + 5)
    assert store.holdouts.reads("ETH") == ()


def test_all_holdouts_are_listed_by_asset(store: Store) -> None:
    for asset in ("ETH", "BTC"):
        store.holdouts.fix(asset, 1_000, "first")
    assert [record.base_asset for record in store.holdouts.list()] == ["BTC", "ETH"]

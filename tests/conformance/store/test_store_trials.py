"""The ledger: many trials at once, their returns, and reading them in order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import Conflict, InvalidInput, NotFound
from engine.market.instrument import parse_instrument
from engine.store.records import Artifact, ReturnsRecord
from engine.store.store import Store

DAY_MS = 86_400_000
RETURNS = ReturnsRecord(10 * DAY_MS, DAY_MS, np.array([0.01, -0.02, 0.0], "<f4").tobytes())


def test_a_trial_keeps_its_returns(store: Store, make_trial: Callable) -> None:
    trial = store.trials.record(make_trial(returns=RETURNS))
    assert trial.returns == RETURNS and len(RETURNS) == 3
    assert store.trials.list("BTC")[0].returns == RETURNS
    assert [entry.returns for entry in store.trials.in_order("BTC")] == [RETURNS]


def test_an_identical_earlier_trial_keeps_the_returns_that_it_has(store: Store, make_trial: Callable) -> None:
    store.trials.record(make_trial())
    again = store.trials.record(make_trial(returns=RETURNS))
    assert again.returns is None


def test_many_trials_are_recorded_in_order_and_each_once(store: Store, make_trial: Callable) -> None:
    store.trials.record(make_trial(params={"n": 3}, sharpe=0.3))
    many = [make_trial(params={"n": n % 1_500}, sharpe=n / 10, returns=RETURNS) for n in range(2_000)]
    assert store.trials.record_many(many) == 1_499
    assert store.trials.count("BTC") == 1_500
    assert store.trials.record_many(many) == 0
    newest = store.trials.list("BTC", limit=3)
    assert [trial.params["n"] for trial in newest] == [1_499, 1_498, 1_497]
    places = [entry.seq for entry in store.trials.in_order("BTC")]
    assert places == sorted(places) and len(places) == 1_500
    assert [entry.seq for entry in store.trials.in_order("BTC", after=places[-3])] == places[-2:]


def test_no_trial_at_all_is_no_work(store: Store) -> None:
    assert store.trials.record_many([]) == 0


@pytest.mark.parametrize("values", [b"abc", b"\0" * 7])
def test_one_bad_trial_among_many_stops_them_all(store: Store, make_trial: Callable, values: bytes) -> None:
    bad = make_trial(params={"n": 2}, returns=ReturnsRecord(0, DAY_MS, values))
    with pytest.raises(InvalidInput, match="float32"):
        store.trials.record_many([make_trial(params={"n": 1}), bad])
    assert store.trials.count("BTC") == 0


def test_trials_are_found_by_asset_and_code(store: Store, make_trial: Callable) -> None:
    ether = parse_instrument("bybit:linear:ETHUSDT")
    store.trials.record_many(
        [
            make_trial(code_hash="b", params={"n": 1}),
            make_trial(code_hash="a", params={"n": 1}),
            make_trial(code_hash="b", params={"n": 2}),
            make_trial(code_hash="c", instrument=ether),
        ]
    )
    assert [trial.params["n"] for trial in store.trials.of_codes(["b"])] == [1, 2]
    assert [trial.params["n"] for trial in store.trials.of_codes(["b"], newest=1)] == [2]
    assert store.trials.code_hashes() == ("b", "a", "c")
    assert store.trials.assets() == ("BTC", "ETH")
    found = store.trials.of_codes(["a", "b", "c"], base_asset="ETH")
    assert [trial.code_hash for trial in found] == ["c"]
    assert store.trials.of_codes(["a", "b", "c"], like=found[0]) == found
    assert store.trials.last_place("ETH") == found[0].seq and store.trials.last_place("SOL") == 0
    assert [entry.code_hash for entry in store.trials.in_order("BTC", code_hashes=["a"])] == ["a"]
    assert store.trials.get(found[0].trial_hash) == found[0]
    assert store.trials.get("nothing") is None


def test_an_artifact_is_attached_to_a_run_once(store: Store, make_run: Callable) -> None:
    store.record_run(make_run("run_1"), artifacts={}, trial=None)
    verdict = Artifact("application/json", b"{}")
    store.runs.attach("run_1", "assessment:1", verdict)
    assert store.runs.artifact("run_1", "assessment:1") == verdict
    with pytest.raises(Conflict, match="assessment:1"):
        store.runs.attach("run_1", "assessment:1", Artifact("application/json", b"other"))
    assert store.runs.artifact("run_1", "assessment:1") == verdict
    with pytest.raises(NotFound, match="run_2"):
        store.runs.attach("run_2", "assessment:1", verdict)

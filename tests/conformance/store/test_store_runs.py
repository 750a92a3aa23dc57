"""Runs, artifacts and trials: all of it or nothing, each trial once, on both databases."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from subprocess import Popen

import numpy as np
import pytest

from engine.errors import Conflict, InvalidInput, NotFound
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.store.codec import MEDIA_TYPE, Table, pack, unpack
from engine.store.records import Artifact, NewRun, NewTrial
from engine.store.store import Store

Runs = Callable[..., NewRun]
Trials = Callable[..., NewTrial]
EQUITY = Artifact(MEDIA_TYPE, pack(Table({"equity": np.array([1.0, 2.0])})))


def test_a_recorded_run_comes_back_whole(store: Store, make_run: Runs, make_spec: Callable) -> None:
    strategy = store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
    card = {"z": [1, 2.5, None, True, "ü🚀\0"], "a": {"tiny": 5e-324, "third": 1 / 3, "big": 2**63}}
    run = make_run("run_1", strategy_id=strategy.id, card=card, include_holdout=True)
    recorded = store.record_run(run, artifacts={"equity": EQUITY}, trial=None)
    assert store.runs.get("run_1") == recorded
    assert {name: getattr(recorded, name) for name in run.__dataclass_fields__} == {
        name: getattr(run, name) for name in run.__dataclass_fields__
    }
    assert list(recorded.card) == ["z", "a"], "keys stay in the order given"
    assert unpack(store.runs.artifact("run_1", "equity").blob).numbers["equity"].tolist() == [1.0, 2.0]
    assert store.runs.artifact_names("run_1") == ("equity",)


def test_a_run_without_a_saved_strategy_can_be_recorded(store: Store, make_run: Runs) -> None:
    run_id = store.new_run_id()
    assert store.record_run(make_run(run_id), artifacts={}, trial=None).id == run_id
    assert run_id.startswith("run_")


def test_large_artifacts_come_back_byte_for_byte(store: Store, make_run: Runs) -> None:
    blob = np.random.default_rng(7).bytes(8_000_000)
    store.record_run(make_run("run_1"), artifacts={"b": Artifact("x/y", blob)}, trial=None)
    assert store.runs.artifact("run_1", "b") == Artifact("x/y", blob)


def test_a_run_comes_with_its_trial(store: Store, make_run: Runs, make_trial: Trials) -> None:
    trial = make_trial(touches_holdout=True)
    store.record_run(make_run("run_1"), artifacts={}, trial=trial)
    (recorded,) = store.trials.list("BTC")
    assert recorded.run_id == "run_1" and recorded.base_asset == "BTC"
    assert {name: getattr(recorded, name) for name in trial.__dataclass_fields__} == {
        name: getattr(trial, name) for name in trial.__dataclass_fields__
    }


def test_an_identical_trial_is_not_a_new_one(store: Store, make_run: Runs, make_trial: Trials) -> None:
    for n in range(3):
        store.record_run(make_run(f"run_{n}"), artifacts={}, trial=make_trial())
    first = store.trials.record(make_trial(params={"fast": 20.0}))
    assert store.trials.count("BTC") == 1
    assert first.run_id == "run_0"
    other = store.trials.record(make_trial(params={"fast": 21}))
    assert other.trial_hash != first.trial_hash and store.trials.count("BTC") == 2


def test_trials_are_counted_by_asset_over_all_its_markets(store: Store, make_trial: Trials) -> None:
    for name in ("bybit:linear:BTCUSDT", "bybit:spot:BTCUSDT", "binance:spot:BTCUSDC", "bybit:spot:ETHUSDT"):
        store.trials.record(make_trial(instrument=parse_instrument(name)))
    store.trials.record(make_trial(interval=Interval.H2))
    assert [store.trials.count(asset) for asset in ("BTC", "ETH", "SOL")] == [4, 1, 0]
    newest = store.trials.list("BTC", limit=2)
    assert [str(trial.interval) for trial in newest] == ["2h", "1h"]
    assert len(store.trials.list("BTC", before=newest[-1].id)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window_end_ms": 0}, "window is empty"),
        ({"sharpe": float("nan")}, "Sharpe ratio is nan"),
        ({"params": {"fast": float("inf")}}, "JSON"),
        ({"costs": {"fee": object()}}, "JSON"),
    ],
)
def test_a_run_with_a_bad_trial_leaves_nothing(
    store: Store, make_run: Runs, make_trial: Trials, change: dict, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        store.record_run(make_run("run_1"), artifacts={"e": EQUITY}, trial=make_trial(**change))
    assert store.runs.list() == () and store.trials.count("BTC") == 0
    store.record_run(make_run("run_1"), artifacts={"e": EQUITY}, trial=make_trial())
    assert store.trials.count("BTC") == 1, "the database works on"


def test_a_bad_run_is_refused_whole(store: Store, make_run: Runs, make_trial: Trials) -> None:
    for change, kind in [
        ({"strategy_id": "st_gone"}, NotFound),
        ({"code_hash": "0" * 64}, InvalidInput),
        ({"card": {"sharpe": float("nan")}}, InvalidInput),
        ({"name": "a\0b"}, InvalidInput),
    ]:
        with pytest.raises(kind):
            store.record_run(make_run("run_1", **change), artifacts={"e": EQUITY}, trial=make_trial())
    assert store.runs.list() == () and store.trials.count("BTC") == 0


def test_a_run_is_recorded_once(store: Store, make_run: Runs) -> None:
    store.record_run(make_run("run_1"), artifacts={}, trial=None)
    with pytest.raises(Conflict, match="run_1"):
        store.record_run(make_run("run_1", name="other"), artifacts={}, trial=None)
    assert store.runs.get("run_1").name == "sma cross"


def test_runs_are_listed_newest_first_and_filtered(store: Store, make_run: Runs, make_spec: Callable) -> None:
    strategy = store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
    spot = parse_instrument("bybit:spot:BTCUSDT")
    for n in range(5):
        changes = {"strategy_id": strategy.id} if n % 2 else {"instrument": spot}
        store.record_run(make_run(f"run_{n}", **changes), artifacts={}, trial=None)
    assert [run.id for run in store.runs.list(limit=2)] == ["run_4", "run_3"]
    assert [run.id for run in store.runs.list(before="run_3")] == ["run_2", "run_1", "run_0"]
    assert [run.id for run in store.runs.list(strategy_id=strategy.id)] == ["run_3", "run_1"]
    assert [run.id for run in store.runs.list(instrument=spot, before="run_4")] == ["run_2", "run_0"]


def test_what_does_not_exist_is_answered_with_what_does(store: Store, make_run: Runs) -> None:
    with pytest.raises(NotFound, match="no runs yet"):
        store.runs.get("run_0")
    store.record_run(make_run("run_1"), artifacts={"trades": EQUITY, "equity": EQUITY}, trial=None)
    with pytest.raises(NotFound, match="newest runs: run_1"):
        store.runs.artifact_names("run_0")
    with pytest.raises(NotFound, match="It has: equity, trades"):
        store.runs.artifact("run_1", "trade")
    with pytest.raises(NotFound, match="newest runs: run_1"):
        store.runs.artifact("run_0", "trades")


def test_a_transaction_writes_all_or_nothing(store: Store, make_run: Runs, make_trial: Trials) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.record_run(make_run("run_1"), artifacts={}, trial=make_trial())
        assert store.runs.get("run_1").id == "run_1", "it sees its own writes"
        1 / 0  # noqa: B018
    assert store.runs.list() == () and store.trials.count("BTC") == 0
    with store.transaction():
        store.record_run(make_run("run_1"), artifacts={}, trial=make_trial())
        store.record_run(make_run("run_2"), artifacts={}, trial=make_trial(params={}))
    assert len(store.runs.list()) == store.trials.count("BTC") == 2


def test_a_swallowed_failure_does_not_leave_half_a_transaction(
    store: Store, make_run: Runs, make_trial: Trials
) -> None:
    with (
        pytest.raises(Conflict, match="nothing was written"),
        store.transaction(),
        contextlib.suppress(InvalidInput),
    ):
        store.record_run(make_run("run_1"), artifacts={}, trial=make_trial(window_end_ms=0))
    assert store.runs.list() == ()


RECORDER = """
import json, sys
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.store.records import Artifact, NewRun, NewTrial
from engine.store.store import Store
from engine.strategy.spec import code_hash

def record(store, n):
    instrument, h = parse_instrument("bybit:linear:BTCUSDT"), code_hash("x = 1")
    run = NewRun(id=f"run_{sys.argv[2]}_{n}", strategy_id=None, name="s", instrument=instrument,
        interval=Interval.H1, code_hash=h, data_hash="d", card_hash="c", card={"n": n}, code="x = 1")
    trial = NewTrial(instrument=instrument, interval=Interval.H1, code_hash=h, window_start_ms=0,
        window_end_ms=1, params={"by": sys.argv[2], "n": n}, costs={}, card_hash="c", sharpe=None)
    blobs = {name: Artifact("x/y", bytes(200_000)) for name in ("equity", "trades")}
    store.record_run(run, artifacts=blobs, trial=trial)
"""
STOPS_BEFORE_THE_END = (
    RECORDER
    + """
with Store.open(sys.argv[1]) as store, store.transaction():
    record(store, 0)
    print("written", flush=True)
    sys.stdin.readline()
"""
)
NEVER_STOPS = (
    RECORDER
    + """
with Store.open(sys.argv[1]) as store:
    for n in range(10**9):
        record(store, n)
        print(n, flush=True)
"""
)


def test_a_process_killed_before_the_end_of_its_transaction_leaves_nothing(
    url: str, start: Callable[..., Popen[str]]
) -> None:
    process = start(STOPS_BEFORE_THE_END, url, "a")
    assert process.stdout is not None and process.stdout.readline() == "written\n"
    with Store.open(url) as store:
        assert store.runs.list() == (), "nobody sees what is not finished"
    process.kill()
    process.wait(timeout=30)
    with Store.open(url) as store:
        assert store.runs.list() == () and store.trials.count("BTC") == 0
        with store.transaction():
            pass  # and nothing is locked


def test_a_process_killed_anywhere_leaves_whole_runs(url: str, start: Callable[..., Popen[str]]) -> None:
    for attempt, answers in enumerate((2, 5)):
        process = start(NEVER_STOPS, url, str(attempt))
        assert process.stdout is not None
        for _ in range(answers):
            process.stdout.readline()
        process.kill()
        said = process.communicate(timeout=30)[0].split()
        with Store.open(url) as store:
            runs = store.runs.list(limit=1000)
            mine = [run for run in runs if run.id.startswith(f"run_{attempt}_")]
            assert len(mine) >= answers + len(said), "what was answered is there"
            assert all(store.runs.artifact_names(run.id) == ("equity", "trades") for run in runs)
            assert store.trials.count("BTC") == len(runs)
            assert {trial.run_id for trial in store.trials.list("BTC", 1000)} == {run.id for run in runs}


def test_the_document_of_a_run_is_readable_with_plain_sql(store: Store, make_run: Runs) -> None:
    """A person with a database browser reads JSON, not pickles."""
    from sqlalchemy import text

    store.record_run(make_run("run_1"), artifacts={}, trial=None)
    with store._database.reading() as session:
        card = session.execute(text("SELECT card FROM runs")).scalar_one()
    assert json.loads(card)["run_id"] == "run_1"

"""Long tools in the registry, and the small parts of jobs that need no worker."""

from __future__ import annotations

import math
import os
import pickle
from pathlib import Path

import pytest

from engine.cancellation import Cancellation
from engine.errors import Conflict, EdgewrightError, InvalidInput, StoreUnavailable
from engine.store.store import Store
from tests.support.processes import wait_until
from tests.support.slow_tool import SLOW
from tools.backtest import RunBacktest
from tools.catalogue import REGISTRY
from tools.cluster import loader_maker
from tools.jobs.desk import error_of
from tools.jobs.heartbeat import Heartbeat
from tools.jobs.kinds import kind_of, tool_of
from tools.jobs.place import WorkerPlace, place_of
from tools.jobs.start import environment_of
from tools.jobs.worker import failure
from tools.long_tool import LongTool
from tools.registry import checked
from tools.settings import Settings
from tools.waiting import Look, Waiting

LONG = [tool for tool in REGISTRY if isinstance(tool, LongTool)]


def test_searches_and_verdicts_are_the_long_tools() -> None:
    assert [tool.name for tool in LONG] == ["run_optimization", "assess_robustness"]


@pytest.mark.parametrize("tool", LONG, ids=lambda tool: tool.name)
def test_a_long_tool_answers_with_the_job_and_in_the_end_with_the_result(tool: LongTool) -> None:
    schema = tool.answer.model_json_schema(mode="serialization")
    assert schema["title"] == f"{tool.result.__name__}Outcome"
    assert set(schema["properties"]) == {"schema", "job", "result"}
    wait = tool.request.model_json_schema()["properties"]["wait_s"]
    assert (wait["default"], wait["minimum"], wait["maximum"]) == (20.0, 0, 45)


def test_no_argument_of_a_tool_names_a_cluster() -> None:
    for tool in REGISTRY:
        assert "address" not in tool.request.model_fields


def test_waiting_ends_when_the_work_is_over_or_the_time_is() -> None:
    looks = iter([Look("a", False, 0.1, "begun"), Look("b", True, 1.0, "done")])
    heard: list[tuple[float, str]] = []
    assert Waiting(lambda: next(looks), 20).wait(lambda *said: heard.append(said)) == "b"
    assert heard == [(0.1, "begun"), (1.0, "done")]
    assert Waiting(lambda: Look("so far", False, 0.5, "at it"), 0).wait() == "so far"


def test_an_error_comes_back_from_a_job_as_it_was() -> None:
    for error in (InvalidInput("Wrong.", "Right."), StoreUnavailable("Full.")):
        again = error_of(failure(error))
        assert (type(again), again.message, again.hint) == (type(error), error.message, error.hint)
    assert type(error_of({"type": "WorkerLost", "message": "Lost."})) is EdgewrightError


def test_the_place_of_a_worker_is_held_by_one_and_differs_by_database_and_trust(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    place, other = WorkerPlace(place_of(settings)), WorkerPlace(place_of(settings))
    assert not other.taken()
    assert place.take()
    assert other.taken() and not other.take()
    assert place_of(settings).read_text() == f"{os.getpid()}\n"
    place.leave()
    assert not other.taken()
    elsewhere = Settings(home=tmp_path, database_url="sqlite:///other.db")
    trusting = Settings(home=tmp_path, trust_code=True)
    assert len({place_of(each) for each in (settings, elsewhere, trusting)}) == 3


def test_a_trusting_process_has_kinds_of_its_own() -> None:
    assert kind_of("count", False) == "count" != kind_of("count", True)
    assert tool_of(kind_of("count", True)) == tool_of("count") == "count"


def test_a_worker_gets_the_settings_by_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Settings(
        home=tmp_path,
        database_url="postgresql+psycopg://user:secret@host/database",
        toolsets=("market", "backtest"),
        trust_code=True,
        strategy_seconds=2.5,
        dask_address="tcp://127.0.0.1:8786",
    )
    for name, value in environment_of(given).items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


def test_a_heartbeat_carries_progress_and_hears_a_cancellation(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'jobs.db'}") as store:
        job_id = store.jobs.enqueue("count", {}).id
        claim = store.jobs.claim("w", ("count",), 60_000)
        assert claim is not None
        cancellation = Cancellation()
        with Heartbeat(store.jobs, claim, cancellation, 60_000, 0.005) as heart:
            for done, doing in ((0.25, "a quarter"), (math.nan, "who knows"), (1.5, "more than all")):
                heart.heard(done, doing)
                wait_until(lambda doing=doing: store.jobs.get(job_id).progress_text == doing)
            assert store.jobs.get(job_id).progress == 1.0
            store.jobs.request_cancel(job_id)
            wait_until(lambda: cancellation.cancelled)
        assert heart.cancel_requested and not heart.lost


def test_a_heartbeat_stops_work_that_another_worker_has_taken_over(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'jobs.db'}") as store:
        store.jobs.enqueue("count", {})
        late = store.jobs.claim("late", ("count",), -1)
        assert late is not None
        cancellation = Cancellation()
        taken = store.jobs.claim("next", ("count",), 60_000)
        with Heartbeat(store.jobs, late, cancellation, 60_000, 0.005) as heart:
            wait_until(lambda: cancellation.cancelled)
        assert heart.lost and taken is not None
        with pytest.raises(Conflict):
            store.jobs.finish(late, {})


def test_arguments_are_the_same_after_their_way_through_the_store() -> None:
    tool = REGISTRY.get("run_optimization")
    given = {
        "strategy_id": "library:rsi",
        "symbol": "BTCUSDT",
        "interval": "1h",
        "sizing": {"kind": "risk", "fraction": 0.02},
        "slippage": {"model": "volatility", "share": 0.1},
        "drawdown_scaling": {"limit": 0.5},
        "heat_map": ["period", "low"],
    }
    request = checked(tool.request, tool.name, given)
    assert checked(tool.request, tool.name, request.model_dump(mode="json", exclude={"wait_s"})) == request
    assert isinstance(request, RunBacktest)
    assert SLOW.get("count").request.model_fields["wait_s"].default == 20.0


def test_the_loader_of_a_clusters_workers_travels_and_has_this_servers_limits(tmp_path: Path) -> None:
    make = pickle.loads(pickle.dumps(loader_maker(Settings(home=tmp_path, strategy_seconds=2.5))))
    loader = make()
    try:
        assert loader._limits.wall_s == 2.5
    finally:
        loader.close()

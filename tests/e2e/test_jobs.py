"""Jobs with real worker processes: who does them, who waits for them, and what survives what."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

from engine.errors import EdgewrightError, InvalidInput, NotFound
from engine.store.store import Store
from tests.support.processes import wait_until
from tests.support.slow_place import SlowPlace, alive, core_at
from tests.support.slow_tool import MODULE
from tests.support.terminal import ROOT, environment
from tests.support.workers import end_workers


@pytest.fixture(scope="module")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "edgewright.db"
    Store.open(f"sqlite:///{path}").close()
    return path


def server(home: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", MODULE, "server"], env=environment(home), cwd=str(ROOT)
    )


@pytest.fixture
def place(tmp_path: Path, migrated_file: Path) -> Iterator[SlowPlace]:
    shutil.copy(migrated_file, tmp_path / "edgewright.db")
    with core_at(tmp_path) as core:
        place = SlowPlace(tmp_path, core)
        yield place
        end_workers(tmp_path)


def test_a_call_that_waits_long_enough_answers_with_the_result(place: SlowPlace) -> None:
    place.open(1, 2, 3)
    answer = place.call(wait_s=20)
    assert answer["job"]["status"] == "done"
    assert answer["result"]["counted"] == 3
    assert answer["result"]["pid"] == place.begun[0] != os.getpid()


def test_wait_s_0_hands_back_the_job_at_once_and_get_job_waits_for_it(place: SlowPlace) -> None:
    answer = place.call(wait_s=0)
    assert answer["result"] is None
    assert answer["job"]["status"] in ("queued", "running")
    assert answer["job"]["tool"] == "count"
    assert answer["job"]["job_id"] in answer["job"]["next"]
    place.begins()
    place.open(1, 2)
    job_id = answer["job"]["job_id"]
    wait_until(lambda: place.job(job_id)["job"]["progress_text"] == "before 3")
    assert place.job(job_id)["job"]["progress"] == pytest.approx(2 / 3)
    place.open(3)
    assert place.job(job_id, wait_s=20)["result"]["counted"] == 3


def test_wrong_arguments_are_refused_before_there_is_a_job_or_a_worker(place: SlowPlace) -> None:
    for wrong in ({"to": 0}, {"too": 3}, {"wait_s": 46}):
        with pytest.raises(InvalidInput):
            place.call(**wrong)
    assert place.core.store.jobs.claim("test", ("count",), 1) is None
    assert not list(place.home.glob("worker*"))
    with pytest.raises(NotFound):
        place.job("job_nothing")


def test_what_the_work_fails_with_is_the_calls_error_and_the_jobs_answer(place: SlowPlace) -> None:
    place.open(1)
    with pytest.raises(InvalidInput, match=r"It cannot be counted\. Count something else\."):
        place.call(to=1, fail="input", wait_s=20)
    with pytest.raises(EdgewrightError, match=r"a fault of ours: RuntimeError\. worker\.log"):
        place.call(to=1, fail="a secret of ours", wait_s=20)
    assert "a secret of ours" in (place.home / "worker.log").read_text()
    answer = place.call(to=1, fail="input")
    job = place.job(answer["job"]["job_id"], wait_s=20)["job"]
    assert (job["status"], job["error"]["type"]) == ("failed", "InvalidInput")


def test_a_worker_that_is_told_to_end_gives_its_job_back_at_once(place: SlowPlace) -> None:
    job_id = place.call()["job"]["job_id"]
    first = place.begins()
    os.kill(first, signal.SIGTERM)
    wait_until(lambda: not alive(first))
    record = place.core.store.jobs.get(job_id)
    assert record.status == "running" and record.lease_until_ms <= place.core.ambient.now_ms()
    place.open(1, 2, 3)
    assert place.job(job_id, wait_s=20)["result"]["pid"] == place.begins(2) != first


def test_two_processes_at_once_share_one_worker(place: SlowPlace) -> None:
    with core_at(place.home) as other:
        there = SlowPlace(place.home, other)
        answers: list[dict] = []

        async def both() -> None:
            async with anyio.create_task_group() as group:
                for one in (place, there, place, there):
                    group.start_soon(anyio.to_thread.run_sync, lambda one=one: answers.append(one.call(to=1)))

        anyio.run(both)
        place.open(1)
        pids = {place.job(answer["job"]["job_id"], wait_s=20)["result"]["pid"] for answer in answers}
    assert len(pids) == 1
    assert set(place.begun) == pids


def test_a_worker_ends_when_nothing_comes_and_the_next_job_starts_another(
    place: SlowPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLOW_IDLE_S", "0.2")
    place.open(1)
    first = place.call(to=1, wait_s=20)["result"]["pid"]
    wait_until(lambda: not alive(first))
    assert place.call(to=1, wait_s=20)["result"]["pid"] != first


def test_jobs_of_a_process_that_trusts_all_code_are_left_alone_by_other_workers(place: SlowPlace) -> None:
    place.open(1)
    plain = place.call(to=1, wait_s=20)["result"]["pid"]
    with core_at(place.home, trust_code=True) as core:
        answer = SlowPlace(place.home, core).call(to=1, wait_s=20)
    assert answer["job"]["tool"] == "count"
    assert answer["result"]["pid"] != plain


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_hears_progress_and_may_leave_what_it_began(place: SlowPlace, mode: str) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def on_progress(done: float, total: float | None, message: str | None) -> None:
        heard.append((done, total, message))
        place.open(*(step for step in (1, 2, 3) if message == f"before {step}"))

    async def session() -> str:
        async with Client(server(place.home), mode=mode) as client:
            asked = {"folder": str(place.home), "wait_s": 20}
            result = await client.call_tool("count", asked, progress_callback=on_progress)
            assert not result.is_error, result.content
            assert result.structured_content["result"]["counted"] == 3
            assert result.structured_content["job"]["status"] == "done"

            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "count", {**asked, "to": 4, "wait_s": 45})
                await anyio.to_thread.run_sync(place.begins, 2)
                group.cancel_scope.cancel()
            handed = await client.call_tool("count", {**asked, "to": 4, "wait_s": 0})
            return handed.structured_content["job"]["job_id"]

    job_id = anyio.run(session)
    assert {(1 / 3, 1.0, "before 2"), (2 / 3, 1.0, "before 3")} <= set(heard)
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    worker = place.begun[0]
    assert alive(worker), "the server has ended, its worker has not"
    place.open(4)
    assert place.job(job_id, wait_s=20)["result"]["pid"] == worker
    assert place.begun == [worker] * 3, "what was given up was finished too, before its turn came"

"""Worker processes on both databases: a job is stopped when asked, and survives whoever does it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.slow_place import SlowPlace, core_at
from tests.support.workers import end_workers


@pytest.fixture
def place(url: str, tmp_path: Path) -> Iterator[SlowPlace]:
    """A home folder with an empty database of either kind."""
    with core_at(tmp_path, database_url=url) as core:
        place = SlowPlace(tmp_path, core)
        yield place
        end_workers(tmp_path)


def test_a_running_job_is_cancelled_and_its_worker_takes_the_next(place: SlowPlace) -> None:
    first = place.call()["job"]["job_id"]
    worker = place.begins()
    second = place.call(to=1)["job"]["job_id"]
    third = place.call(to=1)["job"]["job_id"]
    assert place.cancel(third)["job"]["status"] == "cancelled"
    asked = place.cancel(first)["job"]
    assert asked["cancel_requested"] or asked["status"] == "cancelled"
    assert place.job(first, wait_s=20)["job"]["status"] == "cancelled"
    place.open(1)
    assert place.job(second, wait_s=20)["result"]["pid"] == worker
    assert place.begun == [worker, worker]


def test_the_job_of_a_killed_worker_is_finished_once_by_the_next(place: SlowPlace) -> None:
    job_id = place.call()["job"]["job_id"]
    killed = place.begins()
    os.kill(killed, signal.SIGKILL)
    place.open(1, 2, 3)
    done = place.job(job_id, wait_s=30)
    assert done["job"]["status"] == "done"
    assert done["result"]["pid"] == place.begun[1] != killed
    record = place.core.store.jobs.get(job_id)
    assert (record.attempts, record.lease_epoch) == (2, 2)
    assert len(place.begun) == 2

"""Jobs: executed at least once, effects exactly once, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from subprocess import Popen

import pytest

from engine.errors import Conflict, InvalidInput, NotFound
from engine.store.jobs import MAX_ATTEMPTS
from engine.store.records import ClaimedJob, NewRun, NewTrial
from engine.store.store import Store

LEASE = 1_000


def claim(store: Store, worker: str = "w", *kinds: str) -> ClaimedJob:
    job = store.jobs.claim(worker, kinds or ("sweep",), LEASE)
    assert job is not None
    return job


def test_a_job_goes_from_queued_to_done(store: Store, clock) -> None:
    queued = store.jobs.enqueue("sweep", {"symbol": "BTCUSDT", "n": [1, 2.5]})
    assert (queued.status, queued.attempts, queued.progress, queued.result) == ("queued", 0, 0.0, None)
    job = claim(store, "worker-1")
    assert (job.id, job.request, job.lease_epoch) == (queued.id, {"symbol": "BTCUSDT", "n": [1, 2.5]}, 1)
    assert job.lease_until_ms == clock.ms + LEASE
    running = store.jobs.get(job.id)
    assert (running.status, running.worker, running.attempts) == ("running", "worker-1", 1)
    clock.ms += 7
    done = store.jobs.finish(job, {"best": {"fast": 20}})
    assert done == store.jobs.get(job.id)
    assert (done.status, done.result, done.progress, done.error) == (
        "done",
        {"best": {"fast": 20}},
        1.0,
        None,
    )
    assert done.updated_ms == clock.ms and done.lease_until_ms is None
    assert store.jobs.claim("w", ("sweep",), LEASE) is None


def test_jobs_are_claimed_oldest_first_and_only_of_the_asked_kinds(store: Store) -> None:
    ids = [store.jobs.enqueue(kind, {}).id for kind in ("sweep", "report", "sweep", "fetch")]
    assert store.jobs.claim("w", (), LEASE) is None
    claimed = [claim(store, "w", "sweep", "fetch").id for _ in range(3)]
    assert claimed == [ids[0], ids[2], ids[3]]
    assert store.jobs.claim("w", ("sweep", "fetch"), LEASE) is None


def test_a_job_can_fail(store: Store) -> None:
    store.jobs.enqueue("sweep", {})
    failed = store.jobs.fail(claim(store), {"type": "InvalidInput", "message": "no such symbol"})
    assert (failed.status, failed.error) == ("failed", {"type": "InvalidInput", "message": "no such symbol"})


def test_a_claim_holds_while_it_is_renewed(store: Store, clock) -> None:
    store.jobs.enqueue("sweep", {})
    job = claim(store, "first")
    for step in range(1, 5):
        clock.ms += LEASE - 1
        job = store.jobs.renew(job, LEASE, step / 10, f"step {step}")
        assert store.jobs.claim("second", ("sweep",), LEASE) is None
    record = store.jobs.get(job.id)
    assert (record.progress, record.progress_text, record.attempts) == (0.4, "step 4", 1)
    store.jobs.renew(job, LEASE)
    assert store.jobs.get(job.id).progress_text == "step 4", "what is not given stays"
    for progress in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidInput, match="progress"):
            store.jobs.renew(job, LEASE, progress)


def test_a_lost_workers_job_is_claimed_again_after_its_lease(store: Store, clock) -> None:
    queued = store.jobs.enqueue("sweep", {"n": 1})
    claim(store, "lost")
    clock.ms += LEASE - 1
    assert store.jobs.claim("second", ("sweep",), LEASE) is None
    clock.ms += 1
    again = claim(store, "second")
    assert (again.id, again.lease_epoch, again.attempts, again.request) == (queued.id, 2, 2, {"n": 1})
    assert store.jobs.finish(again, {"n": 2}).worker == "second"


def test_a_stale_worker_writes_nothing(store: Store, clock, make_run, make_trial) -> None:
    store.jobs.enqueue("sweep", {})
    stale = claim(store, "stale")
    clock.ms += LEASE
    fresh = claim(store, "fresh")
    for write in (
        lambda: store.jobs.finish(stale, {"by": "stale"}),
        lambda: store.jobs.fail(stale, {"by": "stale"}),
        lambda: store.jobs.stop(stale),
        lambda: store.jobs.renew(stale, LEASE, 0.9),
        lambda: store.record_run(make_run("run_1"), artifacts={}, trial=make_trial(), claim=stale),
    ):
        with pytest.raises(Conflict, match="stale"):
            write()
    record = store.jobs.get(fresh.id)
    assert (record.status, record.worker, record.progress) == ("running", "fresh", 0.0)
    assert store.runs.list() == () and store.trials.count("BTC") == 0
    store.record_run(make_run("run_1"), artifacts={}, trial=make_trial(), claim=fresh)
    assert store.jobs.finish(fresh, {}).status == "done"


def test_a_late_worker_whose_job_nobody_took_still_holds_it(store: Store, clock) -> None:
    store.jobs.enqueue("sweep", {})
    job = claim(store)
    clock.ms += 10 * LEASE
    assert store.jobs.finish(job, {}).status == "done"


def test_a_closed_job_is_closed_once(store: Store) -> None:
    store.jobs.enqueue("sweep", {})
    job = claim(store)
    store.jobs.finish(job, {"n": 1})
    with pytest.raises(Conflict, match="done"):
        store.jobs.fail(job, {})
    assert store.jobs.get(job.id).result == {"n": 1}


def test_result_run_and_trial_of_a_job_are_written_together(
    store: Store, clock, make_run: Callable[..., NewRun], make_trial: Callable[..., NewTrial]
) -> None:
    store.jobs.enqueue("sweep", {})

    def write(job: ClaimedJob, result: object) -> None:
        with store.transaction(job):
            store.record_run(make_run("run_1"), artifacts={}, trial=make_trial(), claim=job)
            store.trials.record(make_trial(params={"fast": 21}))
            store.jobs.finish(job, {"result": result})

    with pytest.raises(InvalidInput):
        write(claim(store), float("nan"))
    assert store.runs.list() == () and store.trials.count("BTC") == 0
    clock.ms += LEASE
    job = claim(store)
    write(job, 1)
    with pytest.raises(Conflict):
        write(job, 1)
    assert (len(store.runs.list()), store.trials.count("BTC")) == (1, 2)
    assert store.jobs.get(job.id).result == {"result": 1}


def test_a_waiting_job_is_cancelled_at_once(store: Store) -> None:
    queued = store.jobs.enqueue("sweep", {})
    assert store.jobs.request_cancel(queued.id).status == "cancelled"
    assert store.jobs.claim("w", ("sweep",), LEASE) is None


def test_a_running_jobs_worker_is_asked_to_stop(store: Store) -> None:
    queued = store.jobs.enqueue("sweep", {})
    job = claim(store)
    asked = store.jobs.request_cancel(queued.id)
    assert (asked.status, asked.cancel_requested) == ("running", True)
    renewed = store.jobs.renew(job, LEASE)
    assert renewed.cancel_requested
    assert store.jobs.stop(renewed).status == "cancelled"


def test_a_cancelled_job_of_a_lost_worker_is_not_begun_again(store: Store, clock) -> None:
    lost, waiting = (store.jobs.enqueue("sweep", {}).id for _ in range(2))
    claim(store)
    store.jobs.request_cancel(lost)
    clock.ms += LEASE
    assert claim(store).id == waiting
    assert store.jobs.get(lost).status == "cancelled"


def test_a_closed_job_stays_closed_when_cancelled(store: Store) -> None:
    store.jobs.enqueue("sweep", {})
    done = store.jobs.finish(claim(store), {})
    assert store.jobs.request_cancel(done.id) == done
    with pytest.raises(NotFound, match="job_gone"):
        store.jobs.request_cancel("job_gone")
    with pytest.raises(NotFound, match="job_gone"):
        store.jobs.get("job_gone")


def test_a_job_that_kills_its_workers_is_given_up(store: Store, clock) -> None:
    poison, next_one = (store.jobs.enqueue("sweep", {}).id for _ in range(2))
    for _ in range(MAX_ATTEMPTS):
        assert claim(store).id == poison
        clock.ms += LEASE
    assert claim(store).id == next_one
    record = store.jobs.get(poison)
    assert (record.status, record.attempts) == ("failed", MAX_ATTEMPTS)
    assert record.error is not None and "none of them survived" in record.error["message"]


def test_a_request_that_is_not_json_is_refused(store: Store) -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        store.jobs.enqueue("sweep", {"x": float("nan")})
    assert store.jobs.claim("w", ("sweep",), LEASE) is None


CLAIMERS = """
import sys, threading
from engine.store.store import Store

def work(worker):
    while (job := store.jobs.claim(worker, ("sweep",), 600_000)) is not None:
        store.jobs.finish(job, {"by": worker})
        lines.append(job.id)

lines = []
with Store.open(sys.argv[1]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=work, args=(f"{sys.argv[2]}-{n}",)) for n in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print(*lines)
"""


def test_four_claimers_take_each_of_a_hundred_jobs_once(
    store: Store, url: str, start: Callable[..., Popen[str]]
) -> None:
    with store.transaction():
        ids = [store.jobs.enqueue("sweep", {"n": n}).id for n in range(100)]
    processes = [start(CLAIMERS, url, name) for name in ("a", "b")]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    taken: Counter[str] = Counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        taken.update(output.split())
    assert taken == Counter(ids)
    records = [store.jobs.get(job_id) for job_id in ids]
    assert all((record.status, record.attempts) == ("done", 1) for record in records)


KILLED = """
import sys
from engine.store.store import Store

with Store.open(sys.argv[1]) as store:
    job = store.jobs.claim("killed", ("sweep",), 1)
    with store.transaction(job):
        store.jobs.finish(job, {"by": "killed"})
        print(job.id, flush=True)
        sys.stdin.readline()
"""


def test_a_worker_killed_while_it_finishes_leaves_the_job_to_another(
    store: Store, clock, url: str, start: Callable[..., Popen[str]]
) -> None:
    queued = store.jobs.enqueue("sweep", {})
    process = start(KILLED, url)
    assert process.stdout is not None and process.stdout.readline().strip() == queued.id
    process.kill()
    process.wait(timeout=30)
    assert store.jobs.get(queued.id).status == "running"
    clock.ms = 2**42  # long after the killed worker's lease, which the system's clock gave
    assert store.jobs.finish(claim(store, "second"), {"by": "second"}).result == {"by": "second"}


def test_a_cancel_and_a_finish_at_once_leave_one_outcome(store: Store) -> None:
    for _ in range(5):
        queued = store.jobs.enqueue("sweep", {})
        job = claim(store)
        barrier = threading.Barrier(2)

        def cancel(job_id: str = queued.id, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(timeout=30)
            store.jobs.request_cancel(job_id)

        thread = threading.Thread(target=cancel)
        thread.start()
        barrier.wait(timeout=30)
        store.jobs.finish(job, {})
        thread.join(timeout=30)
        assert store.jobs.get(queued.id).status == "done"


def test_jobs_are_listed_newest_first_page_by_page(store: Store) -> None:
    ids = [store.jobs.enqueue("sweep", {"n": n}).id for n in range(3)]
    claimed = claim(store)
    listed = store.jobs.list()
    assert [job.id for job in listed] == ids[::-1]
    assert [job.status for job in listed] == ["queued", "queued", "running"]
    assert store.jobs.list(limit=1, before=ids[1])[0] == store.jobs.get(claimed.id)
    with pytest.raises(NotFound):
        store.jobs.list(before="job_nothing")

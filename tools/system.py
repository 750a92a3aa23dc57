"""Toolset `system`: what this server can do, and the long work that it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from engine.market.instrument import Category
from engine.market.interval import Interval
from engine.strategy.spec import CONTRACT
from engine.version import ENGINE_VERSION
from tools.core import Core
from tools.long_tool import JobPart, WaitSeconds, look_at
from tools.registry import READS, Answer, Hints, Request, tool
from tools.waiting import Look, Waiting

if TYPE_CHECKING:
    from engine.store.records import JobRecord


class GetCapabilities(Request):
    """No arguments."""


class WallStatus(BaseModel):
    """One wall of the sandbox on this machine."""

    name: str
    present: bool
    detail: str


class ProofStatus(BaseModel):
    """What hostile strategies, run on this machine, have shown about the sandbox."""

    state: Literal["proved", "unproved", "broken"] = Field(
        description="unproved: each run still verifies the walls; broken: foreign code is refused."
    )
    detail: str


class Capabilities(Answer):
    """What this server can do here."""

    engine_version: str
    strategy_contract: int
    intervals: list[str]
    categories: list[str]
    writer: str = Field(description="What generate_strategy writes with.")
    sandbox: list[WallStatus]
    sandbox_proof: ProofStatus
    sandbox_complete: bool = Field(
        description="All needed walls stand and no proof saw them leak: any code may run."
    )
    read_only: bool
    trading: str = Field(description="What orders are possible.")
    notes: list[str]


@tool("system", "Capabilities", READS)
def get_capabilities(core: Core, request: GetCapabilities) -> Capabilities:
    """What this server offers on this machine: intervals, sandbox walls, the writer of strategies, limits.

    Call it once at the start. Next: get_data_coverage for the data, get_strategy_contract before you write.
    """
    from sandbox.walls import standing, walls

    proof = core.proofs.standing()
    return Capabilities(
        engine_version=ENGINE_VERSION,
        strategy_contract=CONTRACT,
        intervals=list(Interval),
        categories=list(Category),
        writer=core.writer.described,
        sandbox=[WallStatus(name=w.name, present=w.present, detail=w.detail) for w in walls()],
        sandbox_proof=ProofStatus(state=proof.state.value, detail=proof.detail),
        sandbox_complete=standing() and not proof.breach,
        read_only=core.settings.read_only,
        trading="none: this version researches, it places no orders",
        notes=[
            "The newest fifth of each asset's data is held out: backtests do not reach it.",
            "Every backtest, and every set of a search, counts as a trial on its asset.",
        ],
    )


JobId = Annotated[str, Field(description="From the answer of the call that began the job.", max_length=80)]


class GetJob(Request):
    """Which job, and how long to wait for it."""

    job_id: JobId
    wait_s: WaitSeconds = 20.0


class Job(Answer):
    """A job, and its result once there is one."""

    job: JobPart
    result: dict[str, Any] | None = Field(
        default=None, description="What the tool that began it answers as `result`; null until it is done."
    )

    @classmethod
    def of(cls, record: JobRecord) -> Job:
        """A job as it stands."""
        return cls(job=JobPart.of(record), result=None if record.result is None else dict(record.result))


@tool("system", "Wait for a job", READS)
def get_job(core: Core, request: GetJob) -> Waiting[Job]:
    """How far a job is; waits up to `wait_s` for it to finish, and then gives its result.

    Long tools hand back a job id when their work outlasts `wait_s`. The work goes on whether anybody waits or
    not. A failed job is an answer with `job.error`. Next: call it again while status is queued or running.
    """

    def look() -> Look[Job]:
        record = core.jobs.look(request.job_id)
        return look_at(record, Job.of(record))

    return Waiting(look, request.wait_s)


class CancelJob(Request):
    """Which job."""

    job_id: JobId


@tool("system", "Stop a job", Hints(read_only=False, destructive=True))
def cancel_job(core: Core, request: CancelJob) -> Job:
    """Stop a job: at once while it waits, within a second or so when it is at work.

    Trials that it has recorded stay on record. A job that is over stays as it is. Next: get_job says when it
    has stopped.
    """
    return Job.of(core.jobs.cancel(request.job_id))

"""Long tools: verbs whose work may outlast a client's patience.

Their work is a job, done by the worker process of this machine. A call waits up to `wait_s` and answers with
the result, or with the job's id for `get_job`. Wrong arguments are refused before there is a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, Field

from engine.cancellation import Cancellation
from engine.market.interval import format_instant
from engine.progress import Progress, unheard
from tools.jobs.kinds import tool_of
from tools.registry import Answer, Hints, Request, Tool, checked, register
from tools.waiting import Look, Waiting

if TYPE_CHECKING:
    from engine.store.records import ClaimedJob, JobRecord
    from tools.core import Core

WaitSeconds = Annotated[
    float,
    Field(description="Seconds to wait for the result; then the job's id comes back.", ge=0, le=45),
]


class LongRequest(Request):
    """Base of a long tool's input."""

    wait_s: WaitSeconds = 20.0


class JobError(BaseModel):
    """What a job failed with."""

    type: str
    message: str
    hint: str = ""


class JobPart(BaseModel):
    """A job as it stands."""

    model_config = ConfigDict(extra="forbid")

    job_id: str
    tool: str = Field(description="The tool whose work it is.")
    status: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = Field(description="0 to 1.")
    progress_text: str = Field(description="What it does now.")
    cancel_requested: bool
    error: JobError | None = None
    created: str
    updated: str
    next: str = Field(description="How to go on.")

    @classmethod
    def of(cls, record: JobRecord) -> JobPart:
        """The part of a record that callers see."""
        return cls(
            job_id=record.id,
            tool=tool_of(record.kind),
            status=record.status,
            progress=record.progress,
            progress_text=record.progress_text,
            cancel_requested=record.cancel_requested,
            error=None if record.error is None else JobError.model_validate(dict(record.error)),
            created=format_instant(record.created_ms),
            updated=format_instant(record.updated_ms),
            next=_next(record),
        )


_NEXT = {
    "done": "Nothing: the result is there.",
    "failed": "Mend what the error names and call the tool again.",
    "cancelled": "Nothing: it was stopped. The same call begins it again.",
}


def _next(record: JobRecord) -> str:
    if record.status in _NEXT:
        return _NEXT[record.status]
    if record.cancel_requested:
        return f"It was asked to stop; get_job with job_id {record.id} says when it has."
    return f"get_job with job_id {record.id} waits for it and gives the result; cancel_job stops it."


ResultT = TypeVar("ResultT", bound=Answer)
RequestT = TypeVar("RequestT", bound=LongRequest)


class Outcome(Answer, Generic[ResultT]):
    """The finished result, or the job that goes on making it."""

    job: JobPart
    result: ResultT | None = Field(default=None, description="Null until the job is done.")

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """A name that reads well in a schema."""
        return f"{params[0].__name__}Outcome"


@dataclass(frozen=True, slots=True)
class Work:
    """What long work is handed besides its request.

    Attributes:
        claim: the job on whose behalf; what is recorded is checked against it. None in the caller's process.
        cancellation: checked by the work between its steps.
        progress: told how far the work is.
    """

    claim: ClaimedJob | None = None
    cancellation: Cancellation = field(default_factory=Cancellation)
    progress: Progress = unheard


Perform = Callable[["Core", Any, Work], Answer]
Admit = Callable[["Core", Any], None]


@dataclass(frozen=True, slots=True)
class LongTool(Tool):
    """A verb whose work is a job.

    Attributes:
        work: does it, in the worker.
        result: model of what `work` gives.
    """

    work: Perform
    result: type[Answer]

    def perform(self, core: Core, arguments: Mapping[str, Any], work: Work) -> Answer:
        """Do the work here and now.

        Raises:
            InvalidInput: the arguments are wrong; also whatever the work raises.
        """
        return self.work(core, checked(self.request, self.name, arguments), work)


def _admit_all(_core: Core, _request: Any) -> None:
    """Nothing to refuse besides what the request's model refuses."""


def long_tool(
    toolset: str, title: str, hints: Hints, *, admit: Admit = _admit_all
) -> Callable[[Callable[[Core, RequestT, Work], ResultT]], Callable[[Core, RequestT, Work], ResultT]]:
    """Mark a function `(core, request, work) -> result` as a long tool; `collect` finds it.

    Args:
        admit: raises what is wrong with a request that its model cannot see; quick, called before there is
            a job.
    """

    def mark(
        function: Callable[[Core, RequestT, Work], ResultT],
    ) -> Callable[[Core, RequestT, Work], ResultT]:
        register(function, lambda: _long_tool_of(function, toolset, title, hints, admit))
        return function

    return mark


def _long_tool_of(function: Perform, toolset: str, title: str, hints: Hints, admit: Admit) -> LongTool:
    types = get_type_hints(function)
    name, result = function.__name__, cast(type[Answer], types["return"])
    answer = Outcome[result]

    def begin(core: Core, request: LongRequest) -> Waiting[Answer]:
        admit(core, request)
        job = core.jobs.begin(name, request.model_dump(mode="json", exclude={"wait_s"}))

        def look() -> Look[Answer]:
            record = core.jobs.look(job.id)
            core.jobs.raise_failure(record)
            seen = answer(job=JobPart.of(record), result=cast(Any, record.result))
            return look_at(record, seen)

        return Waiting(look, request.wait_s)

    return LongTool(
        name=name,
        title=title,
        toolset=toolset,
        description=cleandoc(function.__doc__ or ""),
        request=cast(type[Request], types["request"]),
        answer=answer,
        hints=hints,
        function=begin,
        work=function,
        result=result,
    )


def look_at(record: JobRecord, answer: ResultT) -> Look[ResultT]:
    """A look at a job that would be answered so."""
    over = record.status not in ("queued", "running")
    return Look(answer, over, record.progress, record.progress_text or record.status)

"""`SandboxLoader`: the loader for strategy code that nobody trusts. Importing it costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from sandbox.limits import Limits

if TYPE_CHECKING:
    from engine.cancellation import Cancellation
    from engine.errors import StrategyFailed
    from engine.market.bars import Bars
    from engine.strategy.port import Finding, Probe, Screening, Validation
    from engine.strategy.signals import Signals
    from engine.strategy.spec import Number, StrategySpec
    from sandbox.job import Job, Task
    from sandbox.perform import Outcome
    from sandbox.pool import Pool
    from sandbox.reply import Report
    from sandbox.unwalled import Unwalled

_SHOWN_FINDINGS = 5


def never(_code_hash: str) -> bool:
    """Trusts nothing."""
    return False


def unbroken() -> str:
    """No proof has seen anything get out."""
    return ""


class _Runner(Protocol):
    def run(self, job: Job, cancellation: Cancellation | None = None) -> Outcome: ...

    def run_many(
        self, job: Job, sets: Iterable[Mapping[str, Number]], cancellation: Cancellation | None = None
    ) -> Iterator[Outcome]: ...

    def run_each(
        self, jobs: Iterable[Job], cancellation: Cancellation | None = None
    ) -> Iterator[Outcome]: ...


class SandboxLoader:
    """Checks and runs strategies in locked children (`engine.strategy.port.StrategyLoader`).

    Where every wall stands, all code goes through a locked child. Where one is missing, code that
    `trusted(code_hash)` knows as our own runs in this process, and other code is refused unless
    `trust_all`; the same where `breach()` says what a proof saw get out of the walls. Safe for several
    threads; close it when done.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        trusted: Callable[[str], bool] = never,
        trust_all: bool = False,
        breach: Callable[[], str] = unbroken,
        zygotes: int | None = None,
    ) -> None:
        """A loader; its processes start when they are needed.

        Args:
            limits: of each run.
            trusted: whether the code of a hash is our own.
            trust_all: every code may run in this process, where a wall is missing.
            breach: what a proof saw getting out on this machine; empty for nothing.
            zygotes: how many runs go on at once; one per core unless given.
        """
        self._limits = limits or Limits()
        self._zygotes = zygotes
        self._trusted = trusted
        self._trust_all = trust_all
        self._breach = breach
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._in_process: Unwalled | None = None

    def __enter__(self) -> SandboxLoader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox's processes. May be called twice; a later use starts them again."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def prepare(self) -> None:
        """Let the sandbox warm up in the background, where it will be needed soon and can stand here."""
        if _standing():
            self._walled().prepare()

    def validate(self, code: str) -> Validation:
        """Check the text, and run it once on 500 made-up bars; a refusal is an answer, not an error.

        Raises:
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
            LimitExceeded: too many runs wait already.
        """
        from engine.strategy.port import Validation
        from sandbox.job import Task
        from sandbox.reply import Status
        from sandbox.trial import trial_bars

        report, signals = self._run(code, Task.TRIAL, trial_bars(), None)
        if report.status is not Status.DONE or signals is None:
            return Validation("rejected", None, report.findings, log=report.log)
        notes = () if report.declared and report.declared.has_params else (_NO_PARAMS,)
        return Validation("accepted", _spec(code, report), (), (*notes, *report.warnings), report.log)

    def load(self, code: str, cancellation: Cancellation | None = None) -> LoadedStrategy:
        """The strategy of this text; `cancellation` ends its runs.

        Raises:
            StrategyRejected: the text breaks a rule; the message holds the findings.
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
            LimitExceeded: too many runs wait already.
            Cancelled: as asked.
        """
        from engine.errors import StrategyRejected
        from sandbox.job import Task
        from sandbox.reply import Status

        report, _ = self._run(code, Task.CHECK, None, None, cancellation)
        if report.status is not Status.DONE:
            raise StrategyRejected(described(report.findings))
        return LoadedStrategy(self, self._job(code), _spec(code, report), cancellation)

    def _run(
        self,
        code: str,
        task: Task,
        bars: Bars | None,
        params: Mapping[str, Number] | None,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        refusal = _unreadable(code)
        if refusal is not None:
            return refusal
        job = replace(self._job(code), task=task, bars=bars, params=params)
        return self.runner(code).run(job, cancellation)

    def _job(self, code: str) -> Job:
        from sandbox.job import Job, Task

        return Job(Task.RUN, code, self._limits.log_bytes)

    def runner(self, code: str) -> _Runner:
        """Who runs this text: locked children, or this process.

        Raises:
            SandboxUnavailable: a wall is missing, or a proof saw it leak, and the text is not our own.
        """
        from sandbox.walls import HELP, MEND, missing

        if not _standing():
            self._require_trust(
                code, f"This machine cannot lock up foreign code: it lacks {missing()}.", HELP
            )
            return self._unwalled()
        breach = self._breach()
        if breach:
            self._require_trust(code, f"A proof saw the sandbox leak here: {breach}.", MEND)
        return self._walled()

    def _walled(self) -> Pool:
        from sandbox.pool import Pool

        with self._lock:
            if self._pool is None:
                self._pool = Pool(self._limits, size=self._zygotes)
            return self._pool

    def _unwalled(self) -> Unwalled:
        from sandbox.unwalled import Unwalled

        with self._lock:
            if self._in_process is None:
                self._in_process = Unwalled()
            return self._in_process

    def _require_trust(self, code: str, problem: str, hint: str) -> None:
        from engine.errors import SandboxUnavailable
        from engine.strategy.spec import code_hash

        if not self._trust_all and not self._trusted(code_hash(code)):
            raise SandboxUnavailable(problem, hint)


class LoadedStrategy:
    """A checked strategy (`engine.strategy.port.Strategy`); every run is a child of its own."""

    def __init__(
        self, loader: SandboxLoader, job: Job, spec: StrategySpec, cancellation: Cancellation | None
    ) -> None:
        self._loader = loader
        self._job = job
        self._spec = spec
        self._cancellation = cancellation

    @property
    def spec(self) -> StrategySpec:
        """Its declared part."""
        return self._spec

    @property
    def code(self) -> str:
        """Its text."""
        return self._job.code

    def signals(self, bars: Bars, params: Mapping[str, Number]) -> Signals:
        """Signals on all `bars`; `params` are resolved already.

        Raises:
            StrategyFailed: it raised, returned the wrong shape, or met a limit of time or memory.
            SandboxUnavailable, LimitExceeded, Cancelled: see `SandboxLoader.load`.
        """
        job = replace(self._job, bars=bars, params=params)
        result = _result(self._runner().run(job, self._cancellation))
        if isinstance(result, Exception):
            raise result
        return result

    def signals_many(
        self, bars: Bars, sets: Iterable[Mapping[str, Number]], *, tags: bool = True
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals on all `bars` for each parameter set, in order; a set that fails is yielded as its error.

        The bars are handed over once. Each set is a fork of its own, or a block of them is, where the text
        can leave nothing for the next set. Without `tags`, no reasons come back.

        Raises:
            SandboxUnavailable, LimitExceeded, Cancelled: see `SandboxLoader.load`.
        """
        job = replace(self._job, bars=bars, tags=tags)
        return map(_result, self._runner().run_many(job, sets, self._cancellation))

    def signals_on(
        self, series: Iterable[Bars], params: Mapping[str, Number]
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals on each of several series, in order; every run is a child that holds only its own.

        Raises:
            SandboxUnavailable, LimitExceeded, Cancelled: see `SandboxLoader.load`.
        """
        jobs = (replace(self._job, bars=bars, params=params) for bars in series)
        return map(_result, self._runner().run_each(jobs, self._cancellation))

    def screen(
        self, bars: Bars, params: Mapping[str, Number], probes: Sequence[Probe], seconds: float
    ) -> Screening:
        """Try `probes` quickly, all in one child that holds all `bars`: a hint where to look, no proof."""
        from engine.strategy.port import Screening
        from sandbox.job import Task

        report = self._ask(Task.SCREEN, bars, params, probes, seconds)
        return report.screening or Screening(0)

    def locate(self, bars: Bars, params: Mapping[str, Number], probe: Probe) -> Finding | None:
        """The line whose values before the cut first change with what comes after it; None when unseen."""
        from sandbox.job import Task
        from sandbox.reply import Status

        report = self._ask(Task.LOCATE, bars, params, (probe,), 0.0)
        return report.findings[0] if report.status is Status.DONE and report.findings else None

    def _ask(
        self, task: Task, bars: Bars, params: Mapping[str, Number], probes: Sequence[Probe], seconds: float
    ) -> Report:
        job = replace(self._job, task=task, bars=bars, params=params, probes=tuple(probes), seconds=seconds)
        return self._runner().run(job, self._cancellation)[0]

    def close(self) -> None:
        """Nothing is held between runs."""

    def _runner(self) -> _Runner:
        return self._loader.runner(self._job.code)


def _result(outcome: Outcome) -> Signals | StrategyFailed:
    """What a run of a checked text gave.

    Raises:
        StrategyRejected: the text was refused after all.
    """
    from engine.errors import StrategyFailed, StrategyRejected
    from sandbox.reply import Status

    report, signals = outcome
    if report.status is Status.REJECTED:
        raise StrategyRejected(described(report.findings))
    return StrategyFailed(described(report.findings)) if signals is None else signals


_NO_PARAMS = "The strategy declares no PARAMS: nothing of it can be searched or changed from outside."


@cache
def _standing() -> bool:
    from sandbox.walls import standing

    return standing()


def described(findings: tuple[Finding, ...]) -> str:
    """Findings as sentences: line, what, the source line, and what would be right."""
    shown = [_sentence(finding) for finding in findings[:_SHOWN_FINDINGS]]
    more = len(findings) - len(shown)
    return "\n".join([*shown, f"... and {more} more."] if more > 0 else shown)


def _sentence(finding: Finding) -> str:
    place = f"line {finding.line}: " if finding.line is not None else ""
    source = f" in `{finding.source_line}`" if finding.source_line else ""
    return f"{place}{finding.message.rstrip('.')}{source}. {finding.hint}".strip()


def _spec(code: str, report: Report) -> StrategySpec:
    from engine.strategy.spec import StrategySpec, code_hash

    declared = report.declared
    if declared is None:
        raise ValueError("an accepted strategy has a declared part")
    return StrategySpec(declared.hypothesis, declared.parameters, declared.constraints, code_hash(code))


def _unreadable(code: object) -> Outcome | None:
    """A refusal of what is not worth a child: no text, or far too much of it."""
    from engine.strategy.port import Finding
    from sandbox.reply import Report, Status
    from sandbox.source import MAX_CHARACTERS

    if not isinstance(code, str):
        text = f"The strategy is {type(code).__name__}, not text."
        return Report(Status.REJECTED, (Finding("source", text, "Give its source as a str."),)), None
    if len(code) > MAX_CHARACTERS:
        text = f"The text has {len(code)} characters."
        return Report(Status.REJECTED, (Finding("size", text, f"At most {MAX_CHARACTERS} are read."),)), None
    return None

"""`SandboxLoader`: the loader for strategy code that nobody trusts. Importing it costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from sandbox.limits import Limits

if TYPE_CHECKING:
    from engine.errors import StrategyFailed
    from engine.market.bars import Bars
    from engine.strategy.port import Finding, Probe, Screening, Validation
    from engine.strategy.signals import Signals
    from engine.strategy.spec import Number, StrategySpec
    from sandbox.host import Host
    from sandbox.job import Job, Task
    from sandbox.perform import Outcome
    from sandbox.reply import Report
    from sandbox.unwalled import Unwalled

_SHOWN_FINDINGS = 5


def never(_code_hash: str) -> bool:
    """Trusts nothing."""
    return False


class _Runner(Protocol):
    def run(self, job: Job) -> Outcome: ...


class SandboxLoader:
    """Checks and runs strategies in locked children (`engine.strategy.port.StrategyLoader`).

    Where every wall stands, all code goes through a locked child. Where one is missing, code that
    `trusted(code_hash)` knows as our own runs in this process, and other code is refused unless
    `trust_all`. Safe for several threads; close it when done.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        trusted: Callable[[str], bool] = never,
        trust_all: bool = False,
    ) -> None:
        self._limits = limits or Limits()
        self._trusted = trusted
        self._trust_all = trust_all
        self._lock = threading.Lock()
        self._host: Host | None = None
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
            host, self._host = self._host, None
        if host is not None:
            host.close()

    def prepare(self) -> None:
        """Let the sandbox warm up in the background, where it will be needed soon and can stand here."""
        if _standing():
            self._walled().prepare()

    def validate(self, code: str) -> Validation:
        """Check the text, and run it once on 500 made-up bars; a refusal is an answer, not an error.

        Raises:
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
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

    def load(self, code: str) -> LoadedStrategy:
        """The strategy of this text.

        Raises:
            StrategyRejected: the text breaks a rule; the message holds the findings.
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
        """
        from engine.errors import StrategyRejected
        from sandbox.job import Task
        from sandbox.reply import Status

        report, _ = self._run(code, Task.CHECK, None, None)
        if report.status is not Status.DONE:
            raise StrategyRejected(described(report.findings))
        return LoadedStrategy(self, code, _spec(code, report))

    def run(self, code: str, bars: Bars, params: Mapping[str, Number]) -> Signals:
        """Signals of `code` on `bars`, without loading it first.

        Raises:
            StrategyRejected: the text breaks a rule.
            StrategyFailed: it raised, returned the wrong shape, or met a limit of time or memory.
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
        """
        from engine.errors import StrategyFailed, StrategyRejected
        from sandbox.job import Task
        from sandbox.reply import Status

        report, signals = self._run(code, Task.RUN, bars, params)
        if report.status is Status.REJECTED:
            raise StrategyRejected(described(report.findings))
        if signals is None:
            raise StrategyFailed(described(report.findings))
        return signals

    def ask(
        self,
        task: Task,
        code: str,
        bars: Bars,
        params: Mapping[str, Number],
        probes: Sequence[Probe],
        seconds: float = 0.0,
    ) -> Report:
        """What a child says to `probes`.

        Raises:
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
        """
        from sandbox.job import Job

        job = Job(task, code, self._limits.log_bytes, bars, params, tuple(probes), seconds)
        return self._runner(code).run(job)[0]

    def _run(self, code: str, task: Task, bars: Bars | None, params: Mapping[str, Number] | None) -> Outcome:
        from sandbox.job import Job

        refusal = _unreadable(code)
        if refusal is not None:
            return refusal
        return self._runner(code).run(Job(task, code, self._limits.log_bytes, bars, params))

    def _runner(self, code: str) -> _Runner:
        if _standing():
            return self._walled()
        self._require_trust(code)
        return self._unwalled()

    def _walled(self) -> Host:
        from sandbox.host import Host

        with self._lock:
            if self._host is None:
                self._host = Host(self._limits)
            return self._host

    def _unwalled(self) -> Unwalled:
        from sandbox.unwalled import Unwalled

        with self._lock:
            if self._in_process is None:
                self._in_process = Unwalled()
            return self._in_process

    def _require_trust(self, code: str) -> None:
        from engine.errors import SandboxUnavailable
        from engine.strategy.spec import code_hash
        from sandbox.walls import HELP, missing

        if not self._trust_all and not self._trusted(code_hash(code)):
            raise SandboxUnavailable(f"This machine cannot lock up foreign code: it lacks {missing()}.", HELP)


class LoadedStrategy:
    """A checked strategy (`engine.strategy.port.Strategy`); every run is a child of its own."""

    def __init__(self, loader: SandboxLoader, code: str, spec: StrategySpec) -> None:
        self._loader = loader
        self._code = code
        self._spec = spec

    @property
    def spec(self) -> StrategySpec:
        """Its declared part."""
        return self._spec

    @property
    def code(self) -> str:
        """Its text."""
        return self._code

    def signals(self, bars: Bars, params: Mapping[str, Number]) -> Signals:
        """Signals on all `bars`; `params` are resolved already.

        Raises:
            StrategyFailed: it raised, returned the wrong shape, or met a limit of time or memory.
        """
        return self._loader.run(self._code, bars, params)

    def signals_many(
        self, bars: Bars, sets: Iterable[Mapping[str, Number]]
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals on all `bars` for each parameter set, in order; a set that fails is yielded as its error."""
        for params in sets:
            yield self._attempt(bars, params)

    def signals_on(
        self, series: Iterable[Bars], params: Mapping[str, Number]
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals on each series; every run is a child that holds only that one."""
        for bars in series:
            yield self._attempt(bars, params)

    def screen(
        self, bars: Bars, params: Mapping[str, Number], probes: Sequence[Probe], seconds: float
    ) -> Screening:
        """Try `probes` quickly, all in one child that holds all `bars`: a hint where to look, no proof."""
        from engine.strategy.port import Screening
        from sandbox.job import Task

        report = self._loader.ask(Task.SCREEN, self._code, bars, params, probes, seconds)
        return report.screening or Screening(0)

    def locate(self, bars: Bars, params: Mapping[str, Number], probe: Probe) -> Finding | None:
        """The line whose values before the cut first change with what comes after it; None when unseen."""
        from sandbox.job import Task
        from sandbox.reply import Status

        report = self._loader.ask(Task.LOCATE, self._code, bars, params, (probe,))
        return report.findings[0] if report.status is Status.DONE and report.findings else None

    def _attempt(self, bars: Bars, params: Mapping[str, Number]) -> Signals | StrategyFailed:
        from engine.errors import StrategyFailed

        try:
            return self.signals(bars, params)
        except StrategyFailed as failed:
            return failed

    def close(self) -> None:
        """Nothing is held between runs."""


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

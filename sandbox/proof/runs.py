"""Runs a line of a corpus in one of the modes, and says what came of it as text for the judge."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EdgewrightError, SandboxUnavailable
from engine.strategy.port import Finding
from engine.strategy.signals import Signals
from sandbox.job import Job, Task
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from sandbox.pool import Pool
from sandbox.proof.modes import Mode, entry
from sandbox.reply import Status
from sandbox.trial import trial_bars


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a line: `verdict` is accepted, rejected or failed; `output` all that it could say."""

    verdict: str
    output: str


Runner = Callable[[str], Run]


@contextmanager
def runner(mode: Mode, limits: Limits) -> Generator[Runner]:
    """What runs a text in `mode`."""
    if mode is Mode.PRODUCT:
        with SandboxLoader(limits=limits) as loader:
            yield lambda code: run_as_user(loader, code)
    else:
        with entry(mode) as script, runner_at(script, limits) as run:
            yield run


@contextmanager
def runner_at(script: Path, limits: Limits) -> Generator[Runner]:
    """What runs a text in the children of a zygote with that entry script."""
    pool = Pool(limits, size=1, entry=script)
    try:
        yield lambda code: _run_in(pool, code, limits)
    finally:
        pool.close()


def run_as_user(loader: SandboxLoader, code: str) -> Run:
    """As the product does: validate, and if accepted load and run on 500 hourly bars."""
    validation = loader.validate(code)
    said = [_findings(validation.findings), validation.log, *validation.warnings]
    if validation.verdict != "accepted":
        return Run("rejected", "\n".join(said))
    try:
        strategy = loader.load(code)
        signals = strategy.signals(trial_bars(), strategy.spec.resolve({}))
    except SandboxUnavailable:
        raise
    except EdgewrightError as problem:
        return Run("failed", "\n".join([*said, str(problem)]))
    return Run("accepted", "\n".join([*said, _shown(signals), strategy.spec.hypothesis]))


def _run_in(pool: Pool, code: str, limits: Limits) -> Run:
    report, signals = pool.run(Job(Task.TRIAL, code, limits.log_bytes, trial_bars(), None))
    said = [_findings(report.findings), report.log, *report.warnings]
    if report.status is not Status.DONE or signals is None:
        return Run("rejected" if report.status is Status.REJECTED else "failed", "\n".join(said))
    return Run("accepted", "\n".join([*said, _shown(signals)]))


def _findings(findings: tuple[Finding, ...]) -> str:
    # The source line is the caller's own text, with the placeholders filled in: no output.
    return "\n".join(f"{finding.rule} {finding.message} {finding.hint}" for finding in findings)


def _shown(signals: Signals) -> str:
    tags = () if signals.tag is None else map(str, signals.tag)
    return "\n".join([*signals.warnings, *dict.fromkeys(tags)])

"""Runs a line of a corpus in one of the modes, and says what came of it as text for the judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EdgewrightError
from engine.strategy.port import Finding
from engine.strategy.signals import Signals
from sandbox.job import Job, Task
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from sandbox.pool import Pool
from sandbox.reply import Status
from sandbox.trial import trial_bars

SUPPORT = Path(__file__).parent


@dataclass(frozen=True)
class Run:
    """What came of a line: `verdict` is accepted, rejected or failed."""

    verdict: str
    output: str


def entry(mode: str) -> Path:
    """The entry script of a test's zygote."""
    return SUPPORT / f"sandbox_zygote_{mode}.py"


def run_as_user(loader: SandboxLoader, code: str) -> Run:
    """As the product does: validate, and if accepted load and run on 500 hourly bars."""
    validation = loader.validate(code)
    said = [_findings(validation.findings), validation.log, *validation.warnings]
    if validation.verdict != "accepted":
        return Run("rejected", "\n".join(said))
    try:
        strategy = loader.load(code)
        signals = strategy.signals(trial_bars(), strategy.spec.resolve({}))
    except EdgewrightError as problem:
        return Run("failed", "\n".join([*said, str(problem)]))
    return Run("accepted", "\n".join([*said, _shown(signals), strategy.spec.hypothesis]))


def run_in(host: Pool, code: str, limits: Limits) -> Run:
    """In a zygote with a layer switched off."""
    report, signals = host.run(Job(Task.TRIAL, code, limits.log_bytes, trial_bars(), None))
    said = [_findings(report.findings), report.log, *report.warnings]
    if report.status is not Status.DONE or signals is None:
        return Run("rejected" if report.status is Status.REJECTED else "failed", "\n".join(said))
    return Run("accepted", "\n".join([*said, _shown(signals)]))


def _findings(findings: tuple[Finding, ...]) -> str:
    # The source line is the caller's own text, with the placeholders filled in: no output.
    return "\n".join(f"{finding.rule} {finding.message} {finding.hint}" for finding in findings)


def _shown(signals: Signals) -> str:
    return "\n".join([*signals.warnings, *dict.fromkeys(signals.tag or ())])

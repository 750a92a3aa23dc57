"""Runs lines of a corpus in one mode under the eyes of the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.limits import Limits
from sandbox.proof.judge import Kind, Leak, Scene
from sandbox.proof.lines import Line
from sandbox.proof.modes import WITHOUT_LANGUAGE, Mode
from sandbox.proof.runs import Run, runner

HOSTILE_LIMITS = Limits(wall_s=1.0, cpu_s=1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """One line in one mode: its own verdict (accepted, rejected, failed), and what the judge saw."""

    line: Line
    run: Run
    leaks: tuple[Leak, ...]


def nothing() -> None:
    """A step that nobody counts."""


def judge(
    lines: Iterable[Line], mode: Mode, limits: Limits = HOSTILE_LIMITS, step: Callable[[], None] = nothing
) -> tuple[Judged, ...]:
    """Run the lines one after the other; `step` is called after each.

    Raises:
        SandboxUnavailable: a child could not be locked, or no zygote comes up.
    """
    judged: list[Judged] = []
    with Scene() as scene, runner(mode, limits) as run:
        for line in lines:
            outcome = run(scene.filled(line.code))
            judged.append(Judged(line, outcome, _counting(scene.leaks(outcome.output), mode)))
            step()
    return tuple(judged)


def _counting(leaks: list[Leak], mode: Mode) -> tuple[Leak, ...]:
    return tuple(leak for leak in leaks if leak.kind is not Kind.ESCAPE or mode not in WITHOUT_LANGUAGE)

"""The engine's view of a strategy. Who runs it (this process or a locked child) is the loader's business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.errors import StrategyFailed
from engine.market.bars import Bars
from engine.strategy.signals import Signals
from engine.strategy.spec import Number, StrategySpec


@dataclass(frozen=True, slots=True)
class Finding:
    """One located reason why a strategy's text was refused, or failed."""

    rule: str
    message: str
    hint: str
    line: int | None = None
    column: int | None = None
    source_line: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """Answer of a validator: accepted with its declared part, or the findings.

    `log` is what the strategy printed, capped. `warnings` do not stop it.
    """

    verdict: Literal["accepted", "rejected"]
    spec: StrategySpec | None
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    log: str = ""


class Strategy(Protocol):
    """A loaded strategy; close it when done."""

    @property
    def spec(self) -> StrategySpec:
        """Its declared part."""
        ...

    def signals(self, bars: Bars, params: Mapping[str, Number]) -> Signals:
        """Signals on all `bars`; `params` are resolved already.

        Raises:
            StrategyFailed: it raised, returned the wrong shape, or met a limit of time or memory.
        """
        ...

    def signals_many(
        self, bars: Bars, sets: Iterable[Mapping[str, Number]]
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals on all `bars` for each parameter set, in order; the same as one `signals` call per set.

        A set that fails is yielded as its error, so that the others go on. `sets` is read as results are.
        """
        ...

    def signals_on(
        self, series: Iterable[Bars], params: Mapping[str, Number]
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals for one parameter set on each of several series, in order, each run seeing only its own.

        A run that fails is yielded as its error. `series` is read as results are.
        """
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class StrategyLoader(Protocol):
    """Turns a strategy's text into a `Strategy`."""

    def validate(self, code: str) -> Validation:
        """Check the text, and run it once on a few made-up bars; a refusal is an answer, not an error.

        Raises:
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
        """
        ...

    def load(self, code: str) -> Strategy:
        """The strategy of this text.

        Raises:
            StrategyRejected: the text breaks a rule; the message holds the findings.
            SandboxUnavailable: this machine lacks a wall and the text is not our own.
        """
        ...

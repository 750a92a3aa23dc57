"""The engine's view of a strategy. Who runs it (this process or a locked child) is the loader's business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.errors import StrategyFailed
from engine.market.bars import Bars
from engine.market.futures import OtherFuture
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


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to a strategy: do the rows before `cut` stay when what comes from there on is another?

    `future` stands in place of the bars from `cut` on; None means that they are not there at all.
    """

    cut: int
    future: OtherFuture | None = None


@dataclass(frozen=True, slots=True)
class Screening:
    """What a quick look at many probes found.

    Attributes:
        asked: how many of the probes were tried before time was up.
        suspects: position of a probe whose answer was no, and the first row that changed.
    """

    asked: int
    suspects: tuple[tuple[int, int], ...] = ()


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
        self, bars: Bars, sets: Iterable[Mapping[str, Number]], *, tags: bool = True
    ) -> Iterator[Signals | StrategyFailed]:
        """Signals on all `bars` for each parameter set, in order; the same as one `signals` call per set.

        Without `tags`, they come without their reasons, which a search does not read and which take long.
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

    def screen(
        self, bars: Bars, params: Mapping[str, Number], probes: Sequence[Probe], seconds: float
    ) -> Screening:
        """Try `probes` quickly, all in one place that holds all `bars`: a hint where to look, no proof."""
        ...

    def locate(self, bars: Bars, params: Mapping[str, Number], probe: Probe) -> Finding | None:
        """The line whose values before the cut first change with what comes after it; None when unseen."""
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

"""What a look-ahead replay answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.strategy.port import Finding

Answer = Literal["clean", "leaks", "undecided"]
Cell = bool | float | str | None


@dataclass(frozen=True, slots=True)
class Leak:
    """Where a strategy was seen to know the future.

    Attributes:
        row: the first bar whose signal changed, counted from 0; `time_ms` is its open, UTC ms.
        column: the signal column.
        with_future, without: its value with the later bars, and with others or none.
        needs_bars: after how many further bars the row has the value that it keeps.
        needs_all: that is not before the last bar.
        cut: the rows from here on were taken away or replaced.
        line: the line of the text that most likely does it; None when none could be named.
    """

    row: int
    time_ms: int
    column: str
    with_future: Cell
    without: Cell
    needs_bars: int
    needs_all: bool
    cut: int
    line: Finding | None = None

    @property
    def needs(self) -> str:
        """`needs_bars` in words."""
        if self.needs_all:
            return "all bars"
        return "1 bar" if self.needs_bars == 1 else f"{self.needs_bars} bars"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a replay.

    Attributes:
        cuts: how many different cuts were judged, each in children that hold none of the bars after it.
        runs: how many such children ran.
        screened: how many further probes were tried quickly, to know where to look.
        reason: why; for `undecided` also what would decide it.
        bars: on which bars.
        leak: the evidence, for `leaks`.
    """

    verdict: Answer
    cuts: int
    runs: int
    screened: int
    reason: str
    bars: str
    leak: Leak | None = None

"""The look-ahead replay as tools answer it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from engine.errors import InvalidInput, StrategyFailed
from engine.market.interval import format_instant
from engine.strategy.port import Finding
from tools.core import Core
from tools.parts import Series, interval_of, resolved

if TYPE_CHECKING:
    from engine.market.bars import Bars
    from engine.research.lookahead.verdict import Verdict


class LocatedFinding(BaseModel):
    """One reason why a text is refused or suspected, with its place."""

    rule: str
    line: int | None
    column: int | None
    source_line: str
    message: str
    hint: str = Field(description="What to write instead.")

    @classmethod
    def of(cls, finding: Finding) -> LocatedFinding:
        """The finding in the shape of the tools."""
        return cls(
            rule=finding.rule,
            line=finding.line,
            column=finding.column,
            source_line=finding.source_line,
            message=finding.message,
            hint=finding.hint,
        )


class LookAhead(BaseModel):
    """Whether the strategy knows the future: it ran again without the later bars, and with other ones."""

    verdict: Literal["clean", "leaks", "undecided"] = Field(description="undecided is not clean.")
    reason: str = Field(description="Why; for undecided also what would decide it.")
    cuts: int = Field(description="Places in time before which nothing may change, that were judged.")
    runs: int = Field(description="Runs in processes of their own.")
    bars: str = Field(description="On which bars.")
    first_bar: int | None = Field(default=None, description="First bar whose signal changed, from 0.")
    first_time: str | None = Field(default=None, description="Its open, UTC.")
    column: str | None = Field(default=None, description="The signal column that changed.")
    with_future: bool | float | str | None = Field(default=None, description="Its value with the later bars.")
    without_future: bool | float | str | None = Field(default=None, description="Its value without them.")
    needs_bars: int | None = Field(default=None, description="How many later bars the value needed.")
    needs_all: bool | None = Field(default=None, description="It needed them up to the end.")
    line: LocatedFinding | None = Field(default=None, description="The line that most likely looks ahead.")

    @classmethod
    def of(cls, verdict: Verdict) -> LookAhead:
        """The verdict in the shape of the tools."""
        answer = cls(
            verdict=verdict.verdict,
            reason=verdict.reason,
            cuts=verdict.cuts,
            runs=verdict.runs,
            bars=verdict.bars,
        )
        if verdict.leak is None:
            return answer
        leak = verdict.leak
        return answer.model_copy(
            update={
                "first_bar": leak.row,
                "first_time": format_instant(leak.time_ms),
                "column": leak.column,
                "with_future": leak.with_future,
                "without_future": leak.without,
                "needs_bars": leak.needs_bars,
                "needs_all": leak.needs_all,
                "line": None if leak.line is None else LocatedFinding.of(leak.line),
            }
        )


def replayed(core: Core, code: str, bars: Bars | None) -> LookAhead:
    """Replay an accepted text with its default parameters, on `bars` or on made-up ones.

    A strategy that fails there is undecided: nobody has seen what it would say.
    """
    from engine.research.lookahead.replay import look_ahead

    with closing(core.loader.load(code)) as strategy:
        try:
            return LookAhead.of(look_ahead(strategy, strategy.spec.resolve({}), bars=bars))
        except StrategyFailed as failed:
            reason = f"It fails on the bars of the replay: {failed}"
            return LookAhead(verdict="undecided", reason=reason, cuts=0, runs=0, bars="")


def research_bars(
    core: Core, symbol: str | None, interval: str | None, venue: str | None, category: str | None
) -> Bars | None:
    """Bars of the lake before the holdout; None when no symbol is named.

    Raises:
        InvalidInput: a symbol without an interval, or the other way round.
        NotFound: no such series.
    """
    if symbol is None and interval is None:
        return None
    if symbol is None or interval is None:
        raise InvalidInput("A replay on recorded bars needs symbol and interval.", "Give both, or neither.")
    from engine.research.holdout import holdout_point

    series = Series(symbol=symbol, interval=interval, venue=venue, category=category)
    length = interval_of(series)
    instrument = resolved(core, series, length)
    held_from = holdout_point(core.lake, core.store, instrument.base_asset)
    return core.lake.bars(instrument, length).closed_by(held_from)

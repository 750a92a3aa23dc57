"""Toolset `strategy`: the contract, saved strategies, and the judge of strategy code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field

from engine.errors import InvalidInput
from engine.market.interval import format_instant
from engine.strategy.port import Validation
from engine.strategy.spec import CONTRACT, Parameter, StrategySpec, code_hash
from prompts.templates import template
from tools.core import Core
from tools.lookahead import LocatedFinding, LookAhead, replayed, research_bars
from tools.parts import Code, StrategyId
from tools.registry import ADDS_ONCE, READS, Answer, Request, tool

if TYPE_CHECKING:
    from engine.market.bars import Bars
    from engine.store.records import Origin, StrategyRecord

LIBRARY_PREFIX = "library:"
_MAX_LISTED = 200


class Judgement(Answer):
    """Verdict of the validator."""

    verdict: Literal["accepted", "rejected"]
    code_hash: str
    hypothesis: str
    parameters: list[Parameter]
    constraints: list[str]
    findings: list[LocatedFinding]
    warnings: list[str]
    printed: str = Field(description="What the strategy printed, shortened.")


def judgement(code: str, validation: Validation) -> Judgement:
    """The validator's answer in the shape of the tools."""
    spec = validation.spec
    return Judgement(
        verdict=validation.verdict,
        code_hash=code_hash(code),
        hypothesis=spec.hypothesis if spec else "",
        parameters=list(spec.parameters) if spec else [],
        constraints=list(spec.constraints) if spec else [],
        findings=[LocatedFinding.of(finding) for finding in validation.findings],
        warnings=list(validation.warnings),
        printed=validation.log,
    )


class GetStrategyContract(Request):
    """No arguments."""


class StrategyContract(Answer):
    """How a strategy is written."""

    contract: int
    text: str = Field(description="The contract in Markdown, with an example.")
    example: str = Field(description="A whole strategy that is accepted.")


@tool("strategy", "How to write a strategy", READS)
def get_strategy_contract(core: Core, request: GetStrategyContract) -> StrategyContract:
    """The contract for strategy code: what comes in, what goes out, what is refused, with an example.

    Read it before you write code; then validate_strategy, save_strategy, run_backtest.
    """
    from engine.strategy.library.catalogue import text

    return StrategyContract(contract=CONTRACT, text=template("strategy_contract"), example=text("sma_cross"))


class ListStrategies(Request):
    """How many."""

    limit: Annotated[int, Field(description="At most this many saved ones.", ge=1, le=_MAX_LISTED)] = 50


class StrategySummary(BaseModel):
    """A strategy in a list."""

    strategy_id: str
    name: str
    version: int
    origin: Literal["user", "composer", "library", "writer"]
    hypothesis: str
    parameters: list[str]
    code_hash: str
    created: str | None


class Strategies(Answer):
    """Saved strategies, newest first, and the ready ones."""

    saved: list[StrategySummary]
    library: list[StrategySummary]


@tool("strategy", "Saved and ready strategies", READS)
def list_strategies(core: Core, request: ListStrategies) -> Strategies:
    """Saved strategies (newest first, latest versions) and the ready ones of the library (library:NAME)."""
    from engine.strategy.library.catalogue import names, text

    return Strategies(
        saved=[_summary(record) for record in core.store.strategies.list(limit=request.limit)],
        library=[
            StrategySummary(
                strategy_id=f"{LIBRARY_PREFIX}{name}",
                name=name,
                version=1,
                origin="library",
                hypothesis=text(name).strip().strip('"').splitlines()[0],
                parameters=[],
                code_hash=code_hash(text(name)),
                created=None,
            )
            for name in names()
        ],
    )


def _summary(record: StrategyRecord) -> StrategySummary:
    return StrategySummary(
        strategy_id=record.id,
        name=record.name,
        version=record.version,
        origin=record.origin,
        hypothesis=record.spec.hypothesis,
        parameters=[parameter.name for parameter in record.spec.parameters],
        code_hash=record.spec.code_hash,
        created=format_instant(record.created_ms),
    )


class GetStrategy(Request):
    """Which one."""

    strategy_id: Annotated[str, Field(description="Id, or library:NAME.", max_length=80)]


class StrategyText(Answer):
    """A strategy with its text."""

    strategy_id: str
    name: str
    version: int
    origin: str
    hypothesis: str
    code: str
    code_hash: str
    brief: str | None = Field(description="What it was asked to be, where a writer made it.")
    created: str | None


@tool("strategy", "One strategy with its code", READS)
def get_strategy(core: Core, request: GetStrategy) -> StrategyText:
    """The code, hypothesis and history of one strategy, saved or of the library."""
    source = find_source(core, request.strategy_id, None)
    record = source.record
    return StrategyText(
        strategy_id=request.strategy_id,
        name=source.name,
        version=record.version if record else 1,
        origin=source.origin,
        hypothesis=record.spec.hypothesis if record else "",
        code=source.code,
        code_hash=code_hash(source.code),
        brief=record.brief if record else None,
        created=format_instant(record.created_ms) if record else None,
    )


class SaveStrategy(Request):
    """Name and text."""

    name: Annotated[str, Field(description="A short name; saving another text under it makes a new version.")]
    code: Annotated[str, Field(description="Text of one Python module.", max_length=200_000)]


class SavedStrategy(Answer):
    """Where it was saved, and what the validator said."""

    strategy_id: str
    name: str
    version: int
    validation: Judgement = Field(description="A rejected text is kept too, but does not run.")


@tool("strategy", "Save a strategy", ADDS_ONCE)
def save_strategy(core: Core, request: SaveStrategy) -> SavedStrategy:
    """Save strategy code under a name. The same text again gives the same id; another text a new version.

    The text is validated on the way and the verdict comes back; a rejected one is kept for mending.
    """
    validation = core.loader.validate(request.code)
    record = core.store.strategies.save(
        request.name, request.code, declared(request.code, validation), origin="user"
    )
    return SavedStrategy(
        strategy_id=record.id,
        name=record.name,
        version=record.version,
        validation=judgement(request.code, validation),
    )


def declared(code: str, validation: Validation) -> StrategySpec:
    """What the text declares; nothing where it was refused before that could be read."""
    return validation.spec or StrategySpec("", (), (), code_hash(code))


class ValidateStrategy(Request):
    """The text, or the id of a saved one, and what to replay it on."""

    strategy_id: StrategyId = None
    code: Code = None
    replay: Annotated[bool, Field(description="Also replay it for look-ahead, which takes some seconds.")] = (
        True
    )
    symbol: Annotated[
        str | None,
        Field(
            description="Replay on recorded bars of this symbol; needs interval. Default: made-up bars.",
            max_length=80,
        ),
    ] = None
    interval: Annotated[
        str | None, Field(description="Bar length of the replay, with symbol.", max_length=8)
    ] = None
    venue: Annotated[str | None, Field(description="Needed when several venues match.", max_length=32)] = None
    category: Annotated[str | None, Field(description="spot, linear or inverse.", max_length=16)] = None


class ReplayedJudgement(Judgement):
    """Verdict of the validator, and of the look-ahead replay."""

    lookahead: LookAhead | None = Field(
        default=None, description="Whether it knows the future; null when rejected, or when left out."
    )


@tool("strategy", "Judge strategy code", READS)
def validate_strategy(core: Core, request: ValidateStrategy) -> ReplayedJudgement:
    """Judge strategy code in the sandbox: accepted, or rejected with rule, line, column, source line and what
    to write instead. It is also run once on made-up bars. An accepted one then runs again without the future:
    `lookahead` says clean, leaks (with first bar, column, how many later bars it needed, and the likely line)
    or undecided. Give either strategy_id or code."""
    source = find_source(core, request.strategy_id, request.code)
    bars = research_bars(core, request.symbol, request.interval, request.venue, request.category)
    return judged(core, source.code, core.loader.validate(source.code), bars, request.replay)


def judged(
    core: Core, code: str, validation: Validation, bars: Bars | None, replay: bool
) -> ReplayedJudgement:
    """The validator's answer, and for an accepted text the replay's."""
    known = replayed(core, code, bars) if replay and validation.verdict == "accepted" else None
    return ReplayedJudgement(**dict(judgement(code, validation)), lookahead=known)


@dataclass(frozen=True, slots=True)
class StrategySource:
    """A strategy's text with where it came from; `record` is None for the library's and for bare code."""

    name: str
    code: str
    origin: Origin
    record: StrategyRecord | None = None

    @property
    def saved_as(self) -> str | None:
        """Id in the store; None when the text is not in it yet."""
        return None if self.record is None else self.record.id


def find_source(core: Core, strategy_id: str | None, code: str | None) -> StrategySource:
    """The text that a request names by id or brings along.

    Raises:
        InvalidInput: neither or both were given.
        NotFound: no such strategy.
    """
    if code is not None and strategy_id is None:
        return StrategySource("draft", code, "user")
    if strategy_id is None or code is not None:
        raise InvalidInput("Give either strategy_id or code.", "list_strategies shows the ids.")
    if strategy_id.startswith(LIBRARY_PREFIX):
        from engine.strategy.library.catalogue import text

        name = strategy_id.removeprefix(LIBRARY_PREFIX)
        return StrategySource(name, text(name), "library")
    record = core.store.strategies.get(strategy_id)
    return StrategySource(record.name, record.code, record.origin, record)

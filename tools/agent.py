"""Toolset `agent`: from an idea in words to strategy code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from engine.market.interval import parse_interval
from engine.strategy.spec import code_hash
from tools.core import Core
from tools.parts import IntervalName, Symbol
from tools.registry import ADDS_ONCE, Answer, Request, tool
from tools.strategy import Judgement, declared, judgement

if TYPE_CHECKING:
    from engine.strategy.compose.model import Composition


class GenerateStrategy(Request):
    """The idea, and what it is for."""

    idea: Annotated[str, Field(description="The idea in plain words.", min_length=1, max_length=4000)]
    symbol: Annotated[Symbol | None, Field(description="For which symbol.")] = None
    interval: Annotated[IntervalName | None, Field(description="For which bars.")] = None


class Clarification(BaseModel):
    """The one question that has to be answered first."""

    text: str
    options: list[str]


class GeneratedStrategy(Answer):
    """Strategy code for the idea, or a question back."""

    written_by: str
    question: Clarification | None = Field(
        default=None, description="Set when the idea says too little; then no code."
    )
    strategy_id: str | None = None
    name: str | None = None
    brief: str | None = Field(default=None, description="What was made, in words, and what was assumed.")
    understood: dict[str, Any] | None = Field(
        default=None,
        description="family, indicators, direction, stops, filters, ... and not_understood, word for word.",
    )
    code: str | None = None
    validation: Judgement | None = None


@tool("agent", "Write a strategy for an idea", ADDS_ONCE)
def generate_strategy(core: Core, request: GenerateStrategy) -> GeneratedStrategy:
    """Turn an idea in plain words into validated, saved strategy code, and say what was understood.

    If you can write the code yourself, prefer get_strategy_contract, validate_strategy and save_strategy.
    What was not understood stands in `understood.not_understood`. Next: run_backtest with the strategy_id.
    """
    from engine.strategy.compose.model import Question

    interval = parse_interval(request.interval) if request.interval else None
    written = core.writer.write(request.idea, interval=interval, symbol=request.symbol)
    if isinstance(written, Question):
        asked = Clarification(text=written.text, options=list(written.options))
        return GeneratedStrategy(written_by=core.writer.described, question=asked)
    return _saved(core, written)


def _saved(core: Core, written: Composition) -> GeneratedStrategy:
    core.vouch(code_hash(written.code))
    validation = core.loader.validate(written.code)
    record = core.store.strategies.save(
        written.name, written.code, declared(written.code, validation), origin="composer", brief=written.brief
    )
    return GeneratedStrategy(
        written_by=core.writer.described,
        strategy_id=record.id,
        name=record.name,
        brief=written.brief,
        understood=dict(written.understood.as_dict()),
        code=written.code,
        validation=judgement(written.code, validation),
    )

"""From a request in plain words to a strategy: rules only, no network, no language model."""

from __future__ import annotations

from engine.market.interval import Interval
from engine.strategy.compose.assemble import Assembler
from engine.strategy.compose.brief import brief_of, slug_of
from engine.strategy.compose.describe import condition_use, window_use
from engine.strategy.compose.direction import read_direction
from engine.strategy.compose.fragments import shown_request
from engine.strategy.compose.lexer import items_of
from engine.strategy.compose.mentions import joined
from engine.strategy.compose.model import (
    AtrMultiple,
    Composition,
    Condition,
    Plan,
    Question,
    StopMultiple,
    Understood,
)
from engine.strategy.compose.naming import uses_of
from engine.strategy.compose.parser import read_statements
from engine.strategy.compose.planner import plan_of
from engine.strategy.compose.plays import mirrored
from engine.strategy.compose.questions import question_for, unavailable
from engine.strategy.compose.risk import read_risk
from engine.strategy.compose.schedule import read_schedule
from engine.strategy.compose.settings import positional
from engine.strategy.compose.timeframe import bar_minutes, read_interval, read_symbol
from engine.strategy.compose.words import Text


def compose(
    idea: str, *, interval: Interval | None = None, symbol: str | None = None
) -> Composition | Question:
    """A strategy for a request in plain words, or one question where the request says nothing usable.

    Deterministic: the same request gives the same text. It never guesses silently: what was assumed and what
    was not understood stand in the brief.

    Args:
        idea: the request; its first 300 words (4,000 characters) are read.
        interval: the caller's interval, for requests that name none.
        symbol: the caller's symbol, for requests that name none.
    """
    text = Text(positional(idea))
    missing = unavailable(text)
    if missing is not None:
        return missing
    named_symbol = read_symbol(text)
    spans = bar_minutes(interval, text)
    named, unknown = read_interval(text)
    used = named or interval
    spans = bar_minutes(used, text) if used is not None else spans
    risk = read_risk(text, spans)
    assumptions = list(risk.assumptions)
    if text.is_cut:
        assumptions.append("only the first 300 words count; the rest was not read")
    schedule = read_schedule(text, assumptions)
    direction = read_direction(text)
    found = items_of(text)
    items = joined(found, text)
    reading = read_statements(items, text, spans)
    assumptions += reading.assumptions
    plan = plan_of(reading, direction, schedule, risk.risk, assumptions)
    if plan is None:
        return question_for(text)
    for item in (*found, *items):
        if item.used or item.kind not in {"name", "number"}:
            text.use(item.start, item.end)
    not_understood = tuple(dict.fromkeys((*text.leftovers(), *reading.wrong)))
    understood = _understood(plan, used, named_symbol or symbol, not_understood)
    brief = brief_of(plan, understood, named, interval, unknown)
    code = Assembler(plan).module(shown_request(idea))
    return Composition(slug_of(plan, understood), brief, understood, code)


def _filters(plan: Plan) -> tuple[Condition, ...]:
    """Filters of the longs, and those of the shorts that are not their mirror image."""
    longs = plan.long.filters if plan.long is not None else ()
    shorts = plan.short.filters if plan.short is not None else ()
    return (*longs, *(f for f in shorts if mirrored(f) not in longs))


def _understood(
    plan: Plan, interval: Interval | None, symbol: str | None, not_understood: tuple[str, ...]
) -> Understood:
    risk = plan.risk
    stop = risk.stop if isinstance(risk.stop, float) else None
    target = risk.target if isinstance(risk.target, float) else None
    if isinstance(risk.target, StopMultiple) and stop is not None:
        target = round(risk.target.ratio * stop, 10)
    filters = (
        *(window_use(w) for w in plan.windows),
        *(condition_use(condition) for condition in _filters(plan)),
    )
    return Understood(
        plan.family,
        uses_of(plan),
        plan.direction,
        None if interval is None else str(interval),
        stop,
        target,
        None if isinstance(risk.trailing, AtrMultiple) else risk.trailing,
        filters,
        not_understood,
        symbol,
        risk.size,
        risk.max_bars,
    )

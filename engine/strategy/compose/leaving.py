"""The way out: as the request names it, or the one that belongs to the entry."""

from __future__ import annotations

from dataclasses import replace

from engine.strategy.compose.choosing import Chosen
from engine.strategy.compose.model import (
    Condition,
    Line,
    Risk,
    Rule,
)
from engine.strategy.compose.parts import PRICE
from engine.strategy.compose.plays import (
    default_exit,
    is_symmetric,
    mirrored,
    play,
)
from engine.strategy.compose.statements import (
    Mention,
    Reading,
    Statement,
    as_edge,
    as_state,
    flipped,
)


def exit_rule(reading: Reading, roles: set[str], chosen: Chosen | None) -> Rule | None:
    statements = [s for s in reading.statements if s.role in roles]
    conditions: list[Condition] = []
    entry = chosen.entry.conditions[0] if chosen else None
    for statement in statements:
        condition = _turned(statement, entry)
        if statement.role == "while":
            state = as_state(condition)
            condition = replace(state, relation=flipped(state.relation))
        conditions.append(condition)
    for mention in reading.mentions:
        if mention.role in roles and mention.lines:
            conditions.append(_leaving_at(mention, entry))
            for item in mention.items:
                item.used = True
    conditions = list(dict.fromkeys(conditions))
    if not conditions:
        return None
    all_of = len(statements) > 1 and all(s.joined not in {"", "or"} for s in statements[1:])
    return Rule(tuple(conditions), any_of=len(conditions) > 1 and not all_of)


def _turned(statement: Statement, entry: Condition | None) -> Condition:
    """`exit at the middle band`, `out when it crosses the average`: from the side that the entry left."""
    condition = statement.condition
    right = condition.right
    if entry is None or not statement.weak or not isinstance(right, Line):
        return condition
    from_price = entry.left.indicator == "Price" or entry.left.output == "distance"
    if right.output in {"upper", "lower"} or condition.left.indicator != "Price" or not from_price:
        return condition
    return Condition(PRICE, flipped(as_edge(entry).relation), right)


def _leaving_at(mention: Mention, entry: Condition | None) -> Condition:
    """`exit at the middle band`, `sell at the 10 day low`, `out on supertrend`."""
    line = mention.lines[0]
    down = entry is not None and entry.relation in {"below", "crosses_below"}
    if len(mention.lines) > 1 or line.indicator in {"MACD", "Supertrend", "ROC", "Aroon", "ADX", "OBV"}:
        found = play(line.indicator, mention.lines, {}, frozenset())
        if found is not None:
            return found.exit
    if line.output == "lower":
        return Condition(PRICE, "crosses_below", line)
    if line.output == "upper":
        return Condition(PRICE, "crosses_above", line)
    if line.indicator in {"RSI", "Stochastic", "Stochastic RSI", "CCI", "MFI", "Williams %R", "Z-score"}:
        found = play(line.indicator, mention.lines, {}, frozenset())
        if found is not None:
            return found.exit
    return Condition(PRICE, "crosses_above" if down else "crosses_below", line)


def own_exit(
    chosen: Chosen, reading: Reading, risk: Risk, assumptions: list[str], *, short: bool = False
) -> Rule:
    """The exit that comes with the entry, unless price or time alone end the position."""
    entry = chosen.entry.conditions[0]
    guarded = risk.stop is not None and (risk.target is not None or risk.trailing is not None)
    if risk.max_bars is not None or (guarded and chosen.play is None and not is_symmetric(entry)):
        return Rule()
    assumptions.append("no exit was named: the one that belongs to the entry")
    if chosen.play is not None:
        return Rule((chosen.play.exit,))
    levels = reading.levels.get(entry.left.indicator, {})
    if short:
        return Rule((mirrored(default_exit(mirrored(entry), levels)),))
    return Rule((default_exit(entry, levels),))


def mirrored_rule(rule: Rule) -> Rule:
    return Rule(tuple(mirrored(condition) for condition in rule.conditions), rule.any_of)

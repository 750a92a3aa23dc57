"""Statements made into a plan: one moment to enter, conditions around it, a way out, both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.strategy.compose.choosing import LONG_EXITS, Chosen, choose, common_filters
from engine.strategy.compose.leaving import exit_rule, mirrored_rule, own_exit
from engine.strategy.compose.model import (
    Condition,
    Direction,
    Level,
    Plan,
    Risk,
    Rule,
    Side,
    Window,
)
from engine.strategy.compose.plays import (
    family_of,
)
from engine.strategy.compose.schedule import Schedule
from engine.strategy.compose.statements import (
    Mention,
    Reading,
    Statement,
    as_state,
    is_edge,
)


@dataclass(slots=True)
class _Found:
    """What each side's rules are made of."""

    reading: Reading
    risk: Risk
    assumptions: list[str]
    chosen: Chosen | None
    short: Chosen | None
    exits: Rule | None
    covers: Rule | None


def plan_of(
    reading: Reading, asked: Direction | None, schedule: Schedule, risk: Risk, assumptions: list[str]
) -> Plan | None:
    """The plan, or None when the request names no way to enter."""
    _open_while(reading)
    direction = asked or _direction_of(reading, schedule)
    _turn_words_around(reading, direction)
    modes = frozenset(reading.modes)
    chosen = choose(reading, ("", "long_entry"), modes)
    short = choose(reading, ("short_entry",), frozenset()) if direction != "long" else None
    main = chosen or short
    if main is None:
        return _calendar_plan(reading, direction, schedule, risk, assumptions)
    exits = exit_rule(reading, LONG_EXITS, chosen)
    covers = exit_rule(reading, {"short_exit"}, short)
    found = _Found(reading, risk, assumptions, chosen, short, exits, covers)
    long_side, short_side = _sides(found, direction)
    filters = [*main.filters, *common_filters(modes, main)]
    kept = tuple(dict.fromkeys(f for f in filters if not _repeats(f, long_side or short_side)))
    return Plan(
        family_of(main.entry.conditions[0], modes),
        direction,
        long_side,
        short_side,
        kept,
        (*schedule.windows, *([schedule.opens] if schedule.opens is not None else [])),
        risk,
        exit_window=schedule.closes,
        assumptions=tuple(dict.fromkeys(assumptions)),
    )


def _open_while(reading: Reading) -> None:
    """`hold as long as X` alone: opened when X begins."""
    entries = any(
        s.role in {"", "long_entry", "short_entry"} for s in (*reading.statements, *reading.mentions)
    )
    whiles = [s for s in reading.statements if s.role == "while"]
    if not entries:
        reading.statements += [replace(s, role="long_entry", joined="and") for s in whiles]


def _direction_of(reading: Reading, schedule: Schedule) -> Direction:
    roles = {statement.role for statement in reading.statements} | {
        mention.role for mention in reading.mentions
    }
    if "short_entry" not in roles and not schedule.short:
        return "long"
    free = any(s.role == "" and is_edge(s.condition.relation) for s in reading.statements)
    opened = any(role == "long_entry" for role, _ in reading.roles) or free
    return "both" if opened else "short"


def _turn_words_around(reading: Reading, direction: Direction) -> None:
    """For a short-only strategy `sell` opens and `buy` closes."""
    if direction != "short" or any(s.role == "short_entry" for s in (*reading.statements, *reading.mentions)):
        return
    told: list[Statement | Mention] = [*reading.statements, *reading.mentions]
    sells = any(t.role == "exit" and t.verb.startswith("sell") for t in told)
    for item in told:
        if sells and item.role == "exit" and item.verb.startswith("sell"):
            item.role = "short_entry"
        elif sells and item.role in {"long_entry", "exit"}:
            item.role = "short_exit"
    if not sells:
        for statement in reading.statements:
            down = statement.condition.relation in {"below", "crosses_below"}
            oscillates = isinstance(statement.condition.right, Level)
            if statement.role == "" and down != oscillates:
                statement.role = "short_entry"


def _sides(found: _Found, direction: Direction) -> tuple[Side | None, Side | None]:
    if direction == "both":
        return _both_sides(found)
    if direction == "short":
        return None, _short_side(found)
    chosen = found.chosen or _mirror_of(found.short)
    return Side(chosen.entry, found.exits or _exit_of(found, chosen)), None


def _short_side(found: _Found) -> Side:
    """Rules told for shorts, else the mirror image of those told for longs."""
    if found.short is not None:
        leave = found.covers or found.exits or _exit_of(found, found.short, short=True)
        return Side(found.short.entry, leave)
    chosen = found.chosen or Chosen(Rule())
    leave = found.exits or _exit_of(found, chosen)
    return Side(mirrored_rule(chosen.entry), found.covers or mirrored_rule(leave))


def _both_sides(found: _Found) -> tuple[Side, Side]:
    """Where both sides are told and no exit is, each side's entry ends the other."""
    chosen, exits, covers = found.chosen, found.exits, found.covers
    if chosen is None:
        chosen = _mirror_of(found.short)
        exits = exits or (mirrored_rule(covers) if covers else None)
    if found.short is not None:
        short_exit = covers or (mirrored_rule(exits) if exits else chosen.entry)
        return Side(chosen.entry, exits or found.short.entry), Side(found.short.entry, short_exit)
    long_exit = exits or _exit_of(found, chosen)
    short_exit = covers or mirrored_rule(long_exit)
    return Side(chosen.entry, long_exit), Side(mirrored_rule(chosen.entry), short_exit)


def _mirror_of(chosen: Chosen | None) -> Chosen:
    return Chosen(mirrored_rule(chosen.entry)) if chosen is not None else Chosen(Rule())


def _exit_of(found: _Found, chosen: Chosen, *, short: bool = False) -> Rule:
    return own_exit(chosen, found.reading, found.risk, found.assumptions, short=short)


def _repeats(condition: Condition, side: Side | None) -> bool:
    """Whether a filter says no more than the entry does."""
    if side is None:
        return False
    return any(as_state(entry) == condition for entry in side.entry.conditions)


def _calendar_plan(
    reading: Reading, direction: Direction, schedule: Schedule, risk: Risk, assumptions: list[str]
) -> Plan | None:
    opens = schedule.opens or (schedule.windows[0] if schedule.windows else None)
    if opens is None:
        return None
    others: tuple[Window, ...] = tuple(w for w in schedule.windows if w != opens)
    leave = exit_rule(reading, LONG_EXITS, None) or Rule()
    empty = Side(Rule(), leave)
    if direction == "both":
        direction = "long"
        assumptions.append("a calendar rule has no mirror image: long only")
    assumptions.append("days and hours are those of the bar's open, in UTC; orders go in at the next open")
    return Plan(
        "calendar",
        direction,
        empty if direction == "long" else None,
        empty if direction == "short" else None,
        (),
        others,
        risk,
        hold_window=opens,
        exit_window=schedule.closes,
        assumptions=tuple(dict.fromkeys(assumptions)),
    )

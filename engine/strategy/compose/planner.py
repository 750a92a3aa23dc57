"""Statements made into a plan: one moment to enter, conditions around it, a way out, both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.strategy.compose.choosing import FILTERS, LONG_EXITS, Chosen, already_told, choose, mode_filters
from engine.strategy.compose.leaving import exit_rule, mirrored_rule, own_exit
from engine.strategy.compose.model import (
    Direction,
    Level,
    Plan,
    Risk,
    Rule,
    Side,
    Window,
)
from engine.strategy.compose.plays import family_of, mirrored
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
    chosen, short = _entries(reading, direction, modes)
    main = chosen or short
    if main is None:
        return _calendar_plan(reading, direction, schedule, risk, assumptions)
    main.own += mode_filters(modes, main)
    exits = exit_rule(reading, LONG_EXITS, chosen)
    covers = exit_rule(reading, {"short_exit"}, short)
    long_side, short_side = _sides(
        _Found(reading, risk, assumptions, chosen, short, exits, covers), direction
    )
    return Plan(
        family_of(main.entry.conditions[0], modes, opens_short=main is short),
        direction,
        long_side,
        short_side,
        (*schedule.windows, *([schedule.opens] if schedule.opens is not None else [])),
        risk,
        exit_window=schedule.closes,
        assumptions=tuple(dict.fromkeys(assumptions)),
    )


def _entries(
    reading: Reading, direction: Direction, modes: frozenset[str]
) -> tuple[Chosen | None, Chosen | None]:
    """What opens longs, and what opens shorts where the request tells that apart."""
    told = any(each.role == "short_entry" for each in (*reading.statements, *reading.mentions))
    if direction == "short" and told:
        for mention in reading.mentions:
            already_told(mention, reading)
        return None, choose(reading, ("short_entry", *FILTERS), frozenset())
    chosen = choose(reading, ("", "long_entry", *FILTERS), modes)
    return chosen, choose(reading, ("short_entry",), frozenset()) if direction == "both" and told else None


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
    return _side(chosen, found.exits or _exit_of(found, chosen)), None


def _short_side(found: _Found) -> Side:
    """Rules told for shorts, else the mirror image of those told for longs; told filters as they are."""
    if found.short is not None:
        leave = found.covers or found.exits or _exit_of(found, found.short, short=True)
        return _side(found.short, leave)
    chosen = found.chosen or Chosen(Rule())
    leave = found.exits or _exit_of(found, chosen)
    image = Chosen(mirrored_rule(chosen.entry), None, chosen.told, [mirrored(f) for f in chosen.own])
    return _side(image, found.covers or mirrored_rule(leave))


def _both_sides(found: _Found) -> tuple[Side, Side]:
    """Where both sides are told and no exit is, each side's entry ends the other."""
    chosen, exits, covers = found.chosen, found.exits, found.covers
    if chosen is None:
        chosen = _mirror_of(found.short)
        exits = exits or (mirrored_rule(covers) if covers else None)
    if found.short is not None:
        general = [as_state(s.condition) for s in found.reading.statements if s.role in FILTERS]
        found.short.own += [mirrored(condition) for condition in general]
        short_exit = covers or (mirrored_rule(exits) if exits else chosen.entry)
        return _side(chosen, exits or found.short.entry), _side(found.short, short_exit)
    long_exit = exits or _exit_of(found, chosen)
    return _side(chosen, long_exit), _side(_mirror_of(chosen), covers or mirrored_rule(long_exit))


def _side(chosen: Chosen, leave: Rule) -> Side:
    """One side; a filter that says no more than the entry does is left out."""
    said = {as_state(condition) for condition in chosen.entry.conditions}
    filters = dict.fromkeys(f for f in (*chosen.told, *chosen.own) if f not in said or chosen.entry.any_of)
    return Side(chosen.entry, leave, tuple(filters))


def _mirror_of(chosen: Chosen | None) -> Chosen:
    if chosen is None:
        return Chosen(Rule())
    told, own = ([mirrored(condition) for condition in each] for each in (chosen.told, chosen.own))
    return Chosen(mirrored_rule(chosen.entry), None, told, own)


def _exit_of(found: _Found, chosen: Chosen, *, short: bool = False) -> Rule:
    return own_exit(chosen, found.reading, found.risk, found.assumptions, short=short)


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
        others,
        risk,
        hold_window=opens,
        exit_window=schedule.closes,
        assumptions=tuple(dict.fromkeys(assumptions)),
    )

"""Statements made into a plan: one moment to enter, conditions around it, a way out, both sides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import (
    Condition,
    Direction,
    Family,
    Level,
    Line,
    Plan,
    Risk,
    Rule,
    Side,
    Window,
)
from engine.strategy.compose.parts import AVERAGES, PARTS, PRICE
from engine.strategy.compose.plays import (
    Play,
    default_exit,
    family_of,
    is_setup,
    is_symmetric,
    mirrored,
    play,
)
from engine.strategy.compose.schedule import Schedule
from engine.strategy.compose.statements import (
    ZERO,
    Mention,
    Reading,
    Statement,
    as_edge,
    as_state,
    flipped,
    is_edge,
)

_LONG_EXITS = {"exit", "long_exit", "while"}
_FILTERS = {"filter", "filter_long", "filter_not"}
_CHANNELS = {"Bollinger", "Keltner", "Donchian", "ATR band"}
_BREAKS = {"squeeze", "volatility_breakout", "breakout"}
_MODE_PLAYS = {
    "squeeze": ("Bollinger", "upper"),
    "volatility_breakout": ("ATR band", "upper"),
    "breakout": ("Donchian", "upper"),
    "reversion": ("Bollinger", "upper"),
    "momentum": ("ROC", "value"),
    "trend": ("EMA", ""),
    "oscillator": ("RSI", "value"),
}


@dataclass(slots=True)
class _Chosen:
    """The moment to enter, what came with it, and conditions that only allow it."""

    entry: Rule
    play: Play | None
    filters: list[Condition] = field(default_factory=list[Condition])


def plan_of(
    reading: Reading, asked: Direction | None, schedule: Schedule, risk: Risk, assumptions: list[str]
) -> Plan | None:
    """The plan, or None when the request names no way to enter."""
    _open_while(reading)
    direction = asked or _direction_of(reading, schedule)
    _turn_words_around(reading, direction)
    modes = frozenset(reading.modes)
    chosen = _choose(reading, ("", "long_entry"), modes, "short_entry")
    short = _choose(reading, ("short_entry",), frozenset(), "long_entry") if direction != "long" else None
    if chosen is None and short is None:
        return _calendar_plan(reading, direction, schedule, risk, assumptions)
    common = _common_filters(reading, modes, chosen or short)
    exits = _exit_rule(reading, _LONG_EXITS, chosen)
    covers = _exit_rule(reading, {"short_exit"}, short)
    family = family_of((chosen or short or _nothing()).entry.conditions[0], modes)
    windows = schedule.windows
    if schedule.opens is not None:
        windows = (*windows, schedule.opens)
    long_side, short_side = _sides(
        reading, direction, chosen, short, exits, covers, risk, family, assumptions
    )
    filters = [*(chosen.filters if chosen else short.filters if short else []), *common]
    kept = tuple(dict.fromkeys(f for f in filters if not _repeats(f, long_side or short_side)))
    return Plan(
        family,
        direction,
        long_side,
        short_side,
        kept,
        windows,
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


def _nothing() -> _Chosen:
    raise AssertionError("a plan without an entry")


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


def _choose(reading: Reading, roles: tuple[str, ...], modes: frozenset[str], other: str) -> _Chosen | None:
    """The best candidate for the moment to enter; the rest of its sentence filters."""
    statements = [s for s in reading.statements if s.role in roles or (roles[0] == "" and s.role in _FILTERS)]
    mentions = [m for m in reading.mentions if m.role in roles or (roles[0] == "" and m.role in _FILTERS)]
    if roles[0] != "" and not statements and not mentions:
        return None
    scored: list[tuple[float, int, Statement | Play, Item | None]] = []
    for statement in statements:
        start = statement.items[0].start if statement.items else 0
        scored.append((_score(statement), -start, statement, None))
    for mention in mentions:
        found = _play_of(mention, reading, modes)
        if found is not None and not _already_told(mention, reading):
            scored.append((_mention_score(mention), -mention.items[0].start, found, mention.items[0]))
    if roles[0] == "":
        best = max((entry[0] for entry in scored), default=0.0)
        bands = any(m.lines and m.lines[0].indicator in _CHANNELS for m in mentions)
        for mode, item in reading.modes.items():
            made = _mode_play(mode, reading, modes)
            told = bands if mode in _BREAKS else best >= 1.5
            if made is not None and not told:
                scored.append((2.1, -item.start, made, None))
    if not scored or max(scored, key=lambda s: s[:2])[0] < 0.5:
        return None
    best = max(scored, key=lambda entry: entry[:2])
    return _assembled(best, scored, statements, reading)


def _assembled(
    best: tuple[float, int, Statement | Play, Item | None],
    scored: list[tuple[float, int, Statement | Play, Item | None]],
    statements: list[Statement],
    reading: Reading,
) -> _Chosen:
    winner = best[2]
    if isinstance(winner, Play):
        if best[3] is not None:
            best[3].used = True
        chosen = _Chosen(Rule((winner.entry,)), winner, list(winner.filters))
        group: list[Statement] = []
    else:
        group = _alternatives(winner, statements)
        chosen = _Chosen(Rule(tuple(s.condition for s in group), any_of=len(group) > 1), None)
    for statement in statements:
        if statement not in group:
            chosen.filters.append(as_state(statement.condition))
    for entry in scored:
        other = entry[2]
        if other is winner or not isinstance(other, Play) or entry[3] is None:
            continue
        entry[3].used = True
        chosen.filters.append(as_state(other.entry))
    _use_levels(chosen, reading)
    chosen.filters = list(dict.fromkeys(chosen.filters))
    return chosen


def _use_levels(chosen: _Chosen, reading: Reading) -> None:
    """A cross of %K and %D with levels named beside it counts only in the oversold zone."""
    entry = chosen.entry.conditions[0]
    levels = reading.levels.get(entry.left.indicator, {})
    if not isinstance(entry.right, Line) or entry.right.output != "d" or len(levels) < 2:
        return
    low, high = Level("oversold", levels["oversold"]), Level("overbought", levels["overbought"])
    chosen.filters.append(Condition(entry.left, "below", low))
    chosen.play = Play(entry, Condition(entry.left, "crosses_above", high))


def _alternatives(winner: Statement, statements: list[Statement]) -> list[Statement]:
    """The statements joined to the winner by `or`."""
    same = [s for s in statements if s.role == winner.role]
    at = same.index(winner)
    group = [winner]
    for following in same[at + 1 :]:
        if following.joined != "or":
            break
        group.append(following)
    position = at
    while position > 0 and same[position].joined == "or":
        position -= 1
        group.insert(0, same[position])
    return group


def _score(statement: Statement) -> float:
    condition = statement.condition
    if is_setup(condition):
        if condition.left.indicator == "Candles":
            return 0.85
        return 0.9 if statement.role not in _FILTERS else 0.55
    if statement.role in _FILTERS:
        return 0.6 + 0.1 * is_edge(condition.relation)
    told = 1.0 if statement.role else 0.0
    if is_edge(condition.relation):
        return 3.0 + told
    right = condition.right
    trend = condition.left == PRICE and isinstance(right, Line) and right.indicator in AVERAGES
    return (1.8 if trend else 2.3) + told


def _mention_score(mention: Mention) -> float:
    if mention.role in _FILTERS:
        return 0.56
    if mention.name in {"ADX", "ATR"}:
        return 0.8
    single = mention.name in {"MA", *AVERAGES} and len(mention.lines) == 1
    return (1.5 if single else 2.2) + (0.4 if mention.role else 0.0)


def _play_of(mention: Mention, reading: Reading, modes: frozenset[str]) -> Play | None:
    name = mention.lines[0].indicator if mention.lines else mention.name
    if name in {"Breakout", "Momentum"}:
        name = {"Breakout": "Donchian", "Momentum": "ROC"}[name]
    if name == "MA" and any(s.condition.left.indicator == "Volume average" for s in reading.statements):
        return None
    return play(name, mention.lines, reading.levels.get(name, {}), modes)


def _already_told(mention: Mention, reading: Reading) -> bool:
    """Whether a statement already says when to use the indicator that is mentioned."""
    names = {line.indicator for line in mention.lines} or {mention.name}
    if not mention.lines and any(other.lines and other.name == mention.name for other in reading.mentions):
        for item in mention.items:
            item.used = True
        return True
    for statement in reading.statements:
        if statement.role in _LONG_EXITS | {"short_exit"}:
            continue
        right = statement.condition.right
        in_it = {statement.condition.left.indicator}
        in_it |= {right.indicator} if isinstance(right, Line) else set()
        general = "MA" in names and in_it & set(AVERAGES)
        if names & in_it or general:
            if names & set(AVERAGES) and not set(mention.lines) <= {statement.condition.left, right}:
                continue
            for item in mention.items:
                item.used = True
            return True
    return False


def _mode_play(mode: str, reading: Reading, modes: frozenset[str]) -> Play | None:
    if mode not in _MODE_PLAYS:
        return None
    name, output = _MODE_PLAYS[mode]
    if mode == "trend":
        return play("EMA", (PARTS["EMA"].line("value", 20), PARTS["EMA"].line("value", 100)), {}, modes)
    line = PARTS[name].line(output)
    if mode == "volatility_breakout":
        line = PARTS[name].line(output, *(reading.band_numbers))
    return play(name, (line,), reading.levels.get(name, {}), modes)


def _common_filters(reading: Reading, modes: frozenset[str], chosen: _Chosen | None) -> list[Condition]:
    if chosen is None:
        return []
    common: list[Condition] = []
    if "squeeze" in modes and chosen.play is None:
        tight = PARTS["Bollinger squeeze"].line("value")
        common.append(Condition(tight, "below", Level("tightness", 0.7)))
    if "trend_filter" not in modes or any(f.left == PRICE for f in chosen.filters):
        return common
    return [*common, Condition(PRICE, "above", PARTS["SMA"].line("value", 200))]


def _exit_rule(reading: Reading, roles: set[str], chosen: _Chosen | None) -> Rule | None:
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
    all_of = len(statements) > 1 and all(s.joined == "and" for s in statements[1:])
    return Rule(tuple(conditions), any_of=len(conditions) > 1 and not all_of)


def _turned(statement: Statement, entry: Condition | None) -> Condition:
    """`exit at the middle band`, `out when it crosses the average`: from the side that the entry left."""
    condition = statement.condition
    right = condition.right
    if entry is None or not statement.weak or condition.left != PRICE or not isinstance(right, Line):
        return condition
    if right.output in {"upper", "lower"} or entry.left.indicator != "Price":
        return condition
    return replace(condition, relation=flipped(as_edge(entry).relation))


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


def _sides(
    reading: Reading,
    direction: Direction,
    chosen: _Chosen | None,
    short: _Chosen | None,
    exits: Rule | None,
    covers: Rule | None,
    risk: Risk,
    family: Family,
    assumptions: list[str],
) -> tuple[Side | None, Side | None]:
    explicit_short = short is not None
    if direction == "long" and chosen is not None:
        return Side(chosen.entry, exits or _own_exit(chosen, reading, risk, assumptions)), None
    if direction == "short":
        if short is not None:
            leave = covers or exits or _own_exit(short, reading, risk, assumptions, short=True)
            return None, Side(short.entry, leave)
        assert chosen is not None
        leave = exits or _own_exit(chosen, reading, risk, assumptions)
        return None, Side(_mirrored_rule(chosen.entry), covers or _mirrored_rule(leave))
    if chosen is None:
        assert short is not None
        chosen = _Chosen(_mirrored_rule(short.entry), None)
        exits = exits or (covers and _mirrored_rule(covers))
    if explicit_short and short is not None:
        long_exit = exits or short.entry
        short_exit = covers or (_mirrored_rule(exits) if exits else chosen.entry)
        return Side(chosen.entry, long_exit), Side(short.entry, short_exit)
    long_exit = exits or _own_exit(chosen, reading, risk, assumptions)
    return Side(chosen.entry, long_exit), Side(
        _mirrored_rule(chosen.entry), covers or _mirrored_rule(long_exit)
    )


def _own_exit(
    chosen: _Chosen, reading: Reading, risk: Risk, assumptions: list[str], *, short: bool = False
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


def _mirrored_rule(rule: Rule) -> Rule:
    return Rule(tuple(mirrored(condition) for condition in rule.conditions), rule.any_of)


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
    leave = _exit_rule(reading, _LONG_EXITS, None) or Rule()
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


__all__ = ["ZERO", "plan_of"]

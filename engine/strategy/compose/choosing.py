"""The moment to enter, chosen among all that a request says; the rest of it filters."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import (
    Condition,
    Level,
    Line,
    Rule,
)
from engine.strategy.compose.parts import AVERAGES, PARTS, PRICE
from engine.strategy.compose.plays import (
    Play,
    is_setup,
    play,
)
from engine.strategy.compose.statements import (
    Mention,
    Reading,
    Statement,
    as_state,
    is_edge,
)

LONG_EXITS = {"exit", "long_exit", "while"}
FILTERS = {"filter", "filter_long", "filter_not"}
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
class Chosen:
    """The moment to enter, what came with it, and conditions that only allow it."""

    entry: Rule
    play: Play | None = None
    filters: list[Condition] = field(default_factory=list[Condition])


def choose(reading: Reading, roles: tuple[str, ...], modes: frozenset[str]) -> Chosen | None:
    """The best candidate for the moment to enter; the rest of its sentence filters."""
    statements = [s for s in reading.statements if s.role in roles or (roles[0] == "" and s.role in FILTERS)]
    mentions = [m for m in reading.mentions if m.role in roles or (roles[0] == "" and m.role in FILTERS)]
    if roles[0] != "" and not statements and not mentions:
        return None
    scored: list[tuple[float, int, Statement | Play, Item | None]] = []
    for statement in statements:
        start = statement.items[0].start if statement.items else 0
        named_first = any(m.items[0].start < start for m in mentions if m.role not in FILTERS)
        scored.append((_score(statement, named_first=named_first), -start, statement, None))
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
) -> Chosen:
    winner = best[2]
    if isinstance(winner, Play):
        if best[3] is not None:
            best[3].used = True
        chosen = Chosen(Rule((winner.entry,)), winner, list(winner.filters))
        group: list[Statement] = []
    else:
        group = _alternatives(winner, statements)
        chosen = Chosen(Rule(tuple(s.condition for s in group), any_of=len(group) > 1), None)
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


def _use_levels(chosen: Chosen, reading: Reading) -> None:
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


def _score(statement: Statement, *, named_first: bool) -> float:
    condition = statement.condition
    if is_setup(condition):
        if condition.left.indicator == "Candles":
            return 0.85
        return 0.9 if statement.role not in FILTERS else 0.55
    if statement.role in FILTERS:
        return 0.6 + 0.1 * is_edge(condition.relation)
    told = 1.0 if statement.role else 0.0
    if is_edge(condition.relation):
        return 3.0 + told
    right = condition.right
    trend = condition.left == PRICE and isinstance(right, Line) and right.indicator in AVERAGES
    return (1.8 if trend else 2.1 if named_first else 2.3) + told


def _mention_score(mention: Mention) -> float:
    if mention.role in FILTERS:
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
        if statement.role in LONG_EXITS | {"short_exit"}:
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


def common_filters(modes: frozenset[str], chosen: Chosen | None) -> list[Condition]:
    if chosen is None:
        return []
    common: list[Condition] = []
    if "squeeze" in modes and chosen.play is None:
        tight = PARTS["Bollinger squeeze"].line("value")
        common.append(Condition(tight, "below", Level("tightness", 0.7)))
    if "trend_filter" not in modes or any(f.left == PRICE for f in chosen.filters):
        return common
    return [*common, Condition(PRICE, "above", PARTS["SMA"].line("value", 200))]

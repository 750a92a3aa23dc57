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
    Role,
    Statement,
    as_state,
    is_edge,
)

LONG_EXITS = {"exit", "long_exit", "while"}
FILTERS: tuple[Role, ...] = ("filter", "filter_long", "filter_not")
_LEAST = 0.5  # a candidate below this is no entry
_SAYS_ENOUGH = 1.5  # beside one above this a family word adds nothing
_MODE_SCORE = 2.1
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
    """The moment to enter, and what has to hold then.

    Attributes:
        play: the usual play that the entry comes from; None when the request told the condition.
        told: conditions as the request tells them.
        own: conditions that come with a play or a bare name; mirrored for shorts.
    """

    entry: Rule
    play: Play | None = None
    told: list[Condition] = field(default_factory=list[Condition])
    own: list[Condition] = field(default_factory=list[Condition])


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something that could be the moment to enter: a statement, or the usual play of a name or a mode."""

    score: float
    start: int
    what: Statement | Play
    name: Item | None = None

    @property
    def rank(self) -> tuple[float, int]:
        """The higher the better; of equals the one that is said first."""
        return self.score, -self.start


def choose(reading: Reading, roles: tuple[Role, ...], modes: frozenset[str]) -> Chosen | None:
    """The best candidate of these roles for the moment to enter; the rest of its sentence filters."""
    statements = [s for s in reading.statements if s.role in roles]
    mentions = [m for m in reading.mentions if m.role in roles]
    candidates: list[_Candidate] = []
    for statement in statements:
        start = statement.items[0].start if statement.items else 0
        named_first = any(m.items[0].start < start for m in mentions if m.role not in FILTERS)
        candidates.append(_Candidate(_score(statement, named_first=named_first), start, statement))
    for mention in mentions:
        found = _play_of(mention, reading, modes)
        if found is not None and not already_told(mention, reading):
            item = mention.items[0]
            candidates.append(_Candidate(_mention_score(mention), item.start, found, item))
    candidates += _mode_candidates(reading, mentions, candidates) if modes else []
    best = max(candidates, key=lambda candidate: candidate.rank, default=None)
    if best is None or best.score < _LEAST:
        return None
    return _assembled(best, candidates, statements, reading)


def _mode_candidates(reading: Reading, mentions: list[Mention], others: list[_Candidate]) -> list[_Candidate]:
    """Plays of words such as `breakout` or `momentum`, where nothing that was named says more."""
    modes = frozenset(reading.modes)
    best = max((candidate.score for candidate in others), default=0.0)
    bands = any(m.lines and m.lines[0].indicator in _CHANNELS for m in mentions)
    found: list[_Candidate] = []
    for mode, item in reading.modes.items():
        made = _mode_play(mode, reading, modes)
        told = bands if mode in _BREAKS else best >= _SAYS_ENOUGH
        if made is not None and not told:
            found.append(_Candidate(_MODE_SCORE, item.start, made))
    return found


def _assembled(
    best: _Candidate, candidates: list[_Candidate], statements: list[Statement], reading: Reading
) -> Chosen:
    winner = best.what
    group: list[Statement] = []
    if isinstance(winner, Play):
        chosen = Chosen(Rule((winner.entry,)), winner, own=list(winner.filters))
    else:
        group = _alternatives(winner, statements)
        chosen = Chosen(Rule(tuple(s.condition for s in group), any_of=len(group) > 1))
    chosen.told = [as_state(s.condition) for s in statements if s not in group]
    for candidate in candidates:
        if candidate.name is not None:
            candidate.name.used = True
            if candidate is not best and isinstance(candidate.what, Play):
                chosen.own.append(as_state(candidate.what.entry))
    _use_levels(chosen, reading)
    return chosen


def _use_levels(chosen: Chosen, reading: Reading) -> None:
    """A cross of %K and %D with levels named beside it counts only in the oversold zone."""
    entry = chosen.entry.conditions[0]
    levels = reading.levels.get(entry.left.indicator, {})
    if not isinstance(entry.right, Line) or entry.right.output != "d" or len(levels) < 2:
        return
    low, high = Level("oversold", levels["oversold"]), Level("overbought", levels["overbought"])
    chosen.own.append(Condition(entry.left, "below", low))
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
    """Crossings that a verb names come first, then states, then market set-ups, then filters."""
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


def already_told(mention: Mention, reading: Reading) -> bool:
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


def mode_filters(modes: frozenset[str], chosen: Chosen) -> list[Condition]:
    """Conditions that words such as `squeeze` or `in an uptrend` add to an entry that was told."""
    added: list[Condition] = []
    if "squeeze" in modes and chosen.play is None:
        tight = PARTS["Bollinger squeeze"].line("value")
        added.append(Condition(tight, "below", Level("tightness", 0.7)))
    if "trend_filter" in modes and not any(f.left == PRICE for f in (*chosen.told, *chosen.own)):
        added.append(Condition(PRICE, "above", PARTS["SMA"].line("value", 200)))
    return added

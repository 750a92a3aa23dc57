"""A small state machine over the items: operand, relation, operand; roles open a new sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from engine.strategy.compose.describe import level_value
from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Level, Line, Relation
from engine.strategy.compose.parts import AVERAGES, PARTS, PRICE, part_of
from engine.strategy.compose.plays import is_setup
from engine.strategy.compose.statements import (
    PRICE_HIGH,
    PRICE_LOW,
    ZERO,
    Lines,
    Mention,
    Reading,
    Role,
    Statement,
    as_edge,
    as_state,
    flipped,
    threshold,
)
from engine.strategy.compose.words import Text

_BANDS = {"Bollinger", "Keltner", "Donchian", "Ichimoku", "ATR band"}
_LEVELLED = ("RSI", "Stochastic", "Stochastic RSI", "CCI", "Williams %R", "MFI", "Z-score")
_EXITS = {"exit", "long_exit", "while"}
_FILTERS = {"filter", "filter_long", "filter_not"}


def read_statements(items: list[Item], text: Text, bar_minutes: int) -> Reading:
    """Every statement and bare mention in `items`."""
    return _Parser(items, text, bar_minutes).run()


def _other_bound(right: Line | Level) -> Line | Level:
    """`not above 70` keeps below a maximum."""
    other = {"min": "max", "max": "min"}
    return replace(right, name=other.get(right.name, right.name)) if isinstance(right, Level) else right


class _Parser:
    def __init__(self, items: list[Item], text: Text, bar_minutes: int) -> None:
        self.items = items
        self.text = text
        self.reading = Reading()
        self.lines = Lines(items, bar_minutes, self.reading)
        self.role: Role = ""
        self.verb = ""
        self.join = ""
        self.left: tuple[Line, Item] | None = None
        self.relation: Item | None = None
        self.subject: Line | None = None
        self.bare: list[tuple[tuple[Line, ...], Item]] = []
        self.negated = False
        self.percent: Item | None = None
        self.clause = 0
        told = [item for item in items if item.kind not in {"join", "mode"}]
        self.verbs_last = bool(told) and told[-1].kind == "role" and told[0].kind != "role"

    def run(self) -> Reading:
        """Walk over the items once."""
        self.at = 0
        while self.at < len(self.items):
            item = self.items[self.at]
            getattr(self, f"_on_{item.kind}")(item)
            self.at += 1
        self._end_sentence()
        self._drop_vague()
        return self.reading

    def _drop_vague(self) -> None:
        """`volume breakout: volume twice its average`: the number says what the word meant."""
        told = {s.condition.left.indicator for s in self.reading.statements if not s.weak}
        vague = {"Volume average", "ATR", *_LEVELLED}
        self.reading.statements = [
            s
            for s in self.reading.statements
            if not (
                s.weak
                and isinstance(s.condition.right, Level)
                and s.condition.left.indicator in told & vague
                and any(o.role == s.role and not o.weak for o in self.reading.statements)
            )
        ]

    # Where sentences begin and end.

    def _on_role(self, item: Item) -> None:
        item.used = True
        following = self._peek()
        ends = following is None or following.kind in {"join", "role"}
        if item.value == "filter" and ends and (self.bare or self.left or self.reading.statements):
            if self._statement_is_last():
                self.reading.statements[-1].role = "filter"
            else:
                self.role = "filter"
            return
        if item.value != "filter" and self._is_after_its_condition():
            self._close_clause(cast(Role, item.value), self.text.norm[item.start : item.end])
            return
        if item.value == "filter" and following is not None and following.kind == "relation" and self.left:
            left, self.left = self.left, None
            self._end_sentence()
            self.left, self.role, self.join = left, "filter", ""
            return
        if item.value == "filter" and ends and not self.bare and self.left is None:
            return
        self._end_sentence()
        self.role = cast(Role, item.value)
        self.verb = self.text.norm[item.start : item.end]
        self.join = ""
        self.reading.roles.append((self.role, self.verb))

    def _statement_is_last(self) -> bool:
        """Whether the last thing said was a whole statement, not a bare name."""
        if not self.reading.statements:
            return False
        told = max((item.end for item in self.reading.statements[-1].items), default=0)
        named = [*(item for _, item in self.bare), *([self.left[1]] if self.left else [])]
        return all(item.end <= told for item in named)

    def _is_after_its_condition(self) -> bool:
        """`rsi below 30 buy, above 70 sell`: here the verb ends its clause."""
        if (
            not self.reading.statements[self.clause :]
            and self.relation is None
            and not self.bare
            and not self.left
        ):
            return False
        following = self._peek()
        ends = following is None or following.kind == "join"
        return self.role == "" and (ends or self.verbs_last)

    def _close_clause(self, role: Role, verb: str) -> None:
        self._end_sentence()
        told: list[Statement | Mention] = [*self.reading.statements[self.clause :], *self.reading.mentions]
        for each in told:
            if each.role == "":
                each.role, each.verb = role, verb
        self.reading.roles.append((role, verb))
        self.role, self.verb, self.join = "", "", ""
        self.clause = len(self.reading.statements)

    def _on_join(self, item: Item) -> None:
        item.used = True
        if item.value == ".":
            self._end_sentence()
            self.role, self.verb, self.join = "", "", ""
            return
        if self.relation is not None and (self.left is not None or item.value in {"and", "or"}):
            following, then = self._peek(), self._peek(2)
            own = then is not None and then.kind in {
                "relation",
                "slope",
                "polarity",
                "zone",
                "between",
                "role",
            }
            if following is None or following.kind not in {"name", "output", "price", "extreme", "number"}:
                self._without_right()
            elif own and self.relation.value in {"cross", "break", "touch"}:
                self._without_right()
            elif item.value in {"and", "or"} and self._resolved(self.relation, None, None) is None:
                self._without_right()
        if self.left is not None and self.relation is None:
            self.bare.append(((self.left[0],), self.left[1]))
            self.left = None
        self.join = item.value if item.value in {"and", "or"} else self.join or "and"

    def _end_sentence(self) -> None:
        if self.relation is not None:
            self._without_right()
        if self.left is not None:
            self.bare.append(((self.left[0],), self.left[1]))
        for lines, item in self._paired():
            name = item.groups.get("part") or item.value
            self.reading.mentions.append(Mention(self.role, name, lines, (item,), self.verb))
        self.left, self.relation, self.bare, self.negated, self.percent = None, None, [], False, None

    def _paired(self) -> list[tuple[tuple[Line, ...], Item]]:
        """Bare averages of one kind side by side are one mention: `ema 9, ema 21`."""
        result: list[tuple[tuple[Line, ...], Item]] = []
        for lines, item in self.bare:
            last = result[-1] if result else None
            averages = bool(lines) and all(line.indicator in AVERAGES for line in lines)
            if last and averages and last[0] and last[0][0].indicator in AVERAGES and len(last[0]) == 1:
                item.used = last[1].used = True
                result[-1] = ((*last[0], *lines), item)
            else:
                result.append((lines, item))
        return result

    def _peek(self, ahead: int = 1) -> Item | None:
        position = self.at + ahead
        return self.items[position] if position < len(self.items) else None

    # Operands.

    def _on_name(self, item: Item) -> None:
        if item.value == "Golden":
            self._golden(item)
            return
        if self.relation is not None and item.value in {"MA", *AVERAGES} and self._of_obv(item):
            return
        lines = self.lines.of_name(item)
        if item.value == "Breakout" and not lines:
            self.reading.modes.setdefault("breakout", item)
            item.used = True
            return
        if item.value == "Breakout":
            self.reading.modes.setdefault("breakout", item)
        if item.value == "Momentum" and not item.numbers:
            self.reading.modes.setdefault("momentum", item)
            following = self._peek()
            if following is None or following.kind not in {"relation", "polarity", "slope"}:
                item.used = True
                return
        if not lines and self.relation is not None and item.value in {"MA", *AVERAGES}:
            lines = self._unnumbered(item)
        if not lines:
            self.bare.append(((), item))
            return
        if self._is_level_before(item, lines):
            return
        if self.relation is not None:
            self._complete(lines[0], item)
            for more in lines[1:]:
                self._add(replace(self.reading.statements[-1].condition, right=more), "and", item)
            return
        if len(lines) > 1:
            self._keep_left()
            self.bare.append((lines, item))
            return
        self._operand(lines[0], item)

    def _of_obv(self, item: Item) -> bool:
        """`obv crosses its 30 bar average`: both series of the same OBV."""
        main = self._main()
        if main is None or main.indicator != "OBV":
            return False
        periods = [self.lines.span(value, unit) for value, unit in item.numbers]
        line = PARTS["OBV"].line("value", *periods)
        held = self.left[1] if self.left else item
        self.left = (line, held)
        self._complete(replace(line, output="average"), item)
        return True

    def _unnumbered(self, item: Item) -> tuple[Line, ...]:
        """`obv above its average`, `price above the moving average`."""
        average = self.lines.average(self.lines.kind(item.value), 50)
        self.reading.assumptions.append("an average without a number: over 50 bars")
        return () if average is None else (average,)

    def _is_level_before(self, item: Item, lines: tuple[Line, ...]) -> bool:
        """`buy rsi 30`, `sell rsi 70`: a number that can only be a level."""
        if item.value not in _LEVELLED[:3] or len(item.numbers) != 1 or self.relation is not None:
            return False
        value, unit = item.numbers[0]
        following = self._peek()
        states = following is not None and following.kind in {
            "relation",
            "zone",
            "slope",
            "polarity",
            "between",
        }
        spelled = "(" in self.text.norm[item.end : item.end + 3]
        if unit or states or spelled or not self.role or not (20 <= value <= 45 or 55 <= value <= 95):
            return False
        line = PARTS[item.value].line()
        relation: Relation = "crosses_below" if value < 50 else "crosses_above"
        self._add(Condition(line, relation, threshold(line, value, relation, self.role)), self.join, item)
        self.lines.known.pop(item.value, None)
        return True

    def _on_output(self, item: Item) -> None:
        if item.value == "zero":
            item.used = True
            following = self._peek()
            if self.relation is not None and self._main() is not None:
                self._complete(ZERO, item)
            elif following is not None and following.kind == "relation" and self._main() is not None:
                self.relation = following
                self.at += 1
                self._complete(ZERO, item)
            return
        line = self.lines.of_output(item)
        if line is not None:
            self._operand(line, item)

    def _on_skip(self, item: Item) -> None:
        item.used = True

    def _on_tk(self, item: Item) -> None:
        """`tk cross`: the conversion line over the base line."""
        tenkan, kijun = self.lines.line("Ichimoku", "tenkan"), self.lines.line("Ichimoku", "kijun")
        if self.left is not None and self.left[0].indicator == "Ichimoku":
            self.left[1].used = True
        self.left = None
        down = self.role in _EXITS or self.role == "short_entry"
        self._add(
            Condition(tenkan, "crosses_below" if down else "crosses_above", kijun), self.join, item, weak=True
        )

    def _on_price(self, item: Item) -> None:
        item.used = True
        self._operand(Line("Price", item.value), item)

    def _on_extreme(self, item: Item) -> None:
        self._operand(self.lines.extreme(item), item)

    def _operand(self, line: Line, item: Item) -> None:
        if self.relation is not None:
            self._complete(line, item)
            return
        self._keep_left()
        self.left = (line, item)

    def _keep_left(self) -> None:
        if self.left is not None and self.left[0].indicator != "Price":
            self.bare.append(((self.left[0],), self.left[1]))
        self.left = None

    def _on_number(self, item: Item) -> None:
        if item.groups.get("unit") == "%":
            following = self._peek()
            if following is not None and following.kind == "relation":
                self.percent = item
            elif self.relation is not None and self._main() is not None:
                self._percent_level(item)
            return
        value = float(item.groups["n"] or 0)
        following = self._peek()
        if self.relation is not None and following is not None and following.kind == "name":
            if following.value in _LEVELLED and self.left is None and not following.numbers:
                self.left = (self.lines.of_name(following)[0], following)
                self.at += 1
        if self.relation is None and following is not None and following.kind == "relation":
            known = [line for line in self.lines.averages if line.numbers[0] == value]
            if known and self.left is None:
                item.used = True
                self.left = (known[0], item)
                return
        if self.relation is None and self._stands_at_a_verb(following):
            self.relation = Item("relation", "touch", item.start, item.end)
        if self.relation is None:
            return
        main = self._main()
        if main is None:
            return
        item.used = True
        self._complete(self._right_of_number(main, value, item), item)

    def _stands_at_a_verb(self, following: Item | None) -> bool:
        """`z score entry -2 exit 0`: a level right after the verb."""
        before = self.items[self.at - 1] if self.at else None
        if before is None or before.kind != "role" or before.value in _FILTERS:
            return False
        if following is not None and following.kind not in {"join", "role"}:
            return False
        main = self._main()
        return main is not None and main.indicator in _LEVELLED

    def _percent_level(self, item: Item) -> None:
        """`momentum above 2%`."""
        main = self._main()
        if main is not None and main.indicator == "ROC":
            item.used = True
            self._complete(Level("", float(item.groups["n"] or 0) / 100), item)

    def _right_of_number(self, main: Line, value: float, item: Item) -> Line | Level:
        """`the 50 ema above the 200`; a level for anything that has levels."""
        if main.indicator in AVERAGES or (main.indicator == "Price" and 5 <= value <= 500):
            kind = main.indicator if main.indicator in AVERAGES else self.lines.kind("MA")
            average = self.lines.average(kind, value, item.groups.get("unit") or "")
            if average is not None:
                if main.indicator == "Price":
                    self.reading.assumptions.append(
                        f"`{value:g}` without a name is the {kind} over {value:g} bars"
                    )
                return average
        if main.indicator == "Williams %R" and value > 0:
            value = -value
        return Level("", value)

    def _main(self) -> Line | None:
        """What a relation without its own left side speaks of."""
        if self.left is not None:
            return self.left[0]
        if self.bare and self.bare[-1][0] and len(self.bare[-1][0]) == 1:
            return self.bare[-1][0][0]
        if self.subject is not None:
            return self.subject
        name = self.lines.named(*_LEVELLED)
        return self.lines.line(name) if name else PRICE

    # Relations.

    def _on_relation(self, item: Item) -> None:
        item.used = True
        if self.relation is not None:
            if self.relation.value in {"cross", "break", "touch"} and item.value in {"above", "below"}:
                self.relation.value = f"crosses_{item.value}"
                return
            if self.left is None and not self.bare:
                self.relation = item
                return
            self._without_right()
        self.relation = item

    def _on_lean(self, item: Item) -> None:
        """`bullish crossover`, `crosses to the downside`, `from below`."""
        item.used = True
        relation: Relation = "crosses_above" if item.value == "up" else "crosses_below"
        if self.relation is not None and self.relation.value in {"cross", "break"}:
            self.relation.value = relation
            return
        following = self._peek()
        if following is not None and following.kind == "relation" and following.value in {"cross", "break"}:
            following.value = relation
            return
        if following is not None and following.kind == "name":
            after = self._peek(2)
            if after is not None and after.kind == "relation" and after.value == "cross":
                after.value = relation
                return
        if self._opens_a_verb(following):
            self.relation = Item("relation", relation, item.start, item.end)
            self._without_right()
            return
        statements = self.reading.statements
        if statements and self.left is None and not self.bare and statements[-1].weak:
            last = statements[-1].condition
            if last.relation != relation and last.relation in {"crosses_above", "crosses_below"}:
                statements[-1].condition = replace(last, relation=relation)

    def _opens_a_verb(self, following: Item | None) -> bool:
        """`crosses 50 up buy, down sell`: the word stands for the whole condition."""
        closed = self.clause and self.clause == len(self.reading.statements)
        return bool(closed) and self.verbs_last and following is not None and following.kind == "role"

    def _on_not(self, item: Item) -> None:
        item.used = True
        self.negated = not self.negated

    def _resolved(self, item: Item, left: Line | None, right: Line | Level | None) -> Relation | None:
        """Which way a relation looks; None when the sentence does not say."""
        if item.value in {"above", "below", "crosses_above", "crosses_below"}:
            return cast(Relation, item.value)
        for line in (right, left):
            if isinstance(line, Line) and line.output in {"upper", "lower"}:
                return "crosses_above" if line.output == "upper" else "crosses_below"
        leaving = self.role in _EXITS or self.role == "short_entry"
        closing = self.role in _EXITS or self.role == "short_exit"
        if item.value == "touch" and left is not None and right is not None:
            return self._touching(left, right, leaving=closing)
        return "crosses_below" if leaving else "crosses_above"

    def _touching(self, left: Line, right: Line | Level, *, leaving: bool) -> Relation:
        scale = part_of(left).scale
        if isinstance(right, Level) and leaving:
            entered = self._entry_level(left)
            return "crosses_below" if entered is not None and right.value < entered else "crosses_above"
        if isinstance(right, Level) and scale is not None and right.value != scale.centre:
            return "crosses_below" if right.value < scale.centre else "crosses_above"
        if leaving:
            entries = [s for s in self.reading.statements if s.role not in {*_EXITS, "short_exit", *_FILTERS}]
            return flipped(as_edge(entries[-1].condition).relation) if entries else "crosses_above"
        return "crosses_below"

    def _entry_level(self, line: Line) -> float | None:
        """The level of the same line at which the position was entered."""
        for statement in reversed(self.reading.statements):
            condition = statement.condition
            same = condition.left.indicator == line.indicator and isinstance(condition.right, Level)
            if same and statement.role not in _EXITS and statement.role != "short_exit":
                return level_value(condition.left, cast(Level, condition.right))
        return None

    def _complete(self, right: Line | Level, item: Item) -> None:
        """left, relation and right are there."""
        relation_item = self.relation
        if relation_item is None:
            return
        if self._starts_a_pair(relation_item, right, item):
            return
        held = [self.left[1]] if self.left else []
        main = self._main() if isinstance(right, Level) else self._left_of(right)
        if main is None:
            return
        relation = self._resolved(relation_item, main, right)
        if relation is None:
            return
        touched = relation_item.value == "touch" and main == PRICE and isinstance(right, Line)
        touched = touched and isinstance(right, Line) and right.indicator != "Donchian"
        if touched and isinstance(right, Line) and right.output in {"upper", "lower"}:
            main = PRICE_HIGH if right.output == "upper" else PRICE_LOW
        pulled_back = touched and isinstance(right, Line) and right.indicator in {*AVERAGES, "VWAP"}
        if pulled_back and self.role in {"", "long_entry", "short_entry", "filter_long"}:
            main = PRICE_LOW if relation == "crosses_below" else PRICE_HIGH
        right = self._side_of(right, relation)
        main = self._at_distance(main, right)
        if isinstance(right, Line) and main.output == "distance":
            right = Level("", self._distance_value(relation))
        if isinstance(right, Level) and right.name == "":
            right = threshold(main, right.value, relation, self.role)
        weak = relation_item.value in {"cross", "break", "touch"}
        self._add(Condition(main, relation, right), self.join, *held, item, weak=weak)

    def _starts_a_pair(self, relation: Item, right: Line | Level, item: Item) -> bool:
        """`crossover of ema 10 and ema 40`: the first of two averages after the word."""
        following, then = self._peek(), self._peek(2)
        if relation.value != "cross" or self.left is not None or self.bare or isinstance(right, Level):
            return False
        joined = following is not None and following.kind == "join" and following.value in {"and", ","}
        if right.indicator not in AVERAGES or not joined or then is None or then.kind != "name":
            return False
        if then.value not in {"MA", *AVERAGES}:
            return False
        self.bare.append(((right,), item))
        return True

    def _left_of(self, right: Line) -> Line:
        if self.left is not None:
            return self.left[0]
        if self.bare and len(self.bare[-1][0]) == 1 and right.indicator not in _BANDS - {"Ichimoku"}:
            lines, item = self.bare.pop()
            item.used = True
            return lines[0]
        subject = self.subject
        whole = right.output in {"upper", "lower", "middle"}
        if subject is not None and right.indicator == subject.indicator and subject != right and not whole:
            return subject
        owner = {"signal": "MACD", "d": right.indicator, "minus": "ADX", "kijun": "Ichimoku"}.get(
            right.output
        )
        if owner:
            output = {"minus": "plus", "kijun": "tenkan"}.get(right.output, "value")
            return replace(right, output=output)
        if right.indicator == "OBV":
            return right
        return PRICE

    def _side_of(self, right: Line | Level, relation: Relation) -> Line | Level:
        """A channel named as a whole is its upper side from below and its lower side from above."""
        if not isinstance(right, Line) or right.indicator not in _BANDS or right.output != "upper":
            return right
        item = self.items[self.at] if self.at < len(self.items) else None
        whole = item is not None and item.kind == "name"
        if not whole:
            return right
        below = relation in {"below", "crosses_below"}
        return replace(right, output="lower") if below else right

    def _at_distance(self, main: Line, right: Line | Level) -> Line:
        if self.percent is None or main != PRICE or not isinstance(right, Line):
            return main
        if right.indicator not in {*AVERAGES, "VWAP"}:
            return main
        return replace(right, output="distance")

    def _distance_value(self, relation: Relation) -> float:
        item, self.percent = self.percent, None
        if item is None:
            return 0.0
        item.used = True
        value = abs(float(item.groups["n"] or 0)) / 100
        return -value if relation in {"below", "crosses_below"} else value

    def _golden(self, item: Item) -> None:
        """`golden cross 50/200`, `golden cross of ema 20 and ema 50`, `death cross`."""
        following = self._peek()
        relation: Relation = "crosses_above" if item.groups["cross"] == "golden" else "crosses_below"
        lines = self.lines.of_name(item) if item.numbers else ()
        if not lines and following is not None and following.kind == "name" and len(following.numbers) >= 2:
            lines = self.lines.of_name(following)
            following.used = True
            self.at += 1
        if len(lines) < 2:
            known = [line for line in self.lines.averages if line.indicator == self.lines.kind("MA")]
            kind = self.lines.kind("MA")
            lines = (
                tuple(known[-2:])
                if len(known) >= 2
                else (PARTS[kind].line("value", 50), PARTS[kind].line("value", 200))
            )
        fast, slow = sorted(lines[:2], key=lambda line: line.numbers)
        if self.lines.averages[-2:] != [fast, slow]:
            self.lines.averages += [fast, slow]
        self._end_sentence()
        if self.role == "" and relation == "crosses_below" and self.reading.statements:
            self.role = "exit"
        self._add(Condition(fast, relation, slow), self.join, item)

    def _without_right(self) -> None:
        """A relation that nothing follows: `ema 9 and 21 cross`, `sell when under`."""
        item, self.relation = self.relation, None
        if item is None:
            return
        if self._cross_of_bare(item):
            return
        if self.left is not None and self._own_cross(item, self.left[0], self.left[1]):
            self.left = None
            return
        told = (s for s in reversed(self.reading.statements) if not is_setup(s.condition))
        before = next(told, None)
        if before is None or self.left is not None or self.bare:
            if self.left is not None:
                self.bare.append(((self.left[0],), self.left[1]))
                self.left = None
            return
        last = before.condition
        relation = (
            cast(Relation, item.value)
            if item.value in {"above", "below", "crosses_above", "crosses_below"}
            else flipped(last.relation)
        )
        right = last.right
        if isinstance(right, Line) and right.output in {"upper", "lower"}:
            wanted = "upper" if relation in {"above", "crosses_above"} else "lower"
            right = replace(right, output=wanted)
        self._add(Condition(last.left, relation, right), self.join, item)

    def _cross_of_bare(self, item: Item) -> bool:
        """Two averages named before the word: the faster against the slower."""
        if self.left is not None:
            self.bare.append(((self.left[0],), self.left[1]))
        pairs = self._paired()
        self.left = None
        if not pairs or len(pairs[-1][0]) < 2 or pairs[-1][0][0].indicator not in AVERAGES:
            if self.bare and len(self.bare[-1][0]) == 1:
                lines, held = self.bare.pop()
                self.left = (lines[0], held)
            return False
        lines, held = pairs[-1]
        ordered = sorted(lines, key=lambda line: line.numbers)
        relation = self._resolved(item, None, None) or "crosses_above"
        weak = item.value == "cross"
        self.bare = []
        self._add(Condition(ordered[0], relation, ordered[-1]), self.join, held, weak=weak)
        for middle in ordered[1:-1]:
            self._add(as_state(Condition(ordered[0], relation, middle)), "and", held)
        return True

    def _own_cross(self, item: Item, line: Line, held: Item) -> bool:
        """A cross of an indicator with its own signal, or of the price with it."""
        partner: dict[str, tuple[Line, Line | Level]] = {
            "MACD": (replace(line, output="value"), replace(line, output="signal")),
            "Stochastic": (replace(line, output="value"), replace(line, output="d")),
            "Stochastic RSI": (replace(line, output="value"), replace(line, output="d")),
            "ADX": (replace(line, output="plus"), replace(line, output="minus")),
            "Supertrend": (line, ZERO),
            "Aroon": (line, ZERO),
            "ROC": (line, ZERO),
        }
        if line.indicator == "MACD" and line.output == "histogram":
            pair: tuple[Line, Line | Level] = (line, ZERO)
        elif line.indicator == "Ichimoku" and line.output in {"tenkan", "kijun"}:
            pair = (replace(line, output="tenkan"), replace(line, output="kijun"))
        elif (
            line.indicator in AVERAGES
            or line.indicator in {"VWAP", "Parabolic SAR"}
            or line.indicator in _BANDS
        ):
            pair = (PRICE, line)
        elif line.indicator in partner:
            pair = partner[line.indicator]
        else:
            return False
        left, right = pair
        relation = self._resolved(item, left, right) or "crosses_above"
        if item.value == "touch" and isinstance(right, Line) and right.output in {"upper", "lower"}:
            left = PRICE_HIGH if right.output == "upper" else PRICE_LOW
        self._add(Condition(left, relation, self._side_of(right, relation)), self.join, held, weak=True)
        return True

    # Statements that are whole in themselves.

    def _on_between(self, item: Item) -> None:
        main = self._main()
        if main is None or part_of(main).scale is None:
            return
        item.used = True
        low, high = sorted((float(item.groups["a"] or 0), float(item.groups["b"] or 0)))
        held = [self.left[1]] if self.left else []
        self._add(Condition(main, "above", Level("min", low)), self.join, item, *held)
        self._add(Condition(main, "below", Level("max", high)), "and", item)

    def _on_slope(self, item: Item) -> None:
        item.used = True
        main = self.left[0] if self.left else self.bare[-1][0][0] if self.bare and self.bare[-1][0] else None
        if main is None:
            main = self.subject
        if main is None or main.indicator in _BANDS:
            return
        held = [self.left[1]] if self.left else [self.bare[-1][1]] if self.bare else []
        self.bare = self.bare[:-1] if not self.left else self.bare
        up = item.value == "up"
        relation: Relation = "above" if up else "below"
        self._add(Condition(replace(main, change=True), relation, ZERO), self.join, item, *held)

    def _on_polarity(self, item: Item) -> None:
        """`flips green`, `turns negative`, `changes direction`."""
        item.used = True
        held = [self.left[1]] if self.left else []
        main = self.left[0] if self.left else None
        if main is None and self.bare and len(self.bare[-1][0]) == 1:
            lines, owner = self.bare.pop()
            main, held = lines[0], [owner]
        if main is None or main.indicator == "Price":
            name = self.lines.named("Supertrend", "MACD", "ROC", "Aroon", "Parabolic SAR", "Momentum")
            subject = self.subject if self.subject is not None and self.subject.indicator != "Price" else None
            main = subject or (self.lines.line("ROC" if name == "Momentum" else name) if name else None)
        if main is None:
            return
        words = self.text.norm[item.start : item.end]
        up = item.value == "positive"
        if item.value == "flip":
            up = self.role not in _EXITS and self.role != "short_entry"
        left: Line = main
        right: Line | Level = ZERO
        if (
            main.indicator == "MACD"
            and main.output != "histogram"
            and any(w in words for w in ("bull", "bear", "green", "red", "flip"))
        ):
            left = replace(main, output="histogram")
        elif (
            main.indicator == "Parabolic SAR"
            or main.indicator in AVERAGES
            or main.indicator in {"Ichimoku", "VWAP"}
        ):
            left, right = PRICE, main
        level = words.startswith("is ") or words in {"positive", "negative"}
        relation: Relation = (
            ("above" if up else "below") if level else ("crosses_above" if up else "crosses_below")
        )
        if item.value == "flip":
            relation = "crosses_above" if up else "crosses_below"
        self._add(Condition(left, relation, right), self.join, item, *held, weak=item.value == "flip")

    def _on_zone(self, item: Item) -> None:
        item.used = True
        held = [self.left[1]] if self.left else []
        main = self._main() if self.left or self.bare else None
        if main is None or main.indicator not in _LEVELLED:
            subject = (
                self.subject if self.subject is not None and self.subject.indicator in _LEVELLED else None
            )
            name = self.lines.named(*_LEVELLED) or "RSI"
            main = subject or self.lines.line(name)
        if self.bare and self.bare[-1][0] == (main,):
            held.append(self.bare.pop()[1])
        leaves = item.value.startswith("leaves")
        low = item.value.endswith("oversold")
        value = self._zone_level(main, item, low=low)
        down = low != leaves
        relation: Relation = "crosses_below" if down else "crosses_above"
        if item.groups.get("level") or self.role in _FILTERS:
            relation = "below" if down else "above"
        if self.relation is not None and self.relation.value in {
            "crosses_above",
            "crosses_below",
            "above",
            "below",
        }:
            relation = cast(Relation, self.relation.value)
        level = Level("oversold" if low else "overbought", value)
        if self._names_levels_only(item):
            return
        vague = not item.groups.get("n")
        self._add(Condition(main, relation, level), self.join, item, *held, weak=vague)

    def _names_levels_only(self, item: Item) -> bool:
        """`overbought 75 oversold 25`: two levels side by side and no verb."""
        near = [self._peek(), self._peek(2), *self.items[max(0, self.at - 2) : self.at]]
        other = [each for each in near if each is not None and each.kind == "zone" and each.groups.get("n")]
        return self.role == "" and bool(item.groups.get("n")) and bool(other)

    def _zone_level(self, main: Line, item: Item, *, low: bool) -> float:
        name = "oversold" if low else "overbought"
        given = item.groups.get("n")
        named = self.reading.levels.setdefault(main.indicator, {})
        if given:
            value = float(given)
            named[name] = -value if main.indicator == "Williams %R" and value > 0 else value
        scale = part_of(main).scale
        default = 0.0 if scale is None else (scale.oversold if low else scale.overbought)
        return named.get(name, default)

    def _on_streak(self, item: Item) -> None:
        item.used = True
        colour = item.groups["colour"] or ""
        up = colour in {"green", "up", "bullish", "rising", "higher", "positive"}
        count = min(50, max(1, int(float(item.groups.get("n") or 1))))
        line = PARTS["Candles"].line("up" if up else "down", count)
        self._settle()
        self._add(Condition(line, "crosses_above" if count > 1 else "above", ZERO), self.join, item)

    def _on_move(self, item: Item) -> None:
        item.used = True
        line = self.lines.change(item)
        size = abs(float(item.groups["size"] or 0)) / 100
        self._settle()
        down = item.value == "down"
        level = Level("drop" if down else "rise", size, mirrored=down)
        self._add(Condition(line, "crosses_below" if down else "crosses_above", level), self.join, item)

    def _on_sigma(self, item: Item) -> None:
        item.used = True
        groups = item.groups
        before = self.items[self.at - 1] if self.at else None
        if before is not None and before.kind == "number" and not before.used and before.groups["unit"]:
            before.used = True
            groups = {**groups, "n": before.groups["n"], "unit": before.groups["unit"]}
        k = abs(float(groups["k"] or 0))
        span = groups.get("n") or groups.get("n2")
        unit = groups.get("unit") if groups.get("n") else groups.get("unit2")
        period = int(bars) if span and (bars := self.lines.span(float(span), unit or "")) else None
        name = self.lines.named("Bollinger", "Z-score") or "Bollinger"
        if name == "Z-score":
            self._complete_or_band(item, k, period)
            return
        known = (*self.lines.known.get("Bollinger", ()), None, None)
        self.lines.known["Bollinger"] = (period or known[0], k)
        self._refresh_bands()
        side = groups.get("side")
        if side in {"below", "under", "above", "over"}:
            self._settle()
            upper = side in {"above", "over"}
            line = self.lines.line("Bollinger", "upper" if upper else "lower")
            self._add(Condition(PRICE, "crosses_above" if upper else "crosses_below", line), self.join, item)
        elif self.relation is not None and (self.left is not None or "reversion" not in self.reading.modes):
            below = self.relation.value in {"below", "crosses_below"}
            self.relation.value = "crosses_below" if below else "crosses_above"
            self._complete(self.lines.line("Bollinger", "lower" if below else "upper"), item)
        elif (
            not any(
                entry[1].value == "Bollinger" or entry[1].groups.get("part") == "Bollinger"
                for entry in self.bare
            )
            and self.left is None
        ):
            self.relation = None
            named = Item("name", "Bollinger", item.start, item.end, used=True)
            self.bare.append(((self.lines.line("Bollinger", "upper"),), named))

    def _complete_or_band(self, item: Item, k: float, period: int | None) -> None:
        line = self.lines.line("Z-score", "value", period)
        low = self.relation is None or self.relation.value in {"below", "crosses_below"}
        relation: Relation = "crosses_below" if low else "crosses_above"
        self._add(
            Condition(line, relation, threshold(line, -k if low else k, relation, self.role)), self.join, item
        )

    def _refresh_bands(self) -> None:
        """Bands that were named before their width was."""

        def fresh(line: Line) -> Line:
            return self.lines.line("Bollinger", line.output) if line.indicator == "Bollinger" else line

        self.bare = [(tuple(fresh(line) for line in lines), item) for lines, item in self.bare]
        if self.left is not None:
            self.left = (fresh(self.left[0]), self.left[1])
        for statement in self.reading.statements:
            c = statement.condition
            right = fresh(c.right) if isinstance(c.right, Line) else c.right
            statement.condition = replace(c, left=fresh(c.left), right=right)
        for mention in self.reading.mentions:
            mention.lines = tuple(fresh(line) for line in mention.lines)

    def _on_levels(self, item: Item) -> None:
        """`with 30/70 levels`."""
        main = self._main()
        if main is None or main.indicator not in _LEVELLED:
            return
        item.used = True
        low, high = sorted((float(item.groups["a"] or 0), float(item.groups["b"] or 0)))
        self.reading.levels.setdefault(main.indicator, {}).update(oversold=low, overbought=high)

    def _on_nothing(self, item: Item) -> None:
        """`between 40 and 60 do nothing`: the rest of the sentence says what to do otherwise."""
        item.used = True
        del self.reading.statements[self.clause :]

    def _on_volume(self, item: Item) -> None:
        self._relative("Volume average", item, {"spike": 2.0}.get(item.value, 1.0))

    def _on_activity(self, item: Item) -> None:
        self._relative("ATR", item, 1.0)

    def _relative(self, name: str, item: Item, default: float) -> None:
        item.used = True
        groups = item.groups
        words = groups.get("relation") or ""
        below = item.value == "low" or any(
            w in f" {words} " for w in (" below ", " under ", " lower ", " less ", " smaller ", "<")
        )
        factor = {"twice": 2.0, "double": 2.0, "triple": 3.0}.get(groups.get("word") or "", 0.0)
        if groups.get("factor"):
            factor = float(groups["factor"] or 1)
            if groups.get("percent"):
                factor = 1 + factor / 100 if factor < 100 else factor / 100
        relation: Relation = "below" if below else "above"
        line = self.lines.relative(name, item)
        self._settle()
        vague = item.value != "condition" and not factor
        self._add(Condition(line, relation, Level("factor", factor or default)), self.join, item, weak=vague)

    def _on_mode(self, item: Item) -> None:
        item.used = True
        self.reading.modes.setdefault(item.value, item)
        if item.value == "opposite" and self.role == "":
            return

    def _settle(self) -> None:
        """What was begun before a statement that is whole in itself."""
        if self.relation is not None:
            self._without_right()
        self._keep_left()

    def _add(self, condition: Condition, joined: str, *items: Item, weak: bool = False) -> None:
        for item in items:
            item.used = True
        if self.relation is not None:
            self.relation.used = True
        negate = self.negated != (self.role == "filter_not")
        if negate:
            state = as_state(condition)
            condition = replace(state, relation=flipped(state.relation), right=_other_bound(state.right))
        self.reading.statements.append(Statement(self.role, condition, joined, items, self.verb, weak=weak))
        if condition.left.indicator not in {"Volume average", "ATR", "Candles"}:
            self.subject = condition.left
        self.left, self.relation, self.negated = None, None, False
        self.join = ""

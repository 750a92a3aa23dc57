"""Relations and their two sides, also where the sentence leaves one of them out."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Level, Line, Relation
from engine.strategy.compose.parts import AVERAGES, PRICE, part_of
from engine.strategy.compose.plays import is_setup
from engine.strategy.compose.state import BANDS, EXITS, FILTERS, State
from engine.strategy.compose.statements import (
    PRICE_HIGH,
    PRICE_LOW,
    ZERO,
    Mention,
    as_edge,
    as_state,
    flipped,
    threshold,
)


class Relations(State):
    """Relations and their two sides, also where the sentence leaves one of them out."""

    def resolved(self, item: Item, left: Line | None, right: Line | Level | None) -> Relation | None:
        """Which way a relation looks; None when the sentence does not say."""
        if item.value in {"above", "below", "crosses_above", "crosses_below"}:
            return cast(Relation, item.value)
        for line in (right, left):
            if isinstance(line, Line) and line.output in {"upper", "lower"}:
                return "crosses_above" if line.output == "upper" else "crosses_below"
        leaving = self.role in EXITS or self.role == "short_entry"
        closing = self.role in EXITS or self.role == "short_exit"
        if item.value == "touch" and left is not None and right is not None:
            return self._touching(left, right, leaving=closing)
        return "crosses_below" if leaving else "crosses_above"

    def _touching(self, left: Line, right: Line | Level, *, leaving: bool) -> Relation:
        scale = part_of(left).scale
        if isinstance(right, Level) and leaving:
            entered = self.entry_level(left)
            return "crosses_below" if entered is not None and right.value < entered else "crosses_above"
        if isinstance(right, Level) and scale is not None and right.value != scale.centre:
            return "crosses_below" if right.value < scale.centre else "crosses_above"
        if leaving:
            entries = [s for s in self.reading.statements if s.role not in {*EXITS, "short_exit", *FILTERS}]
            return flipped(as_edge(entries[-1].condition).relation) if entries else "crosses_above"
        return "crosses_below"

    def complete(self, right: Line | Level, item: Item) -> None:
        """left, relation and right are there."""
        relation_item = self.relation
        if relation_item is None:
            return
        if self._starts_a_pair(relation_item, right, item):
            return
        held = [self.left[1]] if self.left else []
        main = self.main() if isinstance(right, Level) else self._left_of(right)
        if main is None:
            return
        relation = self.resolved(relation_item, main, right)
        if relation is None:
            return
        touched = relation_item.value == "touch" and main == PRICE and isinstance(right, Line)
        touched = touched and isinstance(right, Line) and right.indicator != "Donchian"
        if touched and isinstance(right, Line) and right.output in {"upper", "lower"}:
            main = PRICE_HIGH if right.output == "upper" else PRICE_LOW
        pulled_back = touched and isinstance(right, Line) and right.indicator in {*AVERAGES, "VWAP"}
        if pulled_back and self.role in {"", "long_entry", "short_entry", "filter_long"}:
            main = PRICE_LOW if relation == "crosses_below" else PRICE_HIGH
        overlays = {*AVERAGES, "VWAP", "Parabolic SAR"}
        if right == PRICE and relation_item.value == "cross" and main.indicator in overlays:
            main, right = PRICE, main
        right = self.side_of(right, relation)
        main = self._at_distance(main, right)
        if isinstance(right, Line) and main.output == "distance":
            right = Level("", self._distance_value(relation))
        if isinstance(right, Level) and right.name == "":
            right = threshold(main, right.value, relation, self.role)
        weak = relation_item.value in {"cross", "break", "touch"}
        self.add(Condition(main, relation, right), self.join, *held, item, weak=weak)

    def _starts_a_pair(self, relation: Item, right: Line | Level, item: Item) -> bool:
        """`crossover of ema 10 and ema 40`: the first of two averages after the word."""
        following, then = self.peek(), self.peek(2)
        if relation.value != "cross" or self.left is not None or self.bare or isinstance(right, Level):
            return False
        joined = (
            following is not None and following.kind == "join" and following.value in {"and", ",", "with"}
        )
        if right.indicator not in AVERAGES or not joined or then is None or then.kind != "name":
            return False
        if then.value not in {"MA", *AVERAGES}:
            return False
        self.bare.append(((right,), item))
        return True

    def _left_of(self, right: Line) -> Line:
        if self.left is not None:
            return self.left[0]
        bare = bool(self.bare) and len(self.bare[-1][0]) == 1 and self.bare[-1][0][0] != right
        if bare and right.indicator not in BANDS - {"Ichimoku"}:
            lines, item = self.bare.pop()
            item.used = True
            return lines[0]
        subject = self.subject
        whole = right.output in {"upper", "lower", "middle"} or right.indicator in AVERAGES
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

    def side_of(self, right: Line | Level, relation: Relation) -> Line | Level:
        """A channel named as a whole is its upper side from below and its lower side from above."""
        if not isinstance(right, Line) or right.indicator not in BANDS or right.output != "upper":
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

    def without_right(self) -> None:
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
        if before is None and self.of_mention(item):
            return
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
        self.add(Condition(last.left, relation, right), self.join, item)

    def of_mention(self, item: Item) -> bool:
        """`vwap: long when price is above`: what was named before is the other side."""
        overlays = {*AVERAGES, "VWAP", "Parabolic SAR", "Ichimoku"}
        if self.left is not None and self.left[0] != PRICE:
            return False
        named = [m for m in self.reading.mentions if len(m.lines) == 1 and m.lines[0].indicator in overlays]
        if not named or self.bare:
            return False
        line = named[-1].lines[0]
        relation = self.resolved(item, PRICE, line) or "crosses_above"
        if line.indicator == "Ichimoku" and line.output == "upper" and relation in {"below", "crosses_below"}:
            line = replace(line, output="lower")
        self.left = None
        self.add(Condition(PRICE, relation, line), self.join, item, *named[-1].items)
        return True

    def _cross_of_bare(self, item: Item) -> bool:
        """Two averages named before the word: the faster against the slower."""
        if self.left is not None:
            self.bare.append(((self.left[0],), self.left[1]))
        pairs = self.paired()
        self.left = None
        if not pairs or len(pairs[-1][0]) < 2 or pairs[-1][0][0].indicator not in AVERAGES:
            if self.bare and len(self.bare[-1][0]) == 1:
                lines, held = self.bare.pop()
                self.left = (lines[0], held)
            return False
        lines, held = pairs[-1]
        ordered = sorted(lines, key=lambda line: line.numbers)
        relation = self.resolved(item, None, None) or "crosses_above"
        weak = item.value == "cross"
        self.bare = []
        self.add(Condition(ordered[0], relation, ordered[-1]), self.join, held, weak=weak)
        for middle in ordered[1:-1]:
            self.add(as_state(Condition(ordered[0], relation, middle)), "and", held)
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
            or line.indicator in BANDS
        ):
            pair = (PRICE, line)
        elif line.indicator in partner:
            pair = partner[line.indicator]
        else:
            return False
        left, right = pair
        relation = self.resolved(item, left, right) or "crosses_above"
        if item.value == "touch" and isinstance(right, Line) and right.output in {"upper", "lower"}:
            left = PRICE_HIGH if right.output == "upper" else PRICE_LOW
        self.add(Condition(left, relation, self.side_of(right, relation)), self.join, held, weak=True)
        return True

    def settle(self) -> None:
        """What was begun before a statement that is whole in itself."""
        if self.relation is not None:
            self.without_right()
        self.keep_left()

    def end_sentence(self) -> None:
        if self.relation is not None:
            self.without_right()
        if self.left is not None:
            self.bare.append(((self.left[0],), self.left[1]))
        for lines, item in self.paired():
            name = item.groups.get("part") or item.value
            self.reading.mentions.append(Mention(self.role, name, lines, (item,), self.verb))
        self.left, self.relation, self.bare, self.negated, self.percent = None, None, [], False, None
        self.spoken = False

"""Names, outputs, prices and numbers as the sides of a relation."""

from __future__ import annotations

from dataclasses import replace

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Level, Line, Relation
from engine.strategy.compose.parts import AVERAGES, PARTS
from engine.strategy.compose.relations import Relations
from engine.strategy.compose.state import EXITS, FILTERS, LEVELLED
from engine.strategy.compose.statements import (
    ZERO,
    threshold,
)


class Operands(Relations):
    """Names, outputs, prices and numbers as the sides of a relation."""

    def on_name(self, item: Item) -> None:
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
            following = self.peek()
            if following is None or following.kind not in {"relation", "polarity", "slope"}:
                item.used = True
                return
        if not lines and self.relation is not None and item.value in {"MA", *AVERAGES}:
            lines = self._unnumbered(item)
        if not lines:
            self.bare.append(((), item))
            return
        if self._is_level_before(item):
            return
        self._place(list(lines), item)

    def _place(self, lines: list[Line], item: Item) -> None:
        """Lines of one name as a side of the relation, as the left side, or as a pair."""
        first, others = lines[0], lines[1:]
        waits = self.relation is not None and self.relation.value == "cross" and self.left is None
        if others and (self.relation is None or waits):
            self.keep_left()
            self.bare.append((tuple(lines), item))
        elif self.relation is None:
            self.operand(first, item)
        else:
            before = len(self.reading.statements)
            self.complete(first, item)
            for other in others if len(self.reading.statements) > before else ():
                self.add(replace(self.reading.statements[-1].condition, right=other), "and", item)

    def _of_obv(self, item: Item) -> bool:
        """`obv crosses its 30 bar average`: both series of the same OBV."""
        main = self.main()
        if main is None or main.indicator != "OBV":
            return False
        periods = [self.lines.span(value, unit) for value, unit in item.numbers]
        line = PARTS["OBV"].line("value", *periods)
        held = self.left[1] if self.left else item
        self.left = (line, held)
        self.complete(replace(line, output="average"), item)
        return True

    def _unnumbered(self, item: Item) -> tuple[Line, ...]:
        """`obv above its average`, `price above the moving average`."""
        average = self.lines.average(self.lines.kind(item.value), 50)
        self.reading.assumptions.append("an average without a number: over 50 bars")
        return () if average is None else (average,)

    def _is_level_before(self, item: Item) -> bool:
        """`buy rsi 30`, `sell rsi 70`: a number that can only be a level."""
        if item.value not in LEVELLED[:3] or len(item.numbers) != 1 or self.relation is not None:
            return False
        value, unit = item.numbers[0]
        following = self.peek()
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
        self.add(Condition(line, relation, threshold(line, value, relation, self.role)), self.join, item)
        self.lines.known.pop(item.value, None)
        return True

    def _golden(self, item: Item) -> None:
        """`golden cross 50/200`, `golden cross of ema 20 and ema 50`, `death cross`."""
        following = self.peek()
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
        self.end_sentence()
        if self.role == "" and relation == "crosses_below" and self.reading.statements:
            self.role = "exit"
        self.add(Condition(fast, relation, slow), self.join, item)

    def on_output(self, item: Item) -> None:
        if item.value == "zero":
            item.used = True
            following = self.peek()
            if self.relation is not None and self.main() is not None:
                self.complete(ZERO, item)
            elif following is not None and following.kind == "relation" and self.main() is not None:
                self.relation = following
                self.at += 1
                self.complete(ZERO, item)
            return
        line = self.lines.of_output(item)
        if line is not None:
            self.operand(line, item)

    def on_skip(self, item: Item) -> None:
        item.used = True

    def on_tk(self, item: Item) -> None:
        """`tk cross`: the conversion line over the base line."""
        tenkan, kijun = self.lines.line("Ichimoku", "tenkan"), self.lines.line("Ichimoku", "kijun")
        if self.left is not None and self.left[0].indicator == "Ichimoku":
            self.left[1].used = True
        self.left = None
        down = self.role in EXITS or self.role == "short_entry"
        self.add(
            Condition(tenkan, "crosses_below" if down else "crosses_above", kijun), self.join, item, weak=True
        )

    def on_price(self, item: Item) -> None:
        item.used = True
        self.operand(Line("Price", item.value), item)

    def on_extreme(self, item: Item) -> None:
        self.operand(self.lines.extreme(item), item)

    def operand(self, line: Line, item: Item) -> None:
        if self.relation is not None:
            self.complete(line, item)
            return
        self.keep_left()
        self.left = (line, item)

    def on_number(self, item: Item) -> None:
        if item.groups.get("unit") == "%":
            following = self.peek()
            if following is not None and following.kind == "relation":
                self.percent = item
            elif self.relation is not None and self.main() is not None:
                self._percent_level(item)
            return
        value = float(item.groups["n"] or 0)
        following = self.peek()
        before_its_name = (
            self.relation is not None
            and self.left is None
            and following is not None
            and following.kind == "name"
            and following.value in LEVELLED
            and not following.numbers
        )
        if before_its_name and following is not None:
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
        main = self.main()
        if main is None:
            return
        item.used = True
        self.complete(self._right_of_number(main, value, item), item)

    def _stands_at_a_verb(self, following: Item | None) -> bool:
        """`z score entry -2 exit 0`: a level right after the verb."""
        before = self.items[self.at - 1] if self.at else None
        if before is None or before.kind != "role" or before.value in FILTERS:
            return False
        if following is not None and following.kind not in {"join", "role"}:
            return False
        main = self.main()
        return main is not None and main.indicator in LEVELLED

    def _percent_level(self, item: Item) -> None:
        """`momentum above 2%`."""
        main = self.main()
        if main is not None and main.indicator == "ROC":
            item.used = True
            self.complete(Level("", float(item.groups["n"] or 0) / 100), item)

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

"""A small state machine over the items: operand, relation, operand; roles open a new sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Level, Relation
from engine.strategy.compose.plays import is_setup
from engine.strategy.compose.sigmas import Sigmas
from engine.strategy.compose.state import LEVELLED
from engine.strategy.compose.statements import Mention, Reading, Role, Statement, as_state, flipped
from engine.strategy.compose.words import Text


def read_statements(items: list[Item], text: Text, bar_minutes: int) -> Reading:
    """Every statement and bare mention in `items`."""
    return _Parser(items, text, bar_minutes).run()


class _Parser(Sigmas):
    """A small state machine over the items: operand, relation, operand; roles open a new sentence."""

    def run(self) -> Reading:
        """Walk over the items once."""
        handlers = self._handlers()
        while self.at < len(self.items):
            item = self.items[self.at]
            handlers[item.kind](item)
            self.at += 1
        self.end_sentence()
        self._drop_vague()
        return self.reading

    def _handlers(self) -> dict[str, Callable[[Item], None]]:
        return {
            "role": self.on_role,
            "join": self.on_join,
            "name": self.on_name,
            "output": self.on_output,
            "price": self.on_price,
            "extreme": self.on_extreme,
            "skip": self.on_skip,
            "tk": self.on_tk,
            "number": self.on_number,
            "relation": self.on_relation,
            "lean": self.on_lean,
            "not": self.on_not,
            "between": self.on_between,
            "slope": self.on_slope,
            "polarity": self.on_polarity,
            "zone": self.on_zone,
            "streak": self.on_streak,
            "move": self.on_move,
            "sigma": self.on_sigma,
            "levels": self.on_levels,
            "nothing": self.on_nothing,
            "volume": self.on_volume,
            "activity": self.on_activity,
            "mode": self.on_mode,
        }

    def _drop_vague(self) -> None:
        """`volume breakout: volume twice its average`: the number says what the word meant."""
        told = {s.condition.left.indicator for s in self.reading.statements if not s.weak}
        vague = {"Volume average", "ATR", *LEVELLED}
        self.reading.statements = [
            s
            for s in self.reading.statements
            if not (
                s.weak
                and isinstance(s.condition.right, Level)
                and s.condition.left.indicator in told & vague
                and (
                    is_setup(s.condition)
                    or any(o.role == s.role and not o.weak for o in self.reading.statements)
                )
            )
        ]

    def on_role(self, item: Item) -> None:
        item.used = True
        following = self.peek()
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
            self.end_sentence()
            self.left, self.role, self.join = left, "filter", ""
            return
        if item.value == "filter" and ends and not self.bare and self.left is None:
            return
        self.end_sentence()
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
        following = self.peek()
        ends = following is None or following.kind == "join"
        return self.role == "" and (ends or self.verbs_last)

    def _close_clause(self, role: Role, verb: str) -> None:
        self.end_sentence()
        if role == "filter_not" and len(self.reading.statements) > self.clause:
            self._refuse_clause()
        told: list[Statement | Mention] = [*self.reading.statements[self.clause :], *self.reading.mentions]
        for each in told:
            if each.role == "":
                each.role, each.verb = role, verb
        self.reading.roles.append((role, verb))
        self.role, self.verb, self.join = "", "", ""
        self.clause = len(self.reading.statements)

    def _refuse_clause(self) -> None:
        """`adx below 20 avoid`: the other way round; of several conditions no one knows which."""
        first, *others = self.reading.statements[self.clause :]
        if others:
            del self.reading.statements[self.clause :]
            return
        state = as_state(first.condition)
        first.condition = replace(state, relation=flipped(state.relation))

    def on_join(self, item: Item) -> None:
        item.used = True
        if item.value == ".":
            self.end_sentence()
            self.role, self.verb, self.join = "", "", ""
            return
        if self.relation is not None and self._is_whole(self.relation, item):
            self.without_right()
        if self.left is not None and self.relation is None:
            self.bare.append(((self.left[0],), self.left[1]))
            self.left = None
        self.join = "or" if self.join == "or" else item.value

    def _is_whole(self, relation: Item, join: Item) -> bool:
        """Whether a relation needs no right side: `ema 9 and 21 crossover, adx above 25`."""
        following, then = self.peek(), self.peek(2)
        sides = {"name", "output", "price", "extreme", "number"}
        if following is None or following.kind not in sides:
            return self.left is not None or bool(self.bare) or join.value in {"and", "or", "with"}
        named = [*(item for _, item in self.bare), *([self.left[1]] if self.left else [])]
        told = any(item.start < relation.start for item in named)
        if not told or (
            relation.value not in {"cross", "break", "touch"} and not relation.groups.get("leaned")
        ):
            return False
        own = then is not None and then.kind in {"relation", "slope", "polarity", "zone", "between", "role"}
        pair = any(len(lines) > 1 for lines, _ in self.paired())
        return own or pair or join.value == ","

    def on_relation(self, item: Item) -> None:
        item.used = True
        if self.relation is not None:
            if self.relation.value in {"cross", "break", "touch"} and item.value in {"above", "below"}:
                self.relation.value = f"crosses_{item.value}"
                return
            if self.left is None and not self.bare:
                self.relation = item
                return
            self.without_right()
        self.relation = item

    def on_lean(self, item: Item) -> None:
        """`bullish crossover`, `crosses to the downside`, `from below`."""
        item.used = True
        relation: Relation = "crosses_above" if item.value == "up" else "crosses_below"
        if self.relation is not None and self.relation.value in {"cross", "break"}:
            self.relation.value, self.relation.groups = relation, {"leaned": item.value}
            return
        following = self.peek()
        if following is not None and following.kind == "relation" and following.value in {"cross", "break"}:
            following.value, following.groups = relation, {"leaned": item.value}
            return
        if following is not None and following.kind == "name":
            after = self.peek(2)
            if after is not None and after.kind == "relation" and after.value == "cross":
                after.value, after.groups = relation, {"leaned": item.value}
                return
        if self._opens_a_verb(following):
            self.relation = Item("relation", relation, item.start, item.end)
            self.without_right()
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

    def on_not(self, item: Item) -> None:
        item.used = True
        self.negated = not self.negated

"""Distances in standard deviations: bands, or the z-score where the request names it."""

from __future__ import annotations

from dataclasses import replace

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Line, Relation
from engine.strategy.compose.parts import PRICE
from engine.strategy.compose.state import EXITS
from engine.strategy.compose.statements import (
    threshold,
)
from engine.strategy.compose.wholes import Wholes


def _counts_bars(number: Item) -> bool:
    return number.groups["unit"] not in {None, "", "%"}


class Sigmas(Wholes):
    """Distances in standard deviations: bands, or the z-score where the request names it."""

    def on_sigma(self, item: Item) -> None:
        item.used = True
        groups = item.groups
        before = self.items[self.at - 1] if self.at else None
        if before is not None and before.kind == "number" and not before.used and _counts_bars(before):
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
            self.settle()
            upper = side in {"above", "over"}
            line = self.lines.line("Bollinger", "upper" if upper else "lower")
            self.add(Condition(PRICE, "crosses_above" if upper else "crosses_below", line), self.join, item)
        elif self.relation is not None and (self.left is not None or "reversion" not in self.reading.modes):
            below = self.relation.value in {"below", "crosses_below"}
            if self.relation.value == "touch":
                below = self.role not in EXITS and self.role != "short_entry"
            self.relation.value = "crosses_below" if below else "crosses_above"
            self.complete(self.lines.line("Bollinger", "lower" if below else "upper"), item)
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
        self.add(
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

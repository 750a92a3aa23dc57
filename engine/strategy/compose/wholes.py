"""Statements that are whole in themselves: zones, slopes, moves, streaks, volume."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Level, Line, Relation
from engine.strategy.compose.operands import Operands
from engine.strategy.compose.parts import AVERAGES, PARTS, PRICE, part_of
from engine.strategy.compose.state import BANDS, EXITS, FILTERS, LEVELLED
from engine.strategy.compose.statements import (
    ZERO,
)


class Wholes(Operands):
    """Statements that are whole in themselves: zones, slopes, moves, streaks, volume."""

    def on_between(self, item: Item) -> None:
        main = self.main()
        if main is None or part_of(main).scale is None:
            return
        item.used = True
        low, high = sorted((float(item.groups["a"] or 0), float(item.groups["b"] or 0)))
        held = [self.left[1]] if self.left else []
        self.add(Condition(main, "above", Level("min", low)), self.join, item, *held)
        self.add(Condition(main, "below", Level("max", high)), "and", item)

    def on_slope(self, item: Item) -> None:
        item.used = True
        main = self.left[0] if self.left else self.bare[-1][0][0] if self.bare and self.bare[-1][0] else None
        if main is None:
            main = self.subject
        if main is None or main.indicator in BANDS:
            return
        held = [self.left[1]] if self.left else [self.bare[-1][1]] if self.bare else []
        self.bare = self.bare[:-1] if not self.left else self.bare
        up = item.value == "up"
        relation: Relation = "above" if up else "below"
        self.add(Condition(replace(main, change=True), relation, ZERO), self.join, item, *held)

    def on_polarity(self, item: Item) -> None:
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
            up = self.role not in EXITS and self.role != "short_entry"
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
        self.add(Condition(left, relation, right), self.join, item, *held, weak=item.value == "flip")

    def on_zone(self, item: Item) -> None:
        item.used = True
        held = [self.left[1]] if self.left else []
        main = self.main() if self.left or self.bare else None
        if main is None or main.indicator not in LEVELLED:
            subject = (
                self.subject if self.subject is not None and self.subject.indicator in LEVELLED else None
            )
            name = self.lines.named(*LEVELLED) or "RSI"
            main = subject or self.lines.line(name)
        leaves = item.value.startswith("leaves")
        low = item.value.endswith("oversold")
        value = self._zone_level(main, item, low=low)
        if self._names_levels_only(item):
            return  # the name stays, and its usual rule takes these levels
        if self.bare and self.bare[-1][0] == (main,):
            held.append(self.bare.pop()[1])
        down = low != leaves
        relation: Relation = "crosses_below" if down else "crosses_above"
        if item.groups.get("level") or self.role in FILTERS:
            relation = "below" if down else "above"
        if self.relation is not None and self.relation.value in {
            "crosses_above",
            "crosses_below",
            "above",
            "below",
        }:
            relation = cast(Relation, self.relation.value)
        level = Level("oversold" if low else "overbought", value)
        vague = not item.groups.get("n")
        self.add(Condition(main, relation, level), self.join, item, *held, weak=vague)

    def _names_levels_only(self, item: Item) -> bool:
        """`overbought 75 oversold 25`: two levels side by side and no verb."""
        near = [self.peek(), self.peek(2), *self.items[max(0, self.at - 2) : self.at]]
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

    def on_streak(self, item: Item) -> None:
        item.used = True
        colour = item.groups["colour"] or ""
        up = colour in {"green", "up", "bullish", "rising", "higher", "positive"}
        count = min(50, max(1, int(float(item.groups.get("n") or 1))))
        line = PARTS["Candles"].line("up" if up else "down", count)
        self.settle()
        self.add(Condition(line, "crosses_above" if count > 1 else "above", ZERO), self.join, item)

    def on_move(self, item: Item) -> None:
        item.used = True
        line = self.lines.change(item)
        size = abs(float(item.groups["size"] or 0)) / 100
        self.settle()
        down = item.value == "down"
        level = Level("drop" if down else "rise", size, mirrored=down)
        self.add(Condition(line, "crosses_below" if down else "crosses_above", level), self.join, item)

    def on_levels(self, item: Item) -> None:
        """`with 30/70 levels`."""
        main = self.main()
        if main is None or main.indicator not in LEVELLED:
            return
        item.used = True
        low, high = sorted((float(item.groups["a"] or 0), float(item.groups["b"] or 0)))
        self.reading.levels.setdefault(main.indicator, {}).update(oversold=low, overbought=high)

    def on_nothing(self, item: Item) -> None:
        """`between 40 and 60 do nothing`: the rest of the sentence says what to do otherwise."""
        item.used = True
        del self.reading.statements[self.clause :]

    def on_volume(self, item: Item) -> None:
        self._relative("Volume average", item, {"spike": 2.0}.get(item.value, 1.0))

    def on_activity(self, item: Item) -> None:
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
        self.settle()
        vague = item.value != "condition" and not factor
        self.add(Condition(line, relation, Level("factor", factor or default)), self.join, item, weak=vague)

    def on_mode(self, item: Item) -> None:
        item.used = True
        self.reading.modes.setdefault(item.value, item)

"""A plan written down as a module after Contract 1, from the parts' fragments."""

from __future__ import annotations

import re

from engine.strategy.compose.describe import WHY, rule_words, window_words
from engine.strategy.compose.fragments import HELPERS, indented, one_of
from engine.strategy.compose.model import (
    AtrMultiple,
    Condition,
    Hours,
    Line,
    Months,
    Number,
    Plan,
    Risk,
    Rule,
    Side,
    StopMultiple,
    Window,
)
from engine.strategy.compose.naming import Names, read
from engine.strategy.compose.parts import part_of

_COLUMNS = ("high", "low", "close", "volume")


class Assembler:
    """Writes one plan; the parameters are known once it is written."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names = Names(plan)
        self.lines: list[str] = []

    def module(self, request: str) -> str:
        """The text of the module; `request` is one line that is safe in a docstring."""
        body = self._body()
        used = "\n".join(line.split("#")[0] for line in body)
        columns = [name for name in _COLUMNS if re.search(rf"\b{name}\b(?!\")", used)]
        self.names.order_levels()
        head = [
            f'"""{self._hypothesis()}',
            "",
            "Composed by rules from parts (not by a language model) for the request:",
            request,
            '"""',
            "",
            *self._params(),
            "",
        ]
        text = "\n".join(body)
        helpers = [code for name, code in HELPERS.items() if re.search(rf"\b{name}\(", text)]
        function = ["def generate_signals(df, params):", *(f'    {name} = df["{name}"]' for name in columns)]
        blocks = "".join(f"\n{code}\n\n" for code in helpers)
        return "\n".join(head) + "\n" + blocks + "\n" + "\n".join([*function, *indented(body)]) + "\n"

    def _hypothesis(self) -> str:
        plan = self.plan
        side, word = (plan.long, "long") if plan.long is not None else (plan.short, "short")
        when = rule_words(side.entry) if side is not None and side.entry.conditions else ""
        if not when and plan.hold_window is not None:
            when = f"the bar opens {window_words(plan.hold_window)}"
        return f"{WHY[plan.family]}: {word} when {when}."[:300]

    def _params(self) -> list[str]:
        rows = [
            f'    "{name}": {{"default": {default!r}, "low": {low!r}, "high": {high!r}}},'
            for name, (default, low, high) in self.names.params.items()
        ]
        quoted = ", ".join(f'"{text}"' for text in self.names.constraints)
        constraints = [f"CONSTRAINTS = [{quoted}]"]
        return ["PARAMS = {", *rows, "}", *constraints] if rows else ["PARAMS = {}", *constraints]

    def _body(self) -> list[str]:
        plan = self.plan
        rules = self._rules()
        filters = self._filters()
        levels = self._risk(plan.risk)
        body = ["", "# Indicators", *self.lines] if self.lines else []
        body += ["", "# When to open and to close", *rules]
        if filters:
            body += ["", "# Filters: they only ever remove entries", *filters]
        if plan.risk.max_bars is not None:
            body += ["", "# A position ends after this many bars at the latest"]
            bars = read(self.names.add("max_bars", plan.risk.max_bars, 1, 4 * plan.risk.max_bars))
            body += [
                f"{side}_exit = {side}_exit | {side}_entry.shift({bars}, fill_value=False)"
                for side in self._names_of_sides()
            ]
        guarded = [row for row in levels if "_distance" in row and "stop" in row]
        if guarded:
            body += ["", "# No entry before its stop is known"]
            for short in dict.fromkeys("trailing" if "trailing_stop" in row else "stop" for row in guarded):
                body += [
                    f"{side}_entry = {side}_entry & ({short}_distance > 0.0)"
                    for side in self._names_of_sides()
                ]
        return [*body, "", *self._frame(), *levels, "return signals"]

    def _names_of_sides(self) -> list[str]:
        return [
            name for name, side in (("long", self.plan.long), ("short", self.plan.short)) if side is not None
        ]

    # Series and conditions.

    def _series(self, line: Line) -> str:
        part = part_of(line)
        values = {"v": self.names.variable(line), **self.names.numbers(line)}
        for template in self.names.templates(line):
            code = template.format(**values)
            if code not in self.lines:
                self.lines.append(code)
        expression = part.series[line.output].expression.format(**values)
        return f"{expression}.diff()" if line.change else expression

    def _condition(self, condition: Condition) -> str:
        left = self._series(condition.left)
        right = condition.right
        other = self._series(right) if isinstance(right, Line) else self.names.level(condition.left, right)
        if condition.relation in {"crosses_above", "crosses_below"}:
            return f"{condition.relation}({left}, {other})"
        return f"({left} {'>' if condition.relation == 'above' else '<'} {other})"

    def _rule(self, rule: Rule) -> str:
        parts = [self._condition(condition) for condition in rule.conditions]
        if len(parts) == 1 and parts[0].startswith("("):
            return parts[0][1:-1]
        return (" | " if rule.any_of else " & ").join(parts)

    def _rules(self) -> list[str]:
        plan = self.plan
        rules: list[str] = []
        for name, side in (("long", plan.long), ("short", plan.short)):
            if side is not None:
                rules += self._calendar(name, side) if plan.hold_window else self._side(name, side)
        return rules

    def _side(self, name: str, side: Side) -> list[str]:
        entry, leave = self._rule(side.entry), self._rule(side.exit)
        rows = [f"{name}_entry = {entry}"]
        rows.append(f"{name}_exit = {leave}" if leave else f"{name}_exit = pd.Series(False, index=df.index)")
        if self.plan.exit_window is not None:
            rows += [
                f"leaving = pd.Series({self._window(self.plan.exit_window, 'exit')}, index=df.index)",
                f"{name}_exit = {name}_exit | (leaving & ~leaving.shift(1, fill_value=False))",
            ]
        return rows

    def _calendar(self, name: str, side: Side) -> list[str]:
        plan = self.plan
        assert plan.hold_window is not None
        rows = [
            f"inside = pd.Series({self._window(plan.hold_window, 'entry')}, index=df.index)",
            f"{name}_entry = inside & ~inside.shift(1, fill_value=False)",
        ]
        if plan.exit_window is not None:
            rows += [
                f"leaving = pd.Series({self._window(plan.exit_window, 'exit')}, index=df.index)",
                f"{name}_exit = leaving & ~leaving.shift(1, fill_value=False)",
            ]
        elif plan.risk.max_bars is not None:
            rows.append(f"{name}_exit = pd.Series(False, index=df.index)")
        else:
            rows.append(f"{name}_exit = ~inside & inside.shift(1, fill_value=False)")
        if side.exit.conditions:
            rows.append(f"{name}_exit = {name}_exit | ({self._rule(side.exit)})")
        return rows

    def _filters(self) -> list[str]:
        plan = self.plan
        rows: list[str] = []
        for window in plan.windows:
            inside = self._window(window, "")
            inside = inside if inside.startswith("(") and inside.count("(") == 1 else f"({inside})"
            rows += [f"{name}_entry = {name}_entry & {inside}" for name in self._names_of_sides()]
        for name, side in (("long", plan.long), ("short", plan.short)):
            for condition in side.filters if side is not None else ():
                rows.append(f"{name}_entry = {name}_entry & {self._condition(condition)}")
        return rows

    # Days and hours.

    def _window(self, window: Window, what: str) -> str:
        if isinstance(window, Hours):
            return self._hours(window, f"{what}_" if what else "")
        if isinstance(window, Months):
            self._line("month = df.index.month  # of the bar's open, UTC")
            return one_of("month", window.months, 12)
        self._line("day = df.index.day_of_week  # of the bar's open, UTC; 0 is Monday")
        named: dict[tuple[int, ...], str] = {(0, 1, 2, 3, 4): "day < 5", (5, 6): "day >= 5"}
        return named.get(window.days) or one_of("day", window.days, 7)

    def _hours(self, window: Hours, prefix: str) -> str:
        whole = window.start == int(window.start) and window.end == int(window.end)
        self._line(
            "hour = df.index.hour  # of the bar's open, UTC"
            if whole
            else "hour = df.index.hour + df.index.minute / 60.0  # of the bar's open, UTC"
        )
        start: Number = int(window.start) if whole else window.start
        end: Number = int(window.end) if whole else window.end
        first = self.names.add(f"{prefix}start_hour", start, 0, 23)
        last = self.names.add(f"{prefix}end_hour", end, 1, 24)
        spans_midnight = window.start > window.end
        self.names.constrain(first, ">" if spans_midnight else "<", last)
        return f"(hour >= {read(first)}) {'|' if spans_midnight else '&'} (hour < {read(last)})"

    def _line(self, code: str) -> None:
        if code not in self.lines:
            self.lines.append(code)

    # What is returned.

    def _frame(self) -> list[str]:
        columns = ["long_entry", "long_exit", "short_entry", "short_exit"]
        nothing = "pd.Series(False, index=df.index)"
        rows = ["signals = pd.DataFrame(", "    {"]
        for column in columns:
            side = column.split("_")[0]
            if side in self._names_of_sides():
                rows.append(f'        "{column}": {column},')
            elif side == "long":
                rows.append(f'        "{column}": {nothing},')
        rows += ["    },", "    index=df.index,", ")"]
        return [*rows, *self._tags()]

    def _tags(self) -> list[str]:
        rows = ['tag = pd.Series("", index=df.index)']
        for name, side in (("short", self.plan.short), ("long", self.plan.long)):
            if side is None:
                continue
            for what, rule in (("exit", side.exit), ("entry", side.entry)):
                reason = rule_words(rule, numbers=False)[:60] if rule.conditions else f"{name} {what}"
                rows.append(f'tag[{name}_{what}] = "{reason}"')
        return [*rows, 'signals["tag"] = tag']

    def _risk(self, risk: Risk) -> list[str]:
        rows: list[str] = []
        stop = self._distance(rows, "stop_loss", "stop", risk.stop)
        if isinstance(risk.target, StopMultiple):
            ratio = read(self.names.add("reward_ratio", float(risk.target.ratio), 0.5, 4 * risk.target.ratio))
            rows.append(f'signals["take_profit"] = {ratio} * {stop}')
        else:
            self._distance(rows, "take_profit", "target", risk.target)
        self._distance(rows, "trailing_stop", "trailing", risk.trailing)
        if risk.risk_per_trade is not None and stop:
            share = read(self.names.add("risk_per_trade", risk.risk_per_trade, 0.001, 0.1))
            scalar = not isinstance(risk.stop, AtrMultiple)
            size = f"min(1.0, {share} / {stop})" if scalar else f"({share} / {stop}).clip(upper=1.0)"
            rows.append(f'signals["size"] = {size}')
        elif risk.size is not None:
            size = read(self.names.add("size", float(risk.size), 0.01, 1.0))
            rows.append(f'signals["size"] = {size}')
        return rows

    def _distance(
        self, rows: list[str], column: str, short: str, distance: float | AtrMultiple | StopMultiple | None
    ) -> str:
        """Rows that fill a column; the expression of its value."""
        if isinstance(distance, AtrMultiple):
            period = self.names.add(
                "atr_period", distance.period, max(2, distance.period // 3), 3 * distance.period
            )
            atr = "atr" if period == "atr_period" else f"{short}_atr"
            self._line(f"{atr} = ta.ATR(high, low, close, timeperiod={read(period)})")
            name = f"{short}_multiple"
            multiple = read(
                self.names.add(name, distance.multiple, distance.multiple / 4, 4 * distance.multiple)
            )
            self._line(f"{short}_distance = ({multiple} * {atr} / close).where({atr} > 0.0)")
            rows.append(f'signals["{column}"] = {short}_distance')
            return f"{short}_distance"
        if isinstance(distance, float):
            highest = 0.95 if column != "take_profit" else 100.0
            name = self.names.add(column, distance, distance / 4, min(highest, 4 * distance))
            rows.append(f'signals["{column}"] = {read(name)}')
            return read(name)
        return ""

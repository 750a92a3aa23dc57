"""Names for the variables and parameters of a plan, and the range of each parameter."""

from __future__ import annotations

from collections.abc import Iterator

from engine.strategy.compose.describe import SHOWN, level_value
from engine.strategy.compose.model import (
    AtrMultiple,
    Condition,
    IndicatorUse,
    Level,
    Line,
    Number,
    Plan,
    Rule,
    Side,
)
from engine.strategy.compose.parts import AVERAGES, part_of

Key = tuple[str, tuple[Number, ...]]


class Names:
    """Variables and parameters of one plan.

    Attributes:
        params: name -> (default, low, high), in the order of first use.
        constraints: comparisons that hold for the defaults.
    """

    def __init__(self, plan: Plan) -> None:
        self.params: dict[str, tuple[Number, Number, Number]] = {}
        self.constraints: list[str] = []
        self._labels = _labels(plan)
        self._outputs: dict[Key, set[str]] = {}
        for line in lines_of(plan):
            self._outputs.setdefault(_key(line), set()).add(line.output)

    def variable(self, line: Line) -> str:
        """Prefix of the variables of a line's indicator."""
        label = self._labels[_key(line)]
        prefix = part_of(line).prefix
        return f"{prefix}_{label}" if label else prefix

    def numbers(self, line: Line) -> dict[str, str]:
        """Code that reads each number of a line's indicator from the parameters."""
        part = part_of(line)
        variable = self.variable(line)
        labelled = self._labels[_key(line)] != "" and len(part.specs) == 1
        names: dict[str, str] = {}
        read_in = "".join(self.templates(line))
        for spec, value in zip(part.specs, line.numbers, strict=True):
            if f"{{{spec.name}}}" not in read_in:
                continue
            wanted = variable if labelled else f"{variable}_{spec.name}"
            low = max(spec.lowest, value / 3)
            high = min(spec.highest, max(3 * value, value + 1))
            if spec.whole:
                low, high = int(low), int(high)
            names[spec.name] = self.add(wanted, value, low, high)
        if part.ordered and set(part.ordered) <= set(names) and line.numbers[0] < line.numbers[1]:
            self.constrain(names[part.ordered[0]], "<", names[part.ordered[1]])
        return {name: read(parameter) for name, parameter in names.items()}

    def templates(self, line: Line) -> tuple[str, ...]:
        """The lines that compute a series, together with the indicator's others where those are read too."""
        series = part_of(line).series[line.output]
        return series.together if series.together and len(self._outputs[_key(line)]) > 1 else series.lines

    def level(self, line: Line, level: Level) -> str:
        """Code of the number that a line is compared with."""
        if not level.name:
            return repr(float(level.value))
        wanted = f"{self.variable(line)}_{level.name}"
        low, high = _level_range(line, level)
        parameter = self.add(wanted, float(level.value), low, high)
        scale = part_of(line).scale
        if not level.mirrored:
            return read(parameter)
        centre = scale.centre if scale else 0.0
        return f"{2 * centre:g} - {read(parameter)}" if centre else f"-{read(parameter)}"

    def add(self, wanted: str, default: Number, low: Number, high: Number) -> str:
        """A parameter; the same name with the same default is the same parameter."""
        name, number = wanted, 2
        low, high = _rounded(low, default), _rounded(high, default)
        while name in self.params and self.params[name][0] != default:
            name, number = f"{wanted}_{number}", number + 1
        self.params.setdefault(name, (default, min(low, default), max(high, default)))
        return name

    def constrain(self, left: str, relation: str, right: str) -> None:
        """Add a constraint once."""
        text = f"{left} {relation} {right}"
        if text not in self.constraints:
            self.constraints.append(text)

    def order_levels(self) -> None:
        """oversold below overbought, fast below slow, wherever both exist."""
        for name in list(self.params):
            for small, large in (("oversold", "overbought"), ("fast", "slow")):
                other = name[: -len(small)] + large
                both = name.endswith(f"_{small}") and other in self.params
                if both and self.params[name][0] < self.params[other][0]:
                    self.constrain(name, "<", other)


def read(parameter: str) -> str:
    """Code that reads a parameter."""
    return f'params["{parameter}"]'


def lines_of(plan: Plan) -> Iterator[Line]:
    """Every series of a plan, entries first."""
    for condition in conditions_of(plan):
        yield condition.left
        if isinstance(condition.right, Line):
            yield condition.right


def conditions_of(plan: Plan) -> Iterator[Condition]:
    """Every condition of a plan, entries first."""
    sides = [side for side in (plan.long, plan.short) if side is not None]
    for side in sides:
        yield from side.entry.conditions
    for side in sides:
        yield from side.exit.conditions
    for side in sides:
        yield from side.filters


def uses_of(plan: Plan) -> tuple[IndicatorUse, ...]:
    """The indicators of a plan with their numbers and levels, as the answer shows them."""
    labels = _labels(plan)
    used: dict[tuple[str, str], dict[str, Number]] = {}
    for condition in conditions_of(plan):
        for line in (condition.left, condition.right):
            if isinstance(line, Line) and line.indicator != "Price":
                params = used.setdefault(_group(line, labels), {})
                params.update(_shown_numbers(line, labels))
        right = condition.right
        if isinstance(right, Level) and right.name:
            value = level_value(condition.left, Level(right.name, right.value))
            signed = -value if right.mirrored and right.name == "drop" else value
            shown = used.setdefault(_group(condition.left, labels), {})
            name, number = right.name, 2
            while shown.get(name, signed) != signed:  # a second level of that name, as among the parameters
                name, number = f"{right.name}_{number}", number + 1
            shown[name] = signed
    uses = [IndicatorUse(name, params) for (name, _), params in used.items()]
    risk = plan.risk
    for what, distance in (("stop", risk.stop), ("target", risk.target), ("trailing", risk.trailing)):
        if isinstance(distance, AtrMultiple):
            uses.append(
                IndicatorUse("ATR", {"period": distance.period, f"{what}_multiple": distance.multiple})
            )
    return tuple(uses)


def _group(line: Line, labels: dict[Key, str]) -> tuple[str, str]:
    label = labels[_key(line)]
    together = label in {"fast", "middle", "slow", "entry", "exit", ""}
    return SHOWN.get(line.indicator, line.indicator), "" if together else label


def _shown_numbers(line: Line, labels: dict[Key, str]) -> dict[str, Number]:
    label = labels[_key(line)]
    specs = part_of(line).specs
    if label in {"fast", "middle", "slow", "entry", "exit"} and len(specs) == 1:
        return {label: line.numbers[0]}
    return {spec.name: number for spec, number in zip(specs, line.numbers, strict=True)}


def _key(line: Line) -> Key:
    return line.indicator, line.numbers


def _labels(plan: Plan) -> dict[Key, str]:
    """What tells indicators of one kind apart: fast and slow, entry and exit, trend."""
    entries = _keys_of(rule for side in _sides(plan) for rule in (side.entry,))
    exits = _keys_of(rule for side in _sides(plan) for rule in (side.exit,))
    every = dict.fromkeys(_key(line) for line in lines_of(plan))
    labels: dict[Key, str] = {}
    for indicator in dict.fromkeys(key[0] for key in every):
        keys = [key for key in every if key[0] == indicator]
        if len(keys) == 1:
            labels[keys[0]] = ""
        elif indicator == "Donchian":
            names = ["entry" if key in entries else "exit" if key in exits else "filter" for key in keys]
            labels.update(zip(keys, _numbered(names), strict=True))
        elif indicator in AVERAGES:
            labels.update(_average_labels(keys, entries | exits))
        else:
            labels.update(zip(keys, ["", *(str(n) for n in range(2, len(keys) + 1))], strict=True))
    return labels


def _average_labels(keys: list[Key], acting: set[Key]) -> dict[Key, str]:
    main = sorted((key for key in keys if key in acting), key=lambda key: key[1])
    rest = [key for key in keys if key not in acting]
    if len(main) == 1 and len(rest) == 1:
        return {main[0]: "signal", rest[0]: "trend"}
    if len(main) + len(rest) == 3 and len(main) == 2 and main[0][1] < rest[0][1] < main[1][1]:
        return {main[0]: "fast", rest[0]: "middle", main[1]: "slow"}
    if not main:
        main, rest = sorted(rest, key=lambda key: key[1]), []
    names = {1: ["signal"], 2: ["fast", "slow"], 3: ["fast", "middle", "slow"]}.get(len(main))
    names = names or [f"n{position}" for position in range(1, len(main) + 1)]
    return dict(zip((*main, *rest), (*names, *_numbered(["trend"] * len(rest))), strict=True))


def _numbered(names: list[str]) -> list[str]:
    return [name if names.index(name) == at else f"{name}_{at + 1}" for at, name in enumerate(names)]


def _sides(plan: Plan) -> list[Side]:
    return [side for side in (plan.long, plan.short) if side is not None]


def _keys_of(rules: Iterator[Rule]) -> set[Key]:
    found: set[Key] = set()
    for rule in rules:
        for condition in rule.conditions:
            found.add(_key(condition.left))
            if isinstance(condition.right, Line):
                found.add(_key(condition.right))
    return found


def _level_range(line: Line, level: Level) -> tuple[float, float]:
    scale = part_of(line).scale
    value = float(level.value)
    if scale is None or level.name in {"factor", "tightness", "drop", "rise"} or line.output == "distance":
        return value / 4, 4 * value
    if scale.high - scale.low <= 200:
        step = (scale.high - scale.low) / 5
        return max(scale.low + 0.01 * step, value - step), min(scale.high - 0.01 * step, value + step)
    step = max(1.0, abs(value))
    return value - step, value + step


def _rounded(bound: Number, like: Number) -> Number:
    return int(bound) if isinstance(like, int) else float(f"{bound:.6g}")

"""Items as series; numbers that a later mention leaves out are those of the first one."""

from __future__ import annotations

from engine.strategy.compose.fitting import fit
from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Line, Number
from engine.strategy.compose.parts import AVERAGES, PARTS
from engine.strategy.compose.statements import Reading
from engine.strategy.compose.timeframe import bars_of

_DAY = 1440


class Lines:
    """Items as series; numbers that a later mention leaves out are those of the first one."""

    def __init__(self, items: list[Item], bar_minutes: int, reading: Reading) -> None:
        self.bar_minutes = bar_minutes
        self.reading = reading
        self.known: dict[str, tuple[Number | None, ...]] = {}
        self.averages: list[Line] = []
        named = [item for item in items if item.kind in {"name", "output"}]
        self._kind = next((item.value for item in named if item.value in AVERAGES), "SMA")
        self._names = [item.groups.get("part") or item.value for item in named]
        for item in named:
            self._learn(item)

    def _learn(self, item: Item) -> None:
        name = item.groups.get("part") or item.value
        if item.groups.get("multiple"):
            self.reading.band_numbers = (None, float(item.groups["multiple"] or 0))
            self.known["ATR band"] = self.reading.band_numbers
        elif item.numbers and name in PARTS and name not in {*AVERAGES, *self.known}:
            fitted = fit(PARTS[name], item.numbers, self.bar_minutes)
            self.known[name] = fitted.numbers
            self.reading.levels.setdefault(name, {}).update(fitted.levels)
            self.reading.wrong += [f"{value:g}" for value in fitted.wrong]

    def kind(self, name: str) -> str:
        """The kind of average meant by `name`: simple unless the request names another."""
        return self._kind if name in {"MA", "Golden"} else name

    def named(self, *names: str) -> str | None:
        """The first of `names` that the request mentions."""
        return next((name for name in self._names if name in names), None)

    def line(self, name: str, output: str = "value", *numbers: Number | None) -> Line:
        """A series of a part, with the numbers named here, else those named elsewhere, else its defaults."""
        known = self.known.get(name, ())
        filled = [
            own if own is not None else other
            for own, other in zip((*numbers, *(None,) * 6), (*known, *(None,) * 6), strict=False)
        ]
        part = PARTS[name]
        return part.line(output if output in part.series else next(iter(part.series)), *filled)

    def average(self, kind: str, period: float, unit: str = "") -> Line | None:
        """An average over `period`; None when there can be none."""
        bars = bars_of(period, unit, self.bar_minutes)
        if bars != int(bars) or not 2 <= bars <= 10_000:
            self.reading.wrong.append(f"{period:g}")
            return None
        line = PARTS[kind].line("value", int(bars))
        self.averages.append(line)
        return line

    def of_name(self, item: Item) -> tuple[Line, ...]:
        """The series that a name stands for; averages with several numbers give several."""
        name = item.value
        if name in {"MA", "Golden", *AVERAGES}:
            kind = self.kind(name)
            lines = tuple(
                line for value, unit in item.numbers if (line := self.average(kind, value, unit)) is not None
            )
            if lines or item.numbers:
                return lines
            if name == "MA" and "Bollinger" in self.known and not self.averages:
                return (self.line("Bollinger", "middle"),)
            earlier = [line for line in self.averages if line.indicator == kind or name == "MA"]
            return (earlier[-1],) if earlier else ()
        if name in {"Breakout", "Donchian"}:
            if not item.numbers and name == "Donchian":
                return (PARTS["Donchian"].line("upper", *self.known.get("Donchian", ())[:1]),)
            fitted = [self.span(value, unit) for value, unit in item.numbers]
            return tuple(PARTS["Donchian"].line("upper", period) for period in fitted if period)
        if name == "Momentum":
            periods = [self.span(value, unit) for value, unit in item.numbers]
            return (self.line("ROC", "value", *periods),)
        output = "value" if "value" in PARTS[name].series else "upper"
        if item.groups.get("multiple"):
            return (self.line("ATR band", "upper", None, float(item.groups["multiple"] or 0)),)
        if name == "VWAP" and not item.numbers and "VWAP" not in self.known:
            return (
                self.line(name, output, max(2, _DAY // self.bar_minutes) if self.bar_minutes < _DAY else 20),
            )
        own = fit(PARTS[name], item.numbers, self.bar_minutes).numbers if item.numbers else ()
        return (self.line(name, output, *own),)

    def span(self, value: float, unit: str) -> int | None:
        """A span of 2 to 10,000 bars; None, and noted, when it is none."""
        bars = bars_of(value, unit, self.bar_minutes)
        if bars == int(bars) and 2 <= bars <= 10_000:
            return int(bars)
        self.reading.wrong.append(f"{value:g}")
        return None

    def of_output(self, item: Item) -> Line | None:
        """The series that an output stands for, of the indicator named with it or elsewhere."""
        output = item.value
        owners = {
            "signal": ("MACD",),
            "histogram": ("MACD",),
            "k": ("Stochastic", "Stochastic RSI"),
            "d": ("Stochastic", "Stochastic RSI"),
            "plus": ("ADX",),
            "minus": ("ADX",),
            "tenkan": ("Ichimoku",),
            "kijun": ("Ichimoku",),
        }.get(output, ("Bollinger", "Keltner", "Donchian", *(("Ichimoku",) if output != "middle" else ())))
        name = item.groups.get("part") or self.named(*owners) or owners[0]
        own = fit(PARTS[name], item.numbers, self.bar_minutes).numbers if item.numbers else ()
        return self.line(name, "value" if output == "k" else output, *own)

    def extreme(self, item: Item) -> Line:
        """Highest high or lowest low of the bars before."""
        groups = item.groups
        ending = groups.get("end") or groups.get("word") or item.value
        upper = ending.startswith("high")
        if groups.get("word"):
            upper = groups["word"] == "highest"
        elif "lowest" in (groups.get("n") or "") or ending.startswith("low"):
            upper = False
        period = 20.0
        if item.value == "day":
            upper = ending.startswith("high")
            period = bars_of(1, "day", self.bar_minutes)
        elif groups.get("n"):
            period = bars_of(float(groups["n"] or 0), groups.get("unit") or "", self.bar_minutes)
        elif groups.get("unit"):
            period = bars_of(
                1, str(groups["unit"]).replace("daily", "day").replace("weekly", "week"), self.bar_minutes
            )
        else:
            self.reading.assumptions.append("a high or low without a span: of the last 20 bars")
        if period != int(period) or not 1 <= period <= 10_000:
            self.reading.wrong.append(f"{period:g}")
            period = 20
        return PARTS["Donchian"].line("upper" if upper else "lower", int(period))

    def change(self, item: Item) -> Line:
        """The change over the span that a move names, a day where it names none."""
        groups = item.groups
        if groups.get("unit"):
            bars = bars_of(float(groups.get("n") or 1), str(groups["unit"]), self.bar_minutes)
        else:
            bars = max(1, _DAY // self.bar_minutes)
            self.reading.assumptions.append("a move without a span: over one day")
        return PARTS["ROC"].line("value", min(max(1, int(bars)), 10_000))

    def relative(self, name: str, item: Item) -> Line:
        """Volume, or the ATR, against its own average."""
        groups = item.groups
        span = groups.get("n") or groups.get("n2")
        unit = groups.get("unit") if groups.get("n") else groups.get("unit2")
        periods: int | None = self.span(float(span), unit or "") if span else None
        if name == "Volume average":
            return self.line(name, "value", periods)
        own = self.span(float(groups["p"] or 0), "") if groups.get("p") else None
        return self.line(name, "value", own, periods)

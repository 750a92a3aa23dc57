"""Stops, targets, trailing stops, position size and holding time, as a request names them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.strategy.compose.model import AtrMultiple, Risk, StopMultiple
from engine.strategy.compose.timeframe import UNIT, bars_of
from engine.strategy.compose.words import NUMBER, Text, phrase

DEFAULT_STOP = 0.02
DEFAULT_TRAILING = 0.03
DEFAULT_RATIO = 2.0
_DEFAULT_ATR_STOP = 2.0

_STOP = (
    r"(?:stop loss(?:es)?|stops?|sl|max(?:imum)? loss|loss limit|risking"
    r"|cut(?:ting|s)? (?:the |my |your |all )?(?:loss(?:es)?|losers?|losing trades?)(?: short)?)"
)
_TARGET = (
    r"(?:tak(?:e|es|ing) (?:the |my )?(?:profits?|gains?)|tp|profit targets?|targets?|profit taking|profits?"
    r"|(?:book|lock|secure|bank)(?:ing)?(?: in)? (?:the |my )?(?:profits?|gains?)|cash out)"
)
_TRAIL = r"(?:trail(?:ing|s|ed)?)"
_FILL = (
    r"(?: (?:of|at|is|to|by|around|about|approximately|roughly|a|an|the|my|set|with|use|using|equal"
    r"|equals|=|:"
    r"|loss|level|be|should|on|hard|fixed|tight|wide|initial|max|maximum|just|only|after|@|price|order"
    r"|it|for))*"
)
_N = rf"(?P<n>{NUMBER})"
_SCALE = r"(?: (?P<scale>%|bps|basis points))"
_TIMES = r"(?: (?:x|times|\*|the))*"
_ATR = r"(?: (?:(?P<period>\d+) (?:period |bar )?)?atrs?(?: ?\(? (?P<after>\d+)(?: \))?)?)"
_NEGATION = (
    r"(?:no|without|not|skip|zero)(?: (?:a|an|any|use|using|need|want|the|hard|put|have|set"
    r"|place|fixed|with))*"
)


@dataclass(slots=True)
class RiskReading:
    """What was read, and what had to be assumed."""

    risk: Risk = field(default_factory=Risk)
    assumptions: list[str] = field(default_factory=list[str])


def read_risk(text: Text, bar_minutes: int) -> RiskReading:
    """Take every phrase on exits by price, on size and on holding time out of `text`."""
    reading = RiskReading()
    no_stop, no_target, no_trailing = _read_refusals(text)
    trailing = _read_trailing(text, reading)
    stop, target = _read_pair(text)
    target = target if target is not None else _read_ratio(text)
    stop = stop if stop is not None else _read_distance(text, _STOP_PATTERNS, _STOP_ATR, 0.95)
    target = target if target is not None else _read_distance(text, _TARGET_PATTERNS, _TARGET_ATR, 100.0)
    size, per_trade = _read_size(text)
    max_bars = _read_holding(text, bar_minutes)
    if stop is None:
        stop = _assumed_stop(text, reading)
    if target is None and text.take(_BARE_TARGET):
        target = StopMultiple(DEFAULT_RATIO)
        reading.assumptions.append(f"take profit without a number: {DEFAULT_RATIO:g} times the stop")
    if isinstance(target, StopMultiple) and stop is None:
        stop = DEFAULT_STOP
        reading.assumptions.append(f"a target in multiples of the stop, so a stop of {DEFAULT_STOP:.0%}")
    if per_trade is not None and (stop is None or no_stop):
        size, per_trade = per_trade, None
        reading.assumptions.append(
            "a share of the equity per trade, without a stop: it is the position's size"
        )
    reading.risk = Risk(
        None if no_stop else stop,
        None if no_target else target,
        None if no_trailing else trailing,
        size,
        per_trade,
        max_bars,
    )
    return reading


_BOTH = rf"(?:{_STOP}|{_TARGET}|{_TRAIL} stops?)"
_REFUSED = phrase(
    rf"{_NEGATION} (?P<what>{_BOTH}(?:(?: (?:or|and|nor|/|,|no|without|any|a))* {_BOTH})*)(?! (?:of|at) -?\d)"
)
_HAS_STOP = phrase(_STOP)
_HAS_TARGET = phrase(_TARGET)
_HAS_TRAILING = phrase(_TRAIL)


def _read_refusals(text: Text) -> tuple[bool, bool, bool]:
    no_stop = no_target = no_trailing = False
    for match in text.take_all(_REFUSED):
        what = f" {match['what']} "
        trailing = _HAS_TRAILING.search(what) is not None
        no_trailing |= trailing
        no_stop |= not trailing and _HAS_STOP.search(what) is not None
        no_target |= _HAS_TARGET.search(what) is not None
    return no_stop, no_target, no_trailing


_TRAIL_WORDS = (
    r"(?: (?:stops?|sl|loss|exit|order|the|it|by|at|of|with|a|an|:|=|behind|below|price|is|on|to"
    r"|distance|using))*"
)
_TRAILING_ATR = (
    phrase(rf"(?:an? )?{_TRAIL}{_TRAIL_WORDS} {_N}{_TIMES}{_ATR}"),
    phrase(rf"(?:an? )?{_N}{_TIMES}{_ATR} {_TRAIL}(?: (?:stop|loss|exit))*"),
    phrase(rf"(?:an? )?(?:atr {_TRAIL}|{_TRAIL} atr)(?: (?:stop|loss|exit|of|at|:))* {_N}{_TIMES}"),
    phrase(
        r"(?:an? )?chandelier(?: (?:exit|stop|of|at|with))*(?: \()?(?: (?P<period>\d+)"
        rf"(?: [,/])?)? {_N}(?: atr)?"
    ),
)
_TRAILING = (
    phrase(rf"(?:an? )?{_TRAIL}{_TRAIL_WORDS} {_N}{_SCALE}?(?! (?:x|times|atr))"),
    phrase(rf"(?:an? )?{_N}{_SCALE}(?: (?:wide|tight))? {_TRAIL}(?: (?:stop|sl|loss|exit))*"),
)
_BARE_TRAILING = phrase(
    rf"(?:with )?(?:an? |the |my )?(?:atr )?{_TRAIL}(?: (?:the|a|my|stop|stops|sl|loss|exit|profit))*"
)


def _read_trailing(text: Text, reading: RiskReading) -> float | AtrMultiple | None:
    atr = _taken_atr(text, _TRAILING_ATR)
    if atr is not None:
        return atr
    fraction = _taken_fraction(text, _TRAILING, 0.95)
    if fraction is not None:
        return fraction
    match = text.take(_BARE_TRAILING)
    if match is None:
        return None
    if " atr " in f" {match.group()} ":
        reading.assumptions.append("an ATR trailing stop without a number: 3 times the ATR(14)")
        return AtrMultiple(3.0)
    reading.assumptions.append(f"a trailing stop without a number: {DEFAULT_TRAILING:.0%}")
    return DEFAULT_TRAILING


_PAIRED = phrase(
    rf"(?:{_STOP}(?: (?:/|and|,))? {_TARGET}|(?P<reverse>{_TARGET}(?: (?:/|and|,))? {_STOP})){_FILL} "
    rf"(?P<a>{NUMBER})(?: %)?(?: (?:/|and|,|-|:))? (?P<b>{NUMBER})(?: %)?"
)


_PAIRED_BEFORE = phrase(
    rf"(?:(?P<a>{NUMBER}) % {_STOP}(?: (?:and|,|/|with|a))* (?P<b>{NUMBER}) % {_TARGET}"
    rf"|(?P<b2>{NUMBER}) % {_TARGET}(?: (?:and|,|/|with|a))* (?P<a2>{NUMBER}) % {_STOP})(?! \d)"
)
_NAMED_FIRST = re.compile(rf" (?:{_STOP}|{_TARGET}){_FILL} $")


def _read_pair(text: Text) -> tuple[float | None, float | StopMultiple | None]:
    match = text.find(_PAIRED_BEFORE)
    if match is not None and not _NAMED_FIRST.search(text.open[: match.start()]):
        stop, target = float(match["a"] or match["a2"]) / 100, float(match["b"] or match["b2"]) / 100
    else:
        match = text.find(_PAIRED)
        if match is None:
            return None, None
        first, second = float(match["a"]) / 100, float(match["b"]) / 100
        stop, target = (second, first) if match["reverse"] else (first, second)
    if not (0 < stop < 0.95 and 0 < target < 100):
        return None, None
    text.use(*match.span())
    return stop, target


_RR_WORDS = (
    r"(?:risk(?: (?:/|to|:|and))? (?:reward|return)|reward(?: (?:/|to|:|and))? risk|rr|r r|r (?:/|:) r|crv)"
    r"(?: ratio)?"
)
_OF_STOP = r"(?: (?:the|my|of|your|its|initial))*(?: (?:stop loss|stop|sl|risk|loss|r|distance|size|amount))+"
_WORDED = {"twice": 2.0, "double": 2.0, "triple": 3.0}
_RATIOS = (
    phrase(
        rf"(?:{_TARGET}{_FILL} )?{_RR_WORDS}{_FILL} (?P<a>\d+(?:\.\d+)?)(?: (?:/|:|to)) (?P<b>\d+(?:\.\d+)?)"
    ),
    phrase(
        rf"(?:{_TARGET}{_FILL} )?(?P<a>\d+(?:\.\d+)?) (?:/|:|to) (?P<b>\d+(?:\.\d+)?)(?: (?:of"
        rf"|on))? {_RR_WORDS}"
    ),
    phrase(rf"{_RR_WORDS}{_FILL} {_N}"),
    phrase(rf"{_N}(?: x)? {_RR_WORDS}"),
    phrase(rf"{_TARGET}{_FILL} (?:{_N}(?: (?:x|times|\*))*|(?P<word>twice|double|triple)){_OF_STOP}"),
    phrase(rf"{_TARGET}{_FILL} {_N} r"),
    phrase(rf"(?P<n>\d+(?:\.\d+)?) r (?:{_TARGET}|reward)"),
)


def _read_ratio(text: Text) -> StopMultiple | None:
    for pattern in _RATIOS:
        match = text.find(pattern)
        if match is None:
            continue
        ratio = _ratio_of(match.groupdict())
        if 0 < ratio <= 100:
            text.use(*match.span())
            return StopMultiple(ratio)
    return None


def _ratio_of(groups: dict[str, str | None]) -> float:
    if groups.get("word"):
        return _WORDED[str(groups["word"])]
    if groups.get("n"):
        return float(str(groups["n"]))
    low, high = sorted((float(str(groups["a"])), float(str(groups["b"]))))
    return high / low if low > 0 else 0.0


_EXIT_VERB = r"(?:exit|sell|close|closes|get out|out|cut|bail|bail out|leave|quit|dump)"
_STEPS = (
    r"(?: (?:if|when|once|it|price|i|i'm|the|trade|position|is|am|at|are|we|goes|go|get|a|of"
    r"|market|all|in|on|by|after|reach|reaches|hit|hits|me|everything|than|or))*"
)
_DOWN = r"(?:down|lose|loses|lost|losing|drops?|falls?|against|loss|loss of|minus|red|underwater)"
_UP = r"(?:up|gains?|gained|rises?|profits?|profit of|winning|wins|makes?|made|in profit|plus)"
_FROM_ENTRY = (
    r"(?: (?:from|below|above|against|of|under|over)(?: (?:the|my|our|buy|purchase|entry"
    r"|fill))* (?:entry|price|me|us|buy|fill|position))"
)
_STOP_PATTERNS = (
    phrase(
        rf"(?:an? |the |with )*{_STOP}{_FILL} {_N}{_SCALE}?(?! (?:x|times|\*|atrs?|r|bars?|candles?|day"
        rf"|hour|sigma|:|/|of equity|period))(?:{_FROM_ENTRY})?"
    ),
    phrase(
        rf"(?:an? |the |with )*{_N}{_SCALE}(?: (?:hard|fixed|tight|wide|initial|protective|max"
        rf"|maximum))* (?:{_STOP}|risk(?= (?:stop|,|and|with|$)))"
    ),
    phrase(rf"(?:an? )?{_EXIT_VERB}{_STEPS} {_DOWN}{_STEPS} {_N}{_SCALE}(?:{_FROM_ENTRY})?"),
    phrase(
        rf"(?:if|when|once){_STEPS} {_DOWN}{_STEPS} {_N}{_SCALE}{_FROM_ENTRY}?(?: (?:then|i|we"
        rf"|just))* {_EXIT_VERB}(?: (?:it|out))?"
    ),
    phrase(rf"{_EXIT_VERB}{_STEPS} {_N}{_SCALE}(?: (?:in))? (?:loss|down|below entry|under entry|drawdown)"),
)
_STOP_PATTERNS = (*_STOP_PATTERNS, phrase(rf"(?:or|and|at|a) {_N}{_SCALE} loss"))
_TARGET_PATTERNS = (
    phrase(
        rf"(?:an? |the |with )*{_TARGET}{_FILL} {_N}{_SCALE}?(?! (?:x|times|\*|atrs?|r|bars?|candles?"
        rf"|day|hour|sigma|:|/|period))(?:{_FROM_ENTRY})?"
    ),
    phrase(
        rf"(?:(?:an? |the |with )*|{_EXIT_VERB}{_STEPS} ){_N}{_SCALE}(?: (?:of|in|fixed))*"
        rf" (?:{_TARGET}|gains?|in profit|up|above entry|winner)"
    ),
    phrase(rf"{_EXIT_VERB}{_STEPS} {_UP}{_STEPS} {_N}{_SCALE}(?:{_FROM_ENTRY})?"),
    phrase(
        rf"(?:if|when|once){_STEPS} {_UP}{_STEPS} {_N}{_SCALE}{_FROM_ENTRY}?(?: (?:then|i|we"
        rf"|just))* {_EXIT_VERB}(?: (?:it|out))?"
    ),
)
_STOP_ATR = (
    phrase(rf"(?:an? |the |with )*{_STOP}{_FILL} {_N}{_TIMES}{_ATR}"),
    phrase(rf"(?:an? |the |with )*{_N}{_TIMES}{_ATR} (?:stop loss|stops?|sl)"),
    phrase(
        rf"(?:an? |the |with )*{_ATR[4:-1].strip()} (?:based )?(?:stop loss|stops?|sl){_FILL} {_N}(?: "
        r"(?:x|times|multiple|multiplier))?(?! [%])"
    ),
)
_TARGET_ATR = (
    phrase(rf"(?:an? |the |with )*{_TARGET}{_FILL} {_N}{_TIMES}{_ATR}"),
    phrase(rf"(?:an? |the |with )*{_N}{_TIMES}{_ATR} {_TARGET}"),
    phrase(rf"(?:an? |the |with )*atr (?:based )?{_TARGET}{_FILL} {_N}(?: (?:x|times))?(?! %)"),
)
_BARE_ATR_STOP = phrase(
    rf"(?:with )?(?:an? |the )?(?:atr(?: based)? (?:stop loss|stops?|sl)|{_STOP} (?:based )?(?:on|by"
    r"|with|using) (?:the )?atr)"
)
_BARE_STOP = phrase(
    r"(?:with )?(?:an? |the |my |some )?(?P<kind>tight |close |wide |hard |normal |fixed )?"
    r"(?:stop loss(?:es)?|sl|protective stops?|(?:with |use |and |has |have |a |tight |close |wide "
    r"|hard )stops?)"
    r"(?! (?:below|under|beneath|above|over|at|when|if|and reverse))"
)
_BARE_TARGET = phrase(
    r"(?:with )?(?:an? |the |my |some )?(?:tak(?:e|es|ing) profits?|tp|profit targets?)(?! (?:at|when"
    r"|if|on|near|once|after|in|into|above|below))"
)


def _read_distance(
    text: Text, patterns: tuple[re.Pattern[str], ...], atr: tuple[re.Pattern[str], ...], most: float
) -> float | AtrMultiple | None:
    multiple = _taken_atr(text, atr)
    return multiple if multiple is not None else _taken_fraction(text, patterns, most)


def _taken_atr(text: Text, patterns: tuple[re.Pattern[str], ...]) -> AtrMultiple | None:
    for pattern in patterns:
        match = text.find(pattern)
        if match is None or not 0 < float(match["n"]) <= 50:
            continue
        text.use(*match.span())
        groups = match.groupdict()
        period = int(groups.get("period") or groups.get("after") or 14)
        return AtrMultiple(float(match["n"]), period if 2 <= period <= 1000 else 14)
    return None


def _taken_fraction(text: Text, patterns: tuple[re.Pattern[str], ...], most: float) -> float | None:
    for pattern in patterns:
        for match in pattern.finditer(text.open):
            fraction = _fraction(match["n"], match["scale"])
            if 0 < fraction < most:
                text.use(*match.span())
                return fraction
    return None


def _fraction(number: str, scale: str | None) -> float:
    """2 % is 0.02; 50 bps is 0.005; a bare 0.02 is a fraction, a bare 2 is percent."""
    value = abs(float(number))
    if scale in {"bps", "basis points"}:
        return round(value / 10_000, 10)
    if scale is None and value < 0.2:
        return value
    return round(value / 100, 10)


def _assumed_stop(text: Text, reading: RiskReading) -> float | AtrMultiple | None:
    if text.take(_BARE_ATR_STOP):
        reading.assumptions.append("an ATR stop without a number: 2 times the ATR(14)")
        return AtrMultiple(_DEFAULT_ATR_STOP)
    match = text.take(_BARE_STOP)
    if match is None:
        return None
    words = match.group()
    stop = 0.01 if "tight" in words or "close" in words else 0.05 if "wide" in words else DEFAULT_STOP
    reading.assumptions.append(f"a stop without a number: {stop:.0%}")
    return stop


_WEALTH = (
    r"(?:equity|capital|account|balance|money|portfolio|funds|wallet|bankroll|cash|my money"
    r"|stake|net worth|bank)"
)
_OF_WEALTH = (
    r"(?: (?:of|from|per))?(?: (?:the|my|our|your|total|available|whole|current"
    rf"|trading))* {_WEALTH}(?: (?:balance|size|value|equity))?"
)
_PARTS_OF = {"half": 0.5, "quarter": 0.25, "third": 1 / 3, "full": 1.0, "double": 1.0}
_PER_TRADE = phrase(
    rf"(?:risk|risking|risks)(?: (?:only|at|most|max|maximum|about|just|up|to))* {_N} %(?:{_OF_WEALTH})?"
    rf" (?:per|each|every|a|on each|on every) (?:trade|position)"
)
_SIZES = (
    phrase(
        r"(?:(?:risk|risking|use|using|invest|investing|allocate|deploy|commit|put|stake|bet|trade"
        r"|spend|with|only|size"
        rf"|position size|buy|go in) )?(?:(?:of|only|is|with|at|about|around|just|max|maximum|up to) )*"
        rf"{_N} %{_OF_WEALTH}(?: (?:per|each|every|in each|on each|for each) (?:trade|position|entry"
        r"|signal))?"
    ),
    phrase(
        rf"(?:position siz(?:e|ing)|size|sizing|invest|allocate|position|exposure){_FILL} {_N} %(?: "
        r"(?:per|each|a) (?:trade|position))?"
    ),
    phrase(rf"{_N} % (?:position size|positions?|size|sizing|exposure|allocation)(?: (?:per|each) trade)?"),
)
_PART = phrase(
    r"(?:(?:risk|use|using|invest|with|at|on|trade|only|put|bet) )*(?:an? |the )?(?P<part>half|quarter"
    r"|third|full)"
    rf"(?:(?: (?:of|the|my|a))* (?:position size|size|sized|position|positions|{_WEALTH})|(?: (?:of|the"
    rf"|my))+ {_WEALTH})"
)
_ALL_IN = phrase(rf"all in|(?:with |use |invest )?(?:100 %|all)(?: of)?(?: (?:the|my))? {_WEALTH}")


def _read_size(text: Text) -> tuple[float | None, float | None]:
    """Share of the equity per position, and share of it that may be lost per trade."""
    match = text.find(_PER_TRADE)
    if match is not None and 0 < float(match["n"]) <= 100:
        text.use(*match.span())
        return None, float(match["n"]) / 100
    for pattern in _SIZES:
        match = text.find(pattern)
        if match is not None and 0 < float(match["n"]) <= 100:
            text.use(*match.span())
            return float(match["n"]) / 100, None
    match = text.take(_PART)
    if match is not None:
        return round(_PARTS_OF[match["part"]], 4), None
    return (1.0, None) if text.take(_ALL_IN) else (None, None)


_HELD = (
    phrase(
        r"(?:exit|sell|close|hold|holding|held|keep|get out|out|stay|leave|quit|and)(?: (?:it|the"
        r"|position|positions"
        rf"|trade|trades|all|them|everything|in|every|each|at|latest|automatically|long|longs|short|shorts))*"
        r"(?: (?:after|for|max(?: of)?|maximum(?: of)?|up to|at most|no longer than|no more than"
        r"|not more than|not longer than|within|only"
        rf"|exactly|a|about|around))+ {_N} (?P<unit>{UNIT})(?: (?:max|maximum|at most|at the latest"
        r"|later|passed))?"
    ),
    phrase(
        r"(?:time stop|time exit|time limit|max(?:imum)? (?:hold|holding)(?: (?:time|period))?"
        r"|holding (?:period|time))"
        rf"(?: (?:of|at|after|is|:|=))* {_N} (?P<unit>{UNIT})"
    ),
    phrase(rf"(?:hold|holding|keep)(?: (?:it|them|the|position|positions|trade))* {_N} (?P<unit>{UNIT})"),
    phrase(rf"{_N} (?P<unit>{UNIT}) (?:time stop|time exit|max hold|maximum hold|holding period|hold)"),
    phrase(
        rf"(?:exit|sell|close|get out)(?: (?:it|the|position|trade))* {_N} (?P<unit>{UNIT}) (?:later"
        r"|after (?:the )?entry)"
    ),
)


def _read_holding(text: Text, bar_minutes: int) -> int | None:
    for pattern in _HELD:
        match = text.find(pattern)
        if match is None:
            continue
        bars = bars_of(float(match["n"]), match["unit"], bar_minutes)
        if bars == int(bars) and 1 <= bars <= 100_000:
            text.use(*match.span())
            return int(bars)
    return None

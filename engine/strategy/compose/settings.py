"""Settings named one by one, `macd fast 10 slow 30 signal 7`, put into the one form that the rest reads.

It rewrites the request to `macd (10, 30, 7)` before anything else looks at it; what it does not recognise
as settings of the indicator before them stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\d+(?:\.\d+)?"
_AFTER_KEY = r"(?:\s+(?:period|length|ema|sma|ma|average|line|value|window))?\s*(?:=|:|of|is|at)?\s*"
_BETWEEN = (
    r"(?:\s|,|\(|\)|:|&|\bwith\b|\busing\b|\band\b|\ba\b|\ban\b|\bof\b|\bthe\b|\bset to\b|\bsettings?\b"
    r"|\bparameters?\b)*"
)
_KIND = r"(?:\s+(?:bands?|channels?|oscillator|indicator|strategy|system))*"
_EVENT = r"(?P<event>\s+(?:crossovers?|cross|breakouts?))?"


@dataclass(frozen=True, slots=True)
class _Setting:
    """One parameter: the words for it, and what stands when only others are named."""

    words: str
    default: str


@dataclass(frozen=True, slots=True)
class _Indicator:
    """An indicator's words and its settings in the order of the short form; `least` of them must be named."""

    words: str
    settings: tuple[_Setting, ...]
    least: int = 1


_PERIOD = r"(?:atr\s+)?(?:period|periods|length|lookback|window|atr)"
_WIDTH = r"(?:atr\s+)?(?:multiplier|multiple|mult|factor)"
_INDICATORS = (
    _Indicator("macd", (_Setting("fast", "12"), _Setting("slow", "26"), _Setting("signal", "9"))),
    _Indicator("super\\s?trend", (_Setting(_PERIOD, "10"), _Setting(_WIDTH, "3"))),
    _Indicator(
        "keltner",
        (_Setting("period|length|window|ema|sma|ma", "20"), _Setting(_WIDTH, "2"), _Setting("atr", "10")),
    ),
    _Indicator(
        "bollinger|bbands?|bb",
        (
            _Setting("period|length|window|lookback|sma|ma", "20"),
            _Setting(r"std\s?devs?|stdevs?|std|sigmas?|standard\s+deviations?|deviations?|multiplier", "2"),
        ),
        least=2,
    ),
    _Indicator(
        "stochastics?|stoch",
        (
            _Setting("%?k|period|length", "14"),
            _Setting("smooth(?:ing|ed)?|slow(?:ing)?", "3"),
            _Setting("%?d", "3"),
        ),
    ),
    _Indicator(
        "donchian|turtle", (_Setting("entry|enter|upper", "20"), _Setting("exit|lower", "10")), least=2
    ),
    _Indicator(
        "(?:simple |exponential |weighted )?moving averages?|sma|ema|wma",
        (_Setting("fast|short|quick", "20"), _Setting("slow|long", "50")),
        least=2,
    ),
)


def positional(request: str) -> str:
    """The request with named settings of an indicator written as `name (a, b, c)`."""
    for indicator in _INDICATORS:
        request = _pattern(indicator).sub(lambda match, of=indicator: _rewritten(match, of), request)
    return request


def _pattern(indicator: _Indicator) -> re.Pattern[str]:
    keys = "|".join(f"(?:{setting.words})" for setting in indicator.settings)
    pair = rf"{_BETWEEN}(?<![\w%])(?:{keys}){_AFTER_KEY}{_NUMBER}(?!\s*%|[\w.]*\d)"
    return re.compile(
        rf"\b(?P<name>{indicator.words})\b{_KIND}{_EVENT}(?P<pairs>(?:{pair})+)(?:\s*\))?", re.IGNORECASE
    )


def _rewritten(match: re.Match[str], indicator: _Indicator) -> str:
    found = [_number(setting, match["pairs"]) for setting in indicator.settings]
    if sum(value is not None for value in found) < indicator.least or found[1:].count(None) == len(found) - 1:
        return match[0]
    values = [
        setting.default if value is None else value
        for setting, value in zip(indicator.settings, found, strict=True)
    ]
    return f"{match['name']} ({', '.join(values)}){match['event'] or ''}"


def _number(setting: _Setting, pairs: str) -> str | None:
    named = re.search(rf"(?<![\w%])(?:{setting.words}){_AFTER_KEY}({_NUMBER})", pairs, re.IGNORECASE)
    return None if named is None else named[1]

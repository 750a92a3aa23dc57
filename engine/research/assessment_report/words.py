"""How an assessment's values read: checks, parameters, amounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

from engine.backtest.report.format import UNDEFINED, number, percent, plural
from engine.strategy.spec import Number

_PROPER = {"sharpe": "Sharpe"}


def known(value: float | None) -> TypeGuard[float]:
    """Whether there is a finite number."""
    return value is not None and math.isfinite(value)


def name_in_words(name: str) -> str:
    """A name as a reader meets it: `deflated_sharpe` as `Deflated Sharpe`, `symbol:x` as `Symbol x`."""
    kind, colon, which = name.partition(":")
    words = [_PROPER.get(word, word) for word in kind.split("_")]
    text = " ".join([*words, which] if colon else words)
    return text[:1].upper() + text[1:]


def amount(value: float | None) -> str:
    """A number of unknown unit: a whole one plain, a small one to two digits, others to two decimals."""
    if not known(value):
        return UNDEFINED
    if value == int(value) and abs(value) < 1e15:
        return number(value, 0)
    if abs(value) >= 0.01:
        return number(value)
    return f"{value:.2g}".replace("-", "−")


def params_in_words(params: Mapping[str, Number]) -> str:
    """`fast 20, slow 100`, or a dash."""
    return ", ".join(f"{name} {value:.6g}" for name, value in params.items()) or UNDEFINED


def span_in_words(low: float | None, high: float | None) -> str:
    """Both ends of an interval of ratios."""
    return f"{number(low)} to {number(high)}"


def likelihood(share: float | None) -> str:
    """A probability that is never rounded to certainty."""
    if known(share) and 0 < share < 0.0005:
        return "under 0.05%"
    if known(share) and 0.9995 < share < 1:
        return "over 99.95%"
    return percent(share)


def tally(parts: Mapping[str, int]) -> str:
    """`7 for, 1 against`; parts of zero are left out."""
    return ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)


def trials(count: int) -> str:
    """`1 trial`, `214 trials`."""
    return plural(count, "trial")

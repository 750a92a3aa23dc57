"""Pieces of code that are the same in every module that needs them, and the request as a comment."""

from __future__ import annotations

import re

HELPERS = {
    "crosses_above": '''def crosses_above(line, level):
    """True on the bar where line gets above level (a number or another line)."""
    gap = line - level
    return (gap > 0.0) & (gap.shift(1) <= 0.0)''',
    "crosses_below": '''def crosses_below(line, level):
    """True on the bar where line gets below level (a number or another line)."""
    gap = line - level
    return (gap < 0.0) & (gap.shift(1) >= 0.0)''',
    "midpoint": '''def midpoint(high, low, period):
    """Middle of the range of the last bars."""
    return (ta.MAX(high, timeperiod=period) + ta.MIN(low, timeperiod=period)) / 2.0''',
    "supertrend_direction": '''def supertrend_direction(high, low, close, period, multiple):
    """1.0 while the close holds above the trailing band, -1.0 while it stays below; NaN before."""
    middle = (high + low) / 2.0
    width = multiple * ta.ATR(high, low, close, timeperiod=period)
    tops, bottoms = (middle + width).to_numpy(), (middle - width).to_numpy()
    prices = close.to_numpy()
    direction = np.full(len(prices), np.nan)
    side, top, bottom = 1.0, np.nan, np.nan
    for i in range(len(prices)):
        if np.isnan(tops[i]):
            continue
        before = prices[i - 1] if i > 0 else prices[i]
        top = tops[i] if np.isnan(top) or tops[i] < top or before > top else top
        bottom = bottoms[i] if np.isnan(bottom) or bottoms[i] > bottom or before < bottom else bottom
        if side > 0.0 and prices[i] < bottom:
            side = -1.0
        elif side < 0.0 and prices[i] > top:
            side = 1.0
        direction[i] = side
    return pd.Series(direction, index=close.index)''',
}


_MAX_SHOWN = 160


def one_of(name: str, values: tuple[int, ...], size: int) -> str:
    rest = [value for value in range(size) if value not in values]
    if size == 12:
        rest = [value for value in range(1, 13) if value not in values]
    if len(rest) < len(values):
        return " & ".join(f"({name} != {value})" for value in rest) or f"{name} >= 0"
    return " | ".join(f"({name} == {value})" for value in values)


def indented(body: list[str]) -> list[str]:
    rows = [row for line in body for row in line.split("\n")]
    return [f"    {row}" if row else "" for row in rows]


_UNSAFE = re.compile(r"[^A-Za-z0-9 .,:;%/+<>=()&@#$!?*-]+")


def shown_request(request: str) -> str:
    """The request in one line of plain ASCII that can stand in a docstring: no quotes, no backslashes."""
    text = " ".join(_UNSAFE.sub(" ", request[:4_000]).split())
    return text[:_MAX_SHOWN] + (" ..." if len(text) > _MAX_SHOWN else "")

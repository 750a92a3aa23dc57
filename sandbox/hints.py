"""What to write instead: for names that are gone, named differently, or often misused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_F_STRING = 'Use an f-string, e.g. f"{x:.2f}".'
_PRINT = "print(df) shows it."
_NO_FILES = "A strategy has no files: return the DataFrame."
_NO_CLOCK = "Use df.index: a strategy has no clock."
_NO_OPTIONS = "Leave it out: nothing here depends on options."
_ATTRIBUTES = {
    "format": _F_STRING,
    "format_map": _F_STRING,
    "append": "Use pd.concat([a, b]), or a list.",
    "iteritems": "Use .items().",
    "applymap": "Use .map().",
    "mad": "Use (s - s.mean()).abs().mean().",
    "query": "Use a mask: df[df['close'] > df['open']].",
    "eval": "Write the expression in Python.",
    "info": _PRINT,
    "to_string": _PRINT,
    "to_csv": _NO_FILES,
    "to_pickle": _NO_FILES,
    "to_parquet": _NO_FILES,
    "now": _NO_CLOCK,
    "utcnow": _NO_CLOCK,
    "today": _NO_CLOCK,
    "options": _NO_OPTIONS,
    "set_option": _NO_OPTIONS,
    "option_context": _NO_OPTIONS,
    "momentum": "TA-Lib is here as ta: ta.RSI(df['close'], timeperiod=14).",
    "trend": "TA-Lib is here as ta: ta.EMA(df['close'], timeperiod=20).",
    "volatility": "TA-Lib is here as ta: ta.ATR(high, low, close, timeperiod=14).",
}
_FAILURES = {
    "unexpected keyword argument 'method'": "pandas 3 has .ffill() and .bfill().",
    "Invalid frequency: ": "Frequencies are lower case: 4h, 15min, 30s; D, W and ME stay.",
    "truth value of a ": "Combine with & | ~ and parentheses, or reduce with .any() or .all().",
    "assignment destination is read-only": "Take a copy first: .to_numpy(copy=True).",
    "cannot convert float NaN to integer": "Fill first: .fillna(0).astype(int).",
    "Cannot mask with non-boolean array": "Fill the mask first: .fillna(False).astype(bool).",
    "bad operand type for unary ~": "Make it boolean first: .fillna(False).astype(bool).",
    "Cannot compare tz-naive and tz-aware": "df.index is UTC: pd.Timestamp('2024-01-01', tz='UTC').",
    "inputs are all NaN": "The series is empty or all NaN: drop or fill it first.",
    "object is not callable": "It is a value, not a function: leave the parentheses out.",
}


def nearest(name: str, allowed: Iterable[str], prefix: str = "") -> str:
    """What to use for `name`: a known replacement, `Did you mean x?`, a short list, or nothing."""
    by_lower_case = {each.lower(): each for each in sorted(allowed)}
    if name in _ATTRIBUTES and name not in by_lower_case:
        return _ATTRIBUTES[name]
    close = difflib.get_close_matches(name.lower(), by_lower_case, 1, 0.6 if len(name) <= 5 else 0.72)
    if close:
        return f"Did you mean {prefix}{by_lower_case[close[0]]}?"
    if 0 < len(by_lower_case) <= 12:
        return f"There is {', '.join(prefix + each for each in by_lower_case.values())}."
    return ""


def failure_hint(message: str) -> str:
    """What usually mends a run that failed with `message`; empty when nothing is known."""
    return next((hint for text, hint in _FAILURES.items() if text in message), "")

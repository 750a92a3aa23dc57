"""What to write instead: for names that are gone, named differently, or often misused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_F_STRING = 'Use an f-string, e.g. f"{x:.2f}".'
_PRINT = "print(df) shows it."
_NO_FILES = "A strategy has no files: return the DataFrame."
_NO_CLOCK = "Use df.index: a strategy has no clock."
_NO_OPTIONS = "Leave it out: nothing here depends on options."
_NO_PICTURES = "A strategy draws nothing: leave it out, and give reasons in the tag column."
_ROLLING = "Use s.rolling(n).mean(), and .std(), .max(), .min() alike."
_AVERAGE = "Use s.ewm(span=n, adjust=False).mean()."
_WEEK = "Use .isocalendar().week."
_HEAD = "Compare the index: df[df.index < df.index[0] + pd.Timedelta('3D')]."
_BARS = "df holds the bars already."
_BY_NAME = "TA-Lib is here as ta: ta.RSI(df['close'], timeperiod=14)."
_LOWER_CASE = "The columns are open, high, low, close and volume, in lower case: df['close']."
_TIME_IS_THE_INDEX = "The time of the bars is df.index."
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
    "ix": "Use .loc[label] or .iloc[place].",
    "get_value": "Use .at[label, 'close'] or .iat[place, 0].",
    "lookup": "Use .to_numpy() and places.",
    "swapaxes": "Use .T.",
    "view": "Use .astype('int64').",
    "flags": "Take a copy first: .to_numpy(copy=True).",
    "int": "Use int, or np.int64.",
    "object": "Use object.",
    "str": "Use str.",
    "bool8": "Use bool.",
    "datetime": "Use pd.Timestamp, or import datetime.",
    "Panel": "Use a dict of DataFrames.",
    "attrgetter": "Use a function: lambda x: x.name.",
    "methodcaller": "Use a function: lambda x: x.mean().",
    "encode": "Leave text as it is.",
    **dict.fromkeys(("Int64Index", "Float64Index", "UInt64Index"), "Use pd.Index([...])."),
    **dict.fromkeys(("rolling_mean", "rolling_std", "rolling_max", "rolling_min"), _ROLLING),
    **dict.fromkeys(("ewma", "ewmstd"), _AVERAGE),
    **dict.fromkeys(("week", "weekofyear"), _WEEK),
    **dict.fromkeys(("first", "last"), _HEAD),
    **dict.fromkeys(("plot", "hist", "boxplot", "style"), _NO_PICTURES),
    **dict.fromkeys(("read_csv", "read_parquet", "read_json", "load", "loadtxt", "genfromtxt"), _BARS),
    **dict.fromkeys(("ta", "abstract", "stream"), _BY_NAME),
    **dict.fromkeys(("Open", "High", "Low", "Close", "Volume"), _LOWER_CASE),
    "to_csv": _NO_FILES,
    "to_pickle": _NO_FILES,
    "to_parquet": _NO_FILES,
    "now": _NO_CLOCK,
    "utcnow": _NO_CLOCK,
    "today": _NO_CLOCK,
    "options": _NO_OPTIONS,
    "set_option": _NO_OPTIONS,
    "option_context": _NO_OPTIONS,
    "momentum": _BY_NAME,
    "trend": "TA-Lib is here as ta: ta.EMA(df['close'], timeperiod=20).",
    "volatility": "TA-Lib is here as ta: ta.ATR(high, low, close, timeperiod=14).",
}
_UTC = "df.index is UTC: pd.Timestamp('2024-01-01', tz='UTC')."
_TIME_PERIOD = (
    "TA-Lib's names are timeperiod=, fastperiod=, slowperiod=, signalperiod=, nbdevup= and the like."
)
_PLACES = "Places run from 0 to len(x) - 1; guard the first and the last bars."
_LENGTH = "Give len(df) values, or a Series on df.index."
_TIME_COLUMNS = ("Date", "date", "Datetime", "datetime", "Timestamp", "timestamp", "time", "open_time")
_FAILURES = {
    "unexpected keyword argument 'method'": "pandas 3 has .ffill() and .bfill().",
    "Invalid frequency: ": "Frequencies are lower case: 4h, 15min, 30s; D and W stay; M is ME, Q is QE.",
    "truth value of a ": "Combine with & | ~ and parentheses, or reduce with .any() or .all().",
    "assignment destination is read-only": "Take a copy first: .to_numpy(copy=True).",
    "cannot convert float NaN to integer": "Fill first: .fillna(0).astype(int).",
    "Cannot mask with non-boolean array": "Fill the mask first: .fillna(False).astype(bool).",
    "bad operand type for unary ~": "Make it boolean first: .fillna(False).astype(bool).",
    "Cannot compare tz-naive and tz-aware": _UTC,
    "inputs are all NaN": "The series is empty or all NaN: drop or fill it first.",
    "object is not callable": "It is a value, not a function: leave the parentheses out.",
    "Invalid comparison between dtype=datetime64": _UTC,
    "Cannot convert non-finite values": "Fill first: .fillna(0).astype(int).",
    "Already tz-aware": "df.index is UTC: .tz_convert('Europe/London'), or .tz_localize(None).",
    "No time zone found": "Names are such as 'Europe/London', 'America/New_York' and 'UTC'.",
    "TA_BAD_PARAM": "A parameter is out of its range: most periods are whole numbers from 2 to 100000.",
    "Parameter '": "Pass df['close'] and its kin, then the parameters by name: timeperiod=14.",
    "unexpected keyword argument 'period'": _TIME_PERIOD,
    "unexpected keyword argument 'length'": _TIME_PERIOD,
    "unexpected keyword argument 'window'": _TIME_PERIOD,
    "unexpected keyword argument 'axis'": "pandas 3 has no axis= here: work on df.T.",
    "input array lengths are different": "Pass Series of df, or arrays cut alike.",
    "window must be an integer": "Make it whole: int(n).",
    "Inclusive has to be": "Write inclusive='both'.",
    "fill_method must be None": "Leave it out, and .ffill() first where there are gaps.",
    "Invalid fill method": "Write method='ffill'.",
    "out-of-bounds": _PLACES,
    "out of bounds": _PLACES,
    "index out of range": _PLACES,
    "ZeroDivisionError": "Guard it: x / y if y else 0.0.",
    "Length of values": _LENGTH,
    "must be of the same length": _LENGTH,
    "concat() takes 1 positional": "Give a list: pd.concat([a, b], axis=1).",
    "not found in axis": "Name columns: df.drop(columns=['x']).",
    "either both or neither of x and y": "np.where takes three: np.where(mask, a, b).",
    "duplicate labels": "Drop repeated labels first: s[~s.index.duplicated()].",
    "identically-labeled": "Align first: b.reindex(a.index).",
    "Invalid value '": "The column has another type: create it with that type, e.g. df['x'] = 0.0 or ''.",
    "RecursionError": "Use a loop.",
    **dict.fromkeys(
        (f"KeyError: '{name}'" for name in ("Open", "High", "Low", "Close", "Volume")), _LOWER_CASE
    ),
    **dict.fromkeys((f"KeyError: '{name}'" for name in _TIME_COLUMNS), _TIME_IS_THE_INDEX),
    "KeyError: ": "df has open, high, low, close and volume; params has the names that PARAMS declares.",
}


def nearest(name: str, allowed: Iterable[str], prefix: str = "") -> str:
    """What to use for `name`: a known replacement, `Did you mean x?`, a short list, or nothing."""
    by_lower_case = {each.lower(): each for each in sorted(allowed)}
    if name in _ATTRIBUTES and name not in allowed:
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

"""The modules that a strategy may import, by name, and what to say about the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from sandbox.classes import ClassMaker
from sandbox.facades import standard
from sandbox.facades.arrays import numpy_facade
from sandbox.facades.base import Facade, members_of
from sandbox.facades.frames import pandas_facade
from sandbox.facades.indicators import talib_facade
from sandbox.facades.typing_names import abstract_collections_facade, array_typing_facade, typing_facade

PRESENT = {"np": "numpy", "pd": "pandas", "math": "math", "ta": "talib"}
_INSIDE = (
    *(
        "numpy.linalg",
        "numpy.random",
        "numpy.fft",
        "numpy.lib",
        "numpy.lib.stride_tricks",
        "numpy.exceptions",
    ),
    *("numpy.polynomial", "numpy.polynomial.polynomial"),
)
_PANDAS_INSIDE = (
    *("pandas.offsets", "pandas.tseries", "pandas.tseries.offsets", "pandas.api", "pandas.api.types"),
    "pandas.errors",
)


@cache
def _fixed() -> Mapping[str, Facade]:
    found = {
        "numpy": numpy_facade(),
        "pandas": pandas_facade(),
        "talib": talib_facade(),
        "math": standard.math_facade(),
        "typing": typing_facade(),
        "typing_extensions": typing_facade(),
        "numpy.typing": array_typing_facade(),
        "collections": standard.collections_facade(),
        "collections.abc": abstract_collections_facade(),
        "itertools": standard.itertools_facade(),
        "statistics": standard.statistics_facade(),
        "operator": standard.operator_facade(),
        "datetime": standard.datetime_facade(),
        "copy": standard.copy_facade(),
        "contextlib": standard.contextlib_facade(),
        "numbers": standard.numbers_facade(),
        "heapq": standard.heapq_facade(),
        "bisect": standard.bisect_facade(),
        "enum": standard.enum_facade(),
        "abc": standard.abc_facade(),
        "warnings": standard.warnings_facade(),
        "textwrap": standard.textwrap_facade(),
        "string": standard.string_facade(),
        "decimal": standard.decimal_facade(),
        "fractions": standard.fractions_facade(),
        "zoneinfo": standard.zoneinfo_facade(),
        "pytz": standard.pytz_facade(),
    }
    return {**found, **{path: _inner(found, path) for path in (*_INSIDE, *_PANDAS_INSIDE)}}


def _inner(found: Mapping[str, Facade], path: str) -> Facade:
    first, *rest = path.split(".")
    facade = found[first]
    for name in rest:
        facade = members_of(facade)[name]
    return facade


def modules(show: Callable[..., None], maker: ClassMaker) -> dict[str, Facade]:
    """Every module by its name; `show` prints to the log of the run, `maker` makes its classes."""
    own = {
        "logging": standard.logging_facade(show),
        "dataclasses": standard.dataclasses_facade(maker.dataclass),
        "functools": standard.functools_facade(maker.total_ordering),
        "types": standard.types_facade(maker.namespace()),
    }
    return {**_fixed(), **own}


@cache
def known_modules() -> Mapping[str, Facade]:
    """The same for the checker, which only asks for names."""
    return modules(print, ClassMaker(set()))


_OTHER_INDICATORS = "Write `import talib as ta`: TA-Lib is here as `ta`."
_MACHINE = "A strategy sees df and params, and nothing of the machine."
_NUMERIC = "Use numpy, pandas or talib."
_PICTURES = "A strategy draws nothing: leave it out."
_BARS = "The bars are in df."
_ENGINE = "Return the signals: Edgewright runs them."
_TEXT = "Use text methods: .split(), .startswith(), .replace()."
_PRINT = "Print the values; the log is kept."
_NUMERICAL = (
    *("scipy", "sklearn", "statsmodels", "numba", "torch", "tensorflow", "xgboost", "lightgbm"),
    *("polars", "dask", "arch", "hmmlearn", "pykalman", "pywt"),
)
_HINTS = {
    "ta": _OTHER_INDICATORS,
    "pandas_ta": _OTHER_INDICATORS,
    "finta": _OTHER_INDICATORS,
    "tulipy": _OTHER_INDICATORS,
    "random": "Use np.random.default_rng(seed).",
    "time": "Use df.index: a strategy has no clock.",
    "talib": "Call the function itself: ta.RSI(df['close'], timeperiod=14).",
    "re": _TEXT,
    "json": _PRINT,
    "traceback": _PRINT,
    **dict.fromkeys(_NUMERICAL, _NUMERIC),
    **dict.fromkeys(("os", "sys", "subprocess", "socket", "pathlib", "io", "shutil", "pickle"), _MACHINE),
    **dict.fromkeys(("threading", "multiprocessing", "concurrent", "asyncio", "joblib", "gc"), _MACHINE),
    **dict.fromkeys(("matplotlib", "plotly", "seaborn", "mplfinance", "bokeh"), _PICTURES),
    **dict.fromkeys(("yfinance", "ccxt", "requests", "pandas_datareader", "binance", "pybit"), _BARS),
    **dict.fromkeys(("vectorbt", "backtrader", "backtesting", "zipline", "freqtrade"), _ENGINE),
}


def import_hint(name: str) -> str:
    """What to write instead of importing `name`."""
    first = name.split(".")[0]
    return _HINTS.get(first, "numpy, pandas, math, talib, typing, dataclasses and collections are here.")

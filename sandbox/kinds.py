"""Which list of attributes belongs to which type."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import fractions
import functools
import re
import statistics
import types
from typing import Any

import numpy as np
import pandas as pd
from pandas.core import indexing
from pandas.core.arrays import ExtensionArray
from pandas.core.groupby import GroupBy
from pandas.core.indexes.accessors import Properties
from pandas.core.resample import Resampler
from pandas.core.strings.accessor import StringMethods
from pandas.core.window.rolling import BaseWindow

Kind = type[Any]

_INDEXERS: Any = indexing
_SERIES: Any = pd.Series
# First match along a type's method resolution order decides, so a subclass may stand beside its base.
LABELS: dict[Kind, str] = {
    pd.Series: "Series",
    pd.DataFrame: "DataFrame",
    pd.Index: "Index",
    pd.DatetimeIndex: "DatetimeIndex",
    pd.TimedeltaIndex: "TimedeltaIndex",
    pd.PeriodIndex: "PeriodIndex",
    pd.MultiIndex: "MultiIndex",
    pd.RangeIndex: "RangeIndex",
    pd.IntervalIndex: "IntervalIndex",
    pd.CategoricalIndex: "CategoricalIndex",
    Properties: "times",
    StringMethods: "texts",
    pd.Categorical: "categories",
    _SERIES.cat: "categories",
    BaseWindow: "window",
    GroupBy: "groups",
    Resampler: "groups",
    _INDEXERS._LocIndexer: "indexer",
    _INDEXERS._iLocIndexer: "indexer",
    _INDEXERS._AtIndexer: "indexer",
    _INDEXERS._iAtIndexer: "indexer",
    decimal.Decimal: "decimal",
    fractions.Fraction: "fraction",
    np.ndarray: "ndarray",
    ExtensionArray: "extension array",
    np.str_: "str",
    np.generic: "numpy number",
    np.dtype: "dtype",
    pd.api.extensions.ExtensionDtype: "dtype",
    np.ufunc: "ufunc",
    np.poly1d: "poly1d",
    np.polynomial.Polynomial: "polynomial",
    np.finfo: "limits",
    np.iinfo: "limits",
    np.random.Generator: "random numbers",
    np.random.RandomState: "random numbers",
    pd.Timestamp: "Timestamp",
    pd.Timedelta: "Timedelta",
    pd.Period: "Period",
    pd.Interval: "Interval",
    pd.offsets.BaseOffset: "offset",
    str: "str",
    int: "number",
    float: "number",
    complex: "number",
    list: "list",
    tuple: "tuple",
    dict: "dict",
    types.MappingProxyType: "dict",
    set: "set",
    frozenset: "set",
    collections.deque: "deque",
    collections.ChainMap: "chain of dicts",
    range: "range",
    slice: "slice",
    re.Match: "match",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "duration",
    datetime.tzinfo: "zone",
    statistics.NormalDist: "normal distribution",
    dataclasses.Field: "field",
    types.GeneratorType: "generator",
    BaseException: "exception",
    property: "property",
    type(functools.lru_cache(abs)): "cached function",
}
CLASS_LABELS: dict[Kind, str] = {
    pd.DataFrame: "DataFrame",
    pd.MultiIndex: "MultiIndex",
    pd.IntervalIndex: "IntervalIndex",
    pd.Timestamp: "Timestamp",
    pd.Timedelta: "Timedelta",
    np.polynomial.Polynomial: "Polynomial",
    statistics.NormalDist: "NormalDist",
    datetime.datetime: "datetime",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "Timedelta",
    datetime.timezone: "datetime",
    dict: "dict",
    collections.OrderedDict: "dict",
    str: "str",
    float: "float",
}

TABULAR: tuple[Kind, ...] = (pd.DataFrame, pd.Series, GroupBy, Resampler, BaseWindow, np.recarray, np.record)
_UNNAMED: tuple[Kind, ...] = (
    pd.DatetimeIndex,
    pd.RangeIndex,
    pd.TimedeltaIndex,
    pd.PeriodIndex,
    pd.IntervalIndex,
)


def label_of(kind: Kind) -> str | None:
    """The key of `kind` in `sandbox.attributes.INSTANCES`; None when nothing of it may be read."""
    return next((LABELS[base] for base in kind.__mro__ if base in LABELS), None)


def is_one(target: Any, *kinds: Kind) -> bool:
    """isinstance."""
    return isinstance(target, kinds)


def is_kind(kind: Kind, *kinds: Kind) -> bool:
    """issubclass."""
    return issubclass(kind, kinds)


def has_label(target: Any, name: str) -> bool:
    """Whether `name` is a column of a table, group or window, a label of a row, or a field of a record."""
    if is_one(target, np.recarray, np.record):
        return name in (target.dtype.names or ())
    if is_one(target, pd.Series):
        return not is_one(target.index, *_UNNAMED) and name in target.index
    frame = target if is_one(target, pd.DataFrame) else target.obj
    return is_one(frame, pd.DataFrame) and name in frame.columns

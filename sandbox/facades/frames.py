"""`pd`: pandas without readers, writers, options, plotting, evaluation and the modules behind it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sandbox.facades.base import Facade, only_isinstance, pick
from sandbox.function_names import check_pivot_function

_KINDS = """
DataFrame Series Index DatetimeIndex RangeIndex TimedeltaIndex PeriodIndex IntervalIndex
CategoricalIndex Timestamp Timedelta Period Interval Categorical CategoricalDtype DateOffset Grouper
IndexSlice NamedAgg NA NaT Int64Dtype Int32Dtype Float64Dtype BooleanDtype StringDtype
"""
_FUNCTIONS = """
concat merge merge_asof merge_ordered isna isnull notna notnull cut qcut to_numeric to_datetime to_timedelta
date_range bdate_range period_range timedelta_range interval_range get_dummies factorize unique infer_freq
melt pivot array
"""
_OFFSETS = """
DateOffset Day Hour Minute Second Milli Week MonthEnd MonthBegin QuarterEnd QuarterBegin YearEnd YearBegin
BusinessDay BDay BMonthEnd BMonthBegin WeekOfMonth LastWeekOfMonth
"""
_TYPE_QUESTIONS = """
is_numeric_dtype is_float_dtype is_integer_dtype is_bool_dtype is_datetime64_any_dtype is_datetime64_dtype
is_string_dtype is_object_dtype is_list_like is_scalar is_number is_float is_integer is_bool is_dict_like
"""


def pandas_facade() -> Facade:
    """`pd`."""
    questions = Facade("pd.api.types", pick(pd.api.types, _TYPE_QUESTIONS))
    offsets = Facade("pd.offsets", pick(pd.offsets, _OFFSETS))
    members: dict[str, Any] = {
        **pick(pd, _KINDS),
        **pick(pd, _FUNCTIONS),
        # Its constructor takes positions into its levels, and can be told (or tricked) not to check them.
        "MultiIndex": only_isinstance(pd.MultiIndex),
        "pivot_table": check_pivot_function(pd.pivot_table, 4),
        "offsets": offsets,
        "tseries": Facade("pd.tseries", {"offsets": offsets}),
        "api": Facade("pd.api", {"types": questions}),
    }
    return Facade("pd", members)

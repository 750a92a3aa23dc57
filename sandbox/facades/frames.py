"""`pd`: pandas without readers, writers, options, plotting, evaluation and the modules behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from types import ModuleType
from typing import Any, cast

import pandas as pd

from sandbox.facades.base import Facade, only_isinstance, pick
from sandbox.function_names import check_pivot_function
from sandbox.refusal import NotAvailable
from sandbox.words import words

_KINDS = """
DataFrame Series Index DatetimeIndex RangeIndex TimedeltaIndex PeriodIndex IntervalIndex
CategoricalIndex Timestamp Timedelta Period Interval Categorical CategoricalDtype DateOffset Grouper
IndexSlice NamedAgg NA NaT Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype
UInt64Dtype Float32Dtype Float64Dtype BooleanDtype StringDtype DatetimeTZDtype PeriodDtype IntervalDtype
"""
_FUNCTIONS = """
concat merge merge_asof merge_ordered isna isnull notna notnull cut qcut to_numeric to_datetime to_timedelta
date_range bdate_range period_range timedelta_range interval_range get_dummies factorize unique infer_freq
melt pivot array wide_to_long lreshape from_dummies
"""
_OFFSETS = """
DateOffset Day Hour Minute Second Milli Week MonthEnd MonthBegin QuarterEnd QuarterBegin YearEnd YearBegin
BusinessDay BDay BMonthEnd BMonthBegin WeekOfMonth LastWeekOfMonth Micro Nano SemiMonthBegin SemiMonthEnd
BusinessMonthBegin BusinessMonthEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd HalfYearBegin HalfYearEnd
BHalfYearBegin BHalfYearEnd BusinessHour CustomBusinessDay CustomBusinessHour CDay CBMonthBegin CBMonthEnd
CustomBusinessMonthBegin CustomBusinessMonthEnd Easter FY5253 FY5253Quarter
"""
_TYPE_QUESTIONS = """
is_numeric_dtype is_float_dtype is_integer_dtype is_bool_dtype is_datetime64_any_dtype is_datetime64_dtype
is_string_dtype is_object_dtype is_list_like is_scalar is_number is_float is_integer is_bool is_dict_like
is_any_real_numeric_dtype is_array_like is_complex is_complex_dtype is_datetime64_ns_dtype is_dtype_equal
is_extension_array_dtype is_hashable is_interval_dtype is_iterator is_named_tuple is_period_dtype
is_signed_integer_dtype is_timedelta64_dtype is_timedelta64_ns_dtype is_unsigned_integer_dtype infer_dtype
union_categoricals CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype
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
        "crosstab": check_pivot_function(pd.crosstab, 5),
        "set_option": _no_option,
        "reset_option": _no_option,
        "option_context": _no_option_context,
        "errors": Facade("pd.errors", _exceptions(pd.errors)),
        "offsets": offsets,
        "tseries": Facade("pd.tseries", {"offsets": offsets}),
        "api": Facade("pd.api", {"types": questions}),
    }
    return Facade("pd", members)


def shows_only(option: object) -> bool:
    """True for an option that changes what is shown, not what is computed; setting one does nothing here."""
    return type(option) is str and (option in _HARMLESS_OPTIONS or option.split(".")[0] == "display")


_SHOWN = "max_rows max_columns max_colwidth width precision float_format expand_frame_repr min_rows"
_HARMLESS_OPTIONS = words(_SHOWN, "mode.chained_assignment future.no_silent_downcasting")


def _no_option(*given: object, **_named: object) -> None:
    """Accepted and without effect for options that only show; the others belong to the process.

    Raises:
        NotAvailable: an option that would change what is computed.
    """
    settings = cast(dict[object, object], given[0]) if given and isinstance(given[0], dict) else given[::2]
    for option in settings:
        if not shows_only(option):
            raise NotAvailable(
                f"The option {str(option)[:40]} is not available in strategies.", "Leave it out."
            )


def _exceptions(module: ModuleType) -> dict[str, Any]:
    found = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {
        name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, Exception)
    }


@contextlib.contextmanager
def _no_option_context(*given: object) -> Generator[None]:
    _no_option(*given)
    yield

"""Attributes that strategies may read, type by type. What is not listed here is refused.

Nothing listed reads or writes a file, evaluates text, hands out a module or a class of the library's
interior, touches memory without bounds, or changes a global. Methods that take names of functions are
listed like the others; `sandbox.function_names` wraps them.
"""

from __future__ import annotations

from sandbox.words import words

_ARITHMETIC = """
add sub subtract mul multiply div divide truediv floordiv mod pow radd rsub rmul rdiv rtruediv rfloordiv rmod
rpow eq ne lt le gt ge dot
"""
_COMMON = """
T abs add_prefix add_suffix agg aggregate align all any apply asfreq asof astype at at_time axes
between_time bfill clip combine combine_first compare convert_dtypes copy corr count cov cummax cummin
cumprod cumsum describe diff drop drop_duplicates droplevel dropna dtypes duplicated empty equals ewm
expanding explode ffill fillna filter first_valid_index get groupby head iat idxmax idxmin iloc index
infer_objects interpolate isin isna isnull items keys kurt kurtosis last_valid_index loc map mask max mean
median memory_usage min mode ndim nlargest notna notnull nsmallest nunique pct_change pipe pop prod product
quantile rank reindex reindex_like rename rename_axis reorder_levels replace resample reset_index rolling
round sample sem set_axis shape shift size skew sort_index sort_values squeeze std sum swaplevel tail take
to_dict to_numpy to_period to_string to_timestamp transform transpose truncate tz_convert tz_localize
unstack update value_counts values var where xs
"""
_SERIES = """
argmax argmin argsort array autocorr between cat divmod dt dtype factorize hasnans is_monotonic_decreasing
is_monotonic_increasing is_unique item list name nbytes rdivmod repeat searchsorted str to_frame to_list
tolist
unique case_when
"""
_FRAME = """
assign columns corrwith insert isetitem iterrows itertuples join melt merge pivot pivot_table select_dtypes
set_index stack to_records
"""
_INDEX = """
T all any append argmax argmin argsort array asof asof_locs astype copy delete diff difference drop
drop_duplicates droplevel dropna dtype duplicated empty equals factorize fillna get_indexer get_indexer_for
get_indexer_non_unique get_level_values get_loc get_slice_bound groupby has_duplicates hasnans identical
infer_objects inferred_type insert intersection is_ is_monotonic_decreasing is_monotonic_increasing
is_unique isin isna isnull item join map max memory_usage min name names nbytes ndim nlevels notna notnull
nunique putmask ravel reindex rename repeat round searchsorted set_names shape shift size slice_indexer
slice_locs sort_values sortlevel str symmetric_difference take to_flat_index to_frame to_list to_numpy
to_series tolist transpose union unique value_counts values where
"""
_TIME_FIELDS = """
year month day hour minute second microsecond nanosecond quarter date time timetz dayofweek day_of_week
weekday dayofyear day_of_year days_in_month daysinmonth is_leap_year is_month_start is_month_end
is_quarter_start is_quarter_end is_year_start is_year_end day_name month_name isocalendar normalize floor ceil
round strftime tz tz_convert tz_localize to_period to_pydatetime to_julian_date as_unit unit
"""
_TIME_INDEX = """
freq freqstr inferred_freq indexer_at_time indexer_between_time is_normalized mean std snap tzinfo resolution
asi8
"""
_DURATIONS = """
days seconds microseconds nanoseconds components total_seconds floor ceil round to_pytimedelta as_unit unit
"""
_DURATION_INDEX = "mean median std sum freq freqstr inferred_freq resolution asi8"
_PERIODS = """
asfreq year month day hour minute second quarter qyear week weekofyear weekday dayofweek day_of_week dayofyear
day_of_year days_in_month daysinmonth start_time end_time is_leap_year strftime to_timestamp freq freqstr
ordinal asi8 is_full resolution
"""
_LEVELS = """
codes dtypes equal_levels get_loc_level get_locs levels levshape remove_unused_levels reorder_levels
sortorder swaplevel truncate
"""
_RANGE = "start stop step"
_INTERVALS = """
left right mid length closed closed_left closed_right open_left open_right overlaps contains is_empty
is_overlapping is_non_overlapping_monotonic set_closed to_tuples
"""
_CATEGORIES = """
argsort count describe dropna dtype equals factorize fillna isin isna isnull item max min nbytes ndim notna
notnull repeat searchsorted sort_values take
codes categories ordered add_categories remove_categories rename_categories reorder_categories
set_categories remove_unused_categories as_ordered as_unordered tolist to_numpy astype shape size value_counts
map unique copy
"""
_WINDOW = """
agg aggregate apply corr count cov first kurt last max mean median min nunique pipe quantile rank sem skew std
sum var ndim adjust alpha center closed com halflife ignore_na min_periods on span step window
"""
_GROUPS = """
agg aggregate all any apply bfill corr corrwith count cov cumcount cummax cummin cumprod cumsum describe
diff dtype ewm expanding ffill filter first get_group groups head idxmax idxmin indices kurt last max mean
median min ndim ngroup ngroups nlargest nsmallest nth nunique ohlc pct_change pipe prod quantile rank
resample rolling sample sem shift size skew std sum tail take transform unique value_counts var
is_monotonic_increasing is_monotonic_decreasing asfreq interpolate nearest
"""
_TEXTS = """
capitalize casefold cat center contains count endswith extract extractall find findall fullmatch get
get_dummies index isalnum isalpha isascii isdecimal isdigit islower isnumeric isspace istitle isupper join len
ljust lower lstrip match pad partition removeprefix removesuffix repeat replace rfind rindex rjust rpartition
rsplit rstrip slice slice_replace split startswith strip swapcase title upper zfill normalize
translate wrap
"""
_ARRAY = """
T all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy cumprod cumsum
diagonal dot dtype fill flat flatten imag item itemsize mT max mean min nbytes ndim nonzero partition prod
put ravel real repeat reshape round searchsorted shape size sort squeeze std sum swapaxes take tolist trace
transpose var
"""
_NUMBER = """
real imag conjugate is_integer bit_length bit_count numerator denominator as_integer_ratio hex
"""
_NUMPY_NUMBER = """
T all any argmax argmin argsort astype clip compress conj copy cumprod cumsum dtype flatten imag is_integer
item itemsize max mean min nbytes ndim nonzero prod ravel real repeat reshape round searchsorted shape size
squeeze std sum swapaxes take tolist transpose var
"""
_STAMP = """
week weekofyear value timestamp isoformat isoweekday replace to_datetime64 to_numpy asm8 utcoffset tzinfo fold
toordinal timetuple astimezone dst tzname combine ctime max min resolution utctimetuple
"""
_TEXT = """
capitalize casefold center count endswith expandtabs find index isalnum isalpha isascii isdecimal isdigit
isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip partition
removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith
strip swapcase title translate upper zfill
"""
_DECIMAL = """
adjusted as_integer_ratio as_tuple compare copy_abs copy_negate copy_sign exp fma is_finite is_infinite is_nan
is_signed is_zero ln log10 max min normalize quantize remainder_near scaleb sqrt to_integral to_integral_value
"""
_LIST = "append clear copy count extend index insert pop remove reverse sort"
_DICT = "clear copy fromkeys get items keys pop popitem setdefault update values"
_SET = """
add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset
issuperset pop remove symmetric_difference symmetric_difference_update union update
"""
_DATE = """
year month day hour minute second microsecond weekday isoweekday isocalendar isoformat date time timetz
replace timestamp toordinal strftime tzinfo utcoffset astimezone timetuple week fold ctime dst tzname max min
resolution utctimetuple
"""


_ALIKE = """
T all any argmax argmin argsort count dropna duplicated equals factorize fillna isin item kurt max mean median
min nbytes notna prod ravel repeat reshape round searchsorted sem shift skew sort std sum swapaxes take
transpose value_counts var
"""
_EXTENSION = "astype copy dtype isna shape size to_numpy tolist unique ndim"
_DTYPE = """
name kind itemsize categories ordered tz unit char alignment byteorder freq hasobject isnative names num ndim
shape str subtype closed
"""
_LIMITS = """
eps epsneg max min tiny resolution bits dtype smallest_normal smallest_subnormal iexp key kind machep maxexp
minexp negep nexp nmant precision
"""
_DRAWS = """
beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic
lognormal logseries multinomial multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal
pareto permutation poisson power random rayleigh shuffle standard_cauchy standard_exponential standard_gamma
standard_normal standard_t triangular uniform vonmises wald weibull zipf
"""
_OFFSET = """
n name freqstr rollback rollforward is_on_offset nanos normalize copy kwds rule_code
"""


# The keys are names that `sandbox.guards` gives to the types it knows.
INSTANCES: dict[str, frozenset[str]] = {
    "Series": words(_COMMON, _ARITHMETIC, _SERIES),
    "DataFrame": words(_COMMON, _ARITHMETIC, _FRAME),
    "Index": words(_INDEX),
    "DatetimeIndex": words(_INDEX, _TIME_FIELDS, _TIME_INDEX),
    "TimedeltaIndex": words(_INDEX, _DURATIONS, _DURATION_INDEX),
    "PeriodIndex": words(_INDEX, _PERIODS),
    "MultiIndex": words(_INDEX, _LEVELS),
    "RangeIndex": words(_INDEX, _RANGE),
    "IntervalIndex": words(_INDEX, _INTERVALS),
    "CategoricalIndex": words(_INDEX, _CATEGORIES),
    "times": words(_TIME_FIELDS, _PERIODS, _DURATIONS),
    "texts": words(_TEXTS),
    "categories": words(_CATEGORIES),
    "window": words(_WINDOW),
    "groups": words(_GROUPS),
    "indexer": frozenset(),
    "ndarray": words(_ARRAY),
    "extension array": words(_EXTENSION, _ALIKE),
    "numpy number": words(_NUMPY_NUMBER, _NUMBER),
    "dtype": words(_DTYPE),
    "ufunc": words("reduce accumulate outer reduceat at identity nargs nin nout ntypes signature types"),
    "poly1d": words("coeffs coefficients coef c deriv integ roots r order o variable"),
    "polynomial": words(
        "coef convert copy degree deriv domain integ linspace mapparms roots trim truncate window"
    ),
    "limits": words(_LIMITS),
    "random numbers": words(
        _DRAWS, "integers multivariate_hypergeometric permuted rand randn randint random_sample seed"
    ),
    "Timestamp": words(_TIME_FIELDS, _STAMP),
    "Timedelta": words(
        _DURATIONS, "value isoformat to_numpy to_timedelta64 asm8 max min resolution resolution_string"
    ),
    "Period": words(_PERIODS),
    "Interval": words(_INTERVALS),
    "offset": words(_OFFSET),
    "zone": words("dst key tzname utcoffset"),
    "str": words(_TEXT, "maketrans"),
    "number": words(_NUMBER),
    "decimal": words(_DECIMAL),
    "fraction": words("numerator denominator limit_denominator as_integer_ratio is_integer"),
    "list": words(_LIST),
    "tuple": words("count index"),
    "dict": words(_DICT, "move_to_end most_common elements subtract total"),
    "chain of dicts": words(_DICT, "maps new_child parents"),
    "set": words(_SET),
    "deque": words(_LIST, "appendleft popleft extendleft rotate maxlen"),
    "range": words(_RANGE, "count index"),
    "slice": words(_RANGE),
    "match": words("group groups start end span"),
    "datetime": words(_DATE),
    "duration": words("days seconds microseconds total_seconds max min resolution"),
    "normal distribution": words("cdf inv_cdf mean median mode overlap pdf quantiles stdev variance zscore"),
    "field": words("name default"),
    "generator": words("send close"),
    "exception": words("args"),
    "property": words("setter getter"),
    "cached function": words("cache_clear"),
}

CLASSES: dict[str, frozenset[str]] = {
    "DataFrame": words("from_dict from_records"),
    "NormalDist": words("from_samples"),
    "Polynomial": words("basis fit fromroots identity"),
    "MultiIndex": words("from_arrays from_tuples from_product from_frame"),
    "IntervalIndex": words("from_breaks from_arrays from_tuples"),
    "Timestamp": words("min max fromtimestamp fromisoformat fromisocalendar fromordinal strptime combine"),
    "Timedelta": words("min max resolution"),
    "datetime": words(
        "min max resolution fromtimestamp fromisoformat fromisocalendar fromordinal strptime combine utc"
    ),
    "dict": words("fromkeys"),
    "str": words(_TEXT, "maketrans"),
    "float": words("is_integer"),
}

COLUMNS_SETTABLE = frozenset({"index", "columns", "name", "names"})
EVERY_ATTRIBUTE: frozenset[str] = frozenset[str]().union(*INSTANCES.values(), *CLASSES.values())

"""Public names that strategies may not read, type by type; what is in no list is undecided."""

from __future__ import annotations

_FILES = """
to_clipboard to_csv to_excel to_feather to_hdf to_html to_iceberg to_json to_latex to_markdown to_orc
to_parquet to_pickle to_sql to_stata to_xarray to_xml
"""
_PICTURES = "plot hist boxplot style"
_STATE = "attrs flags set_flags info"
_MEMORY = """
base byteswap ctypes data device dump dumps flags getfield resize setfield setflags strides to_device tobytes
tofile view
"""
_OF_ITS_CLASS = (
    "from_arrays from_breaks from_fields from_frame from_ordinals from_product from_range from_tuples"
)
_INDEX = f"{_OF_ITS_CLASS} view replace mean"  # `replace` and some means only raise
_INDEXES = """
Index DatetimeIndex TimedeltaIndex PeriodIndex MultiIndex RangeIndex IntervalIndex CategoricalIndex
"""
_DATE = """
now today utcnow fromisocalendar fromisoformat fromordinal fromtimestamp strptime utcfromtimestamp combine
"""

REFUSED_ATTRIBUTES: dict[str, str] = {
    "Series": f"{_FILES} {_PICTURES} {_STATE} from_arrow struct",
    "DataFrame": f"{_FILES} {_PICTURES} {_STATE} from_arrow from_dict from_records eval query select",
    **dict.fromkeys(_INDEXES.split(), _INDEX),
    "MultiIndex": f"{_INDEX} set_codes set_levels",
    "texts": "decode encode",
    "categories": """
        T argmax argmin check_for_ordered delete duplicated from_codes insert interpolate memory_usage ravel
        reshape round set_ordered shift sort swapaxes transpose view
    """,
    "window": "exclusions method obj online times win_type",
    "groups": f"{_PICTURES} ax binner",
    "ndarray": _MEMORY,
    "extension array": "delete insert interpolate map view",
    "numpy number": f"{_MEMORY} choose diagonal fill flat fromhex put sort trace",
    "dtype": """
        base construct_array_type construct_from_string descr empty fields flags index_class is_dtype
        isalignedstruct isbuiltin metadata na_value newbyteorder reset_cache subdtype type update_dtype
        validate_categories validate_ordered
    """,
    "ufunc": "resolve_dtypes",
    "random numbers": "bit_generator bytes get_state random_integers set_state spawn tomaxint",
    "Timestamp": _DATE,
    "Timedelta": "view",
    "Period": "now",
    "offset": """
        base calendar holidays offset weekmask is_month_end is_month_start is_quarter_end is_quarter_start
        is_year_end is_year_start
    """,  # the last six read through a None and end the process
    "str": "encode format format_map",
    "number": "from_bytes to_bytes fromhex",
    "datetime": _DATE,
}

REFUSED_MEMBERS: dict[str, str] = {
    "numpy": """
        ScalarType asmatrix bmat broadcast busdaycalendar bytes_ clongdouble common_type complex256
        datetime_data flatiter float128 from_dlpack frombuffer fromfile fromregex fromstring genfromtxt
        get_include get_printoptions getbufsize geterrcall info little_endian load loadtxt matrix
        may_share_memory memmap mintypecode nditer nested_iters recarray record row_stack save savetxt savez
        savez_compressed sctypeDict setbufsize seterrcall show_config show_runtime test typecodes typename
        void
    """,
    "numpy.linalg": "",
    "numpy.fft": "",
    "numpy.random": """
        BitGenerator MT19937 PCG64 PCG64DXSM Philox SFC64 SeedSequence bytes get_state random_integers
        set_state
    """,
    "pandas": """
        ArrowDtype ExcelFile ExcelWriter Flags HDFStore NamedFunc SparseDtype col describe_option eval
        get_option json_normalize options read_clipboard read_csv read_excel read_feather read_fwf read_hdf
        read_html read_iceberg read_json read_orc read_parquet read_pickle read_sas read_spss read_sql
        read_sql_query read_sql_table read_stata read_table read_xml set_eng_float_format show_versions test
        to_pickle
    """,
    "math": "",
    "itertools": "",
    "operator": "attrgetter call methodcaller",
    "statistics": "",
    "heapq": "",
}

"""`np`: numpy without files, memory tricks, native code, global hooks and unseeded randomness."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import numpy.fft
import numpy.lib.stride_tricks
import numpy.polynomial

from sandbox.facades.base import Facade, only_isinstance, pick
from sandbox.kinds import is_one

_CONSTANTS = "nan inf pi e euler_gamma newaxis True_ False_"
_TYPES = """
float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool bool_ int_ intp double single
longlong complex64 complex128 datetime64 timedelta64 str_ object_ generic number integer floating
signedinteger unsignedinteger inexact dtype finfo iinfo ufunc byte ubyte short ushort intc uintc uint uintp
long ulong ulonglong half longdouble character flexible complexfloating csingle cdouble
"""
_CREATE = """
array asarray asanyarray ascontiguousarray zeros ones empty full zeros_like ones_like full_like empty_like
arange linspace logspace geomspace eye identity diag tri tril triu vander meshgrid fromiter fromfunction
indices copy atleast_1d atleast_2d atleast_3d broadcast_to broadcast_arrays broadcast_shapes astype
asarray_chkfinite asfortranarray diagflat diag_indices diag_indices_from tril_indices tril_indices_from
triu_indices triu_indices_from mask_indices require i0
"""
_SHAPE = """
reshape ravel transpose swapaxes moveaxis expand_dims squeeze concatenate stack vstack hstack dstack
column_stack split array_split hsplit vsplit append insert delete repeat tile roll flip fliplr flipud rot90
pad resize trim_zeros shape ndim size diagonal concat block dsplit permute_dims rollaxis unstack
matrix_transpose
"""
_LOGIC = """
where select choose piecewise isnan isfinite isinf isnat isclose allclose array_equal array_equiv isin
logical_and logical_or logical_not logical_xor all any equal not_equal greater greater_equal less less_equal
bitwise_and bitwise_or bitwise_xor bitwise_not invert left_shift right_shift iscomplexobj isrealobj isscalar
isreal iscomplex signbit isneginf isposinf iterable issubdtype can_cast result_type promote_types
min_scalar_type isdtype bitwise_count bitwise_invert bitwise_left_shift bitwise_right_shift packbits
unpackbits
"""
_MATH = """
abs absolute fabs sign sqrt cbrt square exp exp2 expm1 log log1p log2 log10 power float_power sin cos tan
arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh degrees radians deg2rad rad2deg hypot
floor ceil round around rint fix trunc mod fmod remainder divmod floor_divide divide true_divide add
subtract multiply negative positive reciprocal maximum minimum fmax fmin clip copysign ldexp frexp modf
nextafter heaviside nan_to_num real imag conj conjugate angle sinc logaddexp logaddexp2 gcd lcm interp pow
acos acosh asin asinh atan atan2 atanh real_if_close spacing unwrap
"""
_REDUCE = """
sum prod mean average std var median max min amax amin ptp percentile quantile argmax argmin cumsum cumprod
diff ediff1d gradient trapezoid nansum nanprod nanmean nanstd nanvar nanmedian nanmax nanmin nanargmax
nanargmin nancumsum nancumprod nanpercentile nanquantile count_nonzero nonzero flatnonzero argwhere
cumulative_sum cumulative_prod histogram histogram_bin_edges histogram2d histogramdd bincount digitize
corrcoef cov correlate convolve
"""
_ORDER = """
sort sort_complex argsort lexsort partition argpartition searchsorted unique unique_all unique_counts
unique_inverse unique_values union1d intersect1d setdiff1d setxor1d extract
compress take take_along_axis put put_along_axis unravel_index ravel_multi_index copyto putmask place
fill_diagonal index_exp isfortran shares_memory ix_ ndenumerate ndindex s_ mgrid ogrid
"""
_ALGEBRA = """
dot matmul matvec vecmat vecdot inner outer vdot cross kron tensordot einsum einsum_path trace polyfit
polyval polyder polyint polyadd polysub polymul polydiv roots poly poly1d hanning hamming blackman bartlett
kaiser apply_along_axis apply_over_axes vectorize frompyfunc errstate array2string array_str array_repr
base_repr binary_repr format_float_positional format_float_scientific datetime_as_string busday_count
busday_offset is_busday
"""
_LINALG = """
lstsq solve inv pinv norm det slogdet eig eigh eigvals eigvalsh svd svdvals qr cholesky matrix_rank
matrix_power cond cross diagonal matmul matrix_norm matrix_transpose multi_dot outer tensordot tensorinv
tensorsolve trace vecdot vector_norm LinAlgError
"""
_FFT = """
fft ifft rfft irfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift
ifftshift
"""
_POLYNOMIAL = (
    "polyfit polyval polyder polyint polyadd polysub polymul polydiv polyroots polyfromroots polypow"
)
_DISTRIBUTIONS = """
beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace
logistic lognormal logseries multinomial multivariate_normal negative_binomial noncentral_chisquare
noncentral_f normal pareto permutation poisson power rand randint randn random random_sample rayleigh
shuffle standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular uniform
vonmises wald weibull zipf
"""
_WARNINGS = "RankWarning ComplexWarning VisibleDeprecationWarning AxisError DTypePromotionError TooHardError"


def numpy_facade() -> Facade:
    """`np`."""
    groups = (_CONSTANTS, _TYPES, _CREATE, _SHAPE, _LOGIC, _MATH, _REDUCE, _ORDER, _ALGEBRA)
    members: dict[str, Any] = {}
    for names in groups:
        members |= pick(np, names)
    tricks = pick(numpy.lib.stride_tricks, "sliding_window_view")
    members |= {
        "ndarray": only_isinstance(np.ndarray),
        **dict.fromkeys(("seterr", "geterr"), _no_settings),
        "set_printoptions": _no_printing,
        "printoptions": _no_printing_here,
        "r_": _Joined(np.r_),
        "c_": _Joined(np.c_),
        "linalg": Facade("np.linalg", pick(np.linalg, _LINALG)),
        "exceptions": Facade("np.exceptions", pick(np.exceptions, _WARNINGS)),
        "polynomial": _polynomial(),
        "fft": Facade("np.fft", pick(numpy.fft, _FFT)),
        "random": Facade("np.random", _random()),
        "lib": Facade("np.lib", {"stride_tricks": Facade("np.lib.stride_tricks", tricks)}),
    }
    return Facade("np", members)


class _Joined:
    """`np.r_` and `np.c_` without their text forms, which look names up in the caller's frame."""

    __slots__ = ("_join",)

    def __init__(self, join: Any) -> None:
        self._join = join

    def __getitem__(self, key: Any) -> Any:
        first: Any = key[0] if is_one(key, tuple) and len(key) else key
        if isinstance(first, str):
            raise TypeError("np.r_ and np.c_ take numbers and arrays here, not text.")
        return self._join[key]


def _polynomial() -> Facade:
    functions = Facade("np.polynomial.polynomial", pick(numpy.polynomial.polynomial, _POLYNOMIAL))
    members = {"polynomial": functions, "Polynomial": numpy.polynomial.Polynomial}
    return Facade("np.polynomial", members)


def _no_settings(*_arguments: str, **_settings: str) -> dict[str, str]:
    """Accepted and without effect: floating-point warnings are off, and no hook can be set."""
    return {}


def _no_printing(*_arguments: object, **_settings: object) -> None:
    """Accepted and without effect: how numbers are shown belongs to the process."""


@contextmanager
def _no_printing_here(*_arguments: object, **_settings: object) -> Generator[None]:
    yield


_global_state = np.random.RandomState(0)


@contextmanager
def seeded() -> Generator[None]:
    """Random numbers start at seed 0 within, for `np.random` and for pandas' `sample`; numpy's own stay."""
    outside: Any = np.random.get_state()
    _global_state.seed(0)
    np.random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(outside)


def _random() -> dict[str, Any]:
    """Seeded numbers only, so that a run can be repeated: the same seed 0 where none is given."""
    state = _global_state

    def default_rng(seed: object = None) -> np.random.Generator:
        if seed is not None and not isinstance(seed, int | np.integer):
            raise TypeError("default_rng takes a whole number as its seed.")
        return np.random.default_rng(0 if seed is None else int(cast(int, seed)))

    def seed(value: int | None = 0) -> None:
        state.seed(value or 0)

    def random_state(value: int | None = 0) -> np.random.RandomState:
        return np.random.RandomState(value or 0)

    drawn = {name: getattr(state, name) for name in _DISTRIBUTIONS.split()}
    drawn |= dict.fromkeys(("sample", "ranf"), state.random_sample)
    kinds = {"Generator": only_isinstance(np.random.Generator)}
    return {**drawn, **kinds, "default_rng": default_rng, "seed": seed, "RandomState": random_state}

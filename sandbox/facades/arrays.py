"""`np`: numpy without files, memory tricks, native code, global hooks and unseeded randomness."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import numpy.fft
import numpy.lib.stride_tricks

from sandbox.facades.base import Facade, only_isinstance, pick
from sandbox.kinds import is_one

_CONSTANTS = "nan inf pi e euler_gamma newaxis True_ False_"
_TYPES = """
float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool bool_ int_ intp double single
longlong complex64 complex128 datetime64 timedelta64 str_ object_ generic number integer floating
signedinteger unsignedinteger inexact dtype finfo iinfo ufunc
"""
_CREATE = """
array asarray asanyarray ascontiguousarray zeros ones empty full zeros_like ones_like full_like empty_like
arange linspace logspace geomspace eye identity diag tri tril triu vander meshgrid fromiter fromfunction
indices copy atleast_1d atleast_2d broadcast_to broadcast_arrays
"""
_SHAPE = """
reshape ravel transpose swapaxes moveaxis expand_dims squeeze concatenate stack vstack hstack dstack
column_stack split array_split hsplit vsplit append insert delete repeat tile roll flip fliplr flipud rot90
pad resize trim_zeros shape ndim size diagonal concat
"""
_LOGIC = """
where select choose piecewise isnan isfinite isinf isnat isclose allclose array_equal array_equiv isin
logical_and logical_or logical_not logical_xor all any equal not_equal greater greater_equal less less_equal
bitwise_and bitwise_or bitwise_xor bitwise_not invert left_shift right_shift iscomplexobj isrealobj isscalar
isreal iscomplex signbit isneginf isposinf iterable issubdtype can_cast result_type
"""
_MATH = """
abs absolute fabs sign sqrt cbrt square exp exp2 expm1 log log1p log2 log10 power float_power sin cos tan
arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh degrees radians deg2rad rad2deg hypot
floor ceil round around rint fix trunc mod fmod remainder divmod floor_divide divide true_divide add subtract
multiply negative positive reciprocal maximum minimum fmax fmin clip copysign ldexp frexp modf nextafter
heaviside nan_to_num real imag conj angle sinc logaddexp logaddexp2 gcd lcm interp
"""
_REDUCE = """
sum prod mean average std var median max min amax amin ptp percentile quantile argmax argmin cumsum cumprod
diff ediff1d gradient trapezoid nansum nanprod nanmean nanstd nanvar nanmedian nanmax nanmin nanargmax
nanargmin nancumsum nancumprod nanpercentile nanquantile count_nonzero nonzero flatnonzero argwhere
histogram histogram_bin_edges histogram2d bincount digitize corrcoef cov correlate convolve
"""
_ORDER = """
sort argsort lexsort partition argpartition searchsorted unique union1d intersect1d setdiff1d setxor1d extract
compress take take_along_axis put_along_axis unravel_index ravel_multi_index copyto putmask place
fill_diagonal ix_ ndenumerate ndindex s_ mgrid ogrid
"""
_ALGEBRA = """
dot matmul inner outer vdot cross kron tensordot einsum trace polyfit polyval polyder polyint polyadd polysub
polymul roots poly poly1d hanning hamming blackman bartlett kaiser apply_along_axis vectorize errstate
array2string array_str datetime_as_string busday_count is_busday
"""
_LINALG = """
lstsq solve inv pinv norm det slogdet eig eigh eigvals eigvalsh svd qr cholesky matrix_rank matrix_power cond
LinAlgError
"""
_FFT = "fft ifft rfft irfft fft2 ifft2 fftfreq rfftfreq fftshift ifftshift"
_DISTRIBUTIONS = """
rand randn randint random random_sample uniform normal standard_normal choice permutation shuffle exponential
lognormal poisson binomial beta gamma standard_t triangular laplace
"""


def numpy_facade() -> Facade:
    """`np`."""
    groups = (_CONSTANTS, _TYPES, _CREATE, _SHAPE, _LOGIC, _MATH, _REDUCE, _ORDER, _ALGEBRA)
    members: dict[str, Any] = {}
    for names in groups:
        members |= pick(np, names)
    tricks = pick(numpy.lib.stride_tricks, "sliding_window_view")
    members |= {
        "ndarray": only_isinstance(np.ndarray),
        "seterr": _seterr,
        "r_": _Joined(np.r_),
        "c_": _Joined(np.c_),
        "linalg": Facade("np.linalg", pick(np.linalg, _LINALG)),
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


def _seterr(**_settings: str) -> dict[str, str]:
    """Accepted and without effect: floating-point warnings are off, and no hook can be set."""
    return {}


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
    kinds = {"Generator": only_isinstance(np.random.Generator)}
    return {**drawn, **kinds, "default_rng": default_rng, "seed": seed, "RandomState": random_state}

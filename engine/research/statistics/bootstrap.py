"""The stationary bootstrap: histories of blocks of random length, which keep what a period tells of the next.

Papers: Politis & Romano, "The Stationary Bootstrap", Journal of the American Statistical Association 89(428),
1994; block length: Politis & White, "Automatic Block-Length Selection for the Dependent Bootstrap",
Econometric Reviews 23(1), 2004, with the correction by Patton, Politis & White, 28(4), 2009.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.research.statistics.sharpe import sharpe_ratio

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Lags = NDArray[np.intp]

RUNS = 1000
MIN_PERIODS = 10
_BAND = 2.0  # deviations within which an autocorrelation counts as none
_CELLS = 1 << 20  # indices made at once
_ROUNDING = 1e-20  # a variance below this share of the mean square is none


def block_length(returns: Floats) -> float:
    """Mean block length that fits float64[n] best, in periods; 1 for independent ones."""
    return float(block_lengths(returns[:, None])[0])


def block_lengths(returns: Floats) -> Floats:
    """The same for each column of float64[periods, sets]: from 1 to the lesser of 3 root n and n / 3.

    The lags that count are twice the first lag after which the autocorrelation stays within its band for a
    while; their flat-top window and the constants are those of the papers.
    """
    n, sets = len(returns), int(returns.shape[1])
    if n < MIN_PERIODS:
        return np.ones(sets)
    calm = max(5, math.ceil(math.log10(n)))
    lags = min(math.ceil(math.sqrt(n)) + calm, n - 1)
    covariance = autocovariances(returns, lags)
    band = _BAND * math.sqrt(math.log10(n) / n) * covariance[0]
    reach = np.minimum(2 * _last_lag(np.abs(covariance[1:]) >= band, calm), lags)
    lag = np.arange(lags + 1)[:, None]
    window = np.clip(2.0 * (1.0 - lag / reach), 0.0, 1.0) * np.where(lag > 0, 2.0, 1.0)
    slope = (window * lag * covariance).sum(axis=0)
    spectrum = (window * covariance).sum(axis=0)
    ratio = np.divide(slope, spectrum, out=np.zeros(sets), where=spectrum != 0.0)
    return np.clip(np.cbrt(ratio**2 * n), 1.0, math.ceil(min(3.0 * math.sqrt(n), n / 3.0)))


def _last_lag(notable: NDArray[np.bool_], calm: int) -> Lags:
    """The lag that opens the first `calm` lags that are not notable, else the last notable one; by column."""
    runs = np.lib.stride_tricks.sliding_window_view(notable, calm, axis=0)
    quiet = np.logical_not(runs.any(axis=2))
    last: Lags = len(notable) - np.argmax(notable[::-1], axis=0)
    first: Lags = np.argmax(quiet, axis=0) + 1
    return np.where(quiet.any(axis=0), first, last)


def autocovariances(returns: Floats, lags: int) -> Floats:
    """Autocovariance (over n) of every column at lag 0 to `lags`, float64[lags + 1, sets]."""
    n = len(returns)
    centred = returns - returns.mean(axis=0)
    return np.stack([(centred[lag:] * centred[: n - lag]).sum(axis=0) / n for lag in range(lags + 1)])


def long_run_variances(returns: Floats, mean_block: float) -> Floats:
    """Variance of root n times the mean of a stationary resample of each row of float64[rows, n], exactly.

    Politis & Romano 1994, lemma 1: the autocovariances, weighted by how likely a block that may wrap around
    the end keeps two periods together.
    """
    n = int(returns.shape[1])
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(returns - returns.mean(axis=1, keepdims=True), size, axis=1)
    covariance = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=1)[:, :n] / n
    lag = np.arange(n)
    stay = 1.0 - 1.0 / mean_block
    weight = 2.0 * ((1.0 - lag / n) * stay**lag + lag / n * stay ** (n - lag))
    weight[0] = 1.0
    variance: Floats = covariance @ weight
    return np.where(variance > _ROUNDING * np.mean(returns**2, axis=1), variance, 0.0)


def stationary_indices(n: int, mean_block: float, runs: int, rng: np.random.Generator) -> Indices:
    """Places of the periods of resampled histories, int32[runs, n]; blocks wrap around the end."""
    begins = rng.random((runs, n), dtype=np.float32) < 1.0 / mean_block
    begins[:, 0] = True
    first = np.flatnonzero(begins.ravel())
    offset = rng.integers(0, n, len(first), dtype=np.int32) - (first % n).astype(np.int32)
    places = np.repeat(offset, np.diff(first, append=runs * n)).reshape(runs, n)
    places += np.arange(n, dtype=np.int32)
    places[places >= n] -= n
    return places


def resamples(n: int, mean_block: float, runs: int, rng: np.random.Generator) -> Iterator[Indices]:
    """The same in portions that fit into little memory."""
    at_once = max(1, _CELLS // max(1, n))
    for done in range(0, runs, at_once):
        yield stationary_indices(n, mean_block, min(at_once, runs - done), rng)


def resampled_means(returns: Floats, mean_block: float, runs: int, rng: np.random.Generator) -> Floats:
    """Means of resampled histories of all columns together, float64[runs, sets]; n >= 1."""
    n = len(returns)
    means: list[Floats] = []
    for places in resamples(n, mean_block, runs, rng):
        rows = len(places)
        cell = places + np.arange(0, rows * n, n)[:, None]
        times = np.bincount(cell.ravel(), minlength=rows * n).reshape(rows, n)
        means.append(times.astype(np.float64) @ returns / n)
    return np.concatenate(means)


def sharpe_interval(
    returns: Floats, seed: int, level: float = 0.9, runs: int = RUNS
) -> tuple[float, float] | None:
    """Interval of the Sharpe ratio per period of float64[n] at a level: percentiles of resamples.

    None where the ratio is undefined, or below `MIN_PERIODS` periods.
    """
    if len(returns) < MIN_PERIODS or sharpe_ratio(returns) is None:
        return None
    rng = np.random.default_rng(seed)
    length = block_length(returns)
    ratios = np.concatenate(
        [_row_ratios(returns[places]) for places in resamples(len(returns), length, runs, rng)]
    )
    low, high = np.nanquantile(ratios, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)


def _row_ratios(rows: Floats) -> Floats:
    """Sharpe ratios of float64[runs, n]; NaN where a resample does not vary."""
    n = rows.shape[1]
    mean = rows.mean(axis=1)
    squares = np.einsum("ij,ij->i", rows, rows)
    variance = (squares - n * mean**2) / (n - 1)
    varies = variance > 1e-12 * squares / n
    deviation = np.sqrt(variance, out=np.ones_like(variance), where=varies)
    return np.where(varies, mean / deviation, math.nan)

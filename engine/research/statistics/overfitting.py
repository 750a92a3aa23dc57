"""Probability of back-test over-fitting by combinatorially symmetric cross-validation (CSCV).

The periods are cut into an even number of blocks. Every half of the blocks chooses the set with the best
Sharpe ratio, and the other half says where that set ranks there. A choice that means something stays above
the median.

Paper: Bailey, Borwein, Lopez de Prado & Zhu, "The Probability of Backtest Overfitting", Journal of
Computational Finance 20(4), 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput

Floats = NDArray[np.float64]

BLOCKS = 16
MIN_BLOCKS = 4
MIN_BLOCK_PERIODS = 5
_CELLS = 1 << 19  # splits x sets looked at at once: stays in the processor's cache
_ROUNDING = 1e-12  # a variance below this share of the mean square is none


@dataclass(frozen=True, slots=True, eq=False)
class Overfitting:
    """What CSCV finds; the figures are None, and there is no split, where the data does not suffice.

    Attributes:
        sets: parameter sets compared.
        blocks: blocks of periods.
        probability: share of splits whose best set inside is at or below the median outside.
        probability_of_loss: share of splits whose best set inside has a Sharpe ratio below 0 outside.
        slope: of the best set's Sharpe ratio outside on that inside (performance degradation).
        logits: float64[splits], log odds of the rank outside; 0 is the median.
    """

    sets: int
    blocks: int
    probability: float | None
    probability_of_loss: float | None
    slope: float | None
    logits: Floats

    @property
    def splits(self) -> int:
        """Number of ways to choose half of the blocks that were tried."""
        return len(self.logits)


def overfitting(returns: Floats, blocks: int = BLOCKS) -> Overfitting:
    """CSCV over the returns of all sets of a search, float64[periods, sets].

    Periods beyond a multiple of the blocks are left out at the beginning. With fewer than five periods a
    block there are fewer blocks; with fewer than four blocks or two sets, no figures. A set that does not
    move in a half has a ratio of 0 there.

    Raises:
        InvalidInput: `blocks` is odd or below 4.
    """
    if blocks < MIN_BLOCKS or blocks % 2:
        raise InvalidInput(f"{blocks} blocks cannot be halved.", "Give an even number from 4 on.")
    periods, sets = returns.shape
    blocks = min(blocks, periods // MIN_BLOCK_PERIODS // 2 * 2)
    if blocks < MIN_BLOCKS or sets < 2:
        return Overfitting(sets, 0, None, None, None, np.empty(0))
    inside, outside, rank = _splits(_block_sums(returns, blocks), periods // blocks)
    odds: Floats = rank / (sets + 1.0)
    logits: Floats = np.log(odds / (1.0 - odds))
    return Overfitting(
        sets=sets,
        blocks=blocks,
        probability=float(np.mean(logits <= 0.0)),
        probability_of_loss=float(np.mean(outside < 0.0)),
        slope=_slope(inside, outside),
        logits=logits,
    )


def _block_sums(returns: Floats, blocks: int) -> Floats:
    """Sums and sums of squares by block, float64[2, blocks, sets], of returns with a mean square of 1."""
    periods, sets = returns.shape
    length = periods // blocks
    cut = returns[periods - length * blocks :].reshape(blocks, length, sets)
    size = np.sqrt(np.mean(cut**2, axis=(0, 1)))
    cut = np.divide(cut, size, out=np.zeros_like(cut), where=size > 0.0)
    return np.stack([cut.sum(axis=1), (cut**2).sum(axis=1)])


def _splits(sums: Floats, block_periods: int) -> tuple[Floats, Floats, Floats]:
    """For every split: Sharpe ratio inside of the best, its ratio outside, its rank outside (1 is the worst).

    A half and its complement are two splits; both are worked out together.
    """
    blocks, sets = sums.shape[1:]
    halves = _halves_with_the_first(blocks)
    totals = sums.sum(axis=1)
    periods = block_periods * blocks // 2
    found: list[Floats] = []
    step = max(1, _CELLS // sets)
    for start in range(0, len(halves), step):
        chosen = halves[start : start + step]
        one = chosen @ sums[0], chosen @ sums[1]
        this = _sharpe(*one, periods)
        other = _sharpe(totals[0] - one[0], totals[1] - one[1], periods)
        found += [_best(this, other), _best(other, this)]
    rows: Floats = np.concatenate(found, axis=1)
    return rows[0], rows[1], rows[2]


def _halves_with_the_first(blocks: int) -> Floats:
    """Every half of the blocks that contains the first, as rows of 0 and 1."""
    rest = np.array(list(combinations(range(1, blocks), blocks // 2 - 1)))
    halves = np.zeros((len(rest), blocks))
    halves[:, 0] = 1.0
    halves[np.arange(len(rest))[:, None], rest] = 1.0
    return halves


def _sharpe(total: Floats, squares: Floats, periods: int) -> Floats:
    variance = (squares - total**2 / periods) / (periods - 1)
    moves = variance > _ROUNDING * np.maximum(squares / periods, _ROUNDING)
    deviation = np.sqrt(variance, out=np.ones_like(variance), where=moves)
    return np.where(moves, total / periods / deviation, 0.0)


def _best(inside: Floats, outside: Floats) -> Floats:
    """Inside, outside and rank of each split's best set; equal ones share the middle of their ranks."""
    row = np.arange(len(inside))
    best = np.argmax(inside, axis=1)
    there = outside[row, best]
    below = np.count_nonzero(outside < there[:, None] - _ROUNDING, axis=1)
    not_above = np.count_nonzero(outside <= there[:, None] + _ROUNDING, axis=1)
    return np.stack([inside[row, best], there, (below + 1 + not_above) / 2.0])


def _slope(x: Floats, y: Floats) -> float | None:
    centred: Floats = (
        x - x.mean()
    )  # sums, not dot products, whose last digit depends on the number of threads
    spread = float(np.sum(centred**2))
    return float(np.sum(centred * (y - y.mean()))) / spread if spread > _ROUNDING else None

"""What the parts of an assessment found, as JSON: one type per subject, made where it is measured.

Sharpe ratios are annual unless a name says otherwise; returns, shares and drawdowns are fractions; times ISO
8601 UTC. `engine.research.assessment.document` puts them together.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.research.model_parts import Part
from engine.strategy.spec import Number


class SharpePart(Part):
    """The Sharpe ratio and how far it can be believed."""

    annual: float | None
    low: float | None = Field(description="5% end of its interval by the stationary bootstrap.")
    high: float | None = Field(description="95% end.")
    periods: int
    period: str = Field(description="Length of a period, e.g. 1d.")
    years: float | None = Field(default=None, description="Length of all periods.")
    skewness: float | None
    kurtosis: float | None = Field(description="3 for the normal distribution.")
    probabilistic: float | None = Field(description="Probability that the true ratio is above 0.")
    expected_maximum: float | None = Field(description="What the best of the trials shows by luck alone.")
    deflated: float | None = Field(description="Probability that the true ratio is above that.")
    chance_of_best: float | None = Field(
        default=None, description="Chance that the best of as many trials without skill shows this."
    )
    minimum_track_record_years: float | None = Field(description="Length that this ratio would need.")


class TrialsPart(Part):
    """What the ledger holds about this strategy and its asset."""

    base_asset: str
    on_asset: int = Field(description="Distinct trials on the asset's research part.")
    effective_on_asset: int = Field(description="Independent ones among them.")
    in_lineage: int = Field(description="Trials of this idea with its copies.")
    effective_in_lineage: int
    effective: int = Field(description="The number that deflates the verdict.")
    effective_beyond_market: int | None = Field(
        default=None, description="The same where the market is taken out of the returns; never less."
    )
    lineage: str = Field(description="Id of the lineage.")
    members: tuple[str, ...] = Field(description="Names of the strategies in it.")
    holdout_openings: int = Field(description="Openings of the asset's holdout so far, by any lineage.")
    holdout_allowance: int
    holdout_opened_by_lineage: bool
    read_past_holdout: tuple[str, ...] = Field(description="Reads by market tools past it, newest first.")


class OverfittingPart(Part):
    """What combinatorially symmetric cross-validation finds among the trials of the search."""

    sets: int
    blocks: int
    splits: int
    probability: float | None = Field(description="Share of splits whose best is below the median outside.")
    probability_of_loss: float | None = Field(description="Share of splits whose best loses outside.")
    slope: float | None = Field(description="Of the Sharpe ratio outside on that inside.")
    superior_p: float | None = Field(description="Hansen's SPA: p of no set being better than flat.")


class FoldPart(Part):
    """One step of a walk-forward."""

    train_start: str
    train_end: str
    test_start: str
    test_end: str
    params: dict[str, Number]
    sharpe_train: float | None
    sharpe_test: float | None
    return_test: float


class WalkForwardPart(Part):
    """Parameters chosen on the past only, judged on what came after."""

    kind: Literal["anchored", "rolling"]
    sets: int = Field(description="Parameter sets to choose from.")
    purged_periods: int
    embargo_periods: int
    folds: tuple[FoldPart, ...]
    sharpe: float | None = Field(description="Of all test parts put together.")
    total_return: float
    efficiency: float | None = Field(description="Annual return in the tests over that in the trainings.")
    share_positive: float
    probability: float | None = Field(
        default=None, description="Probability that the true ratio of the test parts is above 0."
    )


class AlphaPart(Part):
    """What it earns beyond its share of the market."""

    annual: float = Field(description="Mean return a year that the market does not explain.")
    beta: float = Field(description="Units of market held on average.")
    score: float = Field(description="Over its standard error.")
    chance: float = Field(description="Chance that the best of as many trials without skill scores this.")


class StressRow(Part):
    """The strategy under one other condition."""

    name: str = Field(description="e.g. costs_x2, one_bar_later, stop_first, symbol:bybit:linear:ETHUSDT")
    said: str = Field(description="The condition in words.")
    sharpe: float | None
    total_return: float
    max_drawdown: float
    trades: int


class NeighboursPart(Part):
    """Parameter sets one step around the chosen one."""

    sets: int
    median_sharpe: float | None
    worst_sharpe: float | None
    share_profitable: float | None


class RandomEntriesPart(Part):
    """The same number of entries at random moments, with the same sides, holding times, sizes and costs."""

    runs: int
    mean_sharpe: float | None
    deviation: float | None
    percentile: float | None = Field(description="Share of random runs that the strategy beats.")
    score: float | None = Field(description="Deviations above their mean.")
    chance: float | None = Field(
        default=None, description="Chance that the best of as many trials without skill scores this."
    )


class CapacityPoint(Part):
    """Sharpe ratio at a start equity under the impact model."""

    capital: float
    sharpe: float | None


class CapacityPart(Part):
    """The capital at which the Sharpe ratio has halved under the square-root law of impact."""

    points: tuple[CapacityPoint, ...]
    capital: float | None = Field(description="Null where it did not halve up to the largest tried.")
    said: str


class RegimeRow(Part):
    """Performance while the market was of one kind, known at the time."""

    regime: Literal["trend_up", "trend_down", "range", "high_volatility"]
    share_of_bars: float
    total_return: float
    sharpe: float | None
    trades: int


class ConePoint(Part):
    """Quantiles of the growth since now (0 is none) some days on."""

    day: int
    low: float
    lower_quarter: float
    median: float
    upper_quarter: float
    high: float


class ForecastPart(Part):
    """What the past leads one to expect of the days after the window: 90% of outcomes lie in low..high."""

    days: int
    low: float
    median: float
    high: float
    cone: tuple[ConePoint, ...]
    said: str


class MonteCarloPart(Part):
    """What another order of the trades, or missing some of them, would have made of it."""

    runs: int
    drawdown_median: float | None
    drawdown_95: float | None = Field(description="Drawdown that 5% of orders exceed.")
    missed_share: float
    return_5_with_missed: float | None = Field(
        description="5% end of the return with trades missed at random."
    )


class HeatMapPart(Part):
    """Sharpe ratio over two parameters, the best of the others: `values[y][x]`."""

    x: str
    y: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]


class LedgerRow(Part):
    """One trial of the lineage."""

    trial_id: str
    strategy: str
    interval: str
    params: dict[str, Number]
    sharpe: float | None
    run_id: str | None
    created: str

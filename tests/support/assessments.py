"""Assessments to look at and to test with: a rich one, and one in which nothing could be measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.market.interval import DAY_MS, format_instant, parse_instant
from engine.research.artifacts import EquityCurve
from engine.research.assessment.document import Assessment, Reason
from engine.research.document import DataPart, StrategyPart, VersionsPart
from engine.research.findings import (
    CapacityPart,
    CapacityPoint,
    ConePoint,
    FoldPart,
    ForecastPart,
    HeatMapPart,
    LedgerRow,
    MonteCarloPart,
    NeighboursPart,
    OverfittingPart,
    RandomEntriesPart,
    RegimeRow,
    SharpePart,
    StressRow,
    TrialsPart,
    WalkForwardPart,
)
from engine.research.model_parts import FixedSlippagePart
from engine.research.setup_parts import CostsPart, TradingPart

START, END = "2021-01-01T00:00:00Z", "2024-01-01T00:00:00Z"


def rich_assessment(**changes: Any) -> Assessment:
    """An assessment in which every part is filled; `changes` replace whole parts."""
    return Assessment(**{**_parts(), **changes})


def bare_assessment(**changes: Any) -> Assessment:
    """An assessment of a run too short to measure anything: every part that may be missing is."""
    nothing = {
        "verdict": "not enough evidence",
        "reasons": (),
        "params": {},
        "sharpe": SharpePart(
            annual=None,
            low=None,
            high=None,
            periods=0,
            period="1d",
            skewness=None,
            kurtosis=None,
            probabilistic=None,
            expected_maximum=None,
            deflated=None,
            minimum_track_record_years=None,
        ),
        "overfitting": None,
        "walk_forward": (),
        "random_entries": None,
        "neighbours": None,
        "stress": (),
        "capacity": None,
        "monte_carlo": None,
        "regimes": (),
        "forecast": None,
        "heat_map": None,
        "ledger": (),
        "buy_and_hold_sharpe": None,
        "lookahead": "not asked",
        "warnings": (),
    }
    return rich_assessment(**{**nothing, **changes})


def equity_curve(days: int = 400, seed: int = 3) -> EquityCurve:
    """An equity curve of daily closes up to the end of the assessment's data."""
    returns = np.random.default_rng(seed).normal(0.0012, 0.018, days)
    equity = 10_000 * np.cumprod(1 + returns)
    close = parse_instant(END) - DAY_MS * np.arange(days)[::-1]
    return EquityCurve(close.astype(np.int64), equity, np.full(days, 10_000.0))


def reasons() -> tuple[Reason, ...]:
    """One reason of every kind of outcome, and some more."""

    def reason(
        name: str, outcome: Any, value: float | None, threshold: float | None, said: str, then: str = ""
    ):
        return Reason(
            name=name, outcome=outcome, value=value, threshold=threshold, said=said, would_change=then
        )

    return (
        reason("trades", "for", 212, 30, "212 trades were closed, of 30 asked."),
        reason("lookahead", "for", None, None, "The replay found no look at the future."),
        reason(
            "deflated_sharpe",
            "open",
            0.912,
            0.95,
            "The true Sharpe ratio is above luck's best with a probability of 91.2%, of 95% asked.",
            "About 1.4 more years like these, or a ratio of 1.61.",
        ),
        reason("overfitting", "for", 0.187, 0.5, "The best inside fails outside in 18.7% of the splits."),
        reason(
            "walk_forward", "for", 0.94, 0.0, "The tests of the walk-forward together have a ratio of 0.94."
        ),
        reason(
            "doubled_costs",
            "against",
            -0.08,
            0.0,
            "With doubled costs the Sharpe ratio is -0.08.",
            "Fewer trades, or a cheaper venue.",
        ),
        reason("neighbours", "for", 0.72, 0.5, "72% of the sets one step away gain."),
        reason("random_entries", "for", 0.983, 0.95, "It beats 98.3% of 500 runs with random entries."),
        reason("buy_and_hold", "for", 1.42, 0.61, "Buying and holding had a ratio of 0.61."),
        reason("holdout", "not applicable", None, None, "The holdout was not opened."),
    )


def walk_forward(kind: Any = "anchored", folds: int = 6) -> WalkForwardPart:
    """A walk through the time of the assessment in `folds` tests."""
    start, end = parse_instant(START), parse_instant(END)
    step = (end - start) // (folds + 1)
    random = np.random.default_rng(folds)

    def fold(i: int) -> FoldPart:
        first = start if kind == "anchored" else start + (i - 1) * step
        gain = round(float(random.normal(0.04, 0.07)), 4)
        return FoldPart(
            train_start=format_instant(first),
            train_end=format_instant(start + i * step),
            test_start=format_instant(start + i * step),
            test_end=format_instant(start + (i + 1) * step),
            params={"fast": 10 + 2 * (i % 4), "slow": 80 + 10 * (i % 3)},
            sharpe_train=round(float(random.normal(1.5, 0.3)), 3),
            sharpe_test=round(gain * 20, 3),
            return_test=gain,
        )

    made = tuple(fold(i) for i in range(1, folds + 1))
    return WalkForwardPart(
        kind=kind,
        sets=120,
        purged_periods=3,
        embargo_periods=2,
        folds=made,
        sharpe=0.94,
        total_return=float(np.prod([1 + f.return_test for f in made]) - 1),
        efficiency=0.58,
        probability=0.968,
        share_positive=sum(f.return_test > 0 for f in made) / folds,
    )


def heat_map(columns: int = 8, rows: int = 6) -> HeatMapPart:
    """A hill of Sharpe ratios over fast and slow, with one cell unknown."""
    xs = tuple(float(6 + 2 * i) for i in range(columns))
    ys = tuple(float(60 + 10 * i) for i in range(rows))

    def value(x: float, y: float) -> float | None:
        if x == xs[-1] and y == ys[0]:
            return None
        return round(1.5 * float(np.exp(-(((x - 12) / 9) ** 2) - ((y - 90) / 35) ** 2)) - 0.35, 3)

    return HeatMapPart(
        x="fast", y="slow", xs=xs, ys=ys, values=tuple(tuple(value(x, y) for x in xs) for y in ys)
    )


def forecast(days: int = 60) -> ForecastPart:
    """A cone that widens with the root of time."""

    def point(day: int) -> ConePoint:
        middle, wide = 0.0009 * day, 0.017 * day**0.5
        quantiles = (float(np.exp(middle + z * wide) - 1) for z in (-1.645, -0.674, 0, 0.674, 1.645))
        return ConePoint(
            **dict(zip(("low", "lower_quarter", "median", "upper_quarter", "high"), quantiles, strict=True)),
            day=day,
        )

    cone = tuple(point(day) for day in range(1, days + 1))
    last = cone[-1]
    said = (
        f"Nine of ten outcomes after {days} days lie between {last.low:+.1%} and {last.high:+.1%}, "
        f"half of them above {last.median:+.1%}."
    )
    return ForecastPart(days=days, low=last.low, median=last.median, high=last.high, cone=cone, said=said)


def _stress() -> tuple[StressRow, ...]:
    rows = (
        ("costs_x2", "Fees and slippage doubled", -0.08, -0.031, 0.31, 212),
        ("costs_x1.5", "Fees and slippage times 1.5", 0.66, 0.22, 0.24, 212),
        ("one_bar_later", "Every fill one bar later", 1.21, 0.55, 0.19, 211),
        ("stop_first", "Stops before targets inside a bar", 1.39, 0.66, 0.18, 212),
        ("half", "Only the second half of the time", 0.97, 0.21, 0.17, 104),
        ("symbol:bybit:linear:ETHUSDT", "On bybit:linear:ETHUSDT instead", 0.74, 0.31, 0.29, 230),
    )
    names = ("name", "said", "sharpe", "total_return", "max_drawdown", "trades")
    return tuple(StressRow(**dict(zip(names, row, strict=True))) for row in rows)


def _ledger() -> tuple[LedgerRow, ...]:
    return tuple(
        LedgerRow(
            trial_id=f"trial_{i:04x}",
            strategy="Moving average cross" if i % 3 else "Moving average cross, copy",
            interval="1h",
            params={"fast": 10 + i, "slow": 100},
            sharpe=None if i == 4 else round(1.42 - 0.13 * i, 3),
            run_id=f"run_{i:04x}" if i < 2 else None,
            created=f"2026-11-{20 - i:02d}T09:30:00Z",
        )
        for i in range(8)
    )


def _data() -> DataPart:
    return DataPart(
        instrument="bybit:linear:BTCUSDT",
        interval="1h",
        source="exchange",
        start=START,
        end=END,
        bars=26_280,
        gaps=0,
        funding_rows=3_285,
        hash="9b2e" * 16,
        synthetic=False,
        holdout_from="2024-01-01T00:00:00Z",
        includes_holdout=False,
    )


def _trials() -> TrialsPart:
    return TrialsPart(
        base_asset="BTC",
        on_asset=214,
        effective_on_asset=37,
        in_lineage=122,
        effective_in_lineage=9,
        effective=37,
        lineage="lin_01hx2m9k4",
        members=("Moving average cross", "Moving average cross, copy"),
        holdout_openings=1,
        holdout_allowance=5,
        holdout_opened_by_lineage=False,
        read_past_holdout=("get_klines bybit:linear:BTCUSDT 1h up to 2024-02-01, on 2026-11-19",),
    )


def _parts() -> dict[str, Any]:
    hypothesis = "Trends in crypto persist for weeks because capital arrives slowly."
    slippage = FixedSlippagePart(bps=1.0)
    capacity = ((1e4, 1.42), (1e5, 1.38), (1e6, 1.19), (1e7, 0.62), (1e8, -1.1))
    return {
        "run_id": "run_01hx2m9k4abcdef",
        "strategy": StrategyPart(
            id="strat_01hx2m9k4", name="Moving average cross", code_hash="4f1c" * 16, hypothesis=hypothesis
        ),
        "data": _data(),
        "params": {"fast": 12, "slow": 90},
        "costs": CostsPart(
            maker_fee_bps=2.0, taker_fee_bps=5.5, slippage=slippage, funding=True, cash=10_000.0
        ),
        "trading": TradingPart(),
        "seed": 7,
        "verdict": "reject",
        "reasons": reasons(),
        "sharpe": SharpePart(
            annual=1.42,
            low=0.55,
            high=2.27,
            periods=1095,
            period="1d",
            years=3.0,
            skewness=-0.31,
            kurtosis=6.4,
            probabilistic=0.9931,
            expected_maximum=0.78,
            deflated=0.912,
            chance_of_best=0.088,
            minimum_track_record_years=4.4,
        ),
        "trials": _trials(),
        "overfitting": OverfittingPart(
            sets=120,
            blocks=12,
            splits=924,
            probability=0.187,
            probability_of_loss=0.092,
            slope=0.41,
            superior_p=0.031,
        ),
        "walk_forward": (walk_forward(), walk_forward("rolling", 8)),
        "random_entries": RandomEntriesPart(
            runs=500, mean_sharpe=0.12, deviation=0.61, percentile=0.983, score=2.13, chance=0.46
        ),
        "neighbours": NeighboursPart(sets=18, median_sharpe=1.02, worst_sharpe=-0.11, share_profitable=0.72),
        "stress": _stress(),
        "capacity": CapacityPart(
            points=tuple(CapacityPoint(capital=capital, sharpe=sharpe) for capital, sharpe in capacity),
            capital=8.4e6,
            said="Impact halves its Sharpe ratio of 1.42 at a capital of about 8.4 million.",
        ),
        "monte_carlo": MonteCarloPart(
            runs=1000, drawdown_median=0.21, drawdown_95=0.34, missed_share=0.1, return_5_with_missed=0.18
        ),
        "regimes": tuple(
            RegimeRow(regime=regime, share_of_bars=share, total_return=gain, sharpe=sharpe, trades=trades)
            for regime, share, gain, sharpe, trades in (
                ("trend_up", 0.31, 0.52, 2.6, 71),
                ("trend_down", 0.22, 0.18, 1.1, 48),
                ("range", 0.36, -0.09, -0.7, 72),
                ("high_volatility", 0.11, 0.03, 0.4, 21),
            )
        ),
        "forecast": forecast(),
        "heat_map": heat_map(),
        "ledger": _ledger(),
        "buy_and_hold_sharpe": 0.61,
        "lookahead": "clean",
        "warnings": ("Funding is missing for 3 settlements: they are not charged.",),
        "versions": VersionsPart(),
    }

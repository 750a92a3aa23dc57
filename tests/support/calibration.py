"""Forecasts beside what came: how often the interval held, by file, kind of strategy and verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.market.interval import DAY_MS
from engine.research.findings import ForecastPart
from engine.research.forecast import NEEDS

HELD = (0.85, 0.95)  # what a 90% interval may hold of the outcomes
_QUARTER_MS = 90 * DAY_MS


@dataclass(frozen=True)
class Case:
    """A forecast, None where the past told too little, and the return that came."""

    file: str
    kind: str
    date_ms: int
    verdict: str
    told: ForecastPart | None
    outcome: float

    @property
    def held(self) -> bool:
        """Whether the 90% interval held what came."""
        return not (self.below or self.above)

    @property
    def below(self) -> bool:
        """Worse than the interval, by more than rounding."""
        return self.told is not None and self.outcome < self.told.low - 1e-12

    @property
    def above(self) -> bool:
        """Better than the interval."""
        return self.told is not None and self.outcome > self.told.high + 1e-12


def report(cases: list[Case]) -> bool:
    """Print the tables; whether the interval held as often as it should."""
    told = [case for case in cases if case.told is not None]
    print(f"{len(told)} forecasts; {len(cases) - len(told)} more pasts told too little. {NEEDS}")
    if not told:
        return False
    print(f"\n{'':52}{'cases':>6}{'held':>8}{'+-':>7}{'below':>7}{'above':>7}{'median':>9}{'width':>8}")
    _print_row("all", told)
    for group in ("verdict", "file", "kind"):
        print()
        for name in sorted({getattr(case, group) for case in told}):
            _print_row(name, [case for case in told if getattr(case, group) == name])
    print(f"\n{accepted_beside_rejected(cases)}")
    print("Windows overlap and the files move together: +- is one standard error over calendar quarters.")
    return HELD[0] <= float(np.mean([case.held for case in told])) <= HELD[1]


def accepted_beside_rejected(cases: list[Case]) -> str:
    """Whether what was accepted did better than what was rejected, as it came out."""
    groups = [[case for case in cases if case.verdict == verdict] for verdict in ("accept", "reject")]
    if not all(groups):
        return f"Nothing to compare: {len(groups[0])} accepted, {len(groups[1])} rejected."
    accepted, rejected = (np.array([case.outcome for case in group]) for group in groups)
    shares = np.r_[(accepted - accepted.mean()) / len(accepted), (rejected.mean() - rejected) / len(rejected)]
    error = clustered_error(shares, [case.date_ms for case in (*groups[0], *groups[1])])
    lead = accepted.mean() - rejected.mean()
    return (
        f"Accepted ({len(accepted)}) earned {accepted.mean():+.2%} on average, rejected ({len(rejected)}) "
        f"{rejected.mean():+.2%}: {lead:+.2%} +- {error:.2%}."
    )


def clustered_error(shares: np.ndarray, dates_ms: Iterable[int]) -> float:
    """Standard error of a sum of centred shares that depend on each other within a quarter, on all files."""
    _, quarter = np.unique(np.array(list(dates_ms)) // (_QUARTER_MS), return_inverse=True)
    sums = np.bincount(quarter, shares)
    return float(np.sqrt(np.sum(sums**2) * len(sums) / max(1, len(sums) - 1)))


def _print_row(name: str, cases: list[Case]) -> None:
    held, below, above = (
        np.array([getattr(case, what) for case in cases]) for what in ("held", "below", "above")
    )
    error = clustered_error((held - held.mean()) / len(held), [case.date_ms for case in cases])
    middle = np.median([case.outcome for case in cases])
    width = np.median([case.told.high - case.told.low for case in cases if case.told is not None])
    print(
        f"{name[:50]:52}{len(cases):>6}{held.mean():>8.1%}{error:>7.1%}{below.sum():>7}{above.sum():>7}"
        f"{middle:>+9.1%}{width:>8.1%}"
    )

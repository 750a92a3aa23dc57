"""The bounds of the verdict, in one table, each with its reason. docs/verdict.md shows the same table.

They were chosen on made-up markets for the error rates that `make campaign-verdict` measures, and are one
for everybody: no argument moves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound and why it lies there."""

    value: float
    why: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Every bound of the verdict; names are those of the checks that read them."""

    trades: Bound = Bound(
        30, "Fewer closed trades say little about a mean, whatever the returns between them."
    )
    deflated_sharpe: Bound = Bound(
        0.95,
        "The usual confidence, asked of the part above what the best of all trials shows by luck.",
    )
    deflated_sharpe_against: Bound = Bound(
        0.5, "Below it the ratio is less than luck alone gives to the best of as many trials."
    )
    chance_of_best: Bound = Bound(
        0.005,
        "Chance that the best of as many trials without skill does as well. Far below 5%: ideas without "
        "skill are many and ideas with it few, so that at 5% most of what is accepted would be luck.",
    )
    random_entries: Bound = Bound(0.005, "The same chance against random entries in this very market.")
    random_entries_against: Bound = Bound(
        0.7, "A strategy that does not beat 7 of 10 random ones has no timing."
    )
    alpha: Bound = Bound(
        0.005, "The same chance for what is left without the market: a rising market lifts everybody."
    )
    superior: Bound = Bound(0.05, "Hansen's p that no set of the search is better than doing nothing.")
    overfitting: Bound = Bound(0.5, "From here on the best inside is no better than the median outside.")
    probability_of_loss: Bound = Bound(
        0.1,
        "Where the best inside hardly ever loses outside, the sets are alike, and their rank is noise.",
    )
    probability_of_loss_against: Bound = Bound(0.5, "The best inside loses outside more often than not.")
    walk_forward: Bound = Bound(
        0.75,
        "Probability that the ratio of the tests is above 0, in both walks; part of the data shows no more.",
    )
    doubled_costs: Bound = Bound(
        0.0, "Fees and slippage are known to a factor of two at best; it must not lose then."
    )
    one_bar_later: Bound = Bound(0.0, "An edge that is gone one bar later is gone when the order is late.")
    neighbours: Bound = Bound(
        0.5, "Share of the own ratio that half of the neighbouring parameters keep; a lone peak is luck."
    )
    buy_and_hold: Bound = Bound(0.0, "Sharpe ratio above that of buying and holding: else hold.")

    def __iter__(self) -> Iterator[tuple[str, Bound]]:
        return ((entry.name, getattr(self, entry.name)) for entry in fields(self))


BOUNDS = Bounds()

MIN_SETS = 10
"""Sets of a search, from which on its over-fitting is measured."""
SETS_TO_WALK = 40
"""Sets drawn at random for the walk-forward where the ledger holds no search."""
RANDOM_RUNS = 500
BOOTSTRAPS = 1_000
"""Resamplings of the interval and of the SPA test."""
CONE_DAYS = 90
LEDGER_ROWS = 50
"""Newest trials of the lineage that the document lists."""

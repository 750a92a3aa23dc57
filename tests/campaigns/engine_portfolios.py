"""Random portfolios through the compiled walk and through a slow one that was written from docs/engine.md.

    SEED=1 PORTFOLIOS=1000 python -m tests.campaigns.engine_portfolios

One to four markets with gaps and later listings, costs, funding, stops, every allocation, with and without
rebalancing; equity, contributions and trades agree to 1e-9. Prints how many met what. Exit code 1 at the
first that differs, with a smaller one that does.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections import Counter

from hypothesis import HealthCheck, given, seed, settings

from engine.backtest.portfolio.result import PortfolioSimulation
from tests.support.portfolios import Portfolio, assert_equal_to_naive, portfolios


def main() -> int:
    """Draw portfolios and compare."""
    drawn, count = int(os.environ.get("SEED") or 1), int(os.environ.get("PORTFOLIOS") or 1000)
    met: Counter[str] = Counter()

    @seed(drawn)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(portfolios())
    def compare(portfolio: Portfolio) -> None:
        met.update(_meetings(assert_equal_to_naive(portfolio)))

    try:
        compare()
    except AssertionError:
        traceback.print_exc()
        return 1
    print(f"{met['portfolios']} portfolios agree with the slow walk (seed {drawn})")
    for name, times in sorted(met.items()):
        print(f"  {name:16} {times:6}")
    return 0


def _meetings(result: PortfolioSimulation) -> set[str]:
    """What a portfolio came across."""
    found = {
        "portfolios": True,
        "ruin": result.ruined,
        "funding": result.metrics.funding_paid != 0.0,
        "ambiguous bars": result.band.ambiguous_bars > 0,
        "rebalancing": any(part.rebalanced for part in result.contributions),
        "cut entries": any("less free cash" in text for text in result.warnings),
    }
    return {name for name, there in found.items() if there} | {str(r) for r in result.trades.exit_reason}


if __name__ == "__main__":
    sys.exit(main())

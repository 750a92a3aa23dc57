"""The made-up market has the habits of a real one, and never hides that it is made up."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.market.bars import Origin
from engine.market.interval import Interval
from engine.market.sources.synthetic import FUNDING_EVERY_MS, synthetic_market

MARKET = synthetic_market(bars=20_000, seed=7)
RETURNS = np.diff(np.log(MARKET.bars.close))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def test_it_says_that_it_is_made_up() -> None:
    assert MARKET.synthetic
    assert MARKET.bars.origin is Origin.SYNTHETIC
    assert str(MARKET.bars.instrument) == "synthetic:linear:SYNTHUSDT"


def test_a_seed_gives_the_same_market_and_another_seed_another() -> None:
    assert (
        synthetic_market(bars=500, seed=7).content_hash() == synthetic_market(bars=500, seed=7).content_hash()
    )
    assert (
        synthetic_market(bars=500, seed=7).content_hash() != synthetic_market(bars=500, seed=8).content_hash()
    )


def test_volatility_clusters() -> None:
    sizes = np.abs(RETURNS)
    assert correlation(sizes[:-1], sizes[1:]) > 0.1
    assert correlation(sizes[:-24], sizes[24:]) > 0.05


def test_tails_are_fat() -> None:
    assert np.mean((RETURNS - RETURNS.mean()) ** 4) / RETURNS.var() ** 2 > 6


def test_returns_do_not_foretell_the_next() -> None:
    assert abs(correlation(RETURNS[:-1], RETURNS[1:])) < 0.05


def test_bars_open_where_the_last_closed_and_wander_beyond_both() -> None:
    bars = MARKET.bars
    assert (bars.open[1:] == bars.close[:-1]).all()
    assert np.mean((bars.high > np.maximum(bars.open, bars.close)) & (bars.low < bars.open)) > 0.5


def test_volume_follows_the_range() -> None:
    assert correlation(np.log(MARKET.bars.high / MARKET.bars.low), MARKET.bars.volume) > 0.4


def test_funding_comes_every_eight_hours_and_remembers() -> None:
    funding = MARKET.funding
    assert funding is not None
    assert set(np.diff(funding.time).tolist()) == {FUNDING_EVERY_MS}
    assert correlation(funding.rate[:-1], funding.rate[1:]) > 0.5
    assert 0 < funding.rate.mean() < 3e-4


@pytest.mark.parametrize("interval", Interval)
def test_every_interval_is_on_its_grid(interval: Interval) -> None:
    bars = synthetic_market(interval=interval, bars=50, seed=1, start_ms=1_700_000_000_001).bars
    assert (len(bars), bars.gaps) == (50, ())
    assert bars.start_ms > 1_700_000_000_000


def test_no_bars_are_refused() -> None:
    with pytest.raises(InvalidInput, match="0 bars"):
        synthetic_market(bars=0)

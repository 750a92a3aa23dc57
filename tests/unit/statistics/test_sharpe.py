"""Sharpe ratios against published numbers.

| source | figures |
|---|---|
| Bailey & Lopez de Prado 2012, The Sharpe Ratio Efficient Frontier | PSR(0) of 24 months at 0.458: 0.982 as normal, 0.913 with skewness -2.448 and kurtosis 10.164 |
| the same | MinTRL of an annual 2 above 1: 2.73 years daily, 2.83 weekly, 3.24 monthly; 4.99 monthly with skewness -0.72, kurtosis 5.78 |
| Bailey & Lopez de Prado 2014, The Deflated Sharpe Ratio | annual 2.5 over 1250 days, skewness -3, kurtosis 10, variance 1/2: SR0 0.1132 a day, DSR 0.9004 of 100 trials, 0.9505 of 46 |
| Bailey, Borwein, Lopez de Prado & Zhu 2014, Pseudo-Mathematics and Financial Charlatanism | best of 10: 1.57; best of 45 over 5 years: annual 1 |
| Sidak 1967, the usual example | 20 tests at 5%: 0.6415 |
"""  # noqa: E501

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.errors import InvalidInput
from engine.research.statistics.sharpe import (
    deflated_sharpe,
    expected_maximum_sharpe,
    family_wise_p,
    minimum_track_record_length,
    moments,
    probabilistic_sharpe,
    sharpe_deviation,
    sharpe_ratio,
    sharpe_ratios,
)

DAYS = 250
samples = arrays(np.float64, st.integers(3, 60), elements=st.floats(-0.5, 0.5, width=32))


def test_the_published_hedge_fund_is_less_sure_with_its_skewness_and_kurtosis() -> None:
    assert probabilistic_sharpe(0.458, 0.0, 24) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(0.458, 0.0, 24, -2.448, 10.164) == pytest.approx(0.913, abs=5e-4)


@pytest.mark.parametrize(
    ("per_year", "skewness", "kurtosis", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_published_track_records_are_found(
    per_year: int, skewness: float, kurtosis: float, years: float
) -> None:
    root = math.sqrt(per_year)
    length = minimum_track_record_length(2 / root, 1 / root, skewness, kurtosis)
    assert length is not None
    assert length / per_year == pytest.approx(years, abs=5e-3)


def test_a_track_record_of_that_length_is_just_as_sure_as_was_asked() -> None:
    length = minimum_track_record_length(0.1, 0.02, -0.5, 6.0, confidence=0.9)
    assert length is not None
    assert length > 2
    deviation = sharpe_deviation(0.1, 1001, -0.5, 6.0) * math.sqrt(1000 / (length - 1))
    assert (0.1 - 0.02) / deviation == pytest.approx(1.2815515655446004)  # the 90% point of the normal


def test_no_track_record_is_long_enough_for_a_ratio_at_or_below_the_benchmark() -> None:
    assert minimum_track_record_length(0.1, 0.1) is None
    assert minimum_track_record_length(-0.1) is None


@pytest.mark.parametrize(("trials", "probability"), [(100, 0.9004), (46, 0.9505)])
def test_the_published_deflated_ratios_are_found(trials: int, probability: float) -> None:
    deviation = math.sqrt(0.5 / DAYS)
    found = deflated_sharpe(2.5 / math.sqrt(DAYS), 1250, trials, deviation, skewness=-3.0, kurtosis=10.0)
    assert found == pytest.approx(probability, abs=1e-4)


def test_the_published_expected_maxima_are_found() -> None:
    assert expected_maximum_sharpe(10, 1.0) == pytest.approx(1.57, abs=5e-3)
    assert expected_maximum_sharpe(45, 1.0 / math.sqrt(5)) == pytest.approx(1.0, abs=1e-3)
    assert expected_maximum_sharpe(100, math.sqrt(0.5 / DAYS)) == pytest.approx(0.1132, abs=5e-5)


@pytest.mark.parametrize("trials", [2, 10, 300])
def test_the_expected_maximum_is_what_normal_ratios_show(trials: int) -> None:
    drawn = np.random.default_rng(trials).normal(0.0, 0.3, (4000, trials)).max(axis=1)
    assert expected_maximum_sharpe(trials, 0.3) == pytest.approx(drawn.mean(), abs=0.02)


def test_one_trial_is_not_deflated_and_none_is_refused() -> None:
    assert expected_maximum_sharpe(1, 0.3) == 0.0
    assert deflated_sharpe(0.1, 500, 1, 0.05) == probabilistic_sharpe(0.1, 0.0, 500)
    with pytest.raises(InvalidInput):
        expected_maximum_sharpe(0, 0.3)


def test_the_best_of_many_needs_a_smaller_p() -> None:
    assert family_wise_p(0.05, 1) == pytest.approx(0.05)
    assert family_wise_p(0.05, 20) == pytest.approx(0.6415, abs=5e-5)
    assert family_wise_p(1e-18, 1000) == pytest.approx(1e-15)
    assert family_wise_p(1.0, 3) == 1.0


def test_the_probability_is_what_resampled_histories_show() -> None:
    """Of skewed histories with a true ratio of 0.1, one in ten should seem surer than 90% to be above it."""
    rng = np.random.default_rng(7)
    drawn = 0.1 * 2**0.5 - (rng.exponential(1.0, (3000, 500)) - 1.0) * 2**0.5
    above = 0
    for history in drawn:
        found = moments(history)
        assert found is not None
        sure = probabilistic_sharpe(found.sharpe, 0.1, found.periods, found.skewness, found.kurtosis)
        above += sure is not None and sure > 0.9
    assert above / 3000 == pytest.approx(0.1, abs=0.02)


def test_moments_are_those_of_a_sample_worked_by_hand() -> None:
    found = moments(np.array([-0.01, 0.01, 0.03]))
    assert found is not None
    assert (found.sharpe, found.skewness, found.kurtosis) == pytest.approx((0.5, 0.0, 1.5))


@pytest.mark.parametrize("returns", [[], [0.1], [0.0, 0.0, 0.0], [0.1, 0.1, 0.1]])
def test_returns_that_do_not_vary_have_no_ratio(returns: list[float]) -> None:
    assert sharpe_ratio(np.array(returns)) is None
    assert moments(np.array(returns)) is None


@given(samples, st.floats(0.01, 100.0))
def test_the_ratio_does_not_change_with_the_scale_of_returns(returns: np.ndarray, scale: float) -> None:
    before, after = sharpe_ratio(returns), sharpe_ratio(scale * returns)
    assert before == (None if after is None else pytest.approx(after))


@given(st.floats(-0.3, 0.3), st.floats(-2.0, 2.0), st.integers(2, 5000), st.floats(0.0, 5.0))
def test_probabilities_stay_between_0_and_1_for_every_possible_distribution(
    sharpe: float, skewness: float, periods: int, more: float
) -> None:
    found = probabilistic_sharpe(sharpe, 0.0, periods, skewness, skewness**2 + 1.0 + more)
    assert found is not None
    assert 0.0 <= found <= 1.0


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_trials_never_lower_what_luck_is_expected_to_show(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert expected_maximum_sharpe(fewer, 1.0) <= expected_maximum_sharpe(more, 1.0)


def test_every_column_has_the_ratio_that_it_has_alone() -> None:
    returns = np.random.default_rng(3).normal(0.0, 0.01, (50, 4))
    returns[:, 2] = 0.0
    alone = [sharpe_ratio(returns[:, column]) for column in range(4)]
    found = sharpe_ratios(returns)
    assert math.isnan(found[2])
    assert alone[2] is None
    assert found[[0, 1, 3]] == pytest.approx([alone[0], alone[1], alone[3]])

"""How many independent trials a row of trials amounts to.

| source | figures |
|---|---|
| by hand | Pearson correlation of (1 2 3 4 5) and (2 1 4 3 5), each four times over: 0.8 |
| simulation | as many clusters as there are independent series behind the trials |
| simulation | the best of 66 crosses on random walks is not above that of so many independent trials |
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.market.interval import DAY_MS
from engine.research.returns import PeriodReturns
from engine.research.statistics.clusters import FLAT, Clusters, effective_trials
from engine.research.statistics.correlation import correlation
from engine.research.statistics.sharpe import deflated_sharpe, expected_maximum_sharpe, sharpe_ratio

HOUR_MS = DAY_MS // 24


def trial(values: np.ndarray | list[float], start: int = 20_000, period_ms: int = DAY_MS) -> PeriodReturns:
    """A trial whose first period has the number `start`."""
    return PeriodReturns(start * period_ms, period_ms, np.asarray(values, dtype=float))


def noise(seed: int, n: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.01, n)


def family(groups: int, members: int, noise_share: float, seed: int = 0) -> list[PeriodReturns]:
    """Trials around `groups` independent series, mixed in order."""
    rng = np.random.default_rng(seed)
    ideas = rng.normal(0.0, 0.01, (groups, 300))
    rows = np.tile(np.arange(groups), members)
    return [trial(ideas[row] + noise_share * rng.normal(0.0, 0.01, 300)) for row in rows]


def leaders_one_by_one(trials: list[PeriodReturns], threshold: float) -> list[int]:
    """The same clusters by the plainest of loops."""
    leaders: list[PeriodReturns] = []
    labels: list[int] = []
    for new in trials:
        alike = [correlation(new, leader) for leader in leaders]
        joined = next((i for i, r in enumerate(alike) if r is not None and r >= threshold), len(leaders))
        labels.append(joined)
        if joined == len(leaders):
            leaders.append(new)
    return labels


@st.composite
def many_trials(draw: st.DrawFn) -> list[PeriodReturns]:
    """Trials of various windows and period lengths, alike in groups."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    ideas = rng.normal(0.0, 0.01, (4, 24 * 60))
    found: list[PeriodReturns] = []
    for _ in range(draw(st.integers(1, 25))):
        hours = ideas[rng.integers(4)] + rng.uniform(0.0, 1.5) * rng.normal(0.0, 0.01, 24 * 60)
        whole = trial(hours, 24 * 20_000, HOUR_MS).coarser(HOUR_MS * int(rng.choice([1, 4, 24])))
        low, high = sorted(rng.integers(0, len(whole) + 1, 2))
        found.append(
            PeriodReturns(whole.start_ms + low * whole.period_ms, whole.period_ms, whole.values[low:high])
        )
    return found


def test_a_correlation_worked_by_hand_is_found() -> None:
    assert correlation(trial([1, 2, 3, 4, 5] * 4), trial([2, 1, 4, 3, 5] * 4)) == pytest.approx(0.8)


def test_only_the_common_window_is_compared() -> None:
    values = noise(1)
    one = trial(np.concatenate([noise(2), values]), start=1000)
    other = trial(np.concatenate([values, noise(3)]), start=1200)
    assert correlation(one, other) == pytest.approx(1.0)


def test_the_finer_of_two_is_compounded_to_the_coarser() -> None:
    hours = noise(4, 24 * 40)
    days = (1.0 + hours.reshape(40, 24)).prod(axis=1) - 1.0
    assert correlation(trial(hours, 24 * 20_000, HOUR_MS), trial(days)) == pytest.approx(1.0)


def test_days_cut_off_at_the_ends_are_not_compared_with_whole_ones() -> None:
    hours = noise(4, 24 * 40)
    days = (1.0 + hours.reshape(40, 24)).prod(axis=1) - 1.0
    cut = trial(hours[7:-5], 24 * 20_000 + 7, HOUR_MS)
    assert correlation(cut, trial(days)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "other",
    [
        trial(noise(5), start=20_181),
        trial(noise(5), start=40_000),
        trial(np.zeros(200)),
        trial(np.full(200, 0.01)),
        trial(noise(5, 700), 17_000, 7 * DAY_MS // 5),
    ],
    ids=["19 common periods", "none", "flat", "steady", "lengths that do not nest"],
)
def test_what_cannot_be_compared_has_no_correlation(other: PeriodReturns) -> None:
    assert correlation(trial(noise(5)), other) is None
    assert correlation(other, trial(noise(5))) is None


def test_twenty_common_periods_are_enough() -> None:
    values = noise(5)
    assert correlation(trial(values), trial(values[180:], start=20_180)) == pytest.approx(1.0)


@pytest.mark.parametrize("groups", [1, 7, 40])
def test_there_are_as_many_clusters_as_independent_ideas(groups: int) -> None:
    assert effective_trials(family(groups, 10, noise_share=0.3)) == groups


def test_copies_count_once_and_opposites_twice() -> None:
    values = noise(6)
    assert effective_trials([trial(values)] * 5) == 1
    assert effective_trials([trial(values), trial(3.0 * values)]) == 1
    assert effective_trials([trial(values), trial(-values)]) == 2


def test_a_trial_that_never_moved_counts_for_nothing() -> None:
    clusters = Clusters()
    assert clusters.add([trial(np.zeros(200)), trial(noise(7)), trial([]), trial(noise(7))]) == (
        FLAT,
        0,
        FLAT,
        0,
    )
    assert clusters.count == 1


def test_a_trial_joins_the_first_leader_that_it_is_like_even_if_a_later_one_is_nearer() -> None:
    one, other = noise(8), noise(9)
    between = 0.45 * one + 0.55 * other
    assert Clusters(0.5).add([trial(one), trial(other), trial(between)]) == (0, 1, 0)


def test_a_higher_threshold_leaves_more_trials_apart() -> None:
    trials = family(5, 8, noise_share=0.7)
    counts = [effective_trials(trials, threshold) for threshold in (0.2, 0.5, 0.8, 0.99)]
    assert counts == sorted(counts)
    assert counts[0] == 5
    assert counts[-1] == 40


def crosses(seed: int) -> list[PeriodReturns]:
    """Long-only and two-sided crosses of two means on a random walk, in random order: no skill at all."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0, 0.01, 1000)
    path = np.concatenate([[0.0], np.cumsum(np.cumsum(market))])
    means = {w: (path[w:] - path[:-w])[200 - w :] / w for w in (2, 3, 5, 8, 13, 20, 30, 40, 60, 90, 130, 200)}
    pairs = [(fast, slow) for fast in means for slow in means if fast < slow]
    both = np.array([np.sign(means[fast] - means[slow]) for fast, slow in pairs])
    positions = both if seed % 2 else np.maximum(both, 0.0)
    return [trial(row) for row in rng.permutation(positions[:, :-1] * market[200:])]


def test_clusters_of_a_search_without_skill_tell_its_luck() -> None:
    luck: list[float] = []
    accepted: list[bool] = []
    for seed in range(40):
        searched = crosses(seed)
        best = max(sharpe_ratio(one.values) or 0.0 for one in searched)
        n, deviation = len(searched[0]), (len(searched[0]) - 1) ** -0.5
        independent = effective_trials(searched)
        luck.append(best / deviation - expected_maximum_sharpe(independent, 1.0))
        deflated = deflated_sharpe(best, n, independent, deviation)
        accepted.append(deflated is not None and deflated > 0.95)
    assert -0.6 < np.mean(luck) < 0.0
    assert np.mean(accepted) <= 0.1


def test_trials_find_their_leaders_across_blocks() -> None:
    assert Clusters().add(family(350, 2, noise_share=0.3, seed=3)) == (*range(350), *range(350))


@settings(max_examples=40)
@given(many_trials(), st.sampled_from([0.3, 0.5, 0.9]))
def test_blocks_give_what_one_by_one_gives(trials: list[PeriodReturns], threshold: float) -> None:
    moving = [new for new in trials if len(new) and new.traded]
    moving = [new for new in moving if len(new) > 1]
    assert list(Clusters(threshold).add(moving)) == leaders_one_by_one(moving, threshold)


@settings(max_examples=20)
@given(many_trials())
def test_a_further_trial_never_lowers_the_number_nor_moves_an_earlier_one(
    trials: list[PeriodReturns],
) -> None:
    counts = [effective_trials(trials[:n]) for n in range(len(trials) + 1)]
    assert all(0 <= after - before <= 1 for before, after in pairwise(counts))
    half = len(trials) // 2
    assert Clusters().add(trials)[:half] == Clusters().add(trials[:half])


@settings(max_examples=40)
@given(many_trials(), st.integers(0, 25))
def test_a_clustering_goes_on_from_its_leaders_alone(trials: list[PeriodReturns], cut: int) -> None:
    whole, first = Clusters(), Clusters()
    labels = whole.add(trials)
    first.add(trials[:cut])
    resumed = Clusters(leaders=first.leaders)
    assert resumed.count == first.count
    assert resumed.add(trials[cut:]) == labels[cut:]
    assert resumed.count == whole.count


@settings(max_examples=40)
@given(many_trials(), st.floats(0.1, 10.0))
def test_the_scale_of_returns_does_not_matter_within_one_period_length(
    trials: list[PeriodReturns], scale: float
) -> None:
    days = [new.coarser(DAY_MS) for new in trials if len(new)]
    scaled = [PeriodReturns(new.start_ms, new.period_ms, scale * new.values) for new in days]
    assert Clusters().add(days) == Clusters().add(scaled)

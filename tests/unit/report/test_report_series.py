"""What the figures are drawn from."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.backtest.report.series import (
    bins,
    column_of,
    decimated,
    round_up,
    runs,
)

returns = hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-0.9, 3.0))


@given(
    hnp.arrays(np.float64, st.integers(1, 2000), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 60),
)
def test_decimation_keeps_first_last_lowest_and_highest_of_every_column(values, columns):
    times = np.arange(len(values), dtype=np.int64) * 60_000
    column = column_of(times, 0, int(times[-1]), columns)
    keep = decimated(column, values)
    assert list(keep) == sorted(set(keep))
    assert len(keep) <= max(4 * columns, len(runs(column)) * 2)
    for first, stop in runs(column):
        mine = values[keep[(keep >= first) & (keep < stop)]]
        whole = values[first:stop]
        assert (mine.min(), mine.max()) == (whole.min(), whole.max())
        assert (mine[0], mine[-1]) == (whole[0], whole[-1])


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=50, unique=True), st.integers(1, 1000))
def test_columns_ascend_with_time_and_stay_inside(stamps, columns):
    times = np.array(sorted(stamps), dtype=np.int64)
    column = column_of(times, int(times[0]), int(times[-1]), columns)
    assert column[0] == 0
    assert (np.diff(column) >= 0).all()
    assert column.max() <= columns - 1


@given(returns)
def test_every_value_is_in_one_bin_and_no_bin_straddles_zero(values):
    found = bins(values)
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1 <= 60
    assert found.edges[0] <= 0 <= found.edges[-1]
    assert not any(
        low < -1e-12 and high > 1e-12 for low, high in zip(found.edges, found.edges[1:], strict=False)
    )
    below, above = (values < found.edges[0] - 1e-12).sum(), (values > found.edges[-1] + 1e-12).sum()
    assert below <= found.below
    assert above <= found.above


def test_bins_count_what_they_should():
    found = bins(np.array([-0.02, -0.011, -0.001, 0.001, 0.011, 0.012, 0.02, 0.029]))
    counted = dict(zip(np.round(found.edges[:-1], 6).tolist(), found.counts, strict=True))
    assert sum(count for low, count in counted.items() if low < 0) == 3
    assert sum(count for low, count in counted.items() if low >= 0) == 5
    assert (found.below, found.above) == (0, 0)


def test_a_far_tail_is_gathered_in_the_outer_bin_and_counted():
    values = np.concatenate((np.linspace(-0.01, 0.01, 200), [5.0, 6.0]))
    found = bins(values)
    assert found.above == 2
    assert found.counts[-1] >= 2
    assert found.edges[-1] < 0.1


@given(st.floats(1e-12, 1e12))
def test_rounding_up_gives_a_round_number_at_or_just_above(value):
    rounded = round_up(value)
    assert value * (1 - 1e-9) <= rounded <= value * 2.5 * (1 + 1e-9)
    leading = float(f"{rounded:.6e}".split("e")[0])
    assert leading in (1.0, 2.0, 2.5, 5.0)

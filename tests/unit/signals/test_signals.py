"""What a strategy may return, and what is said when it returns something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.errors import InvalidInput
from engine.strategy.signals import signals_from_frame

_INDEX = pd.date_range("2024-01-01", periods=4, freq="h", tz="UTC", name="open_time").as_unit("ns")
_YES = np.array([True, False, True, False])


def _frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"long_entry": _YES, "long_exit": ~_YES} | columns, index=_INDEX)


def test_flags_levels_and_tags_become_plain_columns():
    signals = signals_from_frame(
        _frame(short_entry=~_YES, stop_loss=0.02, size=[1, 0, 1, 0], tag=["up", None, "down", 3]), _INDEX
    )
    assert signals.long_entry.tolist() == _YES.tolist()
    assert signals.short_entry.tolist() == (~_YES).tolist()
    assert not signals.short_exit.any()
    assert signals.stop_loss is not None and signals.stop_loss.tolist() == [0.02] * 4
    assert signals.size is not None and signals.size.dtype == np.float64
    assert signals.take_profit is None
    assert signals.tag == ("up", "", "down", "")
    assert len(signals) == 4 and signals.warnings == ()


def test_a_signal_column_is_a_copy_of_the_frames():
    frame = _frame()
    signals = signals_from_frame(frame, _INDEX)
    frame["long_entry"] = False
    assert signals.long_entry.any()


def test_missing_flags_count_as_false_with_a_warning():
    for column in (
        pd.array([True, None, True, False], dtype="boolean"),
        np.array([True, None, True, False], object),
    ):
        signals = signals_from_frame(_frame(long_entry=column), _INDEX)
        assert signals.long_entry.tolist() == [True, False, True, False]
        assert "1 missing values in long_entry" in signals.warnings[0]


@pytest.mark.parametrize(
    "column", [[1, 0, 1, 0], [1.0, 0.0, np.nan, 0.0], ["a", "b", "c", "d"], [True, "x", None, 1]]
)
def test_a_flag_of_another_dtype_is_refused(column: list[Any]):
    with pytest.raises(InvalidInput, match="Column long_entry has dtype"):
        signals_from_frame(_frame(long_entry=column), _INDEX)


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("stop_loss", [0.02, 0.0, 0.02, 0.02], "stop_loss is 0 at row 1"),
        ("stop_loss", [-0.02, 0.02, 0.02, 0.02], "row 0"),
        ("take_profit", [0.1, np.inf, 0.1, 0.1], "take_profit is inf at row 1"),
        ("size", [0.5, 0.5, 1.5, 0.5], "size is 1.5 at row 2"),
        ("size", ["a", "b", "c", "d"], "not float"),
        ("trailing_stop", [True, True, False, True], "not float"),
    ],
)
def test_a_level_outside_its_span_is_named_with_its_row(column: str, values: list[Any], told: str):
    with pytest.raises(InvalidInput, match=told):
        signals_from_frame(_frame(**{column: values}), _INDEX)


def test_nan_in_a_level_means_none():
    signals = signals_from_frame(_frame(stop_loss=[0.02, np.nan, 0.02, np.nan]), _INDEX)
    assert signals.stop_loss is not None and np.isnan(signals.stop_loss[[1, 3]]).all()


@pytest.mark.parametrize("result", [None, [1], {"long_entry": 1}, pd.Series([True])])
def test_something_else_than_a_frame_is_refused_by_its_type(result: object):
    with pytest.raises(InvalidInput, match=type(result).__name__):
        signals_from_frame(result, _INDEX)


def test_a_required_column_that_is_missing_is_named():
    with pytest.raises(InvalidInput, match="no column long_exit"):
        signals_from_frame(_frame().drop(columns="long_exit"), _INDEX)


def test_a_misspelt_column_is_asked_about_and_a_strange_one_only_warned_of():
    with pytest.raises(InvalidInput, match=r"'stop_los'.*Did you mean stop_loss"):
        signals_from_frame(_frame(stop_los=0.02), _INDEX)
    signals = signals_from_frame(_frame(rsi=1.0), _INDEX)
    assert "'rsi' means nothing here" in signals.warnings[0]


def test_a_column_named_twice_is_refused():
    twice = pd.concat([_frame(), _frame()[["long_entry"]]], axis=1)
    with pytest.raises(InvalidInput, match="long_entry twice"):
        signals_from_frame(twice, _INDEX)


def test_another_length_or_index_is_refused():
    with pytest.raises(InvalidInput, match="3 rows for 4 bars"):
        signals_from_frame(_frame().iloc[:3], _INDEX)
    with pytest.raises(InvalidInput, match="another index"):
        signals_from_frame(_frame().reset_index(drop=True), _INDEX)
    with pytest.raises(InvalidInput, match="another index"):
        signals_from_frame(_frame().iloc[::-1], _INDEX)


def test_a_long_and_a_short_entry_on_one_bar_is_warned_of():
    signals = signals_from_frame(_frame(short_entry=_YES), _INDEX)
    assert "2 bars ask for a long and a short entry" in signals.warnings[0]


def test_a_subclass_of_the_frame_is_refused():
    class Odd(pd.DataFrame):
        pass

    with pytest.raises(InvalidInput, match="Odd"):
        signals_from_frame(Odd(_frame()), _INDEX)


def test_long_tags_are_cut():
    signals = signals_from_frame(_frame(tag="x" * 200), _INDEX)
    assert signals.tag is not None and {len(tag) for tag in signals.tag} == {64}

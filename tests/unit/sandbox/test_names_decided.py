"""Every public name of what a strategy holds was decided; a new version of a library shows what is new."""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sandbox.attributes import INSTANCES
from sandbox.facades.base import members_of
from sandbox.kinds import label_of
from sandbox.modules import known_modules
from sandbox.warm_up import frame
from tests.unit.sandbox.refused_names import REFUSED_ATTRIBUTES, REFUSED_MEMBERS


def _things() -> Iterator[Any]:
    """One of each kind that strategies get into their hands."""
    bars: Any = frame(30)
    index: Any = bars.index
    days: Any = pd.period_range("2024", periods=3, freq="D")
    words: Any = pd.Series(["a", "b"], dtype="category")
    yield from (bars, bars.close, index, index[0], index[1] - index[0], index - index[0], days, days[0])
    yield from (
        pd.Index(["a"]),
        pd.RangeIndex(3),
        pd.MultiIndex.from_tuples([(1, 2)]),
        pd.CategoricalIndex(["a"]),
    )
    yield from (pd.interval_range(0, 2), pd.Interval(0, 1), pd.offsets.Hour(1), pd.offsets.BDay())
    yield from (index.to_series().dt, (index - index[0]).to_series().dt, days.to_series().dt)
    yield from (words.cat, words.values, words.astype(str).str, pd.array([1, None]), pd.array([True]))
    yield from (bars.rolling(3), bars.ewm(3), bars.expanding(), bars.groupby(index.hour).rolling(2))
    yield from (
        bars.groupby(index.hour),
        bars.groupby(index.hour).close,
        bars.resample("D"),
        bars.close.resample("D"),
    )
    yield from (bars.close.to_numpy(), np.float64(1), np.int64(1), np.bool_(True), np.datetime64("2024"))
    yield from (
        np.dtype(float),
        words.dtype,
        index.dtype,
        np.add,
        np.poly1d([1]),
        np.finfo(float),
        np.iinfo(int),
    )
    yield from (np.random.default_rng(1), np.random.RandomState(1))
    yield from ("text", 1, 1.5, [1], (1,), {1: 2}, {1}, range(3))
    yield from (index[0].date(), index[0].time(), index[0].to_pydatetime())


@pytest.mark.parametrize("thing", list(_things()), ids=lambda thing: type(thing).__name__)
def test_every_attribute_is_allowed_or_refused_on_purpose(thing: Any) -> None:
    kind: type[Any] = type(thing)
    label = label_of(kind)
    assert label is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        public = {name for name in dir(thing) if not name.startswith("_")}
    columns = {"open", "high", "low", "close", "volume"}
    decided = INSTANCES[label] | set(REFUSED_ATTRIBUTES.get(label, "").split()) | columns
    # vectorbt, which other tests import into this process, hangs itself onto pandas; no child ever holds it.
    assert sorted(public - decided - {"vbt"}) == []


@pytest.mark.parametrize("label", REFUSED_ATTRIBUTES)
def test_no_attribute_is_both_allowed_and_refused(label: str) -> None:
    both = INSTANCES[label] & set(REFUSED_ATTRIBUTES[label].split())
    assert both <= {"mean", "combine"}, (
        both
    )  # an index of times has a mean; a time stamp's is not its class's


@pytest.mark.parametrize("module", REFUSED_MEMBERS)
def test_every_member_of_a_module_is_allowed_or_refused_on_purpose(module: str) -> None:
    real = import_module(module)
    named: list[str] = getattr(real, "__all__", dir(real))
    public = {name for name in named if not name.startswith("_")}
    functions = {name for name in public if not isinstance(getattr(real, name), types.ModuleType)}
    allowed = set(members_of(known_modules()[module]))
    refused = set(REFUSED_MEMBERS[module].split())
    assert sorted(functions - allowed - refused) == []
    assert not allowed & refused

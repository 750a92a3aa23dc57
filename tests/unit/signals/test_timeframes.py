"""A value of a higher timeframe is seen when its bar has closed: in Python, and in the recipe models read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.market.bars import COLUMNS, Bars
from engine.market.interval import Interval
from engine.market.resample import resampled
from engine.research.lookahead.made_up import KINDS, made_up_bars
from engine.research.lookahead.replay import look_ahead
from engine.strategy.timeframes import on_higher
from prompts.templates import template
from sandbox.loader import SandboxLoader
from tests.support.market import altered_after, holed, made_bars

FREQUENCIES = {"4h": Interval.H4, "1D": Interval.D1, "W-MON": Interval.W1}
RECIPE = re.findall(r"```python\n(.*?)```", template("strategy_contract"), re.DOTALL)[1]
UNSHIFTED = RECIPE.replace(', label="right", closed="left"', "").replace(" + step", "")


def average(higher: Bars) -> np.ndarray:
    return pd.Series(higher.close).rolling(20).mean().to_numpy()


def module(body: str) -> str:
    """A strategy that trades the cross of the close and `average`, shown as its stop_loss."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    rest = """
    above = df["close"] > average
    flags = {"long_entry": above & ~above.shift(1, fill_value=False), "long_exit": ~above}
    return pd.DataFrame({**flags, "stop_loss": average}, index=df.index)
"""
    return f"def generate_signals(df, params):\n{lines}{rest}"


@pytest.fixture(scope="module")
def loader(walls: None) -> Iterator[SandboxLoader]:
    with SandboxLoader() as made:
        yield made


def test_the_last_hour_of_a_day_sees_the_day_and_the_hour_before_does_not() -> None:
    bars = made_bars(50)
    seen = on_higher(bars, Interval.D1, lambda days: days.close)
    assert np.isnan(seen[:23]).all()
    assert (seen[23:47] == bars.close[23]).all()
    assert (seen[47:] == bars.close[47]).all()


def test_before_the_first_higher_bar_has_closed_there_is_nothing() -> None:
    assert np.isnan(on_higher(made_bars(20), Interval.D1, lambda days: days.close)).all()


def test_a_function_that_returns_another_number_of_values_is_refused() -> None:
    with pytest.raises(InvalidInput, match="returned 1 values for 2 bars of 1d"):
        on_higher(made_bars(50), Interval.D1, lambda days: days.close[:1])


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 0.6]), st.sampled_from(list(FREQUENCIES.values())))
def test_no_value_changes_when_later_bars_do(seed: int, absent: float, interval: Interval) -> None:
    bars = holed(made_bars(300, seed=seed), absent, seed)
    cut = 1 + seed % (len(bars) - 1)
    whole = on_higher(bars, interval, lambda higher: np.cumsum(higher.close * higher.volume))
    for other in (bars.rows(0, cut), altered_after(bars, cut, seed)):
        seen = on_higher(other, interval, lambda higher: np.cumsum(higher.close * higher.volume))
        np.testing.assert_array_equal(seen[:cut], whole[:cut])


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("absent", [0.0, 0.3])
def test_the_recipe_in_the_contract_equals_it_bit_for_bit(frequency: str, absent: float) -> None:
    bars = holed(made_bars(24 * 7 * 30), absent, 3)
    names = {"df": bars.frame()}
    exec(RECIPE.replace('"4h"', repr(frequency)), names)
    expected = on_higher(bars, FREQUENCIES[frequency], average)
    assert np.isfinite(expected).sum() > 500
    np.testing.assert_array_equal(names["average"].to_numpy(), expected)
    longer = resampled(bars, FREQUENCIES[frequency])
    for name in COLUMNS:
        np.testing.assert_array_equal(names["higher"][name].to_numpy()[: len(longer)], getattr(longer, name))


def test_the_recipe_runs_in_the_sandbox_and_gives_the_same_bits(loader: SandboxLoader) -> None:
    code = module(RECIPE)
    answer = loader.validate(code)
    assert (answer.verdict, answer.findings) == ("accepted", ())
    bars = made_up_bars(KINDS[3], 0)
    strategy = loader.load(code.replace('"4h"', '"1D"'))
    seen = strategy.signals(bars, {}).stop_loss
    assert len(bars.gaps) > 3
    np.testing.assert_array_equal(seen, on_higher(bars, Interval.D1, average))


def test_the_replay_finds_the_recipe_clean_and_the_version_without_close_times_leaking(
    loader: SandboxLoader,
) -> None:
    assert UNSHIFTED.count("right") == 0 and UNSHIFTED != RECIPE
    verdicts = {}
    for name, body in {"recipe": RECIPE, "unshifted": UNSHIFTED}.items():
        strategy = loader.load(module(body))
        verdicts[name] = look_ahead(strategy, {}, bars=made_up_bars(KINDS[0], 0).rows(0, 500))
    assert verdicts["recipe"].verdict == "clean"
    assert verdicts["unshifted"].verdict == "leaks"

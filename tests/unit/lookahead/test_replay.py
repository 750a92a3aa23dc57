"""Leaks are caught and located, honest strategies are cleared, and what was not decided says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from engine.errors import StrategyFailed
from engine.research.lookahead.made_up import KINDS, made_up_bars
from engine.research.lookahead.replay import FEWEST_CUTS, look_ahead
from engine.research.lookahead.verdict import Verdict
from engine.strategy.comparison import first_difference
from engine.strategy.port import Probe
from engine.strategy.signals import Signals
from sandbox.loader import SandboxLoader
from sandbox.walls import missing, standing
from tests.campaigns.lookahead import OWN, campaign, corpus

HONEST = "e = df['close'] > df['close'].shift(1)\nx = ~e"


@pytest.fixture(scope="module")
def loader() -> Iterator[SandboxLoader]:
    if not standing():
        pytest.skip(f"this machine lacks {missing()}")
    with SandboxLoader() as made:
        yield made


def replay(loader: SandboxLoader, body: str, **options: object) -> Verdict:
    """The verdict on a function with this body, which leaves its flags in e and x."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    result = "pd.DataFrame({'long_entry': e, 'long_exit': x}, index=df.index)"
    strategy = loader.load(f"def generate_signals(df, params):\n{lines}    return {result}\n")
    return look_ahead(strategy, strategy.spec.resolve({}), **options)


def test_a_leak_is_told_with_bar_column_need_and_line(loader: SandboxLoader) -> None:
    verdict = replay(
        loader, "after = df['close'].shift(-3)\ne = after > df['close'] * 1.02\nx = after < df['close']"
    )
    leak = verdict.leak
    assert verdict.verdict == "leaks" and leak is not None and leak.line is not None
    assert leak.needs_bars <= 3 and leak.needs.endswith(("bar", "bars"))
    assert leak.column in ("long_entry", "long_exit") and leak.with_future != leak.without
    assert leak.time_ms == made_up_bars(KINDS[0], 0).open_time[leak.row]
    assert (leak.line.line, leak.line.column) == (2, 25)
    assert leak.line.source_line == "after = df['close'].shift(-3)" and "positive" in leak.line.hint


def test_what_a_whole_series_tells_needs_all_bars(loader: SandboxLoader) -> None:
    leak = replay(loader, "e = df['close'] > df['close'].mean()\nx = ~e").leak
    assert leak is not None and leak.needs_all and leak.needs == "all bars"


def test_the_same_seed_gives_the_same_verdict(loader: SandboxLoader) -> None:
    body = "e = df['high'] == df['high'].rolling(9, center=True).max()\nx = ~e"
    assert replay(loader, body, seed=5) == replay(loader, body, seed=5)


def test_a_slice_of_the_corpus_is_judged_right(loader: SandboxLoader) -> None:
    lines = {line.id: line for line in corpus(OWN)}
    leaking = ("only_in_tag", "suppressed_losers", "warm_up_backfilled")
    tallies = campaign(loader, [lines[name] for name in leaking])
    assert tallies[True].verdicts == {"leaks": len(leaking)} and tallies[True].remarks == []
    assert len(corpus(OWN)) >= 130 and len(lines) == len(corpus(OWN))


def test_a_clean_verdict_rests_on_enough_cuts_and_forgives_a_warm_up(loader: SandboxLoader) -> None:
    bars = made_up_bars(KINDS[0], 1).rows(0, 400)
    verdict = replay(loader, "if len(df) < 60:\n    raise ValueError('few')\n" + HONEST, bars=bars)
    assert verdict.verdict == "clean" and verdict.cuts >= FEWEST_CUTS and verdict.runs > 2 * FEWEST_CUTS
    assert verdict.bars.startswith("400 bars of synthetic:linear:REPLAYUSDT")


def test_few_bars_no_signal_and_no_time_are_undecided(loader: SandboxLoader) -> None:
    few = replay(loader, HONEST, bars=made_up_bars(KINDS[0], 1).rows(0, 20))
    assert few.verdict == "undecided" and "longer series" in few.reason
    silent = replay(loader, "e = df['close'] < 0\nx = e", bars=made_up_bars(KINDS[0], 1))
    assert silent.verdict == "undecided" and "no signal" in silent.reason
    ticks = count()
    hurried = replay(loader, HONEST, budget_s=2.0, clock=lambda: next(ticks) / 10)
    assert hurried.verdict == "undecided" and "After 2 s" in hurried.reason


def test_a_strategy_that_fails_on_all_bars_fails(loader: SandboxLoader) -> None:
    with pytest.raises(StrategyFailed, match="ZeroDivisionError"):
        replay(loader, "e = df['close'] > 1 / 0\nx = e")


def test_other_signals_on_few_bars_alone_are_undecided(loader: SandboxLoader) -> None:
    body = "n = max(2, min(30, len(df) // 2))\ne = df['close'].rolling(n).mean() > 0\nx = ~e"
    verdict = replay(loader, body, bars=made_up_bars(KINDS[0], 1).rows(0, 400))
    assert verdict.verdict == "undecided" and "number of bars" in verdict.reason


class Wavering:
    """A strategy whose runs differ."""

    def __init__(self, inner: object) -> None:
        self._inner, self._draws = inner, np.random.default_rng(1)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def signals_on(self, series, params):
        for bars in series:
            flags = self._draws.random(len(bars)) > 0.9
            yield Signals(flags, ~flags, np.zeros_like(flags), np.zeros_like(flags))


def test_runs_that_differ_are_undecided(loader: SandboxLoader) -> None:
    verdict = look_ahead(Wavering(object()), {}, bars=made_up_bars(KINDS[0], 0))
    assert verdict.verdict == "undecided" and "not repeatable" in verdict.reason


def test_last_bits_of_a_level_are_no_difference_and_more_is() -> None:
    flags = np.zeros(3, np.bool_)

    def sized(*values: float) -> Signals:
        return Signals(flags, flags, flags, flags, size=np.array(values))

    assert first_difference(sized(0.1, 0.5, np.nan), sized(0.1, 0.5 + 1e-12, np.nan), 3) is None
    found = first_difference(sized(0.1, 0.5, np.nan), sized(0.1, 0.5 + 1e-6, np.nan), 3)
    assert found is not None and (found.row, found.column) == (1, "size")
    assert first_difference(sized(0.1, 0.5, np.nan), sized(0.1, 0.5, 0.2), 2) is None


def test_the_line_is_found_in_loops_methods_and_conditions(loader: SandboxLoader) -> None:
    lines = [line for line in corpus(OWN) if line.id in ("loop_next_close", "state_machine_with_peek")]
    bars = made_up_bars(KINDS[0], 0)
    for line in lines:
        strategy = loader.load(line.code)
        cut = int(np.flatnonzero(strategy.signals(bars, {}).long_entry)[40]) + 1
        seen = [strategy.screen(bars, {}, [Probe(cut)], 2.0)]
        assert seen[0].suspects and seen[0].asked == 1
        found = strategy.locate(bars, {}, Probe(cut))
        assert found is not None and found.line in line.lines, (line.id, found)

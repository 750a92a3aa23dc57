"""A bundle on another machine: identical, different at bar N, or data missing; nothing is left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.margin import Margin
from engine.backtest.setup import Setup
from engine.errors import InvalidInput
from engine.market.coverage import SeriesKind
from engine.market.interval import Interval, parse_instant
from engine.research.artifacts import EquityCurve
from engine.research.backtesting import Laboratory
from engine.research.bundle import machine, verifying
from engine.research.bundle.comparison import first_difference
from engine.research.bundle.document import MachinePart, SignerPart, VerificationDocument
from engine.research.bundle.reading import read_bundle
from engine.research.bundle.verifying import verify
from engine.research.bundle.writing import bundle
from engine.research.opening import open_holdout
from engine.strategy.spec import code_hash
from tests.support.bundles import (
    CROSS,
    KEY,
    bundled,
    changed,
    funding,
    hourly_bars,
    laboratory,
    recorded,
)
from tests.support.hourly_bars import HOUR_MS, START_MS

SIGNER = SignerPart(fingerprint="SHA256:x", whose="unknown", name="")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle of the cross on 1,000 hourly bars with funding."""
    return bundled(laboratory(tmp_path_factory.mktemp("home"), hourly_bars(), funding()))


def check(content: bytes, there: Laboratory) -> VerificationDocument:
    return verify(there, read_bundle(content), SIGNER)


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this were another machine than the bundle's."""
    other = MachinePart(system="Other arm64", python="3.99.0", packages={})
    monkeypatch.setattr(verifying, "this_machine", lambda: other)


def test_the_same_bars_give_an_identical_run(content: bytes, tmp_path: Path) -> None:
    there = laboratory(tmp_path, hourly_bars())
    answer = check(content, there)
    assert (answer.verdict, answer.differences, answer.missing) == ("identical", (), ())
    assert answer.same_machine
    assert answer.signer == SIGNER


def test_the_funding_comes_from_the_bundle_and_more_bars_do_not_matter(
    content: bytes, tmp_path: Path
) -> None:
    assert check(content, laboratory(tmp_path, hourly_bars(1_500))).verdict == "identical"


def test_nothing_is_put_on_record_and_the_strategy_is_closed(content: bytes, tmp_path: Path) -> None:
    there = laboratory(tmp_path, hourly_bars())
    check(content, there)
    assert there.store.runs.list() == ()
    assert there.store.holdouts.get("BTC") is None
    assert [strategy.closed for strategy in there.loader.loaded] == [True]


def test_without_bars_it_says_what_to_fetch(content: bytes, tmp_path: Path) -> None:
    answer = check(content, laboratory(tmp_path))
    (need,) = answer.missing
    assert answer.verdict == "data missing"
    assert (need.instrument, need.interval) == ("bybit:linear:BTCUSDT", "1h")
    assert need.fetch.startswith("edgewright data import FILE --symbol BTCUSDT --interval 1h")


def test_a_part_of_the_window_is_not_enough(content: bytes, tmp_path: Path) -> None:
    assert check(content, laboratory(tmp_path, hourly_bars(400))).verdict == "data missing"
    hole = hourly_bars().at(np.delete(hourly_bars().open_time, 200))
    assert check(content, laboratory(tmp_path / "hole", hole)).verdict == "data missing"


def test_a_changed_bar_is_named_by_the_data_and_by_the_first_bar_that_differs(
    content: bytes, tmp_path: Path
) -> None:
    bundle = read_bundle(content)
    bar = int(bundle.trades.entry_bar[10])
    there = laboratory(tmp_path, hourly_bars(2_000, **{f"bar_{bar}": 90.0}))
    answer = check(content, there)
    first = answer.first_difference
    assert answer.verdict == "different"
    assert any(text.startswith("the data: hash") for text in answer.differences)
    assert first is not None
    assert (first.bar, first.time) == (bar, "2024-01-0" + first.time[9:])
    assert first.there == bundle.equity.equity[bar] != first.here
    assert any(text.startswith("total_return") for text in answer.differences)


def test_data_that_differ_where_it_does_not_matter_are_still_named(content: bytes, tmp_path: Path) -> None:
    bars = hourly_bars()
    louder = replace(bars, volume=bars.volume + 1)
    answer = check(content, laboratory(tmp_path, louder))
    assert (answer.verdict, answer.first_difference) == ("different", None)
    assert len(answer.differences) == 1


def test_of_the_holdout_here_no_figure_is_told(content: bytes, tmp_path: Path) -> None:
    bar = int(read_bundle(content).trades.entry_bar[10])
    there = laboratory(tmp_path, hourly_bars(1_000, **{f"bar_{bar}": 90.0}))
    there.store.holdouts.fix("BTC", START_MS + 50 * HOUR_MS, "first trial")
    answer = check(content, there)
    assert answer.first_difference is not None
    assert answer.first_difference.here is None
    assert any("the run reaches into the holdout" in text for text in answer.differences)
    assert not any("total_return" in text for text in answer.differences)


def test_another_code_of_the_same_maker_differs_at_a_bar(content: bytes, tmp_path: Path) -> None:
    def edit(fields: Any) -> None:
        fields["code"] = CROSS.replace('df["close"] >', 'df["open"] >')
        fields["run"]["strategy"]["code_hash"] = code_hash(fields["code"])

    answer = check(changed(content, edit), laboratory(tmp_path, hourly_bars(2_000)))
    assert answer.verdict == "different"
    assert answer.first_difference is not None
    assert any(text.startswith("trades: ") for text in answer.differences)


def test_a_parameter_that_the_code_does_not_allow_is_refused(content: bytes, tmp_path: Path) -> None:
    spoiled = changed(content, lambda fields: fields["run"]["params"].update(n=10**9))
    with pytest.raises(InvalidInput, match="outside its range"):
        check(spoiled, laboratory(tmp_path, hourly_bars()))


def shifted(fields: Any, share: float) -> None:
    """All that an imprecise machine might have: equity and metrics off by a share."""
    import base64

    from engine.store.codec import Table, pack, unpack

    numbers = dict(unpack(base64.b64decode(fields["tables"]["equity"])).numbers)
    numbers["equity"] = numbers["equity"] * (1 + share)
    fields["tables"]["equity"] = base64.b64encode(pack(Table(numbers))).decode()
    fields["run"]["metrics"]["sharpe"] *= 1 + share


def test_on_another_machine_nine_digits_are_enough(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = laboratory(tmp_path, hourly_bars())
    near, far = (changed(content, lambda fields, s=s: shifted(fields, s)) for s in (1e-10, 1e-8))
    assert check(near, there).verdict == "different"
    elsewhere(monkeypatch)
    assert check(near, there).verdict == "identical to 1e-9"
    assert not check(near, there).same_machine
    assert check(content, there).verdict == "identical"
    answer = check(far, there)
    assert (answer.verdict, answer.first_difference.bar) == ("different", 0)


def test_another_engine_version_is_named(content: bytes, tmp_path: Path) -> None:
    def older(fields: Any) -> None:
        fields["run"]["versions"]["engine"] = "1"
        shifted(fields, 1e-3)

    answer = check(changed(content, older), laboratory(tmp_path, hourly_bars()))
    assert answer.verdict == "different"
    assert answer.differences[0].startswith("engine version 1 in the bundle")


def test_finer_bars_are_needed_where_they_told_the_order(tmp_path: Path) -> None:
    fine = hourly_bars(4_000, Interval.M15)
    content = bundled(laboratory(tmp_path / "a", hourly_bars(), fine), detail=Interval.M15)
    assert check(content, laboratory(tmp_path / "b", hourly_bars(), fine)).verdict == "identical"
    answer = check(content, laboratory(tmp_path / "c", hourly_bars()))
    assert [need.interval for need in answer.missing] == ["15m"]
    assert [need.interval for need in check(content, laboratory(tmp_path / "d")).missing] == ["1h", "15m"]


def test_a_run_in_the_holdout_needs_the_bars_before_it_too(tmp_path: Path) -> None:
    home = laboratory(tmp_path / "a", hourly_bars(2_000))
    opened_run = open_holdout(home, recorded(home)).held_out.document
    content = bundle(home.store, opened_run.run_id, KEY)
    assert opened_run.data.warm_up is not None
    assert check(content, laboratory(tmp_path / "b", hourly_bars(2_000))).verdict == "identical"
    late = hourly_bars(2_000).between(parse_instant(opened_run.data.start) - HOUR_MS, None)
    answer = check(content, laboratory(tmp_path / "c", late))
    assert [need.purpose for need in answer.missing] == ["warm_up"]
    changed_before = laboratory(tmp_path / "d", hourly_bars(2_000, bar_1500=90.0))
    assert "the bars before the window" in check(content, changed_before).differences[0]


def test_mark_prices_of_a_margin_come_along(tmp_path: Path) -> None:
    home = laboratory(tmp_path / "a", hourly_bars(), funding())
    home.lake.append(replace(hourly_bars(), volume=np.zeros(1_000)), SeriesKind.MARK)
    content = bundled(home, setup=Setup(Costs(2.0, 5.5), margin=Margin(3.0)))
    assert "mark" in read_bundle(content).document.tables
    assert check(content, laboratory(tmp_path / "b", hourly_bars())).verdict == "identical"


def test_curves_of_another_length_differ_where_the_shorter_ends() -> None:
    def curve(*values: float) -> EquityCurve:
        times = START_MS + HOUR_MS * np.arange(1, len(values) + 1)
        return EquityCurve(times, np.array(values), np.array(values))

    assert first_difference(curve(1, 2), curve(1, 2), 0.0) is None
    first = first_difference(curve(1, 2), curve(1, 2, 3), 0.0)
    assert (first.bar, first.here, first.there) == (2, None, 3.0)
    first = first_difference(curve(1, 2, 3), curve(1, 5), 0.0)
    assert (first.bar, first.here, first.there) == (1, 2.0, 5.0)


def test_a_bar_at_another_time_differs_though_the_equity_does_not() -> None:
    times, equity = START_MS + HOUR_MS * np.arange(1, 4), np.ones(3)
    shifted_times = times + np.array([0, 0, HOUR_MS])
    here, there = (EquityCurve(closes, equity, equity) for closes in (times, shifted_times))
    first = first_difference(here, there, 0.0)
    assert (first.bar, first.time) == (2, "2024-01-01T03:00:00Z")


def test_this_machine_names_what_last_bits_depend_on() -> None:
    assert set(machine.this_machine().packages) == {"numpy", "pandas", "numba", "ta-lib"}

"""A search from start to end: what it records, what it never sees, and how it goes on after a stop."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.backtest.simulate import simulate_with
from engine.cancellation import Cancellation
from engine.errors import Cancelled, Conflict, InvalidInput
from engine.market.interval import Interval, parse_instant
from engine.research.backtesting import Laboratory, Window
from engine.research.holdout import holdout_point
from engine.research.returns import period_returns
from engine.research.search.backends import Threads
from engine.research.search.document import SearchDocument
from engine.research.search.samplers import Sampler
from engine.research.search.search import search
from engine.research.trials import recorded_returns
from engine.strategy.library import catalogue
from sandbox.loader import SandboxLoader
from tests.support.market import altered_after, made_bars
from tests.support.searches import CROSS, laboratory, request
from tests.support.trusted_loader import TrustedLoader, TrustedStrategy

SAMPLERS: tuple[Sampler, ...] = ("grid", "random", "tpe", "genetic")


class Stop(Exception):
    """The process ends here."""


def stopping_after(count: int):
    """A backend that ends the process, so to speak, once so many sets were run."""

    class Stopping(Threads):
        def running(self, work):
            from contextlib import contextmanager

            @contextmanager
            def opened():
                with Threads.running(self, work) as evaluate:
                    yield lambda sets: self.some(evaluate(sets))

            return opened()

        def some(self, results):
            nonlocal count
            for result in results:
                count -= 1
                if count < 0:
                    raise Stop
                yield result

    return Stopping()


def same_but_ids(one: SearchDocument, other: SearchDocument) -> bool:
    """Whether two searches of different databases found the same."""

    def plain(document: SearchDocument) -> dict:
        said = document.model_dump()
        return said | {
            "search_id": "",
            "strategy": "",
            "best": said["best"] and said["best"] | {"run_id": ""},
        }

    return plain(one) == plain(other)


@pytest.fixture
def lab(tmp_path: Path) -> Laboratory:
    return laboratory(tmp_path)


def test_every_row_is_the_single_run_and_a_trial_with_its_returns(lab: Laboratory) -> None:
    found = search(lab, request(trials=12))
    bars = lab.lake.bars(request().instrument, Interval.H1).closed_by(
        holdout_point(lab.lake, lab.store, "BTC")
    )
    strategy = TrustedStrategy(CROSS)
    trials = {tuple(trial.params.values()): trial for trial in lab.store.trials.list("BTC")}
    assert len(trials) == len(found.rows) == found.counts.evaluated == 12
    for row in found.rows:
        simulation = simulate_with(bars, strategy.signals(bars, row.params), request().setup)
        metrics, trial = simulation.metrics, trials[tuple(row.params.values())]
        assert row.metrics is not None and row.error is None
        for name, value in row.metrics.items():
            if name == "return_over_drawdown":
                assert value == metrics.total_return / metrics.max_drawdown
            else:
                assert value == getattr(metrics, name)
        assert trial.sharpe == metrics.sharpe and trial.window_end_ms == bars.end_ms
        assert trial.returns is not None
        returns = period_returns(bars.open_time, bars.interval, simulation.equity, request().setup.cash)
        kept = recorded_returns(trial.returns)
        assert (kept.start_ms, kept.period_ms) == (returns.start_ms, returns.period_ms)
        np.testing.assert_array_equal(kept.values, returns.values.astype(np.float32))


def test_the_best_set_is_a_run_of_its_own_and_no_second_trial(lab: Laboratory) -> None:
    found = search(lab, request(objectives=("calmar", "sharpe")))
    assert (
        found.best is not None
        and found.best.number
        == max(
            (row for row in found.rows if row.metrics and row.metrics["calmar"] is not None),
            key=lambda row: (row.metrics["calmar"], -row.number),
        ).number
    )
    run = lab.store.runs.get(found.best.run_id)
    assert run.card["params"] == found.best.params == found.rows[found.best.number].params
    assert run.card["metrics"]["calmar"] == found.best.metrics["calmar"]
    assert run.card["data"] == found.data.model_dump(mode="json") and run.strategy_id == found.strategy.id
    assert lab.store.trials.count("BTC") == found.counts.evaluated == 40
    assert found.warnings[0] == "The best of 40 tries flatters itself: assess it."


def test_a_search_never_sees_the_holdout(tmp_path: Path) -> None:
    bars = made_bars(2_000)
    lab = laboratory(tmp_path / "one", bars=bars)
    found = search(lab, request(trials=8))
    held_from = holdout_point(lab.lake, lab.store, "BTC")
    assert parse_instant(found.data.end) <= held_from < bars.end_ms
    standing = lab.store.holdouts.get("BTC")
    assert standing is not None and standing.holdout_from_ms == held_from
    cut_at = int(np.searchsorted(bars.open_time, held_from))
    other = search(
        laboratory(tmp_path / "other", bars=altered_after(bars, cut_at, seed=3)), request(trials=8)
    )
    assert other.rows == found.rows
    beyond = search(lab, request(trials=8, window=Window(end_ms=bars.end_ms)))
    assert beyond.rows == found.rows and beyond.data.end == found.data.end
    assert any("held out" in warning for warning in beyond.warnings)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_search_that_was_stopped_anywhere_goes_on_as_if_it_had_not_been(
    sampler: Sampler, tmp_path: Path
) -> None:
    whole = search(laboratory(tmp_path / "whole"), request(sampler=sampler, trials=70))
    stopped = laboratory(tmp_path / "stopped")
    for count in (0, 5, 33):
        with pytest.raises(Stop):
            search(stopped, request(sampler=sampler, trials=70), backend=stopping_after(count))
    resumed = search(stopped, request(sampler=sampler, trials=70))
    assert same_but_ids(resumed, whole)
    assert stopped.store.trials.count("BTC") == whole.counts.evaluated
    assert len(stopped.store.searches.list()) == 1


def test_a_finished_search_is_answered_from_its_record(lab: Laboratory) -> None:
    found = search(lab, request(trials=5))
    assert search(lab, request(trials=5), backend=stopping_after(0)) == found
    assert lab.store.searches.get(found.search_id).state == "done"
    assert len(lab.store.runs.list()) == 1
    assert search(lab, request(trials=5, seed=1)).search_id != found.search_id


@pytest.mark.parametrize(
    "change",
    [
        {"trials": 6},
        {"seed": 7},
        {"sampler": "tpe"},
        {"params": {"fast": 9}},
        {"code": CROSS + "\n"},
        {"window": Window(end_ms=parse_instant("2024-02-01"))},
        {"setup": replace(request().setup, cash=500.0)},
        {"objectives": ("sortino",)},
        {"patience": 3},
        {"name": "another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_could_change_the_result_makes_another_search(change: dict, lab: Laboratory) -> None:
    first = search(lab, request(trials=5))
    assert search(lab, request(**({"trials": 5} | change))).search_id != first.search_id


def test_cancelling_keeps_the_batches_that_were_finished(lab: Laboratory) -> None:
    cancellation = Cancellation()
    with pytest.raises(Cancelled):
        search(
            lab,
            request(sampler="tpe", trials=50),
            cancellation=cancellation,
            progress=lambda done, _: cancellation.cancel() if done > 0.45 else None,
        )
    assert lab.store.trials.count("BTC") == 20
    assert search(lab, request(sampler="tpe", trials=50)).counts.evaluated == 50


def test_progress_tells_the_sets_and_the_best_so_far(lab: Laboratory) -> None:
    told: list[tuple[float, str]] = []
    found = search(lab, request(trials=40), progress=lambda done, doing: told.append((done, doing)))
    assert found.best is not None
    assert len(told) == 41 and [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[0][1].startswith("1 of 40 sets") and told[-1][0] == 1.0
    assert told[-2][1] == f"40 of 40 sets, best Sharpe {found.best.metrics['sharpe']:.2f}"


def test_patience_ends_a_search_that_finds_nothing_better(lab: Laboratory) -> None:
    flat = CROSS.replace("up = mean", "up = df['close'] > 1e9 * mean").replace(' > mean(params["slow"])', "")
    found = search(lab, request(code=flat, sampler="tpe", trials=90, patience=2))
    assert found.stopped_early and found.counts.evaluated == 20 and found.best is None
    assert "Stopped after 20 of 90 sets: 2 batches without a new height." in found.warnings
    assert "sharpe is undefined for every set: none is the best." in found.warnings
    patient = search(lab, request(sampler="tpe", trials=60, patience=50))
    assert not patient.stopped_early and patient.counts.evaluated == 60


def test_the_front_holds_what_nothing_beats(lab: Laboratory) -> None:
    found = search(lab, request(sampler="genetic", trials=60, objectives=("sharpe", "profit_factor")))
    points = {
        row.number: (row.metrics["sharpe"], row.metrics["profit_factor"]) for row in found.rows if row.metrics
    }
    points = {number: point for number, point in points.items() if None not in point}
    beaten = {
        number
        for number, (x, y) in points.items()
        if any(a >= x and b >= y and (a, b) != (x, y) for a, b in points.values())
    }
    assert set(found.front) == points.keys() - beaten and found.best is not None
    assert found.best.number in found.front


def test_a_set_that_fails_in_the_sandbox_is_a_row_and_no_trial(tmp_path: Path, walls: None) -> None:
    code = CROSS.replace(
        '"stop_loss": params["stop"]',
        '"stop_loss": -1.0 if params["fast"] % 2 else params["stop"]',
    )
    with SandboxLoader(zygotes=2) as loader:
        lab = laboratory(tmp_path, loader=loader)
        found = search(lab, request(code=code, trials=20))
    failed = [row for row in found.rows if row.error is not None]
    assert failed and all(row.metrics is None and row.params["fast"] % 2 for row in failed)
    assert found.counts.failed == len(failed) and lab.store.trials.count("BTC") == 20 - len(failed)
    assert any(f"{len(failed)} of 20 sets failed, the first one so: " in each for each in found.warnings)


def test_fixed_parameters_stay_and_those_without_a_range_are_named(lab: Laboratory) -> None:
    code = CROSS.replace("PARAMS = {", 'PARAMS = {\n    "odd": {"default": 3},')
    found = search(lab, request(code=code, params={"slow": 60}, trials=6))
    assert {row.params["slow"] for row in found.rows} == {60} and found.fixed == {"slow": 60, "odd": 3}
    assert [axis.name for axis in found.axes] == ["fast", "stop"]
    assert "PARAMS opens no range for odd = 3: not searched." in found.warnings


def test_a_space_smaller_than_the_budget_is_said_to_be_used_up(lab: Laboratory) -> None:
    found = search(lab, request(params={"slow": 60, "stop": 0.1}, trials=50))
    assert found.counts.evaluated == 36 and {row.params["fast"] for row in found.rows} == set(range(5, 41))
    assert "After 36 of 50 sets no new one could be found." in found.warnings


def test_a_lost_claim_stops_the_search_before_it_writes(lab: Laboratory) -> None:
    jobs = lab.store.jobs
    jobs.enqueue("search", {})
    claim = jobs.claim("one", ["search"], 60_000)
    assert claim is not None

    def lose(done: float, _doing: str) -> None:
        if done > 0.5 and jobs.get(claim.id).status == "running":
            jobs.stop(claim)

    with pytest.raises(Conflict, match="no longer holds"):
        search(lab, request(sampler="tpe", trials=50), progress=lose, claim=claim)
    assert lab.store.trials.count("BTC") == 20 and not lab.store.runs.list()


def test_a_record_that_holds_other_sets_is_not_built_upon(lab: Laboratory, tmp_path: Path) -> None:
    with pytest.raises(Stop):
        search(lab, request(trials=64), backend=stopping_after(40))
    with sqlite3.connect(tmp_path / "store.db") as database:
        database.execute("""UPDATE search_results SET params = '{"fast":1}' WHERE number = 3""")
    database.close()
    with pytest.raises(Conflict, match=r"on record as its set 3.*another seed"):
        search(lab, request(trials=64))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trials": 0}, "trials = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"patience": 0}, "patience = 0"),
        ({"sampler": "swarm"}, "no sampler 'swarm'.*tpe"),
        ({"objectives": ("luck",)}, "no objective 'luck'.*sharpe"),
        ({"objectives": ()}, "one or more"),
        ({"objectives": ("sharpe", "sharpe")}, "each once"),
        ({"heat_map": ("fast", "odd")}, "'odd' is not searched.*fast, slow, stop"),
        ({"heat_map": ("fast", "fast")}, "'fast' stands there twice"),
        ({"window": Window(start_ms=0)}, "outside the data"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_request_that_cannot_be_is_refused_and_leaves_nothing(
    change: dict, said: str, lab: Laboratory
) -> None:
    with pytest.raises(InvalidInput, match=said):
        search(lab, request(**change))
    assert not lab.store.searches.list() and lab.store.holdouts.get("BTC") is None


def test_a_ready_strategy_runs_by_its_compiled_form_with_the_same_table(tmp_path: Path) -> None:
    code = catalogue.text("sma_cross")
    compiled = search(laboratory(tmp_path / "one"), request(code=code))
    single = search(laboratory(tmp_path / "two"), request(code=code), backend=Threads(1))
    by_text = search(laboratory(tmp_path / "three"), request(code=code + "\n"))
    assert compiled.rows == by_text.rows and same_but_ids(compiled, single)


def test_everything_that_was_loaded_is_closed(tmp_path: Path) -> None:
    loader = TrustedLoader()
    search(laboratory(tmp_path, loader=loader), request(trials=3))
    assert loader.loaded and all(strategy.closed for strategy in loader.loaded)


def test_finer_bars_tell_the_order_inside_a_bar_in_a_search_too(tmp_path: Path) -> None:
    from engine.market.resample import resampled

    fine = made_bars(8_000, interval=Interval.M15)
    lab = laboratory(tmp_path, bars=resampled(fine, Interval.H1))
    lab.lake.append(fine)
    found = search(lab, request(trials=4, detail=Interval.M15))
    assert found.data.detail is not None and found.best is not None
    assert lab.store.runs.get(found.best.run_id).card["metrics"]["sharpe"] == found.best.metrics["sharpe"]
    assert lab.store.trials.count("BTC") == 4

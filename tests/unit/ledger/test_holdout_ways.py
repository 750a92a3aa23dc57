"""Ways to reach behind the holdout, judged from outside: each is walked in two worlds that differ only there.

Whoever adds an entrance to data adds its ways here: a function of the core whose answer holds all that a
caller sees. One that differs between the worlds has seen what is held out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.market.interval import format_instant, parse_interval
from engine.research.reproduction import reproduce, rerun
from engine.research.search.request import SearchRequest
from engine.research.search.search import search
from tests.support.hourly_bars import HOUR_MS
from tests.support.two_futures import END, HELD_FROM, Way, Worlds, later, world
from tools.agent import GenerateStrategy, generate_strategy
from tools.assessment import assessed
from tools.backtest import (
    GetRun,
    ListRuns,
    RunBacktest,
    backtest_request,
    equity_columns,
    get_run,
    laboratory,
    list_runs,
    run_backtest,
    trade_rows,
)
from tools.comparison import CompareRuns, compare_runs
from tools.core import Core
from tools.ledger import open_holdout, show_holdouts, show_ledger
from tools.long_tool import Work
from tools.market import GetKlines, get_klines
from tools.strategy import SaveStrategy, ValidateStrategy, save_strategy, validate_strategy

PLAIN = """
PARAMS = {"n": {"default": 20, "low": 2, "high": 500}, "k": {"default": 1, "low": -500, "high": 500}}
def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(params["n"]).mean()
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
"""
HEAD = "def generate_signals(df, params):\n"
TAIL = "    return pd.DataFrame({'long_entry': up, 'long_exit': ~up}, index=df.index)\n"


def at(hours: int) -> str:
    """An instant so many hours after the holdout begins."""
    return format_instant(HELD_FROM + hours * HOUR_MS)


def ran(**changes: Any) -> Way:
    """A backtest through the tool, with all that it gives back."""
    asked = {"symbol": "bybit:linear:BTCUSDT", "interval": "1h", "code": PLAIN, "detail": "full", **changes}
    return lambda core: run_backtest(core, RunBacktest(**asked))


def coded(body: str, **changes: Any) -> Way:
    """A backtest of a strategy that tries something itself."""
    return ran(
        code="PARAMS = {'k': {'default': 1, 'low': -500, 'high': 500}}\n" + HEAD + body + TAIL, **changes
    )


def replayed(**changes: Any) -> Way:
    """The replay for look-ahead on recorded bars."""
    code = changes.pop("code", PLAIN)
    asked = {"code": code, "symbol": "bybit:linear:BTCUSDT", "interval": "1h", **changes}
    return lambda core: validate_strategy(core, ValidateStrategy(**asked))


def after_a_run(then: Callable[[Core, str], Any]) -> Way:
    """Something done with a run that is on record."""

    def way(core: Core) -> Any:
        run_id = run_backtest(
            core, RunBacktest(symbol="bybit:linear:BTCUSDT", interval="1h", code=PLAIN)
        ).run_id
        return then(core, run_id)

    return way


def searched(sampler: str = "grid", **changes: Any) -> Way:
    """A search over the parameters of a strategy, with its whole table."""

    def way(core: Core) -> Any:
        asked = {"symbol": "bybit:linear:BTCUSDT", "interval": "1h", "code": PLAIN, **changes}
        run = backtest_request(core, RunBacktest(**asked))
        fields = {
            name: getattr(run, name)
            for name in ("name", "code", "strategy_id", "origin", "instrument", "interval", "window", "setup")
        }
        request = SearchRequest(**fields, params={"k": 1}, detail=run.detail, sampler=sampler, trials=6)
        return search(laboratory(core), request)

    return way


def judged(**changes: Any) -> Way:
    """A run and its whole assessment: forecast, stress on other markets, regimes, ledger."""

    def way(core: Core) -> Any:
        asked = {"symbol": "bybit:linear:BTCUSDT", "interval": "1h", "code": PLAIN, **changes}
        run_id = run_backtest(core, RunBacktest(**asked)).run_id
        return assessed(core, run_id, 0, Work())

    return way


def compared(core: Core) -> Any:
    asked = RunBacktest(symbol="bybit:linear:BTCUSDT", interval="1h", code=PLAIN)
    runs = [run_backtest(core, asked.model_copy(update={"params": {"n": n}})).run_id for n in (20, 40)]
    return compare_runs(core, CompareRuns(run_ids=runs))


def with_detail(core: Core) -> Any:
    request = backtest_request(core, RunBacktest(symbol="bybit:linear:BTCUSDT", interval="1h", code=PLAIN))
    run = laboratory(core).run(replace(request, detail=parse_interval("15m")))
    return run.document.model_dump(exclude={"run_id"})


def saved_and_run(core: Core) -> Any:
    saved = save_strategy(core, SaveStrategy(name="late", code=PLAIN))
    asked = RunBacktest(
        symbol="BTCUSDC", interval="1h", strategy_id=saved.strategy_id, end=at(100), detail="full"
    )
    return run_backtest(core, asked)


def composed_and_run(core: Core) -> Any:
    written = generate_strategy(core, GenerateStrategy(idea="RSI below 30", symbol="BTCUSDT", interval="1h"))
    asked = RunBacktest(
        symbol="bybit:spot:BTCUSDT", interval="1h", strategy_id=written.strategy_id, detail="full"
    )
    return [written, run_backtest(core, asked)]


def after_new_bars(core: Core) -> Any:
    later(core, 1 if core.settings.home.name == "one" else 2)
    return ran()(core)


def report_of(core: Core, run_id: str) -> Any:
    again = rerun(laboratory(core), run_id)
    return [again.document.model_dump(), again.simulation.equity, again.simulation.benchmark_equity]


WINDOWS: dict[str, Way] = {
    "no dates": ran(),
    "an end behind it": ran(end=at(100)),
    "the end of the data": ran(end=format_instant(END)),
    "an end behind the data": ran(end="2030-01-01"),
    "one hour more": ran(end=at(1)),
    "to the instant": ran(end=at(0)),
    "a start behind it": ran(start=at(24)),
    "a start at it": ran(start=at(0)),
    "the whole of it": ran(start=at(0), end=format_instant(END)),
    "touching it by one bar": ran(start=at(-1)),
    "touching it by two bars": ran(start=at(-2)),
    "a window across it": ran(start=at(-48), end=at(48)),
    "an end in another time zone": ran(end=at(9)[:-1] + "+02:00"),
    "a start after the end": ran(start=at(50), end=at(10)),
}
SERIES: dict[str, Way] = {
    "another symbol in lower case": ran(symbol="btcusdc"),
    "the full name in odd case": ran(symbol="ByBit:Linear:btcusdt"),
    "spot": ran(symbol="bybit:spot:BTCUSDT"),
    "another venue": ran(symbol="BTCUSDT", venue="binance"),
    "a category": ran(symbol="BTCUSDT", venue="bybit", category="spot", end=at(300)),
    "another quote asset": ran(symbol="BTCUSDC", end=at(300)),
    "four hours": ran(interval="4h"),
    "days": ran(interval="1d", end=at(240)),
    "weeks that straddle it": ran(interval="1w"),
    "weeks with an end behind it": ran(interval="1w", end=at(24 * 7)),
    "quarters of an hour": ran(interval="15m"),
    "an interval that is not there": ran(interval="6h"),
}
SETTINGS: dict[str, Way] = {
    "finer bars": ran(detail_interval="15m"),
    "finer bars for days": ran(interval="1d", detail_interval="1h"),
    "finer bars through the engine": with_detail,
    "mark prices of a margin": ran(leverage=3),
    "funding": ran(funding=True, end=at(200)),
    "late orders": ran(latency_bars=400),
    "volume": ran(participation=0.01),
    "impact": ran(slippage={"model": "impact"}),
    "volatility": ran(sizing={"kind": "volatility", "annual_volatility": 0.2, "window": 400}),
    "drawdown": ran(drawdown_scaling={"limit": 0.5}),
}
CODE: dict[str, Way] = {
    "the next bar": coded("    up = df['close'].shift(-1) > df['close']\n"),
    "500 bars on": coded("    up = df['close'].shift(-500, fill_value=1.0) > df['close']\n"),
    "a parameter as the shift": coded("    up = df['close'].shift(params['k']) > 0\n", params={"k": -400}),
    "backwards": coded("    up = df['close'][::-1].cummax()[::-1] > df['close'] * 1.1\n"),
    "a centred mean": coded("    up = df['close'].rolling(99, center=True).mean() > df['close']\n"),
    "days from hours": coded(
        "    d = df['close'].resample('1D').last().reindex(df.index, method='bfill')\n"
        "    up = d > df['close']\n"
    ),
    "rows that are not there": coded(
        "    more = pd.date_range(df.index[0], periods=len(df) + 500, freq='1h')\n"
        "    wide = df['close'].reindex(more).bfill()\n    up = wide.iloc[:len(df)] > df['close'].mean()\n"
    ),
    "past the last row": coded("    up = df['close'] > df['close'].iloc[len(df) + 5]\n"),
    "a column of another series": coded("    up = df['mark'] > df['close']\n"),
    "the base of an array": coded("    up = df['close'] > df['close'].to_numpy().base.max()\n"),
    "a file": coded("    text = open('lake/manifest.json').read()\n    up = df['close'] > len(text)\n"),
    "a Parquet file": coded("    t = pd.read_parquet('lake')\n    up = df['close'] > t['close'].iloc[-1]\n"),
    "numpy's reader": coded("    t = np.fromfile('/proc/self/mem')\n    up = df['close'] > t[0]\n"),
    "the database": coded(
        "    import sqlite3\n    sqlite3.connect('edgewright.db')\n    up = df['close'] > 0\n"
    ),
    "an import": coded("    os = __import__('os')\n    up = df['close'] > len(os.listdir('/'))\n"),
    "a failure that tells": coded("    up = df['close'] > 0\n    raise ValueError(str(df['close'].max()))\n"),
    "a print that tells": coded("    print(df['close'].iloc[-1], df.index[-1])\n    up = df['close'] > 0\n"),
}
PEEKS = HEAD + "    up = df['close'].shift(-3) > df['close']\n" + TAIL
REPLAY: dict[str, Way] = {
    "the replay": replayed(interval="4h"),
    "the replay on weeks": replayed(interval="1w"),
    "the replay of a peeker": replayed(code=PEEKS),
    "the replay of a peeker on spot": replayed(code=PEEKS, symbol="bybit:spot:BTCUSDT"),
    "the replay of a peeker on days": replayed(code=PEEKS, interval="1d"),
}
RECORDS: dict[str, Way] = {
    "reproducing a run": after_a_run(lambda core, run_id: vars_of(reproduce(laboratory(core), run_id))),
    "the report of a run": after_a_run(report_of),
    "a run with its trades": after_a_run(
        lambda core, run_id: get_run(core, GetRun(run_id=run_id, detail="full"))
    ),
    "equity of a run": after_a_run(equity_columns),
    "trades of a run": after_a_run(trade_rows),
    "the list of runs": after_a_run(lambda core, _: list_runs(core, ListRuns(limit=1))),
    "the ledger": after_a_run(lambda core, _: [len(show_ledger(core, "btc", None, 3).ledgers)]),
    "the holdout": after_a_run(lambda core, _: show_holdouts(core, " btc ").holdouts[0].holdout_from),
    "a run that was never made": lambda core: open_holdout(core, "run_000000000000000"),
    "a saved strategy": saved_and_run,
    "a composed strategy": composed_and_run,
    "new bars": after_new_bars,
}
SEARCH: dict[str, Way] = {
    "a grid": searched(),
    "a search with an end behind it": searched(end=at(200)),
    "a random search on weeks": searched("random", interval="1w"),
    "a search with finer bars": searched("tpe", detail_interval="15m"),
    "a search on spot from within it": searched(symbol="bybit:spot:BTCUSDT", start=at(5)),
}
ASSESS: dict[str, Way] = {
    "an assessment": judged(),
    "an assessment of a window with an end behind it": judged(end=at(200)),
    "an assessment beside spot and another venue": judged(symbol="bybit:spot:BTCUSDT"),
    "an assessment of weeks": judged(interval="1w"),
    "an assessment with finer bars": judged(detail_interval="15m"),
    "an assessment with mark prices": judged(leverage=3, funding=True),
    "an assessment of a peeker": judged(code=PEEKS),
    "an assessment after new bars": lambda core: [after_new_bars(core), judged(start=at(-500))(core)],
    "a comparison of runs": lambda core: compared(core),
}

WAYS = WINDOWS | SERIES | SETTINGS | CODE | REPLAY | RECORDS | SEARCH | ASSESS


def vars_of(reproduction: Any) -> list[Any]:
    return [reproduction.verdict, list(reproduction.differences), reproduction.card_hash]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    home = tmp_path_factory.mktemp("worlds")
    with world(home / "one", 1) as one, world(home / "other", 2) as other:
        yield Worlds(one, other)


@pytest.mark.parametrize("name", WAYS)
def test_no_way_reaches_behind_the_holdout(worlds: Worlds, name: str) -> None:
    assert worlds.leaks(WAYS[name]) == ""


def test_there_are_at_least_50_ways() -> None:
    assert len(WAYS) >= 50


def test_what_does_see_it_is_noticed(worlds: Worlds) -> None:
    newest = GetKlines(symbol="bybit:linear:BTCUSDT", interval="1h", limit=3)
    assert worlds.leaks(lambda core: get_klines(core, newest))
    assert worlds.leaks(after_a_run(lambda core, run_id: open_holdout(core, run_id)))


def test_the_ways_through_an_assessment_end_in_one(worlds: Worlds) -> None:
    assert {judged()(core).verdict for core in (worlds.one, worlds.other)} <= {
        "reject",
        "not enough evidence",
    }

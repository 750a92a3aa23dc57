"""How a run trades, at the command line: options, what they leave on record, and running it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exchange.book import RISK_TIERS
from tests.support.exchange.clock import VirtualClock
from tests.support.exchange.server import Exchange
from tests.support.market import HOUR_MS, START_MS, made_bars, made_funding
from tests.support.terminal import Done, edgewright

HOURS = 900
STOPS = '''"""Trends persist."""


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(20).mean()
    levels = {"stop_loss": 0.002, "take_profit": 0.002}
    return pd.DataFrame({"long_entry": up, "long_exit": ~up, **levels}, index=df.index)
'''
COSTS = ("--fee-level", "vip1", "--slippage-model", "volatility:0.1", "--cash", "5000")
SIZE = ("--sizing", "risk:0.02", "--drawdown-limit", "0.5", "--leverage", "5")
FILLS = ("--latency-bars", "1", "--participation", "0.5", "--filters")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder with a perpetual that was synced, its filters and tiers, and a strategy with stops."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "stops.py").write_text(STOPS, encoding="utf-8")
    with Exchange(VirtualClock(START_MS + HOURS * HOUR_MS)) as exchange:
        exchange.book.list_perpetual("BTCUSDT")
        for kind in ("kline", "mark-price-kline"):
            exchange.book.add_bars(made_bars(HOURS), kind)
        exchange.book.add_funding(made_funding(HOURS // 8))
        sync = ("data", "sync", "BTCUSDT", "1h", "--start", "2024-01-01")
        synced = edgewright(folder, *sync, EDGEWRIGHT_BYBIT_HOST=exchange.url)
    assert synced.code == 0, synced.err
    assert "Order filters kept, and 3 risk tiers." in synced.err
    return folder


def backtest(home: Path, *options: str) -> Done:
    return edgewright(home, "backtest", "stops.py", "--symbol", "BTCUSDT", "--interval", "1h", *options)


def test_options_reach_the_card_and_the_run_is_repeated_to_the_same_bits(home: Path) -> None:
    plain, done = backtest(home, "--json"), backtest(home, *COSTS, *SIZE, *FILLS, "--json")
    assert done.code == 0, done.err
    card = done.json
    assert card["costs"] == {
        "maker_fee_bps": 1.8,
        "taker_fee_bps": 4.0,
        "slippage": {"model": "volatility", "share": 0.1},
        "funding": True,
        "cash": 5000.0,
    }
    trading = card["trading"]
    assert trading["execution"] == {"latency_bars": 1, "participation": 0.5}
    assert trading["filters"]["tick"] == 0.1
    assert trading["margin"]["leverage"] == 5.0
    assert len(trading["margin"]["tiers"]) == len(RISK_TIERS)
    assert trading["sizing"] == {"kind": "risk", "fraction": 0.02}
    assert trading["drawdown_scaling"] == {"limit": 0.5, "floor": 0.0}
    assert card["card_hash"] != plain.json["card_hash"]
    assert card["metrics"] != plain.json["metrics"]
    again = edgewright(home, "reproduce", card["run_id"], "--json", "--check")
    assert again.code == 0, again.err
    assert again.json["verdict"] == "identical"


def test_a_person_is_told_how_it_traded_and_what_the_bars_leave_open(home: Path) -> None:
    told = backtest(home, "--leverage", "5", "--sizing", "fraction:0.5")
    assert told.code == 0, told.err
    assert "Trades with 5x leverage, size 0.5 of equity" in told.out
    assert "where the order decided)" in told.out


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--sizing", "martingale:2"), ("martingale", "fraction:FRACTION", "kelly:SHARE")),
        (("--slippage-model", "fixed:1", "--slippage-bps", "2"), ("the same thing twice",)),
        (("--leverage", "101"), ("above the first tier's 100",)),
        (("--detail-interval", "5m"), ("no bybit:linear:BTCUSDT 5m",)),
    ],
)
def test_a_value_that_cannot_be_gets_one_message(
    home: Path, options: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    done = backtest(home, *options)
    assert done.code == 1, (done.out, done.err)
    assert "Traceback" not in done.err
    for part in parts:
        assert part in done.err, (part, done.err)


def test_filters_that_were_never_fetched_are_asked_for(home: Path, tmp_path: Path) -> None:
    (tmp_path / "stops.py").write_text(STOPS, encoding="utf-8")
    series = Path("lake/bybit/linear/BTCUSDT/bars-1h")
    (tmp_path / series.parent).mkdir(parents=True)
    (tmp_path / series).symlink_to(home / series)
    done = backtest(tmp_path, "--filters")
    assert done.code == 1
    assert "The lake has no order filters of bybit:linear:BTCUSDT." in done.err
    assert "data sync" in done.err


def test_a_value_that_is_no_number_is_wrong_usage(home: Path) -> None:
    assert backtest(home, "--leverage", "much").code == 2

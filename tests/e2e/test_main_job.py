"""The main job, as a user does it at a terminal, on real bars where they are beside the project."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.hourly_bars import hourly_rows, write_csv
from tests.support.terminal import edgewright

CROSS = '''"""Trends persist: hold while the fast average is above the slow one."""
PARAMS = {"fast": {"default": 20, "low": 5, "high": 50}, "slow": {"default": 100, "low": 50, "high": 300}}
CONSTRAINTS = ["fast < slow"]


def generate_signals(df, params):
    fast = df["close"].rolling(params["fast"]).mean()
    slow = df["close"].rolling(params["slow"]).mean()
    up = fast > slow
    return pd.DataFrame(
        {
            "long_entry": up & ~up.shift(1, fill_value=False),
            "long_exit": ~up & up.shift(1, fill_value=False),
            "stop_loss": 0.05,
        },
        index=df.index,
    )
'''


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with 2,000 made-up hourly bars of BTCUSDT and a strategy file."""
    write_csv(tmp_path / "bars.csv", hourly_rows())
    (tmp_path / "strategy.py").write_text(CROSS, encoding="utf-8")
    done = edgewright(tmp_path, "data", "import", "bars.csv", "--symbol", "BTCUSDT", "--interval", "1h")
    assert done.code == 0, done.err
    return tmp_path


def test_importing_real_bars_counts_them_and_importing_again_changes_nothing(
    tmp_path: Path, market_files: Path
) -> None:
    file = market_files / "bybit_linear_BTCUSDT_1h.parquet"
    arguments = ("data", "import", file, "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    first = edgewright(tmp_path, *arguments).json["series"][0]
    assert (first["bars"], first["added"], first["gaps"]) == (19261, 19261, [])
    before = {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    again = edgewright(tmp_path, *arguments).json["series"][0]
    assert (again["bars"], again["added"], again["known"]) == (19261, 0, 19261)
    assert before == {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()}


def test_spot_and_linear_bars_mark_and_funding_live_side_by_side(tmp_path: Path, market_files: Path) -> None:
    done = edgewright(tmp_path, "data", "import", market_files, "--json")
    assert done.code == 0, done.err
    held = {
        (entry["instrument"], entry["kind"])
        for entry in edgewright(tmp_path, "data", "list", "--json").json["series"]
    }
    for wanted in (
        ("bybit:linear:BTCUSDT", "bars"),
        ("bybit:linear:BTCUSDT", "mark"),
        ("bybit:linear:BTCUSDT", "funding"),
        ("bybit:spot:BTCUSDT", "bars"),
        ("binance:spot:BTCUSDT", "bars"),
        ("bybit:linear:WIFUSDT", "funding"),
    ):
        assert wanted in held
    ambiguous = edgewright(tmp_path, "backtest", "library:rsi", "--symbol", "BTCUSDT", "--interval", "1h")
    assert ambiguous.code == 1
    assert "bybit:linear:BTCUSDT" in ambiguous.err
    assert "binance:spot:BTCUSDT" in ambiguous.err


def test_a_backtest_prints_one_document_and_the_same_again_has_the_same_numbers(home: Path) -> None:
    arguments = ("backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    first, second = edgewright(home, *arguments), edgewright(home, *arguments)
    assert first.code == 0, first.err
    document = first.json
    assert {
        "schema",
        "run_id",
        "strategy",
        "data",
        "params",
        "costs",
        "metrics",
        "benchmark",
        "warnings",
        "card_hash",
    } <= set(document)
    assert set(document["strategy"]) >= {"id", "name", "code_hash"}
    assert set(document["data"]) >= {
        "instrument",
        "interval",
        "source",
        "start",
        "end",
        "bars",
        "hash",
        "synthetic",
        "holdout_from",
    }
    assert document["strategy"]["name"] == "strategy"
    assert document["data"]["end"] <= document["data"]["holdout_from"]
    assert document["run_id"] != second.json["run_id"]
    assert document["metrics"] == second.json["metrics"]
    assert document["card_hash"] == second.json["card_hash"]


def test_newer_bars_change_nothing_in_a_run_and_reproduce_says_so(home: Path) -> None:
    arguments = ("backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    before = edgewright(home, *arguments).json
    write_csv(home / "more.csv", hourly_rows(3_000))
    appended = edgewright(
        home, "data", "import", "more.csv", "--symbol", "BTCUSDT", "--interval", "1h", "--json"
    )
    assert appended.json["series"][0]["added"] == 1_000
    after = edgewright(home, *arguments).json
    assert (after["metrics"], after["card_hash"]) == (before["metrics"], before["card_hash"])
    again = edgewright(home, "reproduce", before["run_id"], "--json", "--check")
    assert again.code == 0
    assert again.json["verdict"] == "identical"


def test_a_backtest_ends_where_the_holdout_begins(home: Path) -> None:
    base = ("backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h")
    usual = edgewright(home, *base, "--json").json
    cut_short = edgewright(home, *base, "--json", "--end", "2024-03-20").json
    assert cut_short["data"]["end"] == usual["data"]["end"]
    assert any("held out" in warning for warning in cut_short["warnings"])
    refused = edgewright(home, *base, "--include-holdout")
    assert refused.code == 2 and "--include-holdout" in refused.err


def test_the_holdout_is_opened_once_by_a_person_and_counts(home: Path) -> None:
    base = ("backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h")
    run = edgewright(home, *base, "--json").json
    opened = edgewright(home, "holdout", "open", run["run_id"], "--json")
    assert opened.code == 0, opened.err
    answer = opened.json
    assert (answer["schema"], answer["research"]["run_id"], answer["left"]) == (1, run["run_id"], 4)
    assert answer["research"]["metrics"] == run["metrics"]
    held_out = answer["held_out"]["data"]
    assert held_out["start"] == run["data"]["holdout_from"] and held_out["includes_holdout"]
    assert any("holdout" in warning for warning in answer["warnings"])
    shown = edgewright(home, "show", answer["held_out"]["run_id"])
    assert "HOLDOUT INCLUDED" in shown.out
    (home / "twin.py").write_text(CROSS.replace("fast", "quick").replace("up", "above"), encoding="utf-8")
    copied = edgewright(home, "backtest", "twin.py", *base[2:], "--json").json
    again = edgewright(home, "holdout", "open", copied["run_id"])
    assert again.code == 1 and "has opened the holdout of BTC" in again.err


def test_the_ledger_and_the_holdout_are_shown_and_moved(home: Path) -> None:
    base = ("backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h")
    assert edgewright(home, "ledger", "--json").json["ledgers"] == []
    assert edgewright(home, "holdout", "show", "BTC", "--json").json["holdouts"][0]["by"] == "proposed"
    run = edgewright(home, *base, "--json").json
    klines = '{"symbol": "BTCUSDT", "interval": "1h", "limit": 3}'
    assert edgewright(home, "call", "get_klines", klines).code == 0
    ledger = edgewright(home, "ledger", "btc", "--json").json["ledgers"][0]
    assert (ledger["trials"], ledger["effective"], ledger["newest"][0]["run_id"]) == (1, 1, run["run_id"])
    shown = edgewright(home, "holdout", "show", "--json").json["holdouts"][0]
    assert (shown["base_asset"], shown["by"], shown["left"]) == ("BTC", "first trial", 5)
    assert "get_klines read bybit:linear:BTCUSDT 1h" in shown["read_past"][0]
    moved = edgewright(home, "holdout", "set", "BTC", "2024-03-01", "--reason", "to test", "--json")
    assert moved.json["holdouts"][0]["holdout_from"] == "2024-03-01T00:00:00Z"
    assert [entry["kind"] for entry in moved.json["holdouts"][0]["history"]] == ["fixed", "moved"]
    assert edgewright(home, "holdout", "set", "BTC", "2024-03-01").code == 2
    assert edgewright(home, "holdout", "set", "BTC", "soon", "--reason", "x").code == 1
    assert edgewright(home, *base, "--json").json["data"]["end"] == "2024-03-01T00:00:00Z"
    for command in (("ledger",), ("ledger", "BTC"), ("holdout", "show")):
        printed = edgewright(home, *command)
        assert printed.code == 0 and "BTC" in printed.out, printed.err
    assert edgewright(home, "ledger", "XYZ").code == 1


def test_costs_parameters_and_cash_reach_the_result(home: Path) -> None:
    base = ("backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    usual = edgewright(home, *base).json
    dear = edgewright(
        home,
        *base,
        "--taker-fee-bps",
        "20",
        "--maker-fee-bps",
        "5",
        "--slippage-bps",
        "3",
        "--cash",
        "500",
        "--param",
        "fast=10",
        "--no-funding",
        "--start",
        "2024-01-10",
    ).json
    assert dear["costs"] == {
        "maker_fee_bps": 5.0,
        "taker_fee_bps": 20.0,
        "slippage": {"model": "fixed", "bps": 3.0},
        "funding": False,
        "cash": 500.0,
    }
    assert dear["params"]["fast"] == 10
    assert dear["data"]["start"] == "2024-01-10T00:00:00Z"
    assert dear["card_hash"] != usual["card_hash"]
    assert any("funding" in warning.lower() for warning in usual["warnings"])
    assert not any("funding" in warning.lower() for warning in dear["warnings"])


def test_generate_writes_code_that_backtest_takes(home: Path) -> None:
    idea = "buy when RSI(14) drops below 30, sell when it rises above 60, stop loss 3%, only long"
    made = edgewright(
        home, "generate", idea, "--symbol", "BTCUSDT", "--interval", "1h", "--json", "--out", "made.py"
    )
    assert made.code == 0, made.err
    answer = made.json
    assert answer["validation"]["verdict"] == "accepted"
    assert "not a language model" in answer["written_by"]
    assert answer["understood"]["stop"] == pytest.approx(0.03)
    assert (home / "made.py").read_text(encoding="utf-8") == answer["code"]
    run = edgewright(
        home, "backtest", answer["strategy_id"], "--symbol", "BTCUSDT", "--interval", "1h", "--json"
    )
    assert run.code == 0, run.err
    assert run.json["strategy"]["id"] == answer["strategy_id"]


def test_an_idea_that_says_nothing_gets_one_question(home: Path) -> None:
    asked = edgewright(home, "generate", "make me money", "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    assert asked.code == 0
    assert asked.json["code"] is None
    assert asked.json["question"]["text"].endswith("?")


def test_the_demo_runs_from_an_idea_to_a_report_without_any_data_or_network(tmp_path: Path) -> None:
    done = edgewright(tmp_path, "demo", "--json")
    assert done.code == 0, done.err
    answer = done.json
    assert "SYNTHETIC" in answer["data"]
    assert answer["run"]["data"]["synthetic"]
    assert any("SYNTHETIC" in warning for warning in answer["run"]["warnings"])
    page = Path(answer["report"]).read_text(encoding="utf-8")
    assert "SYNTHETIC" in page
    assert answer["run"]["run_id"] in page
    shown = edgewright(tmp_path, "demo")
    assert shown.code == 0, shown.err
    assert ".html" in shown.out + shown.err
    assert "SYNTHETIC" in shown.out + shown.err


def test_the_demo_on_real_bars_says_which(tmp_path: Path, market_files: Path) -> None:
    file = market_files / "bybit_linear_BTCUSDT_1h.parquet"
    done = edgewright(tmp_path, "demo", "--data", file, "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    assert done.code == 0, done.err
    assert not done.json["run"]["data"]["synthetic"]
    assert "bybit_linear_BTCUSDT_1h.parquet" in done.json["data"]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"src", "srcset", "data", "action"} | ({"href"} if tag == "link" else set())
        self.loaded += [value for name, value in attrs if name in wanted and value]


def test_the_report_of_a_run_needs_no_network(home: Path) -> None:
    done = edgewright(
        home,
        "backtest",
        "library:bollinger",
        "--symbol",
        "BTCUSDT",
        "--interval",
        "1h",
        "--report",
        "run.html",
        "--json",
    )
    assert done.code == 0, done.err
    links = _Links()
    links.feed((home / "run.html").read_text(encoding="utf-8"))
    assert all(link.startswith("data:") for link in links.loaded)
    again = edgewright(home, "report", done.json["run_id"], "--out", "again.html")
    assert again.code == 0, again.err
    assert (home / "again.html").read_text(encoding="utf-8") == (home / "run.html").read_text(
        encoding="utf-8"
    )


def test_runs_and_show_read_what_is_on_record(home: Path) -> None:
    made = edgewright(
        home, "backtest", "library:macd", "--symbol", "BTCUSDT", "--interval", "1h", "--json"
    ).json
    listed = edgewright(home, "runs", "--json").json["runs"]
    assert [run["run_id"] for run in listed] == [made["run_id"]]
    shown = edgewright(home, "show", made["run_id"], "--json").json
    assert shown["metrics"] == made["metrics"]
    assert len(shown["newest_trades"]) == min(50, made["metrics"]["trades"])
    assert made["run_id"] in edgewright(home, "show", made["run_id"]).out


def test_call_reads_its_arguments_from_stdin_too(home: Path) -> None:
    done = edgewright(
        home, "call", "get_klines", "-", stdin=json.dumps({"symbol": "BTCUSDT", "interval": "1h", "limit": 2})
    )
    assert done.code == 0, done.err
    assert len(done.json["close"]) == 2


def test_doctor_names_every_wall_and_the_home_folder(home: Path) -> None:
    done = edgewright(home, "doctor", "--json")
    assert done.code == 0, done.err
    names = {check["name"] for check in done.json["checks"]}
    assert any(name.startswith("sandbox:") for name in names)
    assert {"home folder", "database", "lake"} <= names

"""Bad input: one clear message, exit code 1 (2 for wrong usage), no traceback, nothing changed or lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.hourly_bars import hourly_rows, write_csv
from tests.support.terminal import Done, edgewright

GOOD = '''"""A hypothesis."""


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(20).mean()
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
'''


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with bars of two instruments of one symbol, and one run on record."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "bars.csv", hourly_rows())
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    for category in ("linear", "spot"):
        imported = edgewright(
            folder,
            "data",
            "import",
            "bars.csv",
            "--symbol",
            "BTCUSDT",
            "--interval",
            "1h",
            "--category",
            category,
        )
        assert imported.code == 0, imported.err
    ran = edgewright(
        folder, "backtest", "good.py", "--symbol", "BTCUSDT", "--category", "linear", "--interval", "1h"
    )
    assert ran.code == 0, ran.err
    return folder


def kept(home: Path) -> tuple[dict[str, bytes], list[tuple[int, ...]]]:
    """Everything in the lake, and how many rows of each kind the store holds."""
    lake = {str(path): path.read_bytes() for path in (home / "lake").rglob("*") if path.is_file()}
    with sqlite3.connect(home / "edgewright.db") as database:
        names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        rows = [database.execute(f"select count(*) from {name}").fetchone() for name in sorted(names)]
    database.close()
    return lake, rows


def refused(done: Done, *parts: str, code: int = 1) -> None:
    """The command failed with one message that holds these parts."""
    assert done.code == code, (done.out, done.err)
    assert "Traceback" not in done.err + done.out
    for part in parts:
        assert part in done.err, (part, done.err)


def strategy(home: Path, body: str, name: str = "bad.py") -> str:
    (home / name).write_text(body, encoding="utf-8")
    return name


RUN = ("--symbol", "BTCUSDT", "--category", "linear", "--interval", "1h")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("backtest", "missing.py", *RUN), ("missing.py", ".py file")),
        (("backtest", ".", *RUN), ("is a folder",)),
        (("data", "import", "missing.csv"), ("missing.csv",)),
        (
            ("backtest", "good.py", "--symbol", "BTCUSDT", "--interval", "1h"),
            ("bybit:linear:BTCUSDT", "bybit:spot:BTCUSDT"),
        ),
        (("backtest", "good.py", "--symbol", "BTCUSD", "--interval", "1h"), ("BTCUSDT",)),
        (
            ("backtest", "good.py", "--symbol", "BTCUSDT", "--category", "linear", "--interval", "7m"),
            ("7m", "1m 3m 5m"),
        ),
        (
            ("backtest", "good.py", "--symbol", "BTCUSDT", "--category", "linear", "--interval", "4h"),
            ("4h", "1h"),
        ),
        (("backtest", "good.py", *RUN, "--start", "2019-01-01"), ("2019-01-01", "2024-01-01")),
        (("backtest", "good.py", *RUN, "--end", "2030-01-01"), ("2030-01-01", "2024-03-24")),
        (("backtest", "good.py", *RUN, "--start", "2024-02-01", "--end", "2024-01-20"), ("not before",)),
        (("backtest", "good.py", *RUN, "--start", "tomorrow"), ("tomorrow", "2024-01-31")),
        (("backtest", "good.py", *RUN, "--start", "2024-03-20"), ("holdout",)),
        (("backtest", "good.py", *RUN, "--param", "fast"), ("fast", "--param fast=20")),
        (("backtest", "good.py", *RUN, "--param", "fast=3"), ("no parameter 'fast'",)),
        (("backtest", "good.py", *RUN, "--cash", "-5"), ("cash",)),
        (("backtest", "good.py", *RUN, "--taker-fee-bps", "nan"), ("taker_fee_bps",)),
        (("backtest", "library:rsii", *RUN), ("rsi",)),
        (("show", "run_nothing"), ("run_nothing",)),
        (("reproduce", "run_nothing"), ("run_nothing",)),
        (("call", "run_backtests"), ("run_backtest",)),
        (("call", "get_klines", "{broken"), ("not JSON",)),
        (("call", "get_klines", "[]"), ("JSON object",)),
        (
            ("call", "get_klines", '{"symbol": "BTCUSDT", "interval": "1h", "limits": 1}'),
            ("did you mean 'limit'",),
        ),
        (("generate", "  "), ("empty",)),
        (("data", "sync", "BTCUSDT", "1h", "--start", "soon"), ("soon",)),
        (
            ("data", "sync", "BTCUSDT", "1h", "--start", "2024-01-01"),
            ("data import", "EDGEWRIGHT_BYBIT_HOST"),
        ),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_a_wrong_argument_gets_one_message_and_changes_nothing(
    home: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    before = kept(home)
    refused(edgewright(home, *arguments), *parts)
    assert kept(home) == before


HEAD = "def generate_signals(df, params):\n"
UP = "    e = df['close'] > 1\n"
WRONG = {
    "a series": (HEAD + "    return df['close'] > 1\n", ("DataFrame",)),
    "no exit": (HEAD + UP + "    return pd.DataFrame({'long_entry': e}, index=df.index)\n", ("long_exit",)),
    "short": (HEAD + UP + "    return pd.DataFrame({'long_entry': e[5:], 'long_exit': e[5:]})\n", ("rows",)),
    "numbers": (
        HEAD + "    return pd.DataFrame({'long_entry': df.close, 'long_exit': df.close})\n",
        ("bool",),
    ),
    "raises": (HEAD + "    x = 1 / 0\n    return df\n", ("ZeroDivisionError", "line 2")),
    "no such key": (HEAD + "    return df['no_such_column']\n", ("no_such_column", "line 2")),
    "loops": (HEAD + "    while True:\n        pass\n", ("longer than",)),
    "eats": (HEAD + "    x = []\n    while True:\n        x.append('y' * 10**6)\n", ("memory",)),
    "syntax": ("def generate_signals(df, params)\n    return df\n", ("line 1",)),
    "import": ("import os\n" + HEAD + "    return df\n", ("os", "line 1")),
    "no function": ("x = 1\n", ("generate_signals",)),
    "empty": ("", ("generate_signals",)),
    "parameters": ("PARAMS = {'n': {'low': 3}}\n" + HEAD + "    return df\n", ("default",)),
}


@pytest.mark.parametrize(("body", "parts"), WRONG.values(), ids=WRONG)
def test_a_wrong_strategy_gets_one_message_and_leaves_no_trace(
    home: Path, body: str, parts: tuple[str, ...]
) -> None:
    before = kept(home)
    name = strategy(home, body)
    limits = {"EDGEWRIGHT_STRATEGY_SECONDS": "2", "EDGEWRIGHT_STRATEGY_MEMORY_MB": "256"}
    refused(edgewright(home, "backtest", name, *RUN, **limits), *parts)
    assert kept(home) == before


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda rows: [rows[1], rows[0], *rows[2:]], ("unsorted",)),
        (lambda rows: [rows[0], rows[0], *rows[1:]], ("Row 3", "duplicated")),
        (lambda rows: [(*rows[0][:2], rows[0][3] * 0.5, *rows[0][3:]), *rows[1:]], ("Row 2", "high")),
        (lambda rows: [(*rows[0][:1], -1.0, *rows[0][2:]), *rows[1:]], ("Row 2", "not positive")),
        (lambda rows: [(*rows[0][:4], float("nan"), rows[0][5]), *rows[1:]], ("Row 2", "close")),
        (lambda rows: [(rows[0][0] + 1, *rows[0][1:]), *rows[1:]], ("1h",)),
    ],
    ids=["unsorted", "duplicate", "high", "negative", "nan", "misaligned"],
)
def test_a_wrong_file_of_bars_names_its_row_and_leaves_the_lake_alone(
    home: Path, change, parts: tuple[str, ...]
) -> None:
    before = kept(home)
    write_csv(home / "wrong.csv", change(hourly_rows(50)))
    done = edgewright(home, "data", "import", "wrong.csv", "--symbol", "ETHUSDT", "--interval", "1h")
    refused(done, "wrong.csv", *parts)
    assert kept(home) == before


def test_a_file_with_other_columns_is_told_which_it_has_and_which_it_needs(home: Path) -> None:
    before = kept(home)
    write_csv(home / "odd.csv", hourly_rows(50), header="when,a,b,c,d,e")
    done = edgewright(home, "data", "import", "odd.csv", "--symbol", "ETHUSDT", "--interval", "1h")
    refused(done, "odd.csv", "when", "open")
    assert kept(home) == before


def test_rows_that_contradict_what_is_known_are_refused(home: Path) -> None:
    before = kept(home)
    write_csv(home / "other.csv", hourly_rows(seed=2))
    done = edgewright(
        home, "data", "import", "other.csv", "--symbol", "BTCUSDT", "--interval", "1h", "--category", "linear"
    )
    refused(done, "2024-01-01")
    assert kept(home) == before


def test_wrong_usage_exits_with_2(home: Path) -> None:
    for arguments in (
        ("backtest",),
        ("backtests", "x"),
        ("backtest", "good.py", "--symbl", "B"),
        ("data", "lst"),
    ):
        done = edgewright(home, *arguments)
        assert done.code == 2, done.err
        assert "Traceback" not in done.err
        assert done.out == ""


def test_with_json_a_failure_is_one_document_too(home: Path) -> None:
    done = edgewright(home, "backtest", "missing.py", *RUN, "--json")
    assert done.code == 1
    assert done.json["error"]["type"] == "NotFound"
    assert "missing.py" in done.json["error"]["message"]


def test_a_judged_no_is_an_answer_and_check_makes_it_a_failure(home: Path) -> None:
    name = strategy(home, "import os\n\n\ndef generate_signals(df, params):\n    return df\n")
    plain = edgewright(home, "validate", name, "--json")
    assert plain.code == 0
    assert plain.json["verdict"] == "rejected"
    finding = plain.json["findings"][0]
    assert (finding["line"], finding["source_line"]) == (1, "import os")
    assert finding["hint"]
    assert edgewright(home, "validate", name, "--check").code == 1


def test_a_strategy_that_looks_ahead_is_told_where_and_check_makes_it_a_failure(home: Path) -> None:
    text = "\n\ndef generate_signals(df, params):\n    up = df.close.shift(-1) > df.close\n"
    text += "    return pd.DataFrame({'long_entry': up, 'long_exit': ~up}, index=df.index)\n"
    name = strategy(home, text)
    told = edgewright(home, "validate", name, "--check", "--json")
    assert told.code == 1 and told.json["verdict"] == "accepted"
    seen = told.json["lookahead"]
    assert (seen["verdict"], seen["needs_bars"], seen["line"]["line"]) == ("leaks", 1, 4)
    assert seen["first_time"] and seen["column"] in ("long_entry", "long_exit")
    left_out = edgewright(home, "validate", name, "--no-replay", "--check", "--json")
    assert left_out.code == 0 and left_out.json["lookahead"] is None
    half = edgewright(home, "validate", name, "--symbol", "BTCUSDT")
    refused(half, "needs symbol and interval")


def test_wrong_settings_are_named_not_shown(home: Path) -> None:
    done = edgewright(home, "runs", EDGEWRIGHT_STRATEGY_SECONDS="hunter2")
    refused(done, "strategy_seconds")
    assert "hunter2" not in done.err

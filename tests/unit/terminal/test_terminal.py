"""What the command line prints, on a terminal and into a pipe."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from agent_server.terminal import (
    print_error,
    print_run,
    print_table,
    print_validation,
    progress,
    source_with_caret,
    sparkline,
    standard_error,
    standard_output,
)
from engine.errors import InvalidInput, NotFound
from engine.strategy.port import Finding, Validation
from engine.strategy.spec import Parameter, StrategySpec
from tests.unit.report.builders import card_of, cross, walk

HOSTILE = "Evil [red]\x1b[2J\x07name\u202e\x9b31m"


@pytest.fixture(autouse=True)
def no_colour_settings(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def piped(width: int = 80, encoding: str = "utf-8") -> Console:
    """A console on a file, as in a pipe."""
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding), width=width, highlight=False)


def terminal(width: int) -> Console:
    return Console(
        file=io.StringIO(), width=width, force_terminal=True, highlight=False, color_system="truecolor"
    )


def text_of(console: Console) -> str:
    console.file.flush()
    if isinstance(console.file, io.StringIO):
        return console.file.getvalue()
    return console.file.buffer.getvalue().decode(console.encoding)


def run_card(**changes):
    bars = walk(800)
    simulation = cross(bars, 10, 30)
    return card_of(bars, simulation, **changes), simulation.equity


def printed_run(console: Console, *, report: str = "", **changes) -> str:
    card, equity = run_card(**changes)
    print_run(card, equity, console, report=report)
    return text_of(console)


def test_a_run_shows_every_metric_beside_buy_and_hold():
    text = printed_run(piped(), metrics={"total_return": 0.1234, "sharpe": None})
    rows = {line[:17].strip(): line[17:].split() for line in text.splitlines()}
    assert rows["Total return"][0] == "+12.3%" and len(rows["Total return"]) == 2
    assert rows["Sharpe ratio"][0] == "-"
    assert rows["Win rate"][1] == "-"
    assert len([line for line in text.splitlines() if re.match(r"^[A-Z].{16}  +[-+\d]", line)]) == 19


def test_a_run_says_where_it_and_its_report_are_in_one_piece():
    path = "/home/someone/" + "deep/" * 30 + "run.html"
    for console in (piped(40), terminal(40)):
        text = printed_run(console, report=path)
        assert f"report {path}\n" in text
        assert "run    run_01hx2m9k4abcdef\n" in text


def test_synthetic_data_is_said_loudly_and_real_data_is_not():
    assert "SYNTHETIC DATA" in printed_run(piped())
    text = printed_run(piped(), data={"synthetic": False, "includes_holdout": True})
    assert "SYNTHETIC" not in text and "HOLDOUT INCLUDED" in text


def test_the_band_is_shown_where_the_order_inside_bars_decided():
    band = {"total_return_low": -0.0213, "total_return_high": 0.3, "ambiguous_bars": 7}
    text = printed_run(piped(), band=band)
    assert "Inside bars: -2.13% to +30.0% (7 bars where the order decided)\n" in text
    assert "Inside bars" not in printed_run(piped(), band={**band, "ambiguous_bars": 0})
    assert "Inside bars" not in printed_run(piped())


def test_leverage_and_sizing_are_said_where_they_are_not_the_default():
    trading = {
        "execution": {"latency_bars": 1, "participation": None},
        "filters": None,
        "margin": {"leverage": 10.0, "tiers": []},
        "sizing": {"kind": "risk", "fraction": 0.01},
        "drawdown_scaling": {"limit": 0.2, "floor": 0.0},
    }
    text = printed_run(piped(), trading=trading)
    assert "Trades with 10x leverage, size for 0.01 of equity at risk, size shrinks to 0" in text
    assert "latency 1 bar\n" in text
    assert "Trades with" not in printed_run(piped())


def test_warnings_are_printed():
    assert "Warning: There is no funding data for bybit:linear:BTCUSDT" in printed_run(piped())


@pytest.mark.parametrize("width", [40, 60, 100])
def test_nothing_is_wider_than_the_terminal(width):
    console = terminal(width)
    card, equity = run_card()
    print_run(card, equity, console)
    print_table("Runs", ["run", "symbol", "return"], [["r" * 70, "BTCUSDT", 0.5]], console)
    source = "x = __import__('os')" + " + 1" * 60
    print_validation(rejected(source_line=source, column=5, message="m " * 90), console)
    print_error(NotFound("message " * 20, "hint " * 20), console)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text_of(console))
    assert max(cell_len(line) for line in plain.splitlines()) <= width


def test_a_pipe_gets_no_colour_codes_and_whole_lines():
    console = piped(40)
    printed_run(console)
    print_validation(rejected(message="word " * 40), console)
    text = text_of(console)
    assert "\x1b" not in text
    assert "word " * 39 in text


def test_no_color_is_respected_on_a_terminal(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed_run(terminal(80))
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|4[0-7]|38|48)[;m]", text)


def test_control_codes_and_markup_in_names_are_only_text():
    text = printed_run(terminal(80), strategy={"name": HOSTILE}, warnings=[HOSTILE])
    assert "Evil [red]\ufffd[2J\ufffdname[U+202E]\ufffd31m" in text
    assert "\x1b[2J" not in text and "\x07" not in text and "\u202e" not in text


def test_an_output_without_unicode_still_prints_everything():
    text = printed_run(piped(encoding="ascii"), strategy={"name": "Größe"}, report="runs/é.html")
    assert "Gr??e" in text and "runs/?.html" in text
    assert "Total return" in text and "█" not in text


@given(st.lists(st.floats(-1e9, 1e9), max_size=300), st.integers(0, 120))
def test_a_sparkline_fits_and_reaches_bottom_and_top(values, width):
    line = sparkline(values, width)
    assert len(line) == min(width, len(values))
    assert set(line) <= set("▁▂▃▄▅▆▇█")
    if line and len(values) <= width and max(values) > min(values):
        assert line[values.index(max(values))] == "█"
        assert line[values.index(min(values))] == "▁"


def test_a_flat_sparkline_is_flat():
    assert sparkline([5.0, 5.0, 5.0], 10) == "▅▅▅"


def test_a_table_sets_numbers_right_and_names_what_is_missing():
    console = piped()
    print_table("Runs", ["run", "return"], [["a", 0.5], ["bb", None], ["ccc", 12]], console)
    assert text_of(console).splitlines() == [
        "Runs",
        "run  return",
        "a       0.5",
        "bb        -",
        "ccc      12",
    ]


def test_an_empty_table_says_so():
    console = piped()
    print_table("Runs", ["run"], [], console)
    assert text_of(console) == "Runs\n(none)\n"


def rejected(**changes) -> Validation:
    fields = {
        "rule": "import",
        "message": "No os here.",
        "hint": "Use np.",
        "line": 3,
        "column": 5,
        "source_line": "",
    }
    return Validation("rejected", None, (Finding(**(fields | changes)),))


def test_a_finding_shows_place_rule_source_with_caret_and_hint():
    console = piped()
    print_validation(rejected(source_line="    x = open('f')\n", column=9), console)
    assert text_of(console).splitlines() == [
        "rejected: 1 finding",
        "",
        "line 3, column 9: import",
        "  x = open('f')",
        "      ^",
        "  No os here.",
        "  Use np.",
    ]


def test_a_finding_without_a_place_has_none():
    console = piped()
    print_validation(rejected(line=None, column=None, hint=""), console)
    assert text_of(console).splitlines() == ["rejected: 1 finding", "", "import", "  No os here."]


def test_an_accepted_strategy_shows_its_declared_part_warnings_and_log():
    spec = StrategySpec(
        "Trends persist.", (Parameter("fast", "int", 20, 5, 50),), ("fast < slow",), "ab" * 32
    )
    console = piped()
    print_validation(Validation("accepted", spec, (), ("NaN in long_entry.",), "one\n\x1b[31mtwo\n"), console)
    assert text_of(console).splitlines() == [
        "accepted",
        "Trends persist.",
        "  fast is int, 5 to 50, default 20.",
        "  fast < slow",
        "code hash " + "ab" * 32,
        "Warning: NaN in long_entry.",
        "It printed:",
        "  one",
        "  \ufffd[31mtwo",
    ]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")),
    st.data(),
)
def test_the_caret_stands_under_its_column_and_inside_the_width(source, data):
    column = data.draw(st.integers(1, len(source) + 1))
    width = data.draw(st.integers(20, 80))
    lines = source_with_caret(source, column, width)
    assert len(lines) == 2
    assert all(cell_len(line) <= width for line in lines)
    assert lines[1].strip() == "^"


def test_the_caret_follows_tabs_wide_characters_and_a_cut():
    assert source_with_caret("\tif x:", 5, 40) == ["if x:", "   ^"]
    assert source_with_caret("a\tb", 3, 40) == ["a    b", "     ^"]
    assert source_with_caret("名前 = x", 6, 40) == ["名前 = x", "       ^"]
    long = "a" * 50 + "!" + "b" * 50
    line, caret = source_with_caret(long, 51, 30)
    assert line[caret.index("^")] == "!"


def test_an_error_is_its_message_then_its_hint_on_standard_error(capsys):
    print_error(InvalidInput("There is no interval '7m'.", "Intervals: 1m 3m."))
    print_error(InvalidInput("Alone."))
    captured = capsys.readouterr()
    assert captured.err == "There is no interval '7m'.\nIntervals: 1m 3m.\nAlone.\n"
    assert captured.out == ""


def test_the_standard_consoles_write_where_they_say(capsys):
    standard_output().print("out")
    standard_error().print("err")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("out\n", "err\n")


def test_progress_is_silent_where_standard_error_is_no_terminal(capsys):
    with progress("Importing") as advance:
        advance(1, 10)
        advance(10, None)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


def test_progress_shows_what_is_done_on_a_terminal():
    console = terminal(80)
    with progress("Importing [bold]\x1b[2J", console) as advance:
        advance(5, 10)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text_of(console))
    assert "Importing [bold]\ufffd[2J" in text
    assert "50%" in text


def test_progress_lets_errors_through():
    with pytest.raises(InvalidInput, match="broken"), progress("Importing", terminal(80)):
        raise InvalidInput("broken")


def test_importing_it_loads_neither_rich_nor_numpy():
    code = "import sys, agent_server.terminal; print(sorted({'rich', 'numpy', 'pandas'} & set(sys.modules)))"
    root, run = Path(__file__).resolve().parents[3], [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True, cwd=root)
    assert done.stdout.strip() == "[]"

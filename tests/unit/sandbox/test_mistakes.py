"""A refusal says what was wrong, where, and what to write instead."""

from __future__ import annotations

import pytest

from engine.strategy.port import Finding
from sandbox.job import Job, Task
from sandbox.perform import Outcome
from sandbox.trial import trial_bars
from sandbox.unwalled import Unwalled
from tests.unit.sandbox.mistakes import MISTAKES, RESULTS, WRITES_THAT_COUNT, WRITES_TO_COPIES

_GOOD = "pd.DataFrame({'long_entry': df['close'] > 1, 'long_exit': df['close'] < 1}, index=df.index)"


def outcome_of(line: str, result: str = _GOOD) -> Outcome:
    """Of a strategy whose third line is `line`, on 500 bars."""
    code = f"def generate_signals(df, params):\n    n = 1\n    {line}\n    return {result}\n"
    return Unwalled().run(Job(Task.TRIAL, code, 1000, trial_bars()))


def finding_of(line: str, result: str = _GOOD) -> Finding:
    report, signals = outcome_of(line, result)
    assert signals is None
    return report.findings[0]


@pytest.mark.parametrize(("line", "rule", "says", "hint"), MISTAKES, ids=[line for line, *_ in MISTAKES])
def test_a_typical_mistake_is_told_with_its_place_and_what_to_write(
    line: str, rule: str, says: str, hint: str
) -> None:
    finding = finding_of(line)
    assert finding.rule == rule
    assert says in finding.message and hint in finding.hint
    assert finding.line == 3 and finding.source_line == line.split("\n")[0]
    assert finding.column is not None and 5 <= finding.column <= 5 + len(line)


@pytest.mark.parametrize(("result", "says", "hint"), RESULTS)
def test_a_result_of_another_shape_is_told_with_the_right_one(result: str, says: str, hint: str) -> None:
    finding = finding_of("pass", result)
    assert finding.rule == "result"
    assert says in finding.message and hint in finding.hint


@pytest.mark.parametrize("line", WRITES_TO_COPIES)
def test_a_write_that_reaches_a_copy_only_is_told_as_a_warning_with_its_line(line: str) -> None:
    report, signals = outcome_of(line)
    assert signals is not None
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith(f"line 3: `{line}` changes a copy")
    assert "df.loc[rows, 'column'] = value" in report.warnings[0]


@pytest.mark.parametrize("line", WRITES_THAT_COUNT)
def test_a_write_that_has_its_effect_gives_no_warning(line: str) -> None:
    report, signals = outcome_of(line)
    assert signals is not None and report.warnings == ()


def test_many_writes_to_copies_are_told_once_per_line_and_only_the_first_five() -> None:
    lines = "\n    ".join(f"for i in range(50): df['close'].iloc[i] = {k}" for k in range(9))
    report, _ = outcome_of(lines)
    assert [text.split(":")[0] for text in report.warnings] == [f"line {3 + k}" for k in range(5)]


def test_a_failure_deep_in_a_library_names_the_strategys_own_innermost_line() -> None:
    code = (
        "def helper(s):\n    return s.resample('H').last()\n\n"
        "def generate_signals(df, params):\n    return helper(df['close'])\n"
    )
    report, _ = Unwalled().run(Job(Task.TRIAL, code, 1000, trial_bars()))
    finding = report.findings[0]
    assert (finding.line, finding.column, finding.source_line) == (2, 12, "return s.resample('H').last()")
    assert ".py" not in finding.message and "Traceback" not in finding.message


def test_values_in_a_failure_are_shortened() -> None:
    finding = finding_of("raise ValueError(df.to_string())")
    assert len(finding.message) < 500 and finding.message.endswith("...")

"""What passes between host and child: it comes back as it was, and broken bytes are refused, never run."""

from __future__ import annotations

import dataclasses
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.strategy.port import Finding
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from engine.strategy.spec import Parameter
from sandbox.columns import Layout, read_signals, write_signals
from sandbox.declared import Declared
from sandbox.handover import column_bytes
from sandbox.job import Job, Task, decode_job
from sandbox.reply import REPORT_BYTES, Report, Status, decode_report, encode_report
from sandbox.tags import MAX_REASONS, fold_tags
from sandbox.trial import trial_bars
from sandbox.wire import Malformed, clean

_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co"]), max_size=40)
_PLACE = st.one_of(st.none(), st.integers(1, 10_000))
_FINDINGS = st.builds(Finding, _TEXT, _TEXT, _TEXT, _PLACE, _PLACE, _TEXT)
_PARAMETERS = st.builds(
    lambda name, default, choices: Parameter(
        name,
        "int",
        default,
        default - 1,
        None,
        1,
        bool(choices),
        tuple({default, *choices} if choices else ()),
    ),
    st.from_regex(r"[a-z]{1,10}", fullmatch=True),
    st.integers(-(10**15), 10**15),
    st.lists(st.integers(-5, 5), max_size=3),
)
_ANY_REPORTS = st.builds(
    Report,
    st.sampled_from([status for status in Status if status]),
    st.lists(_FINDINGS, max_size=20).map(tuple),
    st.lists(_TEXT, max_size=20).map(tuple),
    st.one_of(
        st.none(),
        st.builds(
            Declared,
            _TEXT,
            st.lists(_PARAMETERS, max_size=5, unique_by=lambda p: p.name).map(tuple),
            st.lists(_TEXT, max_size=5).map(tuple),
            st.booleans(),
        ),
    ),
    _TEXT,
    st.booleans(),
)
# What the host would miss in a forged one: the declared part, the name of the wall.
_REPORTS = _ANY_REPORTS.filter(
    lambda report: (
        not (
            (report.status is Status.DONE and report.declared is None)
            or (report.status is Status.UNLOCKED and not report.findings)
        )
    )
)


@settings(deadline=None, max_examples=40)
@given(_REPORTS)
def test_a_report_comes_back_as_it_was(report: Report) -> None:
    encoded = encode_report(report)
    back = decode_report(encoded.ljust(REPORT_BYTES, b"\0"))
    assert dataclasses.replace(back, log=report.log) == dataclasses.replace(report)
    assert back.log == report.log


@settings(deadline=None, max_examples=100)
@given(_REPORTS, st.data())
def test_a_broken_report_is_refused_and_nothing_worse(report: Report, data: st.DataObject) -> None:
    encoded = bytearray(encode_report(report).ljust(REPORT_BYTES, b"\0"))
    for _ in range(data.draw(st.integers(1, 8))):
        encoded[data.draw(st.integers(0, 600))] = data.draw(st.integers(0, 255))
    with suppress(Malformed):
        decode_report(bytes(encoded))


def test_memory_that_was_never_written_is_no_report() -> None:
    assert decode_report(bytes(REPORT_BYTES)).status is Status.UNWRITTEN


def test_the_largest_report_fits_its_area() -> None:
    wide = "\N{GRINNING FACE}" * 20_000
    parameter = Parameter("n" * 64, "int", 1, 1, 9, 1, choices=tuple([1] * 50))
    report = Report(
        Status.FAILED,
        tuple(Finding(wide, wide, wide, 1, 1, wide) for _ in range(40)),
        tuple([wide] * 40),
        Declared(
            wide,
            tuple(dataclasses.replace(parameter, name=f"n{i}") for i in range(50)),
            tuple([wide] * 20),
            True,
        ),
        wide,
    )
    encoded = encode_report(report)
    assert len(encoded) < REPORT_BYTES
    back = decode_report(encoded.ljust(REPORT_BYTES, b"\0"))
    assert len(back.findings) == 20 and len(back.warnings) == 20 and len(back.log) == 16_384


def test_text_loses_what_could_steer_a_terminal_or_hide() -> None:
    assert clean("a\x1b[31m\u202e\u200bb\ud800\n\tc\x00\x7f") == "a[31mb\n\tc"


@st.composite
def signal_sets(draw: st.DrawFn) -> Signals:
    """Signals of any length, with any of the columns."""
    rows = draw(st.integers(0, 70))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    flags = {name: rng.random(rows) < 0.3 for name in FLAG_COLUMNS}
    levels = {
        name: np.where(rng.random(rows) < 0.3, np.nan, rng.random(rows))
        for name in LEVEL_COLUMNS
        if draw(st.booleans())
    }
    reasons = ["", *draw(st.lists(_TEXT, max_size=5))]
    tag = tuple(reasons[i] for i in rng.integers(0, len(reasons), rows)) if draw(st.booleans()) else None
    return Signals(**flags, **levels, tag=tag)


@settings(deadline=None)
@given(signal_sets())
def test_signals_come_back_bit_for_bit(signals: Signals) -> None:
    memory = bytearray(Layout(len(signals)).size)
    write_signals(memoryview(memory), signals)
    back = read_signals(lambda start, size: bytes(memory[start : start + size]), len(signals), ())
    assert_same_signals(back, signals)


def assert_same_signals(left: Signals, right: Signals) -> None:
    """Equal to the last bit, warnings included."""
    for name in FLAG_COLUMNS:
        assert getattr(left, name).tobytes() == getattr(right, name).tobytes(), name
    for name in LEVEL_COLUMNS:
        first, second = getattr(left, name), getattr(right, name)
        assert (first is None) == (second is None), name
        assert first is None or first.tobytes() == second.tobytes(), name
    assert (left.tag, left.warnings) == (right.tag, right.warnings)


@settings(deadline=None, max_examples=100)
@given(signal_sets(), st.data())
def test_broken_columns_are_refused_and_nothing_worse(signals: Signals, data: st.DataObject) -> None:
    memory = bytearray(Layout(len(signals)).size)
    write_signals(memoryview(memory), signals)
    for _ in range(data.draw(st.integers(1, 8))):
        memory[REPORT_BYTES + data.draw(st.integers(0, len(memory) - REPORT_BYTES - 1))] = data.draw(
            st.integers(0, 255)
        )
    try:
        back = read_signals(lambda start, size: bytes(memory[start : start + size]), len(signals), ())
    except Malformed:
        return
    assert len(back) == len(signals)
    assert back.size is None or bool(np.all(np.isnan(back.size) | ((back.size >= 0) & (back.size <= 1))))


def test_reasons_beyond_the_cap_become_empty_with_a_warning() -> None:
    rows = MAX_REASONS + 50
    flags = {name: np.zeros(rows, np.bool_) for name in FLAG_COLUMNS}
    folded = fold_tags(Signals(**flags, tag=tuple(f"reason {i}" for i in range(rows))))
    assert folded.tag is not None and sum(bool(tag) for tag in folded.tag) == MAX_REASONS
    assert f"{rows} different reasons" in folded.warnings[0]


@pytest.mark.parametrize("params", [{}, {"n": 3, "x": -0.5, "big": 2**80}])
def test_a_job_comes_back_as_it_was(params: dict[str, int | float]) -> None:
    bars = trial_bars()
    received = decode_job(memoryview(Job(Task.RUN, "x = '\N{SNOWMAN}'", 100, bars, params).encoded()))
    assert (received.task, received.code, received.params) == (Task.RUN, "x = '\N{SNOWMAN}'", params)
    assert received.rows == len(bars)
    assert [bytes(column) for column in column_bytes(bars)] == list(bars.column_bytes())

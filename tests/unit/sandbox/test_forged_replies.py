"""A child that left the language and writes its own reply: the host believes nothing that could harm it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.errors import SandboxUnavailable
from sandbox.limits import Limits
from sandbox.proof.modes import Mode
from sandbox.proof.runs import Run, Runner, runner

_LIMITS = Limits(wall_s=8.0, cpu_s=8.0)
_FORGER = """
def generate_signals(df, params):
    import os, sys
    from engine.strategy.port import Finding
    from sandbox.declared import Declared
    from sandbox.reply import Report, Status, encode_report
    forged = {forged}
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if type(value) is memoryview and not value.readonly:
                value[: len(forged)] = forged
                os._exit(0)
        frame = frame.f_back
"""


@pytest.fixture(scope="module")
def raw(walls: None) -> Iterator[Runner]:
    """Locked children that run plain Python."""
    with runner(Mode.WALLS, _LIMITS) as run:
        yield run


def forged(raw: Runner, reply: str) -> Run:
    return raw(_FORGER.format(forged=reply))


@pytest.mark.parametrize(
    "reply",
    [
        "encode_report(Report(Status.UNLOCKED))",
        "encode_report(Report(Status.DONE))",
        "b'EWRES001' + bytes([1, 0, 0, 0]) + b'\\xff\\xff\\xff\\x7f'",
        "b'EWRES001' + bytes([99, 0, 0, 0, 4, 0, 0, 0])",
        "b'EWRES001' + bytes([1, 0, 0, 0, 4, 0, 0, 0]) + b'\\xff\\xff\\xff\\xff'",
        "bytes(16)",
    ],
)
def test_a_forged_reply_that_lacks_a_part_or_lies_about_its_size_is_no_result(
    raw: Runner, reply: str
) -> None:
    outcome = forged(raw, reply)
    assert outcome.verdict == "failed" and "no readable result" in outcome.output


def test_a_forged_text_reaches_nobody_with_its_control_characters(raw: Runner) -> None:
    reply = "encode_report(Report(Status.FAILED, log='\\x1b[2J\\u202e' * 9, warnings=('\\x07',) * 50))"
    outcome = forged(raw, reply)
    assert outcome.verdict == "failed" and not set("\x1b\u202e\x07") & set(outcome.output)


def test_a_forged_missing_wall_ends_in_the_hosts_own_words_and_the_next_job_runs(raw: Runner) -> None:
    with pytest.raises(SandboxUnavailable, match="A wall of the sandbox is missing: x"):
        forged(raw, "encode_report(Report(Status.UNLOCKED, (Finding('wall', 'x', ''),)))")
    assert forged(raw, "bytes(16)").verdict == "failed"

"""The language layer accepts Python as strategies are written, and gives it Python's meaning."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.log import Log
from sandbox.program import RunFailed, read_program
from sandbox.proof.lines import shipped_corpus
from sandbox.unwalled import Unwalled
from sandbox.warm_up import frame
from tests.unit.sandbox.meanings import MEANINGS
from tests.unit.sandbox.snippets import ACCEPTED

_OUTCOME = """
def generate_signals(df, params):
    flag = df["close"] > 0
    columns = {{"long_entry": flag, "long_exit": ~flag, "tag": repr(outcome(df, params))}}
    return pd.DataFrame(columns, index=df.index)

def outcome(df, params):
{body}
"""


def outcome(body: str) -> str:
    """The repr (64 characters) of what the lines of `body` return, run under the guards, as in the child."""
    lines = "\n".join("    " + line for line in body.strip("\n").split("\n"))
    program = read_program(_OUTCOME.format(body=lines))
    tags = program.ready(Log(0)).signals(frame(50), {"n": 3}).tag
    assert tags is not None
    return tags[0]


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """numpy's warnings are off, as in the child."""
    import warnings

    import numpy as np

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("line", ACCEPTED)
def test_common_lines_are_accepted_and_run(line: str) -> None:
    outcome(f"return {line}")


@pytest.mark.parametrize(("body", "expected"), MEANINGS)
def test_the_rewritten_code_means_what_python_means(body: str, expected: str) -> None:
    assert outcome(body) == expected[:64]


def test_future_imports_may_stand_anywhere() -> None:
    code = "import numpy as np\nfrom __future__ import annotations\n" + _OUTCOME.format(body="    return 1")
    assert read_program(code).code


def test_mutable_state_of_a_module_does_not_survive_a_run() -> None:
    code = "SEEN = []\n" + _OUTCOME.format(body="    SEEN.append(1)\n    return len(SEEN)")
    program = read_program(code)
    assert [program.ready(Log(0)).signals(frame(20), {}).tag for _ in range(2)] == [("1",) * 20] * 2


def test_random_numbers_are_the_same_in_every_run_and_the_hosts_own_are_untouched() -> None:
    import numpy as np

    np.random.seed(5)
    expected = np.random.RandomState(5).rand()
    body = "    return np.random.rand(), df.sample(1).index[0].hour, np.random.default_rng().random()"
    program = read_program(_OUTCOME.format(body=body))
    assert (
        program.ready(Log(0)).signals(frame(50), {}).tag == program.ready(Log(0)).signals(frame(50), {}).tag
    )
    assert np.random.rand() == expected


def test_indicators_answer_series_with_series_on_the_same_index_and_arrays_with_arrays() -> None:
    body = """
s = ta.RSI(df['close'], timeperiod=5)
m = ta.MACD(df['close'])
a = ta.RSI(df['close'].values, timeperiod=5)
l = ta.SMA([1, 2, 3, 4], timeperiod=2)
return s.index.equals(df.index), [x.index.equals(df.index) for x in m], isinstance(a, np.ndarray), l[-1]
"""
    assert outcome(body) == "(True, [True, True, True], True, np.float64(3.5))"


def test_every_function_of_the_indicator_library_is_there() -> None:
    import talib

    from sandbox.facades.base import members_of
    from sandbox.facades.indicators import talib_facade

    assert set(talib.get_functions()) <= set(members_of(talib_facade()))


def test_an_indicator_refuses_a_whole_frame_with_a_hint() -> None:
    with pytest.raises(RunFailed, match="takes Series such as df"):
        outcome("return ta.RSI(df)")


def test_a_log_is_cut_and_not_even_formatted_beyond_its_cap() -> None:
    shown = []

    class Loud:
        def __str__(self) -> str:
            shown.append(1)
            return "x" * 50

    log = Log(120)
    for _ in range(100):
        log.show(Loud(), sep="-", end="|")
    assert (len(log.text()), len(shown)) == (120, 3)


def test_own_benign_strategies_run_under_the_language_layer_alone() -> None:
    from sandbox.job import Job, Task
    from sandbox.trial import trial_bars

    runner = Unwalled()
    for line in shipped_corpus().benign:
        report, signals = runner.run(Job(Task.TRIAL, line.code, 1000, trial_bars()))
        assert signals is not None, (line.id, report.findings)

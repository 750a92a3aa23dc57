"""The loader as the product uses it: verdicts, limits, robustness, and nothing left behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SandboxUnavailable, StrategyFailed, StrategyRejected
from engine.market.bars import Bars, Origin
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.port import StrategyLoader
from engine.strategy.spec import code_hash
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from sandbox.proof.lines import Line, shipped_corpus
from sandbox.trial import trial_bars
from tests.support.processes import children, descriptors, wait_until
from tests.unit.sandbox.test_wire import assert_same_signals

_BENIGN = shipped_corpus().benign
SMA = '''"""Trends persist."""
PARAMS = {"fast": {"default": 10, "low": 5, "high": 50}, "slow": {"default": 30, "low": 20, "high": 300}}
CONSTRAINTS = ["fast < slow"]

def generate_signals(df, params):
    fast = df["close"].rolling(params["fast"]).mean()
    slow = df["close"].rolling(params["slow"]).mean()
    up = fast > slow
    return pd.DataFrame({"long_entry": up & ~up.shift(1, fill_value=False),
                         "long_exit": ~up & up.shift(1, fill_value=False)}, index=df.index)
'''
_LOOP = "def generate_signals(df, params):\n    x = 0\n    while True:\n        x += 1\n"


def body(line: str) -> str:
    return f"def generate_signals(df, params):\n    {line}\n"


def bars_of(rows: int, seed: int) -> Bars:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, rows)))
    opened = close * (1 + rng.normal(0, 0.003, rows))
    columns = {
        "open_time": 1_600_000_000_000 // 3_600_000 * 3_600_000 + np.arange(rows, dtype=np.int64) * 3_600_000,
        "open": opened,
        "high": np.maximum(opened, close) * 1.002,
        "low": np.minimum(opened, close) * 0.998,
        "close": close,
        "volume": rng.random(rows) * 100,
    }
    made = Instrument("bybit", Category.LINEAR, "BTCUSDT")
    return Bars.checked(made, Interval.H1, columns, Origin.SYNTHETIC)


def test_it_is_a_strategy_loader() -> None:
    with SandboxLoader() as made:
        checked: StrategyLoader = made
        assert callable(checked.validate) and callable(checked.load)


def test_a_good_strategy_is_accepted_with_what_it_declares(loader: SandboxLoader) -> None:
    validation = loader.validate(SMA)
    assert (validation.verdict, validation.findings, validation.warnings) == ("accepted", (), ())
    assert validation.spec is not None and validation.spec.hypothesis == "Trends persist."
    assert [p.name for p in validation.spec.parameters] == ["fast", "slow"]
    assert validation.spec.constraints == ("fast < slow",) and validation.spec.code_hash == code_hash(SMA)
    assert loader.load(SMA).spec == validation.spec


def test_signals_follow_bars_and_parameters(loader: SandboxLoader) -> None:
    strategy = loader.load(SMA)
    bars = bars_of(400, 1)
    signals = strategy.signals(bars, {"fast": 5, "slow": 20})
    close = bars.frame()["close"]
    up = close.rolling(5).mean() > close.rolling(20).mean()
    expected = (up & ~up.shift(1, fill_value=False)).to_numpy()
    assert signals.long_entry.tolist() == expected.tolist() and expected.any()
    other = strategy.signals(bars, {"fast": 6, "slow": 40})
    assert other.long_entry.tolist() != expected.tolist()


def test_the_child_sees_the_same_frame_as_the_host_would_make(loader: SandboxLoader) -> None:
    bars = trial_bars()
    frame = bars.frame()
    index = frame.index
    code = body(
        "print(df.index.dtype, df.index.name, df.index.freq, list(df.columns), df.dtypes.to_list(), "
        "repr(float(df.close.iloc[7])), str(df.index[-1])); return None"
    )
    log = loader.validate(code).log
    shown = (
        f"{index.dtype} {index.name} None {list(frame.columns)} {frame.dtypes.to_list()} "
        f"{float(frame.close.iloc[7])!r} {index[-1]}\n"
    )
    assert log == shown


def test_params_is_a_plain_dict_and_empty_where_nothing_is_declared(loader: SandboxLoader) -> None:
    code = body("print(params, type(params) is dict, params.get('n', 3)); return None")
    assert loader.validate(code).log == "{} True 3\n"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 400), st.sampled_from(_BENIGN))
def test_the_sandbox_gives_bit_for_bit_what_the_same_code_gives_in_this_process(
    loader: SandboxLoader, here: SandboxLoader, seed: int, rows: int, entry: Line
) -> None:
    bars = bars_of(rows, seed)
    answers = []
    for each in (loader, here):
        try:
            strategy = each.load(entry.code)
            answers.append(strategy.signals(bars, strategy.spec.resolve({})))
        except StrategyFailed as failed:
            answers.append(str(failed))
    first, second = answers
    if isinstance(first, str) or isinstance(second, str):
        assert first == second  # too few bars for it: the same failure in the same words
    else:
        assert_same_signals(first, second)


@pytest.fixture(scope="module")
def here() -> Iterator[SandboxLoader]:
    """A loader that runs our own code in this process, as where a wall is missing."""
    with pytest.MonkeyPatch.context() as patch:
        from sandbox import loader as module

        patch.setattr(module, "_standing", lambda: False)
        made = SandboxLoader(trust_all=True)
        runner = made.runner("")  # pyright: ignore
    made.runner = lambda _code: runner  # pyright: ignore
    yield made
    made.close()


@pytest.mark.parametrize(
    ("code", "says", "line"),
    [
        (body("return 1 / 0"), "ZeroDivisionError: division by zero", 2),
        (body("return df['nope']"), "KeyError: 'nope'", 2),
        (body("return df.rollin(3)"), "Did you mean rolling?", 2),
        (body("return df"), "returned no column long_entry", None),
        (body("return None"), "returned NoneType, not a DataFrame", None),
        (body("return pd.DataFrame({'long_entry': [True], 'long_exit': [True]})"), "1 rows for 500", None),
        (body("return df.assign(long_entry=df.close, long_exit=False)"), "dtype float64", None),
        (body("return df.assign(long_entry=True, long_exit=True)[::-1]"), "another index", None),
        (body("return generate_signals(df, params)"), "too deeply", 2),
    ],
)  # fmt: skip
def test_a_run_that_fails_is_rejected_with_its_line(
    loader: SandboxLoader, code: str, says: str, line: int | None
) -> None:
    validation = loader.validate(code)
    finding = validation.findings[0]
    assert validation.verdict == "rejected" and says in f"{finding.message} {finding.hint}"
    assert finding.line == line and bool(finding.source_line) == (line is not None)
    with pytest.raises(StrategyFailed) as failed:
        loader.load(code).signals(trial_bars(), {})
    assert says in str(failed.value) and (line is None or f"line {line}: " in str(failed.value))


def test_a_failure_deep_inside_names_the_lines_that_led_to_it_and_only_the_strategys_own(
    loader: SandboxLoader,
) -> None:
    code = (
        "def _ratio(a, b):\n    return a / b\n"
        "class Model:\n    def value(self, df):\n        return [_ratio(1, 0) for _ in range(2)]\n"
        "def generate_signals(df, params):\n"
        "    return df.close.rolling(3).apply(lambda x: Model().value(df))\n"
    )
    finding = loader.validate(code).findings[0]
    assert (finding.line, finding.source_line.strip()) == (2, "return a / b")
    assert finding.message == (
        "ZeroDivisionError: division by zero (called from line 5, line 5 in value, line 7, ...)"
    )


def test_a_forbidden_text_is_an_answer_of_validate_and_an_error_of_load(loader: SandboxLoader) -> None:
    code = "import os\n" + body("return df.to_csv('x')")
    validation = loader.validate(code)
    assert validation.verdict == "rejected" and [f.line for f in validation.findings] == [1, 3]
    with pytest.raises(StrategyRejected) as rejected:
        loader.load(code)
    assert "line 1: import of os is not available in `import os`." in str(rejected.value)
    assert "line 3: .to_csv is not available" in str(rejected.value)


@pytest.mark.parametrize("code", [b"x = 1", None, "x" * 10**7, "\ud800", ""])
def test_anything_that_is_no_strategy_is_rejected_without_a_fuss(loader: SandboxLoader, code: object) -> None:
    validation = loader.validate(code)  # pyright: ignore
    assert validation.verdict == "rejected" and validation.findings and validation.spec is None


def test_warnings_reach_the_validation(loader: SandboxLoader) -> None:
    code = body(
        "e = (df.close > 1).where(df.close > 100); "
        "return pd.DataFrame({'long_entry': e, 'long_exit': False, 'x': 1}, index=df.index)"
    )
    validation = loader.validate(code)
    text = " ".join(validation.warnings)
    assert (
        validation.verdict == "accepted" and "PARAMS" in text and "missing values" in text and "'x'" in text
    )


def test_every_time_zone_is_there_and_no_other_name_is_looked_for_on_disk(loader: SandboxLoader) -> None:
    code = body(
        "for zone in ['Europe/London', 'Antarctica/Troll', 'Mars/North', 'dateutil//etc/passwd']:\n"
        "        try:\n"
        "            print(df.index.tz_convert(zone)[0].tzinfo)\n"
        "        except ValueError as problem:\n"
        "            print(problem)\n"
        "    return None"
    )
    log = loader.validate(code).log.splitlines()
    assert log[:3] == ["Europe/London", "Antarctica/Troll", "The time zone 'Mars/North' is not available."]
    assert "is not available" in log[3]


def test_the_log_is_capped(walls: None) -> None:
    with SandboxLoader(limits=Limits(log_bytes=100)) as small:
        assert len(small.validate(body("print('x' * 10**6); return None")).log) == 100


@pytest.mark.parametrize(
    ("limits", "code", "rule", "says", "line"),
    [
        (Limits(wall_s=0.5), _LOOP, "time", "ran longer than 0.5 s", True),
        (Limits(wall_s=0.5), body("return sum(range(10**12))"), "time", "ran longer than 0.5 s", False),
        (Limits(cpu_s=1), body("return sum(range(10**12))"), "cpu", "more than 1 s of processor time", False),
        (Limits(), body("return np.ones(10**10)"), "memory", "more than 1 GiB of memory", True),
        (Limits(memory_bytes=100 << 20), body("return 'x' * 10**9"), "memory", "more than 100 MiB", True),
    ],
)  # fmt: skip
def test_each_limit_has_its_own_message(
    walls: None, limits: Limits, code: str, rule: str, says: str, line: bool
) -> None:
    with SandboxLoader(limits=limits) as limited:
        finding = limited.validate(code).findings[0]
        assert (finding.rule, finding.line is not None) == (rule, line) and says in finding.message
        assert limited.validate(SMA).verdict == "accepted", "the next job is not harmed"


def test_limits_that_make_no_sense_are_refused() -> None:
    for wrong in ({"wall_s": 0}, {"cpu_s": -1}, {"memory_bytes": 1}, {"log_bytes": 10**9}):
        with pytest.raises(ValueError, match="_"):
            Limits(**wrong)  # pyright: ignore


def test_empty_bars_give_empty_signals(loader: SandboxLoader) -> None:
    assert len(loader.load(SMA).signals(trial_bars().rows(0, 0), {"fast": 5, "slow": 20})) == 0


def test_a_dead_zygote_is_replaced_and_the_job_answered(loader: SandboxLoader) -> None:
    loader.validate(SMA)
    os.kill(zygote(loader), signal.SIGKILL)
    assert loader.validate(SMA).verdict == "accepted"


def test_a_zygote_that_dies_during_a_job_loses_no_job(loader: SandboxLoader) -> None:
    slow = SMA.replace("    up =", "    for i in range(3_000_000):\n        pass\n    up =")
    loader.validate(SMA)
    doomed = zygote(loader)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(loader.validate, slow)
        wait_until(lambda: bool(children(doomed)))
        child = children(doomed)[0]
        os.kill(doomed, signal.SIGKILL)
        assert answer.result(60).verdict == "accepted"
    assert zygote(loader) != doomed
    wait_until(lambda: not Path(f"/proc/{child}").exists())


def test_a_zygote_outlives_the_thread_in_which_it_was_first_needed(walls: None) -> None:
    with SandboxLoader() as fresh:
        worker = threading.Thread(target=fresh.validate, args=(SMA,))
        worker.start()
        worker.join()
        first = zygote(fresh)
        assert fresh.validate(SMA).verdict == "accepted" and zygote(fresh) == first


def test_many_threads_may_ask_at_once(loader: SandboxLoader) -> None:
    bars = bars_of(300, 5)
    strategy = loader.load(SMA)
    sets = [{"fast": 5 + i % 7, "slow": 25 + i % 5} for i in range(24)]
    alone = [strategy.signals(bars, params) for params in sets]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda params: strategy.signals(bars, params), sets))
    for left, right in zip(alone, together, strict=True):
        assert_same_signals(left, right)


def test_two_hundred_jobs_leave_no_descriptor_and_no_process(loader: SandboxLoader) -> None:
    jobs = [SMA, "import os", body("return 1 / 0"), body("print('x' * 9999); return df")]
    for code in jobs:
        loader.validate(code)
    before = descriptors(), children(os.getpid()), descriptors(zygote(loader))
    for i in range(200):
        loader.validate(jobs[i % len(jobs)])
    assert (descriptors(), children(os.getpid()), descriptors(zygote(loader))) == before
    assert children(zygote(loader)) == []


def test_closing_ends_every_process_and_descriptor(walls: None) -> None:
    before = descriptors()
    made = SandboxLoader(limits=Limits(wall_s=5))
    made.validate(SMA)
    pid = zygote(made)
    made.close()
    made.close()
    assert not Path(f"/proc/{pid}").exists() and descriptors() == before


def test_a_program_that_ends_without_closing_leaves_no_process(walls: None) -> None:
    import subprocess
    import sys

    script = (
        "from sandbox.loader import SandboxLoader\n"
        "loader = SandboxLoader()\n"
        f"loader.validate({SMA!r})\n"
        "print(loader._pool.zygotes[0], flush=True)\n"
        "import os, sys\n"
        "os._exit(0) if sys.argv[1] == 'hard' else None\n"
    )
    root = Path(__file__).resolve().parents[3]
    for how in ("soft", "hard"):
        done = subprocess.run(
            [sys.executable, "-c", script, how],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        pid = int(done.stdout)
        wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))


def test_where_a_wall_is_missing_only_our_own_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox import loader as module

    monkeypatch.setattr(module, "_standing", lambda: False)
    monkeypatch.setattr("sandbox.walls.missing", lambda: "Landlock files, seccomp")
    with SandboxLoader(trusted=lambda given: given == code_hash(SMA)) as partly:
        assert partly.validate(SMA).verdict == "accepted"
        assert partly.load(SMA).signals(trial_bars(), {"fast": 5, "slow": 20}).long_entry.any()
        for attempt in (partly.validate, partly.load):
            with pytest.raises(SandboxUnavailable, match="it lacks Landlock files, seccomp") as missing:
                attempt(SMA + "\n")
            assert "docker run" in missing.value.hint and "--trust-code" in missing.value.hint
    with SandboxLoader(trust_all=True) as careless:
        assert careless.validate(SMA + "\n").verdict == "accepted"
        assert careless.validate("import os").verdict == "rejected", "the language layer still holds"


def zygote(loader: SandboxLoader) -> int:
    """Process id of the loader's zygote."""
    return loader._pool.zygotes[0]  # pyright: ignore


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_prepared_loader_is_warm_by_the_time_of_its_first_job() -> None:
    with SandboxLoader() as loader:
        loader.prepare()
        loader.prepare()
        assert loader.validate(SMA).verdict == "accepted"


def test_a_loader_that_is_closed_while_it_warms_up_leaves_no_process() -> None:
    before = set(children(os.getpid()))
    loader = SandboxLoader()
    loader.prepare()
    loader.close()
    assert set(children(os.getpid())) == before

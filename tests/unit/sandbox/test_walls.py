"""The operating-system layer by itself: the language layer is off, the code is plain hostile Python."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import SandboxUnavailable
from sandbox import kernel, seccomp, walls
from sandbox.limits import Limits
from sandbox.proof.campaign import judge
from sandbox.proof.judge import Kind, Scene
from sandbox.proof.lines import Line, control_lines
from sandbox.proof.modes import EACH_WALL, Mode
from sandbox.proof.runs import Runner, runner, runner_at

_ROOT = Path(__file__).resolve().parents[3]
_NO_LANDLOCK = _ROOT / "tests" / "support" / "sandbox_zygote_no_landlock.py"
_LIMITS = Limits(wall_s=8.0, cpu_s=8.0)
_MACHINE = [line for line in control_lines() if line.category != "escape"]  # which need no language to leave
_RETURN = (
    "\n    return pd.DataFrame({'long_entry': df.close > 0, 'long_exit': df.close < 0}, index=df.index)\n"
)


@pytest.fixture(scope="module")
def raw(walls: None) -> Iterator[Runner]:
    """Locked children that run plain Python."""
    with runner(Mode.WALLS, _LIMITS) as run:
        yield run


# name, expression; `L` calls the kernel directly, so no wrapper of Python's stands in between.
_ATTACKS = """
open a file to read | open('/etc/passwd').read(1)
open a file by descriptor | os.open('/etc/passwd', 0)
open a file to write | open('/attack', 'w')
open its own memory | open('/proc/self/mem', 'r+b')
open its own descriptors | os.open('/proc/self/fd/0', 0)
list a folder | os.listdir('/')
stat | os.stat('/')
read a link | os.readlink('/proc/self/exe')
remove | os.unlink('/attack')
make a folder | os.mkdir('/attack')
rename | os.rename('/a', '/b')
change folder | os.chdir('/')
change root | os.chroot('/')
read with numpy | np.fromfile('/etc/passwd')
write with numpy | np.save('/attack', np.ones(1))
map a file with numpy | np.memmap('/attack', mode='w+', shape=(1,))
read with pandas | pd.read_csv('/etc/passwd')
write with pandas | df.to_csv('/attack')
a socket | socket.socket()
a socket pair | socket.socketpair()
a pipe | os.pipe()
an epoll | L(291, 0)
fork | os.fork()
vfork | L(58)
clone3 | L(435, 0, 0)
a thread | threading.Thread(target=print).start()
spawn | os.posix_spawn('/bin/true', ['true'], {})
execute | os.execv('/bin/true', ['true'])
kill a bystander | os.kill(PARENT, 9)
kill all | os.kill(-1, 9)
ask for a process | os.kill(1, 0)
tgkill the parent | L(234, PARENT, PARENT, 9)
queue a signal | L(129, PARENT, 9, 0)
open a handle of a process | L(434, PARENT, 0)
signal by handle | L(424, 3, 9, 0, 0)
trace | L(101, 16, PARENT, 0, 0)
read another process | L(310, PARENT, 0, 0, 0, 0, 0)
write another process | L(311, PARENT, 0, 0, 0, 0, 0)
take a descriptor | L(438, 3, 0, 0)
io_uring | L(425, 8, 0)
bpf | L(321, 0, 0, 0)
perf | L(298, 0, 0, -1, -1, 0)
unshare | L(272, 0x10000000)
setns | L(308, 0, 0)
mount | L(165, 0, 0, 0, 0, 0)
keyring | L(250, 0, 0)
shared memory | L(29, 1, 4096, 0o1600)
message queue | L(240, 0, 0, 0, 0)
memfd | L(319, b'x', 0)
userfaultfd | L(323, 0)
module | L(175, 0, 0, 0)
reboot | L(169, 0, 0, 0)
clock | L(227, 0, 0)
raise a limit | L(160, 7, b'\\xff' * 16)
raise a limit of another | L(302, PARENT, 7, b'\\xff' * 16, 0)
prctl dumpable | L(157, 4, 1, 0, 0, 0)
another filter | L(317, 1, 0, 0)
another ruleset | L(444, 0, 0, 1)
back to root | os.setuid(0)
duplicate a descriptor | os.dup(0)
control a device | L(16, 0, 0x5401, 0)
inject a key into the terminal | L(16, 0, 0x5412, b'x')
executable pages | mmap.mmap(-1, 4096, prot=7)
pages made executable | protect(7)
pages made executable by key | L(329, 0, 4096, 7, -1)
a signal handler | signal.signal(signal.SIGTERM, print)
an alarm | signal.setitimer(signal.ITIMER_REAL, 1)
the environment | os.environ['PATH']
a new module | __import__('xml.dom.minidom')
a library | ctypes.CDLL('libcrypt.so.1')
priority | os.nice(-5)
affinity | os.sched_setaffinity(0, {0})
the machine's name | open('/etc/hostname')
"""


@pytest.mark.skipif(kernel.MACHINE != "x86_64", reason="the call numbers of the list are x86_64's")
def test_a_locked_process_with_all_of_python_can_do_nothing_to_the_machine(raw: Runner) -> None:
    attacks = [line.split(" | ", 1) for line in _ATTACKS.strip().splitlines()]
    body = "\n".join(f"    attempt({name!r}, lambda: {expression})" for name, expression in attacks)
    code = f"""
import ctypes, errno, mmap, os, signal, socket, threading
_libc = ctypes.CDLL(None, use_errno=True)
PARENT = @BYSTANDER@
def L(*arguments):
    if _libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
def protect(flags):
    page = ctypes.c_void_p(np.ones(9000).ctypes.data & ~4095)
    if _libc.mprotect(page, ctypes.c_size_t(4096), flags):
        raise OSError(ctypes.get_errno(), 'refused')
def generate_signals(df, params):
    def attempt(name, action):
        try:
            action()
        except BaseException as problem:
            if not isinstance(problem, (OSError, RuntimeError, KeyError, ImportError, MemoryError)):
                print('ODD', name, repr(problem))
        else:
            print('DONE', name)
{body}
    print('end')
""" + _RETURN.lstrip("\n")
    with Scene() as scene:
        outcome = raw(scene.filled(code))
        assert not scene.leaks(outcome.output)
    assert outcome.verdict == "accepted", outcome.output
    assert outcome.output.strip() == "end"


def test_a_locked_process_holds_no_descriptor_no_variable_and_no_capability(raw: Runner) -> None:
    code = """
def generate_signals(df, params):
    import os, ctypes
    for descriptor in range(3, 1024):
        try:
            os.lseek(descriptor, 0, 0)
            print('open', descriptor)
        except OSError as problem:
            assert problem.errno == 9, problem
    assert not os.environ
""" + _RETURN.lstrip("\n")
    outcome = raw(code)
    assert (outcome.verdict, outcome.output.strip()) == ("accepted", ""), outcome.output


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("os._exit(0)", "ended without a result"),
        ("os._exit(3)", "ended its process without a result"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
    ],
)
def test_ending_early_is_never_a_success(raw: Runner, line: str, says: str) -> None:
    outcome = raw(f"import os, ctypes\ndef generate_signals(df, params):\n    {line}{_RETURN}")
    assert outcome.verdict == "failed" and says in outcome.output


def test_a_child_that_fills_its_whole_reply_with_noise_gives_a_failure_and_no_harm(raw: Runner) -> None:
    code = """
def generate_signals(df, params):
    import os, sys
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if type(value) is memoryview and not value.readonly:
                value[:] = bytes([255]) * len(value)
                os._exit(0)
        frame = frame.f_back
"""
    outcome = raw(code)
    assert outcome.verdict == "failed" and "no readable result" in outcome.output


def test_libraries_still_compute_inside_the_walls(raw: Runner) -> None:
    code = """
def generate_signals(df, params):
    df.close.rolling(20).rank(); df.close.ewm(span=9).mean(); df.resample('1D').last().ffill()
    np.ones((300, 300)) @ np.ones((300, 300)); np.linalg.svd(np.ones((50, 50))); np.fft.fft(df.close.values)
    df.tz_convert('America/New_York'); repr(df); df.index.strftime('%Y'); pd.qcut(df.close, 4)
    ta.RSI(df.close); ta.MACD(df.close); pd.to_datetime('2024-01-01 10:00')
    df.groupby(df.index.hour).agg('mean')
""" + _RETURN.lstrip("\n")
    assert raw(code).verdict == "accepted"


@pytest.mark.parametrize("line", _MACHINE, ids=lambda line: line.id)
def test_the_judge_sees_the_leak_with_neither_layer_and_nothing_with_the_walls(
    raw: Runner, bare: Runner, line: Line
) -> None:
    with Scene() as scene:
        code = scene.filled(line.code)
        assert scene.leaks(bare(code).output), "the positive control saw nothing"
        outcome = raw(code)
        assert not scene.leaks(outcome.output)
        assert outcome.verdict == "failed" or line.id == "control_subprocess"


def test_who_is_out_of_the_language_is_seen_where_there_is_one(bare: Runner) -> None:
    (line,) = [line for line in control_lines() if line.category == "escape"]
    with Scene() as scene:
        assert [leak.kind for leak in scene.leaks(bare(scene.filled(line.code)).output)] == [Kind.ESCAPE]
    (judged,) = judge([line], Mode.WALLS, _LIMITS)
    assert judged.leaks == (), "without the layer there is none to leave"


@pytest.fixture(scope="module")
def bare(walls: None) -> Iterator[Runner]:
    """Neither layer: for harmless lines that the judge must see."""
    with runner(Mode.CONTROL, _LIMITS) as run:
        yield run


@pytest.mark.parametrize("mode", EACH_WALL)
def test_each_wall_alone_lets_good_code_run_and_keeps_files_from_it(walls: None, mode: Mode) -> None:
    good = f"def generate_signals(df, params):{_RETURN}"
    write = good.replace("    return", "    open('@CANARY_DIR@/x', 'w').write('x')\n    return")
    with Scene() as scene, runner(mode, _LIMITS) as run:
        assert run(good).verdict == "accepted"
        assert run(scene.filled(write)).verdict == "failed" and not scene.leaks("")


def test_the_entry_that_leaves_a_layer_out_is_gone_after_the_proof(walls: None) -> None:
    from sandbox.proof.modes import entry

    with entry(Mode.WALLS) as script:
        assert script.is_file() and script.parent.stat().st_mode & 0o077 == 0
    assert not script.parent.exists()


def test_a_child_whose_wall_cannot_be_raised_never_runs_the_code(walls: None) -> None:
    with (
        runner_at(_NO_LANDLOCK, _LIMITS) as run,
        pytest.raises(SandboxUnavailable, match="Landlock: this kernel has no Landlock"),
    ):
        run("def generate_signals(df, params):" + _RETURN)


def test_a_process_with_a_second_thread_refuses_to_lock_itself_down(walls: None) -> None:
    script = """
import os, threading
from sandbox.lockdown import WallMissing, lock_down
gate = threading.Event()
threading.Thread(target=gate.wait, daemon=True).start()
try:
    lock_down(1 << 30, 5, os.getppid())
except WallMissing as problem:
    print(problem)
gate.set()
"""
    assert "has 2 threads" in _python(script)


def test_a_process_whose_parent_is_gone_refuses_to_lock_itself_down(walls: None) -> None:
    script = """
import os
from sandbox.lockdown import WallMissing, lock_down
report = os.dup(1)
try:
    lock_down(1 << 30, 5, os.getpid())
except WallMissing as problem:
    print(problem)
"""
    # Its descriptors are closed by then: the exit code says that it went the way of the exception.
    _python(script)
    script = script.replace(
        "    print(problem)", "    os._exit(42 if 'parent is gone' in str(problem) else 1)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=_ROOT, check=False).returncode == 42


def _python(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_asking_for_the_walls_and_the_loader_imports_no_heavy_library() -> None:
    script = """
import sys
import sandbox.walls, sandbox.loader
sandbox.walls.walls()
sandbox.loader.SandboxLoader().close()
print([name for name in ('numpy', 'pandas', 'RestrictedPython', 'talib') if name in sys.modules])
"""
    assert _python(script).strip() == "[]"


def test_the_walls_are_named_once_and_say_what_they_know() -> None:
    found = walls.walls()
    names = [wall.name for wall in found]
    assert len(set(names)) == len(names) and all(wall.detail for wall in found)
    assert walls.standing() == (walls.missing() == "")


def test_on_another_system_the_only_wall_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "LINUX", False)
    assert [(wall.name, wall.present) for wall in walls.walls()] == [("system", False)]
    assert walls.missing() == "system"


def run_filter(program: list[bytes], data: bytes) -> int:
    """The verdict of a BPF program on one system call; only the instructions that ours use."""
    at, value = 0, 0
    while True:
        code, yes, no, constant = struct.unpack("=HBBI", program[at])
        at += 1
        if code == 0x20:
            value = struct.unpack_from("=I", data, constant)[0]
        elif code == 0x06:
            return int(constant)
        else:
            holds = {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[code]
            at += yes if holds else no


_ARCHITECTURES = [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)]
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050001, 0x80000000


@pytest.mark.parametrize(("machine", "architecture"), _ARCHITECTURES)
def test_the_filter_allows_its_list_and_denies_every_other_number(machine: str, architecture: int) -> None:
    program = seccomp.filter_program(77, machine)
    calls = seccomp._CALLS[machine]  # pyright: ignore

    def verdict(number: int, *arguments: int, arch: int = architecture) -> int:
        padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
        return run_filter(program, struct.pack("=iIQ6Q", number, arch, 0, *padded))

    special = {calls[name] for name in ("mmap", "mprotect", "tgkill")}
    for number in range(600):
        expected = _ALLOW if number in calls.values() else _DENY
        if number not in special:
            assert verdict(number) == expected, number
    for name in ("mmap", "mprotect"):
        assert verdict(calls[name], 0, 4096, 3) == _ALLOW
        assert verdict(calls[name], 0, 4096, 4) == _DENY
        assert verdict(calls[name], 0, 4096, 7) == _DENY
    assert (verdict(calls["tgkill"], 77, 77, 6), verdict(calls["tgkill"], 78, 78, 6)) == (_ALLOW, _DENY)
    assert verdict(calls["read"], arch=architecture ^ 1) == _KILL
    assert verdict(0x4000_0000 | 1) == (_KILL if machine == "x86_64" else _DENY)


@pytest.mark.parametrize(("machine", "architecture"), _ARCHITECTURES)
def test_the_holder_of_a_batch_may_fork_in_one_way_and_little_else(machine: str, architecture: int) -> None:
    program = seccomp.holder_program(77, machine)
    child = seccomp.filter_program(78, machine)
    calls, forking = seccomp._CALLS[machine], seccomp._FORKING[machine]  # pyright: ignore

    def verdict(number: int, *arguments: int, steps: list[bytes] = program) -> int:
        padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
        return run_filter(steps, struct.pack("=iIQ6Q", number, architecture, 0, *padded))

    plain_fork = 0x0100_0000 | 0x0020_0000 | 17
    assert verdict(forking["clone"], plain_fork) == verdict(forking["clone"], 17) == _ALLOW
    for flags in (0x100, 0x1000_0000 | 17, 0x0001_0000 | 17, plain_fork | 0x2000_0000, 0):
        assert verdict(forking["clone"], flags) == _DENY  # shared memory, new user, thread, new process names
    assert [verdict(forking["prctl"], option) for option in (1, 2, 4, 22, 24, 38)] == [_ALLOW] * 2 + [
        _DENY
    ] * 4
    assert (verdict(forking["prlimit64"], 0), verdict(forking["prlimit64"], 1)) == (_ALLOW, _DENY)
    special = {calls[name] for name in ("mmap", "mprotect", "tgkill")}
    special |= {forking[name] for name in ("clone", "prctl", "prlimit64")}
    known = {*calls.values(), *forking.values()}
    for number in set(range(600)) - special:
        assert verdict(number) == (_ALLOW if number in known else _DENY), number
    assert all(verdict(number, steps=child) == _DENY for number in forking.values())

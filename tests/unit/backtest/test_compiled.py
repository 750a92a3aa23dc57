"""Machine code is kept between processes, is never stale, and a broken place for it stops nobody."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENGINE = ROOT / "engine"

CALLEE = """
from engine.compiled import inlined

@inlined
def step(x: int) -> int:
    return x + 1
"""
CALLER = """
from engine.compiled import kernel
from engine.callee import step

@kernel("(int64,)")
def twice(x: int) -> int:
    return step(step(x))

@kernel("(int64,)")
def thrice(x: int) -> int:
    return step(step(step(x)))
"""
SHOW = """
from engine.caller import twice, thrice
print(twice(10), thrice(10), sum(twice.stats.cache_hits.values()), sum(twice.stats.cache_misses.values()))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with the real adapter, two kernels, and a function that they call from another file."""
    folder = tmp_path_factory.mktemp("installed") / "engine"
    folder.mkdir()
    (folder / "__init__.py").touch()
    shutil.copy(ENGINE / "compiled.py", folder)
    (folder / "callee.py").write_text(CALLEE)
    (folder / "caller.py").write_text(CALLER)
    return folder


@pytest.fixture(scope="module")
def filled(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder as the first process leaves it."""
    folder = tmp_path_factory.mktemp("filled")
    first = show(package, folder)
    assert first.stdout.split() == ["12", "13", "0", "1"]
    assert first.stderr == ""
    return folder


@pytest.fixture
def cache(filled: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(filled, tmp_path / "cache"))


def show(package: Path, cache: Path, code: str = SHOW) -> subprocess.CompletedProcess[str]:
    environment = {"EDGEWRIGHT_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    return fresh_process(package.parent, code, environment)


def fresh_process(root: Path, code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_a_fresh_process_finds_the_code_of_the_one_before(package: Path, cache: Path) -> None:
    second = show(package, cache)
    assert second.stdout.split() == ["12", "13", "1", "0"]
    assert second.stderr == ""


def test_a_changed_callee_in_another_file_is_noticed(package: Path, cache: Path) -> None:
    callee = package / "callee.py"
    before = callee.stat()
    try:
        callee.write_text(CALLEE.replace("x + 1", "x + 7"))
        os.utime(callee, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert show(package, cache).stdout.split()[:2] == ["24", "31"]
    finally:
        callee.write_text(CALLEE)


def test_two_installations_share_a_cache_folder_without_meeting(
    package: Path, cache: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(package, tmp_path / "other" / "engine"))
    assert show(other, cache).stdout.split() == ["12", "13", "0", "1"]
    assert show(package, cache).stdout.split() == ["12", "13", "1", "0"]


@pytest.mark.parametrize("place", ["a file/cache", "~nobody-of-this-name/cache"])
def test_where_nothing_can_be_written_kernels_compile_in_memory_with_one_warning(
    package: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a file").touch()
    done = show(package, Path(place) if place.startswith("~") else tmp_path / place)
    assert done.stdout.split()[:3] == ["12", "13", "0"]
    assert done.stderr.count("RuntimeWarning") == 1
    assert "no folder for the kernel cache that can be written to" in done.stderr
    assert "EDGEWRIGHT_CACHE_DIR" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_a_folder_that_others_may_write_to_is_not_trusted(package: Path, cache: Path) -> None:
    (folder,) = (cache / "kernels").iterdir()
    folder.chmod(0o777)
    done = show(package, cache)
    assert done.stdout.split()[:3] == ["12", "13", "0"]
    assert "others may write to it" in done.stderr


def test_a_damaged_cache_is_emptied_and_costs_one_compilation(package: Path, cache: Path) -> None:
    for path in cache.rglob("*.nb?"):
        path.write_bytes(b"")
    damaged = show(package, cache)
    assert damaged.stdout.split()[:2] == ["12", "13"]
    assert damaged.stderr.count("RuntimeWarning") == 1
    assert all(path.stat().st_size for path in cache.rglob("*.nb?"))
    assert show(package, cache).stderr == ""


def test_an_error_in_a_kernel_is_not_mistaken_for_a_broken_cache(package: Path, tmp_path: Path) -> None:
    wrong = Path(shutil.copytree(package, tmp_path / "wrong" / "engine"))
    (wrong / "callee.py").write_text(CALLEE.replace("x + 1", "x + 'text'"))
    with pytest.raises(subprocess.CalledProcessError) as raised:
        show(wrong, tmp_path / "cache")
    assert "TypingError" in raised.value.stderr


def test_other_users_of_numba_keep_their_own_cache_setting(package: Path, cache: Path) -> None:
    code = (
        "from numba import config; config.CACHE_DIR = 'mine'; import engine.caller; print(config.CACHE_DIR)"
    )
    assert show(package, cache, code).stdout.strip() == "mine"


def test_each_kernel_has_exactly_one_compiled_form_and_frees_the_interpreter() -> None:
    from engine.backtest.kernel.summary import summary_of
    from engine.backtest.kernel.walk import walk

    for function in (walk, summary_of):
        assert len(function.signatures) == 1
        assert function.targetoptions["nogil"]
        assert not function.targetoptions.get("fastmath")


def test_only_the_adapter_imports_numba() -> None:
    importers = [
        path for path in ENGINE.rglob("*.py") if "numba" in {name.split(".")[0] for name in _imports(path)}
    ]
    assert importers == [ENGINE / "compiled.py"]


def test_a_kernel_module_uses_nothing_of_the_project_but_kernel_modules() -> None:
    kernels = {
        path
        for path in ENGINE.rglob("*.py")
        if "engine.compiled" in set(_imports(path)) and path.name != "compiled.py"
    }
    allowed = {"engine.compiled", *(_module(path) for path in kernels)}
    assert {_module(path) for path in kernels} >= {"engine.backtest.kernel.walk", "engine.backtest.curve"}
    for path in kernels:
        ours = {name for name in _imports(path) if name.split(".")[0] == "engine"}
        assert ours <= allowed, path


def test_the_engine_can_be_imported_without_numba_or_pandas() -> None:
    code = "import sys, engine.backtest.simulate; print({'numba', 'pandas', 'scipy'} & set(sys.modules))"
    assert show(ENGINE, ROOT / "unused", code).stdout.strip() == "set()"


DIGEST = """
from tests.unit.backtest.test_compiled import busy_digest
print(busy_digest())
"""


def busy_digest() -> str:
    """A hash over every bit of a run with many trades."""
    from engine.backtest.costs import Costs
    from engine.backtest.simulate import simulate
    from engine.market.instrument import Category
    from tests.support.walks import Walk

    levels = ("size", "stop_loss", "take_profit", "trailing_stop")
    walk = Walk(
        1,
        5000,
        0.01,
        0.02,
        0.0,
        0.1,
        0.3,
        0.3,
        levels,
        0.05,
        3_600_000,
        0.7,
        Category.LINEAR,
        Costs(2.0, 5.5),
    )
    result = simulate(walk.market(), walk.signals(), walk.costs)
    digest = hashlib.sha256(repr((result.metrics, result.benchmark, result.warnings)).encode())
    for column in (result.equity, result.trades.pnl, result.trades.exit_bar, result.benchmark_equity):
        digest.update(column.tobytes())
    digest.update(" ".join(result.trades.exit_reason).encode())
    assert len(result.trades) > 500
    return digest.hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1234"])
def test_another_process_computes_the_same_bits(hash_seed: str) -> None:
    done = fresh_process(ROOT, DIGEST, {"PYTHONHASHSEED": hash_seed})
    assert done.stdout.strip() == busy_digest()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)

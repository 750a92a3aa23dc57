"""The one door to numba: decorators for kernels, and the folder where their machine code is kept.

numba's own cache does not notice that a function called from another file has changed, and it refuses to work
at all where neither the package nor the home is writable. So the folder is chosen here:

    <cache>/kernels/<key>      <cache> is EDGEWRIGHT_CACHE_DIR, else the user's cache folder

with a key over the sources of all kernel modules, the versions of numba, llvmlite and numpy, and the
processor. numba adds the path of each source file, so that two installations never meet in one file. A kernel
module is a file of this package that imports this module; it imports numpy and other kernel modules besides,
and nothing else of the project, or the key would miss what it uses.

Machine code read from a cache is executed. A folder that belongs to somebody else, or that others may write
to, is therefore not used; kernels are then compiled in memory, with one warning.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])

CACHE_VARIABLE = "EDGEWRIGHT_CACHE_DIR"
_MARK = b"engine.compiled"
_OPTIONS = {"nogil": True, "error_model": "numpy"}
_INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # no form of its own for Python callers
_numba_settings = threading.Lock()


def inlined(function: _Function) -> _Function:
    """A function that only kernels call; its code becomes part of theirs."""
    return cast(_Function, _numba().njit(**_OPTIONS, **_INNER)(function))


def inlined_arrayless(function: _Function) -> _Function:
    """The same for one that makes no arrays: references to those it is handed are not counted."""
    return cast(_Function, _numba().njit(**_OPTIONS, **_INNER, _nrt=False)(function))


def always_inlined(function: _Function) -> _Function:
    """As `inlined_arrayless`, where the compiler must not choose a call instead: in a loop, at every step."""
    return cast(_Function, _numba().njit(**_OPTIONS, **_INNER, _nrt=False, forceinline=True)(function))


def type_of(example: object) -> Any:
    """numba's type of values like `example`, for the signature of a kernel."""
    return _numba().typeof(example)


def kernel(signature: str | tuple[Any, ...]) -> Callable[[_Function], _Function]:
    """A kernel with exactly one compiled form: `signature` in numba's notation, e.g. "(float64[::1], int64)",
    or the `type_of` each argument.

    It frees the interpreter's lock while it runs, uses no fastmath, and is kept on disk between processes.
    """

    def decorate(function: _Function) -> _Function:
        folder = _cache_folder()
        if folder is not None:
            try:
                return _cached(function, signature, folder)
            except Exception as error:
                # A damaged or full cache stops nobody, and the next process starts with an empty one. What is
                # wrong with the kernel itself is raised again below.
                _warn_once(f"The kernel cache in {folder} cannot be used ({type(error).__name__}: {error}).")
                _empty(folder)
        return cast(_Function, _numba().njit(signature, **_OPTIONS)(function))

    return decorate


def cache_key(package: Path) -> str:
    """Key of the kernels whose sources lie under `package`, for this machine; 32 hex digits."""
    digest = hashlib.sha256()
    for part in (*_versions(), *_processor()):
        digest.update(part.encode() + b"\0")
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if _MARK in source:
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(source).digest())
    return digest.hexdigest()[:32]


def cache_root() -> Path:
    """The folder for what can be made again: EDGEWRIGHT_CACHE_DIR, else the user's cache folder.

    Raises:
        RuntimeError: there is no home folder to find it in.
    """
    import platformdirs

    chosen = os.environ.get(CACHE_VARIABLE, "")
    return Path(chosen or platformdirs.user_cache_dir("edgewright", False)).expanduser()


def _cached(function: _Function, signature: str | tuple[Any, ...], folder: Path) -> _Function:
    # The setting is numba's for the whole process: other users of numba keep theirs.
    numba = _numba()
    with _numba_settings:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder)
        try:
            return cast(_Function, numba.njit(signature, cache=True, **_OPTIONS)(function))
        finally:
            numba.config.CACHE_DIR = before


@functools.cache
def _cache_folder() -> Path | None:
    """The folder for this process, made and tried; None where there is none to be had."""
    try:
        folder = cache_root() / "kernels" / cache_key(Path(__file__).parent)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError) as error:
        _warn_once(f"There is no folder for the kernel cache that can be written to ({error}).")
        return None
    if not _is_ours(folder):
        _warn_once(f"The kernel cache {folder} belongs to another user, or others may write to it.")
        return None
    return folder


def _empty(folder: Path) -> None:
    for path in (*folder.rglob("*.nbi"), *folder.rglob("*.nbc")):
        path.unlink(missing_ok=True)


def _is_ours(folder: Path) -> bool:
    if sys.platform == "win32":
        return True
    state = folder.stat()
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


@functools.cache
def _warn_once(text: str) -> None:
    warnings.warn(
        f"{text} Kernels are compiled in memory, some seconds at every start."
        f" Set {CACHE_VARIABLE} to a folder of your own.",
        RuntimeWarning,
        stacklevel=2,
    )


def _versions() -> tuple[str, ...]:
    import llvmlite
    import numpy as np

    module: Any = llvmlite
    return (sys.version, str(_numba().__version__), str(module.__version__), np.__version__)


def _processor() -> tuple[str, ...]:
    from llvmlite import binding

    llvm: Any = binding
    return (str(llvm.get_host_cpu_name()), str(llvm.get_host_cpu_features().flatten()))


def _numba() -> Any:
    import numba

    return numba

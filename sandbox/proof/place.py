"""What a proof holds for: this kernel and machine, these libraries, this sandbox."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

_SANDBOX = Path(__file__).resolve().parents[1]


class Place(BaseModel):
    """Where a proof was made; another value of any field is another place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kernel: str = Field(description="Release of the kernel.")
    machine: str
    root: bool = Field(description="Whether it ran as root, whose children drop to another user.")
    python: str
    numpy: str
    pandas: str
    restrictedpython: str
    ta_lib: str
    sandbox: str = Field(description="SHA-256 over the sources of the sandbox.")


@cache
def this_place() -> Place:
    """The place of this process."""
    return Place(
        kernel=platform.release(),
        machine=platform.machine(),
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        python=platform.python_version(),
        numpy=version("numpy"),
        pandas=version("pandas"),
        restrictedpython=version("RestrictedPython"),
        ta_lib=version("TA-Lib"),
        sandbox=_sources_hash(),
    )


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(_SANDBOX.rglob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(_SANDBOX).as_posix()} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()

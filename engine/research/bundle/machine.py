"""What the last bits of a number may depend on besides the engine: system, Python, numeric packages."""

from __future__ import annotations

import platform
from importlib.metadata import version

from engine.research.bundle.document import MachinePart

_PACKAGES = ("numpy", "pandas", "numba", "ta-lib")


def this_machine() -> MachinePart:
    """This one."""
    return MachinePart(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
    )

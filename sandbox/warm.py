"""Everything a strategy may need, imported and used once, because a locked child can import nothing.

Only the zygote imports this module: it switches off what starts threads or loads compilers.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
import zoneinfo
from pathlib import Path
from typing import Any

# pyarrow starts a thread when imported, numexpr and numba start them later, and the others would be
# looked for on disk. pandas works without each of them.
_ABSENT = (
    "pyarrow",
    "numba",
    "numexpr",
    "bottleneck",
    "scipy",
    "matplotlib",
    "jinja2",
    "tables",
    "polars",
    "xarray",
)
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# Imported late, from inside functions, by Python and by the libraries.
_LATE = ("_strptime", "calendar", "encodings.idna", "linecache", "random", "traceback", "sandbox.holder")


def prepare() -> None:
    """Import, use once, and leave nothing running."""
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(_ABSENT))  # None makes an import fail
    warnings.simplefilter("ignore")
    _libraries()
    _exercise()
    _no_zone_files()


def require_one_thread() -> None:
    """Refuse to go on when something has started a thread: a forked child could not be locked whole.

    Raises:
        RuntimeError: there is more than one.
    """
    count = len(list(Path("/proc/self/task").iterdir()))
    if count != 1:
        raise RuntimeError(f"the zygote has {count} threads")


def _libraries() -> None:
    for name in _LATE:
        importlib.import_module(name)
    import numpy as np

    np.seterr(all="ignore")


def _no_zone_files() -> None:
    """Every zone was read by now: no other name is looked for on disk.

    pandas takes `dateutil/PATH` as the name of a zone and would open that path.
    """
    zones: Any = importlib.import_module("pandas._libs.tslibs.timezones")
    common: Any = importlib.import_module("zoneinfo._common")

    def refuse(name: object) -> None:
        raise ValueError(f"The time zone {name!r} is not available.")

    zones.dateutil_gettz = refuse
    common.load_tzdata = refuse
    zoneinfo.reset_tzpath(to=())


def _exercise() -> None:
    from sandbox import warm_up

    warm_up.run()

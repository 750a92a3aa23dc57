"""Which layers stand in a run of the proof, and the door to a zygote in which some do not.

The host of the sandbox takes the path of an entry script and nothing else, and no installed file is an
entry that leaves a layer out: it is written into a private folder for the time of a proof.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory


class Mode(StrEnum):
    """What stands between a hostile line and the machine; the values are shown to people."""

    PRODUCT = "product"
    WALLS = "walls alone"
    LANGUAGE = "language alone"
    CONTROL = "control"  # neither
    LANDLOCK = "Landlock alone"
    SECCOMP = "seccomp alone"
    USER = "user and limits alone"


WITHOUT_LANGUAGE = frozenset({Mode.WALLS, Mode.LANDLOCK, Mode.SECCOMP, Mode.USER})
PROVED = (Mode.PRODUCT, Mode.WALLS, Mode.LANGUAGE)
EACH_WALL = (Mode.LANDLOCK, Mode.SECCOMP, Mode.USER)

_PROJECT = Path(__file__).resolve().parents[2]
_SCRIPT = """\
import sys

sys.path.insert(0, {project!r})

from sandbox.proof.layers import serve_as

if __name__ == "__main__":
    serve_as({mode!r})
"""


@contextmanager
def entry(mode: Mode) -> Generator[Path]:
    """The entry script of a zygote whose children run in `mode`; it is gone after the block."""
    with TemporaryDirectory(prefix="edgewright-proof-") as folder:
        script = Path(folder) / "zygote.py"
        script.write_text(_SCRIPT.format(project=str(_PROJECT), mode=mode.value), encoding="utf-8")
        yield script

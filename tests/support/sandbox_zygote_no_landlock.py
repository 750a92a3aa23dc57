"""Entry of a zygote for tests: as on a kernel without Landlock."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandbox import kernel
from sandbox.proof.layers import serve


def landlock_missing() -> None:
    kernel.landlock_abi = lambda: 0


if __name__ == "__main__":
    serve(landlock_missing)

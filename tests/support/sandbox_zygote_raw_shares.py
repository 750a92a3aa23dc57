"""Entry of a zygote for tests: plain Python inside the walls, and the sets of a block share a child."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandbox.proof.layers import _RawProgram, serve  # pyright: ignore[reportPrivateUsage]


def plain_python_shares() -> None:
    from sandbox import child, holder

    child.read_program = holder.read_program = lambda code: _RawProgram(code, shares=True)


if __name__ == "__main__":
    serve(plain_python_shares)

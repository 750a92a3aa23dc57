"""Entry of a zygote for tests: the product, but every text is taken for one that leaves nothing behind."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandbox.proof.layers import serve


def every_text_shares() -> None:
    from sandbox import program

    program.may_share = lambda tree: True


if __name__ == "__main__":
    serve(every_text_shares)

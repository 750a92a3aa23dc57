"""Entry of a zygote for tests: landlock_missing."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.sandbox_modes import landlock_missing, serve

if __name__ == "__main__":
    serve(landlock_missing)

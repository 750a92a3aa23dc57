"""Entry of a zygote for tests: language_off."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.sandbox_modes import language_off, serve

if __name__ == "__main__":
    serve(language_off)

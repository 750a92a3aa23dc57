"""The one home of the wall clock, of randomness and of ids, so that tests can hand in their own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass


def _system_now_ms() -> int:
    return time.time_ns() // 1_000_000  # noqa: TID251 - this is the clock's home


@dataclass(frozen=True, slots=True)
class Ambient:
    """What a program takes from the world around it.

    Attributes:
        now_ms: the time, UTC milliseconds.
        entropy: n random bytes.
    """

    now_ms: Callable[[], int] = _system_now_ms
    entropy: Callable[[int], bytes] = secrets.token_bytes

    def new_id(self, prefix: str) -> str:
        """An id that sorts by time: prefix, 9 base-32 digits of UTC ms, 6 random ones."""
        return f"{prefix}_{_base32(self.now_ms(), 9)}{_base32(int.from_bytes(self.entropy(4)), 6)}"


_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def _base32(number: int, width: int) -> str:
    digits: list[str] = []
    for _ in range(width):
        digits.append(_DIGITS[number % 32])
        number //= 32
    return "".join(reversed(digits))

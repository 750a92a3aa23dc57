"""Faults on demand: each is met once by the next request that its path matches, in the order given."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from threading import Event, Lock


class Fault(Enum):
    """What goes wrong with one request."""

    RATE_LIMITED = "10006 with a reset stamp in the future"
    RATE_LIMITED_PAST_RESET = "10006 with a reset stamp in the past"
    FORBIDDEN = "HTTP 403 as text"
    SERVER_ERROR = "HTTP 500 as HTML"
    BAD_GATEWAY = "HTTP 502 as HTML"
    BUSY = "retCode 10016"
    TOO_SLOW = "no reply until the client has given up"
    DROPPED = "the connection is closed without a reply"
    CUT_SHORT = "the body ends before its length"
    TRUNCATED_JSON = "a complete reply whose JSON is cut"
    NOT_AN_ENVELOPE = "a JSON list where an object belongs"


PASSING = tuple(fault for fault in Fault if fault is not Fault.FORBIDDEN)


@dataclass
class Faults:
    """The queue of faults. `release` frees requests that are being kept waiting."""

    _waiting: deque[tuple[str, Fault]] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)
    release: Event = field(default_factory=Event)

    def plan(self, *faults: Fault, path: str = "") -> None:
        """Let the next requests whose path contains `path` meet these faults, one each."""
        with self._lock:
            self._waiting.extend((path, fault) for fault in faults)

    def take(self, path: str) -> Fault | None:
        """The fault that this request meets."""
        with self._lock:
            for entry in self._waiting:
                if entry[0] in path:
                    self._waiting.remove(entry)
                    return entry[1]
        return None

    @property
    def left(self) -> int:
        """Faults that no request has met yet."""
        return len(self._waiting)

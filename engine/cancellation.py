"""How long work is told to stop, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from engine.errors import Cancelled


class Cancellation:
    """Handed to long work by whoever may want to end it. Once cancelled, it stays so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._acts: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """True from the first `cancel` on."""
        return self._cancelled

    def cancel(self) -> None:
        """End the work: what it has asked to be told by `acting` is called here, quickly."""
        with self._lock:
            self._cancelled = True
            acts, self._acts = self._acts, []
            for act in acts:
                act()

    def check(self) -> None:
        """Go on, or stop here.

        Raises:
            Cancelled: it was cancelled.
        """
        if self._cancelled:
            raise Cancelled(
                "The work was cancelled.", "Nothing of it was kept; start it again if it is wanted."
            )

    @contextmanager
    def acting(self, act: Callable[[], None]) -> Generator[None]:
        """Within, `cancel` calls `act`, at once if it has happened already; never after the end."""
        with self._lock:
            if self._cancelled:
                act()
            else:
                self._acts.append(act)
        try:
            yield
        finally:
            with self._lock:
                if act in self._acts:
                    self._acts.remove(act)

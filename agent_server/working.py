"""Long work in the process of a command: progress on standard error, and Ctrl-C that keeps what is done."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from agent_server.output import say
from agent_server.terminal import progress, standard_error
from engine.cancellation import Cancellation
from engine.errors import Cancelled
from engine.progress import Progress
from tools.long_tool import Work

_EVERY_S = 5.0


@contextmanager
def working(description: str) -> Generator[Work]:
    """What long work is handed. Ctrl-C asks it to stop, a second one ends it where it stands.

    Raises:
        KeyboardInterrupt: it was stopped; what it has recorded is kept.
    """
    cancellation = Cancellation()
    with _heard(description) as heard, _stopped_by_interrupt(cancellation):
        try:
            yield Work(None, cancellation, heard)
        except Cancelled:
            say("Stopped. What was finished is kept, and the same command goes on from there.")
            raise KeyboardInterrupt from None


@contextmanager
def _heard(description: str) -> Generator[Progress]:
    """A bar where there is a terminal, else a line now and then."""
    console, said = standard_error(), time.monotonic()
    with progress(description, console) as bar:

        def hear(done: float, doing: str) -> None:
            nonlocal said
            bar(done, 1.0)
            if not console.is_terminal and time.monotonic() - said >= _EVERY_S:
                said = time.monotonic()
                say(f"{done:.0%} {doing}")

        yield hear


@contextmanager
def _stopped_by_interrupt(cancellation: Cancellation) -> Generator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # in a thread of its own: this one may be holding the very lock that cancelling takes
        threading.Thread(target=cancellation.cancel, daemon=True).start()

    with _handling(stop):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Generator[None]:
    """The handler of Ctrl-C within; signals are the main thread's."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

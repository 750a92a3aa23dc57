"""An answer that is not there yet: looked at again and again, for a while, by whoever asked for it.

It is NOT tied to threads or to a loop: a command sleeps between two looks, the MCP server awaits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.progress import Progress, unheard

if TYPE_CHECKING:
    from tools.registry import Answer

AnswerT = TypeVar("AnswerT", bound="Answer", covariant=True)
PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Look(Generic[AnswerT]):
    """What a look at the work shows.

    Attributes:
        answer: as it would be given now.
        over: nothing more will come.
        done: how far the work is, 0 to 1.
        doing: what it does now, in a few words.
    """

    answer: AnswerT
    over: bool
    done: float
    doing: str


class Waiting(Generic[AnswerT]):
    """Looks at work until it is over or `seconds` have passed; the work itself goes on in either case."""

    def __init__(self, look: Callable[[], Look[AnswerT]], seconds: float) -> None:
        self._look = look
        self._deadline = time.monotonic() + seconds

    def look(self) -> tuple[Look[AnswerT], bool]:
        """What is to be seen now, and whether it is worth looking again after `PAUSE_S`.

        Raises:
            EdgewrightError: what the work failed with.
        """
        seen = self._look()
        return seen, not seen.over and time.monotonic() + PAUSE_S < self._deadline

    def wait(self, progress: Progress = unheard) -> AnswerT:
        """Look until there is no point in looking again; blocks the thread.

        Raises:
            EdgewrightError: what the work failed with.
        """
        while True:
            seen, again = self.look()
            progress(seen.done, seen.doing)
            if not again:
                return seen.answer
            time.sleep(PAUSE_S)

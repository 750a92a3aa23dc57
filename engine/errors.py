"""Errors, named by what the caller should do next.

EdgewrightError
├── InvalidInput          mend the input: the text says what was wrong, where, and what would be right
├── NotFound              ask for something that exists; the text names what does
├── Conflict              what is stored disagrees with what was sent; nothing was changed
├── StrategyRejected      mend the strategy's text at the named line (carries located findings)
├── StrategyFailed        the strategy ran and failed: mend the named line, or its memory and time
├── NeedsApproval         a person has to say yes
├── LimitExceeded         a limit of the server; no argument raises it
├── Cancelled             somebody ended this work; nothing of it was kept
├── OutcomeUnknown        ask what happened; never send again
├── ProviderUnavailable   somebody else's service did not answer: wait, or take the named way around
├── StoreUnavailable      the database cannot be opened, read or written: mend what the text names
└── SandboxUnavailable    this machine lacks a wall; the text holds the one command that helps

A message stands on its own; `hint` is what would be right. Nothing secret ever enters either.
"""

from __future__ import annotations


class EdgewrightError(Exception):
    """Base of every error that a user may see.

    Args:
        message: what was wrong and where, one sentence.
        hint: what would be right, one sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(EdgewrightError):
    """The input is wrong; the text says what, where, and what would be right."""


class NotFound(EdgewrightError):
    """No such thing; the text names what exists."""


class Conflict(EdgewrightError):
    """What is stored disagrees with what was sent; nothing was changed."""


class StrategyRejected(EdgewrightError):
    """The strategy's text breaks a rule; the message holds the located findings."""


class StrategyFailed(EdgewrightError):
    """The strategy ran and raised, returned the wrong shape, or met a limit of time or memory."""


class NeedsApproval(EdgewrightError):
    """A person has to approve this first."""


class LimitExceeded(EdgewrightError):
    """A limit that belongs to the server; no argument can raise it."""


class Cancelled(EdgewrightError):
    """Somebody ended this work; nothing of it was kept."""


class OutcomeUnknown(EdgewrightError):
    """It may or may not have happened: ask, never send again."""


class ProviderUnavailable(EdgewrightError):
    """An outside service did not answer or refused."""


class StoreUnavailable(EdgewrightError):
    """The database is locked, read-only, damaged or unreachable; nothing was changed."""


class SandboxUnavailable(EdgewrightError):
    """This machine lacks a wall that untrusted code needs."""

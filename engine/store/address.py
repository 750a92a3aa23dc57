"""Where the database is: its URL read once, and what may be said about it in a message."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import InvalidInput

_HINT = "Write sqlite:///folder/edgewright.db or postgresql+psycopg://user:password@host:5432/database."
_POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Address:
    """A database's address.

    Attributes:
        path: the SQLite file; None for PostgreSQL.
    """

    url: URL
    path: Path | None

    @property
    def label(self) -> str:
        """What a message may say: file, or host, port and database; never user or password."""
        if self.path is not None:
            return str(self.path)
        host = self.url.host or "the local socket"
        return f"PostgreSQL {self.url.database or ''} at {host}:{self.url.port or 5432}"

    def without_secrets(self, text: str) -> str:
        """`text`, should a driver have put the password into it."""
        for secret in (self.url.password, self.url.query.get("password")):
            if secret:
                text = text.replace(str(secret), "***")
        return text


def parse_address(text: str) -> Address:
    """The address that a database URL gives.

    Raises:
        InvalidInput: not a URL, or of another kind than SQLite (a file) and PostgreSQL.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # neither the text nor the cause is shown: there may be a password in it
        raise InvalidInput("The database URL cannot be read.", _HINT) from None
    if url.drivername in _POSTGRESQL:
        return Address(url.set(drivername="postgresql+psycopg"), None)
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise InvalidInput(f"There is no support for {url.drivername} databases.", _HINT)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise InvalidInput("The database URL names no file.", _HINT)
    path = Path(url.database).absolute()
    return Address(url.set(drivername="sqlite+pysqlite", database=str(path)), path)

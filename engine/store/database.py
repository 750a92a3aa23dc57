"""One database: its engine, its transactions, and its errors in our words."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.orm import Session

from engine.ambient import Ambient
from engine.errors import Conflict, EdgewrightError, InvalidInput, StoreUnavailable
from engine.store.address import Address, parse_address
from engine.store.models import Base

_BUSY_SECONDS = 15.0
_CONNECT_SECONDS = 5
_MAX_TEXT = 300
_BEGIN = "edgewright_begin"  # execution option: the statement with which SQLite begins; "" for none


@dataclass(slots=True)
class _OpenTransaction:
    session: Session
    failed: bool = False


class Database:
    """Engine and transactions of one database, for the threads of one process."""

    def __init__(self, url: str, ambient: Ambient) -> None:
        self.address: Address = parse_address(url)
        self.ambient = ambient
        self.engine: Engine = _engine(self.address)
        self.autocommitting: Engine = self.engine.execution_options(**{_BEGIN: ""})
        self._writer = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._local = threading.local()

    @property
    def is_sqlite(self) -> bool:
        """SQLite rather than PostgreSQL."""
        return self.address.path is not None

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A session for queries; inside `writing` it is that transaction's, and sees what it wrote."""
        current = self._current()
        with self.translated():
            if current is not None:
                yield current.session
                return
            with Session(self.engine) as session:
                yield session

    @contextmanager
    def writing(self) -> Generator[Session]:
        """A transaction: committed at the end, rolled back on any error. A nested one joins the outer.

        Raises:
            Conflict: a nested part failed and its error was swallowed; nothing was written.
        """
        current = self._current()
        if current is not None:
            with self.translated(), _joined(current):
                yield current.session
            return
        with self.translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            self._local.open = _OpenTransaction(session)
            try:
                session.connection()  # begins now, not at the first statement
                yield session
                if self._local.open.failed:
                    raise Conflict("A part of this transaction failed; nothing was written.")
            finally:
                self._local.open = None

    @contextmanager
    def migrating(self) -> Generator[Connection]:
        """A writing connection that one process at a time holds, with SQLite's foreign keys off.

        They are off because rebuilding a table drops it, which would cascade to the rows that point there.
        """
        with self.translated(), self._writer.connect() as connection:
            if self.is_sqlite:
                _execute_raw(connection, "PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    self.lock(connection, "migration")
                    yield connection
            finally:
                if self.is_sqlite and not connection.closed:
                    _execute_raw(connection, "PRAGMA foreign_keys=ON")

    def lock(self, session: Session | Connection, *what: str) -> None:
        """Let one transaction at a time do `what`; SQLite has one writer anyway."""
        if not self.is_sqlite:
            key = int.from_bytes(hashlib.sha256("\0".join(what).encode()).digest()[:8], "big", signed=True)
            session.execute(select(func.pg_advisory_xact_lock(key)))

    def insert_if_absent(
        self,
        session: Session,
        model: type[Base],
        unique: str,
        values: dict[str, Any] | Sequence[dict[str, Any]],
    ) -> None:
        """Insert rows unless one with the same `unique` column stands; a race has one winner."""
        from sqlalchemy.dialects import postgresql, sqlite

        insert = sqlite.insert if self.is_sqlite else postgresql.insert
        session.execute(insert(model).on_conflict_do_nothing(index_elements=[unique]), values)

    @contextmanager
    def translated(self) -> Generator[None]:
        """Turn the database's errors into ours.

        Raises:
            StoreUnavailable: locked, read-only, damaged, full or unreachable; the text says which.
        """
        try:
            yield
        except StatementError as error:
            if isinstance(error.orig, EdgewrightError):  # a value that a column refused
                raise error.orig from None
            raise _unavailable(self.address, error) from error
        except SQLAlchemyError as error:
            raise _unavailable(self.address, error) from error

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()

    def _current(self) -> _OpenTransaction | None:
        return getattr(self._local, "open", None)


@contextmanager
def _joined(current: _OpenTransaction) -> Generator[None]:
    try:
        yield
    except BaseException:
        current.failed = True
        raise


def _engine(address: Address) -> Engine:
    if address.path is None:
        return _postgresql_engine(address)
    wait = {} if "timeout" in address.url.query else {"timeout": _BUSY_SECONDS}
    # isolation_level None: the driver begins nothing by itself, the begin event below does
    engine = create_engine(address.url, connect_args={"isolation_level": None, **wait})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(address: Address) -> Engine:
    wait = {} if "connect_timeout" in address.url.query else {"connect_timeout": _CONNECT_SECONDS}
    try:
        return create_engine(address.url, connect_args=wait, pool_pre_ping=True)
    except ImportError as error:
        raise InvalidInput(
            "PostgreSQL needs the package psycopg.",
            "Install edgewright with its extra: edgewright[postgres].",
        ) from error


def _set_up_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001 - the event's signature
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _execute_raw(connection: Connection, statement: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute(statement)


_SQLITE_REASONS = {
    "SQLITE_BUSY": ("is locked by another program", "Try again, or close the program that holds it."),
    "SQLITE_LOCKED": ("is locked by another program", "Try again, or close the program that holds it."),
    "SQLITE_READONLY": ("is read-only", "Give write permission to the file and its folder."),
    "SQLITE_PERM": ("is read-only", "Give write permission to the file and its folder."),
    "SQLITE_CANTOPEN": ("cannot be opened", "Its folder has to exist and be writable."),
    "SQLITE_CORRUPT": ("is damaged", "Put it aside and restore a copy; sqlite3's .recover may save rows."),
    "SQLITE_NOTADB": ("is not a SQLite database", "Name another file, or restore a copy."),
    "SQLITE_FULL": ("cannot grow: the disk is full", "Make room and try again."),
    "SQLITE_IOERR": ("met an error of the disk", "Check the disk, then try again."),
}


def _unavailable(address: Address, error: SQLAlchemyError) -> StoreUnavailable:
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    text = address.without_secrets(" ".join(str(cause.args[0] if cause.args else cause).split()))[:_MAX_TEXT]
    name = "_".join(str(getattr(cause, "sqlite_errorname", "")).split("_")[:2])  # without the extended part
    if name in _SQLITE_REASONS:
        what, hint = _SQLITE_REASONS[name]
        return StoreUnavailable(f"The database {address.label} {what} ({text}).", hint)
    state = getattr(cause, "sqlstate", None) or "08"
    if address.path is None and isinstance(error, OperationalError) and state.startswith(("08", "57P")):
        return StoreUnavailable(
            f"{address.label} cannot be reached: {text}.", "Start it, or mend the database URL."
        )
    return StoreUnavailable(f"The database {address.label} refused: {text}.")

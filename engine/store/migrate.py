"""Brings a database to the schema that this code knows. Alembic is imported only where there is work."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from engine.errors import Conflict, StoreUnavailable
from engine.store.database import Database
from engine.store.models import Base

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0003"
_VERSION_TABLE = "alembic_version"
_FOLDER = Path(__file__).parent / "migrations"
_WAL_ATTEMPTS = 100
_WAL_WAIT_SECONDS = 0.02
_alembic = threading.Lock()  # its context is one per process


def bring_up_to_date(database: Database) -> None:
    """Create or upgrade the schema; several processes may do so at once. Fast when there is nothing to do.

    Raises:
        Conflict: the database is newer than this code, or somebody else's.
        StoreUnavailable: it cannot be opened or written.
    """
    if database.address.path is not None:
        _make_folder(database.address.path.parent)
        _use_wal(database)
    with database.translated(), database.engine.connect() as connection:
        revision = stored_revision(connection)
    if revision != HEAD:
        with database.migrating() as connection:
            _upgrade(database, connection)


def stored_revision(connection: Connection) -> str | None:
    """The schema's revision; None before the first migration."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar_one_or_none()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for our packaged migrations on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(database: Database, connection: Connection) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    revision = stored_revision(connection)  # again: another process may have been faster
    if revision == HEAD:
        return
    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise Conflict(
            f"The database {database.address.label} has schema revision {revision}, which this version of "
            f"Edgewright does not know (its own is {HEAD}); a newer one has written it.",
            "Upgrade Edgewright, or name another database.",
        )
    if revision is None:
        _check_nobody_elses(database, connection)
    with _alembic:
        command.upgrade(config, "head")
    if database.is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
        raise Conflict(f"After the upgrade a row of {broken[0]} would point nowhere; nothing was changed.")


def _check_nobody_elses(database: Database, connection: Connection) -> None:
    """A PostgreSQL database may be shared with other tables, a file may not."""
    tables = set(inspect(connection).get_table_names()) - {_VERSION_TABLE}
    strange = tables if database.is_sqlite else tables & set(Base.metadata.tables)
    if strange:
        raise Conflict(
            f"The database {database.address.label} holds tables that are not Edgewright's: "
            f"{', '.join(sorted(strange)[:5])}.",
            "Name another database; a new one is created by itself.",
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"The folder {folder} cannot be made: {error.strerror}.", "Name a folder that can be written."
        ) from error


def _use_wal(database: Database) -> None:
    """Switch to WAL, once in a file's life. SQLite does not always wait for others here, so we do."""
    with database.translated(), database.autocommitting.connect() as connection:
        for attempt in range(_WAL_ATTEMPTS):
            try:
                if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            except OperationalError as error:
                busy = getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")
                if not busy or attempt == _WAL_ATTEMPTS - 1:
                    raise
                connection.rollback()
                time.sleep(_WAL_WAIT_SECONDS)
            else:
                return

"""Opening: creation, migration, and what a broken or foreign database is answered with."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from engine.ambient import Ambient
from engine.errors import Conflict, InvalidInput, StoreUnavailable
from engine.store.address import parse_address
from engine.store.database import Database
from engine.store.migrate import HEAD, alembic_config, stored_revision
from engine.store.models import Base
from engine.store.store import Store

OURS = {*Base.metadata.tables, "alembic_version"}


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    """A database that `Store.open` made."""
    Store.open(empty_url).close()
    database = Database(empty_url, Ambient())
    yield database
    database.close()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_what_was_saved_is_there_when_it_is_opened_again(empty_url: str, make_spec: Callable) -> None:
    with Store.open(empty_url) as store:
        saved = store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
    with Store.open(empty_url) as store:
        assert store.strategies.get(saved.id) == saved


def test_many_threads_open_a_new_database_at_once(empty_url: str) -> None:
    barrier = threading.Barrier(6)
    opened: list[int] = []

    def open_it() -> None:
        barrier.wait(timeout=30)
        with Store.open(empty_url) as store:
            opened.append(len(store.strategies.list()))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert opened == [0] * 6


def test_migrations_and_models_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_difference_between_migrations_and_models_would_be_seen(database: Database) -> None:
    with database.migrating() as connection:
        connection.execute(text("ALTER TABLE jobs ADD COLUMN extra TEXT"))
    with database.engine.connect() as connection:
        assert len(compare_metadata(MigrationContext.configure(connection), Base.metadata)) == 1


def test_the_known_head_is_the_last_migration(database: Database) -> None:
    with database.engine.connect() as connection:
        assert ScriptDirectory.from_config(alembic_config(connection)).get_heads() == [HEAD]
        assert stored_revision(connection) == HEAD


def test_it_can_go_down_and_up_again(database: Database) -> None:
    with database.migrating() as connection:
        command.downgrade(alembic_config(connection), "base")
        assert tables(connection) == {"alembic_version"}
    with database.migrating() as connection:
        command.upgrade(alembic_config(connection), "head")
        assert tables(connection) == OURS
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_without_migrations_is_upgraded_on_opening(database: Database) -> None:
    with database.migrating() as connection:
        command.downgrade(alembic_config(connection), "base")
    url = database.address.url.render_as_string(hide_password=False)
    with Store.open(url) as store:
        assert store.strategies.list() == ()


KILLED = """
import sys
from alembic import command
from engine.ambient import Ambient
from engine.store.address import parse_address
from engine.store.database import Database
from engine.store.migrate import alembic_config

database = Database(sys.argv[1], Ambient())
with database.migrating() as connection:
    command.upgrade(alembic_config(connection), "head")
    print("migrated", flush=True)
    sys.stdin.readline()
"""


def test_a_process_killed_while_it_migrates_leaves_no_half_schema(
    empty_url: str, tmp_path: Path, start: Callable[..., Popen[str]]
) -> None:
    (tmp_path / "a folder").mkdir()
    process = start(KILLED, empty_url)
    assert process.stdout is not None and process.stdout.readline() == "migrated\n"
    process.kill()
    process.wait(timeout=30)
    database = Database(empty_url, Ambient())
    with database.engine.connect() as connection:
        assert tables(connection) == set()
    database.close()
    Store.open(empty_url).close()


def test_a_newer_database_is_refused_and_left_alone(empty_url: str, sql: Callable) -> None:
    Store.open(empty_url).close()
    sql(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        Conflict, match=rf"revision 9999, which .* does not know \(its own is {HEAD}\).*Upgrade"
    ):
        Store.open(empty_url)
    sql(empty_url, f"UPDATE alembic_version SET version_num = '{HEAD}'")
    Store.open(empty_url).close()


def test_somebody_elses_tables_are_left_alone(empty_url: str, tmp_path: Path, sql: Callable) -> None:
    (tmp_path / "a folder").mkdir()
    sql(empty_url, "CREATE TABLE runs (kilometres INTEGER)", "INSERT INTO runs VALUES (42)")
    with pytest.raises(Conflict, match="not Edgewright's: runs"):
        Store.open(empty_url)
    sql(empty_url, "UPDATE runs SET kilometres = 1 WHERE kilometres = 42")
    database = Database(empty_url, Ambient())
    with database.engine.connect() as connection:
        assert tables(connection) == {"runs"}
    database.close()


def test_a_postgresql_database_may_be_shared_with_other_tables(postgresql_url: str, sql: Callable) -> None:
    sql(
        postgresql_url,
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "CREATE TABLE checkpoints (n INT)",
    )
    Store.open(postgresql_url).close()
    sql(postgresql_url, "DROP TABLE checkpoints")


def test_no_transaction_stays_open(store: Store, make_spec: Callable, make_run: Callable) -> None:
    store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
    store.strategies.list()
    with pytest.raises(InvalidInput):
        store.record_run(make_run("run_1", code_hash="0"), artifacts={}, trial=None)
    with pytest.raises(ZeroDivisionError), store.transaction():
        1 / 0  # noqa: B018
    database = store._database
    if database.is_sqlite:
        with sqlite3.connect(str(database.address.path), timeout=0) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            other.execute("BEGIN EXCLUSIVE")
        other.close()
        return
    with database.reading() as session:
        open_ones = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state LIKE 'idle in%'"
        )
        assert session.execute(text(open_ones)).scalar_one() == 0


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/e.db") as store, store._database.reading() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 15_000}


def test_a_new_database_that_another_process_looks_at_is_waited_for(tmp_path: Path) -> None:
    """The switch to WAL is the one step for which SQLite does not wait by itself."""
    other = sqlite3.connect(tmp_path / "e.db", isolation_level=None, check_same_thread=False)
    other.executescript("CREATE TABLE t (n INT); DROP TABLE t; BEGIN; SELECT * FROM sqlite_master")
    release = threading.Timer(0.2, other.close)
    release.start()
    with Store.open(f"sqlite:///{tmp_path}/e.db?timeout=0.01") as store:
        assert store.strategies.list() == ()
    release.join(timeout=30)


def test_foreign_keys_are_on_again_after_a_migration(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/e.db") as store:
        with store._database.migrating() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 0
        with store._database.reading() as session:
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_locked_database_says_so_and_can_still_be_read(tmp_path: Path, make_spec: Callable) -> None:
    with Store.open(f"sqlite:///{tmp_path}/e.db?timeout=0.05") as store:
        other = sqlite3.connect(tmp_path / "e.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"e\.db is locked by another program"):
            store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
        assert store.strategies.list() == ()
        other.execute("ROLLBACK")
        other.close()
        assert store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user").version == 1


READ_ONLY = """
import os, sys
from pathlib import Path
from engine.errors import EdgewrightError
from engine.store.store import Store

folder = Path(sys.argv[1])
Store.open(f"sqlite:///{folder}/e.db").close()
(folder / "e.db").chmod(0o444)
folder.chmod(0o555)
if os.getuid() == 0:
    os.seteuid(65534)
try:
    with Store.open(f"sqlite:///{folder}/e.db") as store:
        store.jobs.enqueue("sweep", {})
except EdgewrightError as error:
    print(type(error).__name__, error)
"""


def test_a_read_only_database_says_so(start: Callable[..., Popen[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:  # outside of pytest's folders, which root alone may enter
        output, errors = start(READ_ONLY, folder).communicate(timeout=60)
        Path(folder).chmod(0o755)
    assert errors == ""
    assert output.startswith("StoreUnavailable The database") and (
        "read-only" in output or "cannot" in output
    )


@pytest.mark.parametrize("content", [b"open,high,low,close\n" * 200, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"bars\.csv is (not a SQLite database|damaged)"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_damaged_database_says_so(tmp_path: Path, make_spec: Callable) -> None:
    url = f"sqlite:///{tmp_path}/e.db"
    with Store.open(url) as store:
        store.strategies.save("s", "x" * 50_000, make_spec("x" * 50_000), origin="user")
    path = tmp_path / "e.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreUnavailable, match=r"e\.db is damaged"), Store.open(url) as store:
        store.strategies.list()


def test_a_damaged_document_says_so(store: Store, url: str, sql: Callable) -> None:
    job = store.jobs.enqueue("sweep", {"n": 1})
    sql(url, "UPDATE jobs SET request = '{\"n\": '")
    with pytest.raises(StoreUnavailable, match="damaged document"):
        store.jobs.get(job.id)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        Store.open(f"sqlite:///{tmp_path}/file/below/e.db")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        Store.open(f"sqlite:///{tmp_path}")


def chain(error: BaseException | None) -> str:
    """The text of an error and of all its causes."""
    return "" if error is None else f"{error!r} {error} {chain(error.__cause__)} {chain(error.__context__)}"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:geheim%21@127.0.0.1:1/db",
        "postgres://127.0.0.1:1/db?user=me&password=geheim%21",
        "postgresql://me:geheim%21@127.0.0.1:1/db?connect_timeout=2&sslmode=disable",
    ],
)
def test_a_server_that_does_not_answer_says_so_without_the_password(url: str) -> None:
    with pytest.raises(
        StoreUnavailable, match=r"PostgreSQL db at 127\.0\.0\.1:1 cannot be reached"
    ) as caught:
        Store.open(url)
    assert "geheim" not in chain(caught.value)


def test_a_password_that_a_driver_shows_is_masked() -> None:
    for url in ("postgresql://me:geheim%21@h/d", "postgresql://me@h/d?password=geheim%21"):
        address = parse_address(url)
        assert address.without_secrets("no entry for me/geheim!") == "no entry for me/***"
        assert "geheim" not in address.label


def test_a_database_that_the_server_does_not_have_says_so(postgresql_url: str) -> None:
    with pytest.raises(StoreUnavailable, match=r'cannot be reached.*"nowhere" does not exist'):
        Store.open(postgresql_url.rpartition("/")[0] + "/nowhere")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "edgewright.db",
        "geheim",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:e.db?mode=ro&uri=true",
        "mysql://me:geheim@host/db",
        "postgresql+asyncpg://me:geheim@host/db",
        "postgresql://me:geheim@host:port/db",
    ],
)
def test_another_kind_of_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"sqlite:///folder/edgewright\.db") as caught:
        Store.open(url)
    assert "geheim" not in str(caught.value)

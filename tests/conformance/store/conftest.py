"""The store's fixtures: every test runs on SQLite and on PostgreSQL, each on a database of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from engine.ambient import Ambient
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.store.models import Base
from engine.store.records import NewRun, NewTrial
from engine.store.store import Store
from engine.strategy.spec import Parameter, StrategySpec, code_hash

ROOT = Path(__file__).resolve().parents[3]
SERVER = os.environ.get("EDGEWRIGHT_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


class Clock:
    """A clock that stands until it is moved; ids count up."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000
        self._drawn = 0

    def ambient(self) -> Ambient:
        return Ambient(lambda: self.ms, self._next_bytes)

    def _next_bytes(self, n: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(n)


@pytest.fixture(scope="session")
def server() -> Iterator[Engine]:
    """A PostgreSQL server; the test is skipped where none answers."""
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except Exception as error:
        where = make_url(SERVER).render_as_string()
        pytest.skip(
            f"no PostgreSQL at {where} (EDGEWRIGHT_TEST_POSTGRES names another): {type(error).__name__}"
        )
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql_url(server: Engine) -> Iterator[str]:
    name = f"edgewright_test_{secrets.token_hex(6)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database that does not exist yet, or has no tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a folder/edgewright.db"
    url = request.getfixturevalue("postgresql_url")
    run_sql(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema, to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "edgewright.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """URL of a database with the schema and no rows."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
    url = request.getfixturevalue("postgresql_url")
    Store.open(url).close()
    run_sql(url, f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY")
    return url


def run_sql(url: str, *statements: str) -> None:
    """Run statements in one transaction, past the store."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """An open store on an empty database, with the clock's time."""
    with Store.open(url, clock.ambient()) as store:
        yield store


def spec_of(code: str) -> StrategySpec:
    """A declared part for a text."""
    fast = Parameter("fast", "int", 20, 5, 50)
    stop = Parameter("stop", "float", 0.02, choices=(0.01, 0.02))
    return StrategySpec("Trends last.", (fast, stop), ("fast < 60",), code_hash(code))


def a_run(id: str, **changes: Any) -> NewRun:
    """A run of little code on BTC."""
    fields: dict[str, Any] = {
        "id": id,
        "strategy_id": None,
        "name": "sma cross",
        "instrument": parse_instrument("bybit:linear:BTCUSDT"),
        "interval": Interval.H1,
        "code_hash": code_hash("x = 1"),
        "data_hash": "d" * 64,
        "card_hash": "c" * 64,
        "card": {"schema": 1, "run_id": id, "metrics": {"sharpe": 1.25, "calmar": None}},
        "code": "x = 1",
    }
    return NewRun(**{**fields, **changes})


def a_trial(**changes: Any) -> NewTrial:
    """A trial on BTC."""
    fields: dict[str, Any] = {
        "instrument": parse_instrument("bybit:linear:BTCUSDT"),
        "interval": Interval.H1,
        "code_hash": code_hash("x = 1"),
        "window_start_ms": 1_600_000_000_000,
        "window_end_ms": 1_650_000_000_000,
        "params": {"fast": 20},
        "costs": {"taker_fee_bps": 5.5, "funding": True},
        "card_hash": "c" * 64,
        "sharpe": 1.25,
    }
    return NewTrial(**{**fields, **changes})


@pytest.fixture
def sql() -> Callable[..., None]:
    return run_sql


@pytest.fixture
def make_run() -> Callable[..., NewRun]:
    return a_run


@pytest.fixture
def make_trial() -> Callable[..., NewTrial]:
    return a_trial


@pytest.fixture
def make_spec() -> Callable[[str], StrategySpec]:
    return spec_of


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a Python process that runs a text with arguments; all are killed and waited for at the end."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=30)

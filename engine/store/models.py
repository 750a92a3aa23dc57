"""The tables. Private to the store: the rest of the program sees `engine.store.records`."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from engine.errors import InvalidInput, StoreUnavailable
from engine.store.documents import json_text
from engine.store.records import (
    HoldoutEventKind,
    HoldoutSetter,
    JobStatus,
    JsonObject,
    LineageReason,
    Origin,
    SearchState,
)


class StoredText(TypeDecorator[str]):
    """Text that both databases can hold: no NUL, no lone surrogate."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is not None and ("\0" in value or not _is_unicode(value)):
            shown = ascii(value[:40])
            raise InvalidInput(
                f"The text {shown} holds a character that cannot be kept.", "Use UTF-8, no NUL."
            )
        return value


class StoredJson(TypeDecorator[Any]):
    """A JSON document as text, keys in the order given."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        try:
            return None if value is None else json.loads(value)
        except ValueError as error:
            raise StoreUnavailable(f"The database holds a damaged document: {error}.") from error


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# SQLite gives automatic numbers only to a column declared INTEGER
_COUNTER = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Base of the models; constraint names follow one rule, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class NumberedRow(Base):
    """`seq` orders rows as they came, also within one millisecond; ids are for the outside."""

    __abstract__ = True

    seq: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    id: Mapped[str] = mapped_column(StoredText, unique=True)


class StrategyRow(NumberedRow):
    __tablename__ = "strategies"
    __table_args__ = (UniqueConstraint("name", "version"), Index(None, "code_hash"))

    name: Mapped[str] = mapped_column(StoredText)
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(StoredText)
    code_hash: Mapped[str] = mapped_column(StoredText)
    origin: Mapped[Origin] = mapped_column(StoredText)
    brief: Mapped[str | None] = mapped_column(StoredText)
    hypothesis: Mapped[str] = mapped_column(StoredText)
    parameters: Mapped[list[dict[str, Any]]] = mapped_column(StoredJson)
    constraints: Mapped[list[str]] = mapped_column(StoredJson)
    contract: Mapped[int] = mapped_column(Integer)
    parent_id: Mapped[str | None] = mapped_column(StoredText, ForeignKey("strategies.id"))
    created_ms: Mapped[int] = mapped_column(BigInteger)


class RunRow(NumberedRow):
    __tablename__ = "runs"
    __table_args__ = (Index(None, "strategy_id"), Index(None, "card_hash"), Index(None, "code_hash"))

    strategy_id: Mapped[str | None] = mapped_column(StoredText, ForeignKey("strategies.id"))
    name: Mapped[str] = mapped_column(StoredText)
    instrument: Mapped[str] = mapped_column(StoredText)
    interval: Mapped[str] = mapped_column(StoredText)
    code_hash: Mapped[str] = mapped_column(StoredText)
    data_hash: Mapped[str] = mapped_column(StoredText)
    card_hash: Mapped[str] = mapped_column(StoredText)
    card: Mapped[JsonObject] = mapped_column(StoredJson)
    code: Mapped[str] = mapped_column(StoredText)
    include_holdout: Mapped[bool]
    created_ms: Mapped[int] = mapped_column(BigInteger)


class ArtifactRow(Base):
    __tablename__ = "run_artifacts"

    run_id: Mapped[str] = mapped_column(
        StoredText, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(StoredText, primary_key=True)
    media_type: Mapped[str] = mapped_column(StoredText)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class TrialRow(NumberedRow):
    __tablename__ = "trials"
    __table_args__ = (Index(None, "base_asset", "seq"), Index(None, "code_hash"))

    trial_hash: Mapped[str] = mapped_column(StoredText, unique=True)
    base_asset: Mapped[str] = mapped_column(StoredText)
    instrument: Mapped[str] = mapped_column(StoredText)
    interval: Mapped[str] = mapped_column(StoredText)
    code_hash: Mapped[str] = mapped_column(StoredText)
    window_start_ms: Mapped[int] = mapped_column(BigInteger)
    window_end_ms: Mapped[int] = mapped_column(BigInteger)
    params_hash: Mapped[str] = mapped_column(StoredText)
    params: Mapped[JsonObject] = mapped_column(StoredJson)
    costs: Mapped[JsonObject] = mapped_column(StoredJson)
    card_hash: Mapped[str] = mapped_column(StoredText)
    run_id: Mapped[str | None] = mapped_column(StoredText, ForeignKey("runs.id"))
    sharpe: Mapped[float | None] = mapped_column(Double)
    touches_holdout: Mapped[bool]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    returns_start_ms: Mapped[int | None] = mapped_column(BigInteger)
    returns_period_ms: Mapped[int | None] = mapped_column(BigInteger)
    returns_values: Mapped[bytes | None] = mapped_column(LargeBinary)


class LineageRow(NumberedRow):
    __tablename__ = "lineages"

    merged_into: Mapped[str | None] = mapped_column(StoredText, ForeignKey("lineages.id"))
    created_ms: Mapped[int] = mapped_column(BigInteger)


class LineageMemberRow(Base):
    __tablename__ = "lineage_members"
    __table_args__ = (UniqueConstraint("code_hash"), Index(None, "lineage_id"))

    seq: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    code_hash: Mapped[str] = mapped_column(StoredText)
    lineage_id: Mapped[str] = mapped_column(StoredText, ForeignKey("lineages.id"))
    why: Mapped[LineageReason] = mapped_column(StoredText)
    like_code_hash: Mapped[str | None] = mapped_column(StoredText)
    features: Mapped[list[str]] = mapped_column(StoredJson)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class HoldoutRow(Base):
    __tablename__ = "holdouts"

    base_asset: Mapped[str] = mapped_column(StoredText, primary_key=True)
    holdout_from_ms: Mapped[int] = mapped_column(BigInteger)
    fixed_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(StoredText)
    by: Mapped[HoldoutSetter] = mapped_column(StoredText)


class HoldoutEventRow(Base):
    __tablename__ = "holdout_events"
    __table_args__ = (Index(None, "base_asset"),)

    seq: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    base_asset: Mapped[str] = mapped_column(StoredText, ForeignKey("holdouts.base_asset"))
    kind: Mapped[HoldoutEventKind] = mapped_column(StoredText)
    holdout_from_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(StoredText)
    detail: Mapped[JsonObject] = mapped_column(StoredJson)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class HoldoutReadRow(Base):
    __tablename__ = "holdout_reads"
    __table_args__ = (UniqueConstraint("base_asset", "series", "reader", "holdout_from_ms"),)

    seq: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    base_asset: Mapped[str] = mapped_column(StoredText)
    series: Mapped[str] = mapped_column(StoredText)
    reader: Mapped[str] = mapped_column(StoredText)
    holdout_from_ms: Mapped[int] = mapped_column(BigInteger)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    reads: Mapped[int] = mapped_column(BigInteger)
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)


class JobRow(NumberedRow):
    __tablename__ = "jobs"
    __table_args__ = (Index(None, "status", "kind", "seq"),)

    kind: Mapped[str] = mapped_column(StoredText)
    request: Mapped[JsonObject] = mapped_column(StoredJson)
    status: Mapped[JobStatus] = mapped_column(StoredText)
    lease_epoch: Mapped[int] = mapped_column(Integer)
    lease_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(StoredText)
    progress: Mapped[float] = mapped_column(Double)
    progress_text: Mapped[str] = mapped_column(StoredText)
    result: Mapped[JsonObject | None] = mapped_column(StoredJson)
    error: Mapped[JsonObject | None] = mapped_column(StoredJson)
    attempts: Mapped[int] = mapped_column(Integer)
    cancel_requested: Mapped[bool]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    updated_ms: Mapped[int] = mapped_column(BigInteger)


class SearchRow(NumberedRow):
    __tablename__ = "searches"

    identity: Mapped[str] = mapped_column(StoredText, unique=True)
    strategy_id: Mapped[str | None] = mapped_column(StoredText, ForeignKey("strategies.id"))
    request: Mapped[JsonObject] = mapped_column(StoredJson)
    seed: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[SearchState] = mapped_column(StoredText)
    document: Mapped[JsonObject | None] = mapped_column(StoredJson)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    updated_ms: Mapped[int] = mapped_column(BigInteger)


class SearchResultRow(Base):
    __tablename__ = "search_results"

    search_id: Mapped[str] = mapped_column(
        StoredText, ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    params: Mapped[JsonObject] = mapped_column(StoredJson)
    trial_hash: Mapped[str | None] = mapped_column(StoredText)
    metrics: Mapped[JsonObject | None] = mapped_column(StoredJson)
    error: Mapped[str | None] = mapped_column(StoredText)

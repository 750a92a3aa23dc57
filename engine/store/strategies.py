"""Strategies with their versions."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from engine.errors import InvalidInput, NotFound
from engine.store.database import Database
from engine.store.models import StrategyRow
from engine.store.paging import newest_first
from engine.store.records import Origin, StrategyRecord
from engine.strategy.spec import Parameter, StrategySpec, code_hash

_OWN = ("composer", "library")
_MAX_NAME = 80
_NEIGHBOURS = 500


class StrategyRepository:
    """Versions of strategies by name. A version's text never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        name: str,
        code: str,
        spec: StrategySpec,
        *,
        origin: Origin,
        brief: str | None = None,
        parent_id: str | None = None,
    ) -> StrategyRecord:
        """Save a text under a name: a new version, or the one that holds this very text already.

        Where our composer or library brings a text that somebody else had saved before, its origin becomes
        ours: `is_own` is about the text.

        Raises:
            InvalidInput: not a name, or `spec` belongs to another text.
            NotFound: there is no strategy `parent_id`.
        """
        _check_name(name)
        if spec.code_hash != code_hash(code):
            raise InvalidInput("The declared part belongs to another text.", "Validate this very text.")
        with self._database.writing() as session:
            self._database.lock(session, "strategy", name)
            if parent_id is not None:
                _row(session, parent_id)
            row = session.scalars(_versions(name).filter_by(code_hash=spec.code_hash)).first()
            if row is None:
                latest = session.scalar(select(func.max(StrategyRow.version)).filter_by(name=name)) or 0
                row = StrategyRow(
                    id=self._database.ambient.new_id("st"),
                    name=name,
                    version=latest + 1,
                    code=code,
                    origin=origin,
                    brief=brief,
                    parent_id=parent_id,
                    created_ms=self._database.ambient.now_ms(),
                    **_spec_columns(spec),
                )
                session.add(row)
            elif origin in _OWN and row.origin not in _OWN:
                row.origin = origin
            session.flush()
            return _record(row)

    def get(self, strategy_id: str) -> StrategyRecord:
        """The version with this id.

        Raises:
            NotFound: there is none; the text names what is near.
        """
        with self._database.reading() as session:
            return _record(_row(session, strategy_id))

    def find(self, name: str, version: int | None = None) -> StrategyRecord:
        """A version of this name, the latest unless one is asked for.

        Raises:
            NotFound: no such name or version; the text names what exists.
        """
        with self._database.reading() as session:
            latest = session.scalars(_versions(name)).first()
            if latest is None:
                raise NotFound(f"There is no strategy named {name!r}.", _near(session, name))
            row = latest
            if version is not None:
                row = session.scalars(_versions(name).where(StrategyRow.version == version)).first()
            if row is None:
                raise NotFound(
                    f"Strategy {name!r} has no version {version}.", f"Its latest version is {latest.version}."
                )
            return _record(row)

    def list(self, limit: int = 50, before: str | None = None) -> tuple[StrategyRecord, ...]:
        """The latest version of each name, newest first.

        Args:
            limit: 1 to 1000.
            before: id of the last one on the page before.

        Raises:
            InvalidInput: `limit` is out of range.
            NotFound: there is no strategy `before`.
        """
        latest = select(func.max(StrategyRow.seq)).group_by(StrategyRow.name)
        query = select(StrategyRow).where(StrategyRow.seq.in_(latest))
        with self._database.reading() as session:
            return tuple(map(_record, newest_first(session, query, StrategyRow, limit, before)))

    def text_of(self, code_hash: str) -> str | None:
        """The text of this hash; None where it was never saved."""
        with self._database.reading() as session:
            return session.scalars(select(StrategyRow.code).filter_by(code_hash=code_hash).limit(1)).first()

    def names_of(self, code_hashes: Collection[str]) -> dict[str, str]:
        """The name under which each of these texts was saved last, by its hash."""
        query = select(StrategyRow.code_hash, StrategyRow.name).where(StrategyRow.code_hash.in_(code_hashes))
        with self._database.reading() as session:
            return {row.code_hash: row.name for row in session.execute(query.order_by(StrategyRow.seq))}

    def kin(self, code_hash: str, unnamed: Collection[str] = ()) -> frozenset[str]:
        """Hashes of the texts that this one descends from or shares a name with, and so on from those.

        Args:
            unnamed: names that say nothing, such as that of every draft.
        """
        query = select(StrategyRow.id, StrategyRow.parent_id, StrategyRow.name, StrategyRow.code_hash)
        found, new = frozenset[str](), frozenset({code_hash})
        with self._database.reading() as session:
            while new:
                found |= new
                rows = session.execute(query.where(StrategyRow.code_hash.in_(new))).all()
                ids = {row.id for row in rows}
                parents = {row.parent_id for row in rows if row.parent_id is not None}
                names = {row.name for row in rows} - set(unnamed)
                near = or_(
                    StrategyRow.id.in_(parents), StrategyRow.parent_id.in_(ids), StrategyRow.name.in_(names)
                )
                new = frozenset(session.scalars(select(StrategyRow.code_hash).where(near))) - found
        return found - {code_hash}

    def is_own(self, code_hash: str) -> bool:
        """Whether exactly this text was saved as our composer's or library's."""
        query = select(StrategyRow.seq).filter_by(code_hash=code_hash).where(StrategyRow.origin.in_(_OWN))
        with self._database.reading() as session:
            return session.scalars(query.limit(1)).first() is not None


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= _MAX_NAME or not name.isprintable() or name != name.strip():
        raise InvalidInput(
            f"{name[:_MAX_NAME]!a} is not a strategy's name.",
            f"A name has 1 to {_MAX_NAME} printable characters, no space at its ends.",
        )


def _versions(name: str) -> Select[StrategyRow]:
    return select(StrategyRow).where(StrategyRow.name == name).order_by(StrategyRow.version.desc())


def _row(session: Session, strategy_id: str) -> StrategyRow:
    row = session.scalars(select(StrategyRow).filter_by(id=strategy_id)).first()
    if row is None:
        raise NotFound(f"There is no strategy {strategy_id!r}.", _near(session, strategy_id))
    return row


def _near(session: Session, asked: str) -> str:
    """What a wrong id or name may have meant."""
    query = select(StrategyRow.id, StrategyRow.name).order_by(StrategyRow.seq.desc()).limit(_NEIGHBOURS)
    known = [(row.id, row.name) for row in session.execute(query)]
    texts = dict.fromkeys(text for pair in known for text in pair)
    near = difflib.get_close_matches(asked, texts, 3)
    if not near:
        return "list_strategies names what there is."
    named = [f"{name} ({id_})" for id_, name in known if id_ in near or name in near][:3]
    return f"Near: {', '.join(named)}."


def _spec_columns(spec: StrategySpec) -> dict[str, Any]:
    return {
        "code_hash": spec.code_hash,
        "hypothesis": spec.hypothesis,
        "parameters": [asdict(parameter) for parameter in spec.parameters],
        "constraints": list(spec.constraints),
        "contract": spec.contract,
    }


def _parameter(entry: dict[str, Any]) -> Parameter:
    fields: dict[str, Any] = {**entry, "choices": tuple(entry["choices"])}
    return Parameter(**fields)


def _record(row: StrategyRow) -> StrategyRecord:
    parameters = tuple(map(_parameter, row.parameters))
    spec = StrategySpec(row.hypothesis, parameters, tuple(row.constraints), row.code_hash, row.contract)
    return StrategyRecord(
        id=row.id,
        name=row.name,
        version=row.version,
        code=row.code,
        origin=row.origin,
        brief=row.brief,
        spec=spec,
        parent_id=row.parent_id,
        created_ms=row.created_ms,
    )

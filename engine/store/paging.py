"""Lists, newest first, one page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine.errors import InvalidInput, NotFound
from engine.store.models import NumberedRow

MAX_LIMIT = 1000
_Row = TypeVar("_Row", bound=NumberedRow)


def newest_first(
    session: Session, query: Select[_Row], model: type[_Row], limit: int, before: str | None = None
) -> Sequence[_Row]:
    """The rows of `query`, newest first, from the one after `before` (an id) on.

    Raises:
        InvalidInput: `limit` is not 1 to 1000.
        NotFound: there is no row `before`.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput(f"limit = {limit} is not possible.", f"Give 1 to {MAX_LIMIT}.")
    if before is not None:
        seq = session.scalar(select(model.seq).where(model.id == before))
        if seq is None:
            raise NotFound(f"There is no {before!r} to go on from.", "Give the id of the last one listed.")
        query = query.where(model.seq < seq)
    return session.scalars(query.order_by(model.seq.desc()).limit(limit)).all()

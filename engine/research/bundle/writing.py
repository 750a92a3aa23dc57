"""Make a bundle of a recorded run."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, get_args

from engine.research.assessment.document import Assessment
from engine.research.bundle.document import BundleDocument, LedgerExtract, TableName
from engine.research.bundle.machine import this_machine
from engine.research.bundle.needs import needs_of
from engine.research.bundle.seal import sealed
from engine.research.document import RunDocument
from engine.store.store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def bundle(
    store: Store,
    run_id: str,
    key: Ed25519PrivateKey,
    *,
    assessment: Assessment | None = None,
    ledger: LedgerExtract | None = None,
) -> bytes:
    """The signed file of a run: code, card, tables, what bars it needs, ledger extract and assessment.

    The same run, assessment, ledger and key give the same bytes on the same machine.

    Args:
        ledger: None takes what the assessment says of it.

    Raises:
        NotFound: no such run.
        LimitExceeded: the file would be too large.
    """
    record = store.runs.get(run_id)
    run = RunDocument.model_validate(record.card)
    if ledger is None and assessment is not None:
        ledger = LedgerExtract(trials=assessment.trials, rows=assessment.ledger)
    document = BundleDocument(
        run=run,
        code=record.code,
        tables=_tables(store, run_id),
        needs=needs_of(run.data),
        ledger=ledger,
        assessment=assessment,
        machine=this_machine(),
    )
    return sealed(body_of(document), key)


def body_of(document: BundleDocument) -> bytes:
    """The one JSON text of a bundle."""
    fields = document.model_dump(mode="json", by_alias=True)
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _tables(store: Store, run_id: str) -> dict[TableName, str]:
    names: tuple[TableName, ...] = get_args(TableName)
    there = store.runs.artifact_names(run_id)
    return {
        name: base64.b64encode(store.runs.artifact(run_id, name).blob).decode()
        for name in names
        if name in there
    }

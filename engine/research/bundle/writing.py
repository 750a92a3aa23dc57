"""Make a bundle of a recorded run."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, get_args

from engine.market.instrument import parse_instrument
from engine.research.assessment.assess import newest_assessment
from engine.research.assessment.settings import LEDGER_ROWS
from engine.research.bundle.document import BundleDocument, LedgerExtract, TableName
from engine.research.bundle.machine import this_machine
from engine.research.bundle.needs import needs_of
from engine.research.bundle.seal import sealed
from engine.research.document import RunDocument
from engine.research.ledger.counting import trial_count
from engine.research.ledger.reading import recent
from engine.store.store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def bundle(store: Store, run_id: str, key: Ed25519PrivateKey) -> bytes:
    """The signed file of a run: code, card, tables, what bars it needs, ledger extract, newest assessment.

    The same run, ledger, assessment and key give the same bytes on the same machine.

    Raises:
        NotFound: no such run.
        LimitExceeded: the file would be too large.
    """
    record = store.runs.get(run_id)
    run = RunDocument.model_validate(record.card)
    document = BundleDocument(
        run=run,
        code=record.code,
        tables=_tables(store, run_id),
        needs=needs_of(run.data),
        ledger=_ledger(store, run),
        assessment=newest_assessment(store, run_id),
        machine=this_machine(),
    )
    return sealed(body_of(document), key)


def body_of(document: BundleDocument) -> bytes:
    """The one JSON text of a bundle."""
    fields = document.model_dump(mode="json", by_alias=True)
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _ledger(store: Store, run: RunDocument) -> LedgerExtract:
    """What the ledger says of the run's lineage today."""
    base_asset = parse_instrument(run.data.instrument).base_asset
    trials = trial_count(store, base_asset, run.strategy.code_hash)
    rows = recent(store, base_asset=base_asset, lineage=trials.lineage, limit=LEDGER_ROWS)
    return LedgerExtract(trials=trials, rows=rows)


def _tables(store: Store, run_id: str) -> dict[TableName, str]:
    names: tuple[TableName, ...] = get_args(TableName)
    there = store.runs.artifact_names(run_id)
    return {
        name: base64.b64encode(store.runs.artifact(run_id, name).blob).decode()
        for name in names
        if name in there
    }

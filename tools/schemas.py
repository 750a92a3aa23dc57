"""JSON Schemas of everything machine-readable: `python -m tools.schemas FOLDER` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from engine.research.assessment.document import Assessment
from engine.research.bundle.document import BundledDocument, BundleDocument, VerificationDocument
from engine.research.document import RunDocument
from engine.research.search.document import SearchDocument
from sandbox.proof.document import ProofDocument
from tools.catalogue import REGISTRY
from tools.ledger import HoldoutOpening, Holdouts, Ledgers


def schemas() -> dict[str, dict[str, Any]]:
    """Schema by name: one per document that commands write, and one per tool answer."""
    answers = {tool.name: tool.answer.model_json_schema(mode="serialization") for tool in REGISTRY}
    documents: dict[str, type[BaseModel]] = {
        "run": RunDocument,
        "proof": ProofDocument,
        "search": SearchDocument,
        "assessment": Assessment,
        "holdouts": Holdouts,
        "holdout_opening": HoldoutOpening,
        "ledger": Ledgers,
        "bundle": BundleDocument,
        "bundled": BundledDocument,
        "verification": VerificationDocument,
    }
    return {name: kind.model_json_schema(mode="serialization") for name, kind in documents.items()} | answers


def text_of(schema: dict[str, Any]) -> str:
    """The one text of a schema."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def main(folder: Path) -> None:
    """Write `NAME.json` for every schema, and remove what is no schema any more."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = schemas()
    for path in folder.glob("*.json"):
        if path.stem not in wanted:
            path.unlink()
    for name, schema in wanted.items():
        (folder / f"{name}.json").write_text(text_of(schema), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

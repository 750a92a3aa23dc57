"""Bundles as files: written with this home's key, verified against this home's lake and known keys."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InvalidInput
from tools.backtest import laboratory
from tools.core import Core

if TYPE_CHECKING:
    from engine.research.assessment.document import Assessment
    from engine.research.bundle.document import BundledDocument, VerificationDocument

_ASSESSMENT = "assessment"


def write_bundle(core: Core, run_id: str, out: Path | None) -> BundledDocument:
    """The bundle of a run at `out`, else `RUN.edgewright` in the folder one is in; an older one is replaced.

    Raises:
        NotFound: no such run.
        InvalidInput: the file cannot be written, or the signing key cannot be used.
    """
    from engine.research.bundle.document import BundledDocument
    from engine.research.bundle.keys import fingerprint, public_key_of, signing_key
    from engine.research.bundle.seal import SUFFIX
    from engine.research.bundle.writing import bundle

    assessment = kept_assessment(core, run_id)
    key = signing_key(core.settings.signing_key_file, core.ambient)
    content = bundle(core.store, run_id, key, assessment=assessment)
    path = out or Path(f"{run_id}{SUFFIX}")
    _replace(path, content)
    return BundledDocument(
        run_id=run_id,
        path=str(path),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        fingerprint=fingerprint(public_key_of(key)),
        assessed=assessment is not None,
    )


def verify_file(core: Core, path: Path, trust: str | None) -> VerificationDocument:
    """Check a bundle here; with `trust`, its key is remembered under that name, once its signature holds.

    Raises:
        InvalidInput: no bundle, or not one byte of it as it was signed.
        NotFound: no such file.
        Conflict: the name belongs to another key.
    """
    from engine.research.bundle.keys import KnownKeys, signer_of
    from engine.research.bundle.reading import read_bundle
    from engine.research.bundle.seal import read_limited
    from engine.research.bundle.verifying import verify

    bundle = read_bundle(read_limited(path))
    known = KnownKeys(core.settings.known_keys_file)
    if trust is not None:
        known.trust(trust, bundle.public_key)
    signer = signer_of(bundle.public_key, core.settings.signing_key_file, known)
    return verify(laboratory(core), bundle, signer)


def kept_assessment(core: Core, run_id: str) -> Assessment | None:
    """The newest assessment kept with a run; None where it has none.

    Raises:
        NotFound: no such run.
    """
    from engine.research.assessment.document import Assessment

    if _ASSESSMENT not in core.store.runs.artifact_names(run_id):
        return None
    return Assessment.model_validate(json.loads(core.store.runs.artifact(run_id, _ASSESSMENT).blob))


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
        new.replace(path)
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be written: {problem.strerror}.") from None

"""What a bundle holds, and what checking one answers: two documents of `schema` 1.

A bundle carries everything that makes a run again except its bars: these are named by their hash and span,
with the command that fetches them. Tables are NumPy archives (see `engine.store.codec`) in base 64.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.research.assessment.document import Assessment
from engine.research.document import RunDocument
from engine.research.findings import LedgerRow, TrialsPart
from engine.research.model_parts import Part

TableName = Literal["trades", "equity", "funding", "mark"]
BundleVerdict = Literal["identical", "identical to 1e-9", "different", "data missing"]
Whose = Literal["own", "known", "unknown"]


class NeededRows(Part):
    """Bars that the run read; the bundle does not hold them."""

    purpose: Literal["bars", "detail", "warm_up"] = Field(
        description="What the run is on, finer bars inside these, or bars before them that only signals read."
    )
    instrument: str
    interval: str
    source: Literal["exchange", "file", "synthetic"]
    start: str = Field(description="Of a warm-up, where it begins if no bar is missing.")
    end: str
    bars: int
    hash: str = Field(description="As in the card.")
    fetch: str = Field(description="The command that brings them into a lake.")


class MachinePart(Part):
    """Where the bundle was made: what the last bits of a number may depend on."""

    system: str = Field(description="e.g. Linux x86_64")
    python: str
    packages: dict[str, str] = Field(description="Versions of the packages that count.")


class LedgerExtract(Part):
    """What the ledger said of the run's lineage when the bundle was made."""

    trials: TrialsPart
    rows: tuple[LedgerRow, ...]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")


class BundleDocument(_Document):
    """A run to take along."""

    run: RunDocument
    code: str
    tables: dict[TableName, str] = Field(description="NumPy archives in base 64.")
    needs: tuple[NeededRows, ...]
    ledger: LedgerExtract
    assessment: Assessment | None
    machine: MachinePart


class SignerPart(Part):
    """Who signed a bundle, as far as this machine knows."""

    fingerprint: str
    whose: Whose
    name: str = Field(description="The name under which the key is known here; empty for others.")


class FirstDifference(Part):
    """The first bar at whose close the equity differs; null where a side has none, or it is held out."""

    bar: int
    time: str = Field(description="Close of the bar, ISO 8601 UTC.")
    here: float | None
    there: float | None


class VerificationDocument(_Document):
    """Whether a bundle's run comes out the same here."""

    verdict: BundleVerdict
    run_id: str
    strategy: str
    card_hash: str
    signer: SignerPart
    same_machine: bool = Field(description="System, versions and engine are those of the bundle.")
    first_difference: FirstDifference | None = None
    differences: tuple[str, ...] = Field(default=(), description="Everything that differs, as sentences.")
    missing: tuple[NeededRows, ...] = Field(default=(), description="Bars that this lake lacks.")


class BundledDocument(_Document):
    """A bundle that was written."""

    run_id: str
    path: str
    bytes: int
    sha256: str
    fingerprint: str = Field(description="Of the key that signed it.")
    assessed: bool = Field(description="It holds an assessment.")

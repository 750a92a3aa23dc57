"""A proof as one JSON object: what `edgewright doctor --prove --json` prints and the home folder keeps.

Its shape is `schema` 1; the JSON Schema lies in docs/schemas/proof.json.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.proof.judge import Kind
from sandbox.proof.lines import EXHAUSTING
from sandbox.proof.place import Place


class Outcome(StrEnum):
    """What a proof says.

    HELD: nothing leaked in any mode, the control leaked everything, every line was judged rightly.
    LEAKED: something got out of a mode that should hold it.
    VOID: it says nothing: the judge is blind to a kind of leak, or in some mode not even good code ran.
    MISJUDGED: nothing leaked, but a good line was refused or a line to be rejected was accepted.
    """

    HELD = "held"
    LEAKED = "leaked"
    VOID = "void"
    MISJUDGED = "misjudged"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)


class CorpusPart(_Part):
    """Which lines were run."""

    name: str = Field(description="`shipped`, or the name of the folder that was given.")
    digest: str = Field(description="SHA-256 over the lines.")
    hostile: int
    benign: int


class Count(_Part):
    """What one mode did with the lines of one category."""

    lines: int
    held: int = Field(description="Lines of which nothing got out.")
    leaks: int = Field(description="Things that got out; a line may leak several.")


class CategoryPart(_Part):
    """One category in the modes."""

    category: str
    product: Count
    walls_alone: Count = Field(description="No language layer: the line is plain Python.")
    language_alone: Count = Field(
        description=f"No walls; without the categories that only exhaust: {', '.join(sorted(EXHAUSTING))}."
    )


class LeakPart(_Part):
    """Something that got out."""

    mode: str
    line: str
    category: str
    what: str


class ProofDocument(_Part):
    """What was run, what leaked, and for which place it holds."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    date: str = Field(description="When it ended, ISO 8601 UTC.")
    place: Place
    corpus: CorpusPart
    outcome: Outcome = Field(
        description="held; leaked; void: it says nothing (see faults); misjudged: no leak, but see mistakes."
    )
    categories: list[CategoryPart]
    total: CategoryPart
    control: dict[Kind, bool] = Field(description="Which kinds of leak the judge saw with neither layer.")
    benign_accepted: int
    leaks: list[LeakPart]
    faults: list[str]
    mistakes: list[str]

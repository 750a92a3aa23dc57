"""The proofs that were made on this machine, kept in the home folder, and how the sandbox stands by them.

The newest proof per place and corpus is kept. A leak counts until a proof with the very same corpus holds:
that another corpus holds says nothing about it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import StoreUnavailable
from sandbox.proof.document import Outcome, ProofDocument
from sandbox.proof.lines import SHIPPED_NAME
from sandbox.proof.place import this_place

PROVE = "edgewright doctor --prove"


class State(StrEnum):
    """How the sandbox stands by the proofs on file."""

    PROVED = "proved"
    UNPROVED = "unproved"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sandbox stands in this place.

    Attributes:
        detail: one phrase for people.
        breach: when and how it leaked, as a phrase; empty when no proof saw that.
    """

    state: State
    detail: str
    breach: str = ""


class _Pages(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    proofs: list[ProofDocument] = []


class ProofBook:
    """The file of proofs. Reading it never fails: a damaged one is as none, and says so."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, proof: ProofDocument) -> None:
        """Write it down in place of an older one of the same place and corpus.

        Raises:
            StoreUnavailable: the folder cannot be read or written.
        """
        try:
            older = [kept for kept in self._read() if _key(kept) != _key(proof)]
        except ValidationError:  # damaged, or of another version of this program: it starts anew
            older = []
        except OSError as problem:
            raise _unavailable(self._path, problem) from problem
        text = _Pages(proofs=[*older, proof]).model_dump_json(indent=2) + "\n"
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, encoding="utf-8")
            new.replace(self._path)
        except OSError as problem:
            raise _unavailable(self._path, problem) from problem

    def standing(self) -> Standing:
        """How the sandbox stands here and now."""
        try:
            proofs = self._read()
        except (OSError, ValidationError):
            return Standing(
                State.UNPROVED, f"not proved: {self._path} cannot be read; {PROVE} writes it anew"
            )
        here = sorted((x for x in proofs if x.place == this_place()), key=lambda proof: proof.date)
        if not here:
            return Standing(State.UNPROVED, f"not proved on this kernel and version: {PROVE}")
        return _standing(here)

    def breach(self) -> str:
        """When and how it leaked in this place, as a phrase; empty when no proof saw that."""
        return self.standing().breach

    def _read(self) -> list[ProofDocument]:
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return []
        return _Pages.model_validate_json(text).proofs


def _unavailable(path: Path, problem: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"The proof cannot be kept in {path}: {problem}.", "Make the folder writable.")


def _standing(here: list[ProofDocument]) -> Standing:
    for proof in here:
        if proof.outcome is Outcome.LEAKED:
            breach = f"on {_day(proof)} {_leaks(proof)}"
            return Standing(State.BROKEN, f"PROVED BROKEN: {breach}", breach)
    held = [proof for proof in here if proof.outcome is Outcome.HELD]
    if held:
        best = max(held, key=lambda proof: proof.corpus.name == SHIPPED_NAME)
        return Standing(State.PROVED, f"proved on {_day(best)}: {_held(best)}")
    newest = here[-1]
    why = (*newest.faults, *newest.mistakes)[0]
    return Standing(State.UNPROVED, f"not proved: the proof of {_day(newest)} is {newest.outcome}. {why}")


def _key(proof: ProofDocument) -> tuple[object, str]:
    return proof.place, proof.corpus.digest


def _day(proof: ProofDocument) -> str:
    return proof.date[:10]


def _held(proof: ProofDocument) -> str:
    other = "" if proof.corpus.name == SHIPPED_NAME else f" of the corpus {proof.corpus.name}"
    return f"0 leaks in {proof.corpus.hostile} lines{other}"


def _leaks(proof: ProofDocument) -> str:
    first, more = proof.leaks[0], len(proof.leaks) - 1
    text = f"{first.mode} let {first.line} out, which {first.what}"
    return f"{text}, and {more} more" if more else text

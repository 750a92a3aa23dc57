"""Options that name a model and its numbers in one word: `half-spread:2`, `kelly:0.5,cap=2`.

The first number is the model's own; further ones have names. What the names are stands in
`engine.research.model_parts`.
"""

from __future__ import annotations

from typing import Any, get_args

from engine.errors import InvalidInput
from engine.research.model_parts import Part, SizingPart, SlippagePart

Kinds = dict[str, type[Part]]


def _kinds(tag: str, union: Any) -> Kinds:
    """The parts of a union by the word that names them, in the order in which they are written."""
    parts: tuple[type[Part], ...] = get_args(union)
    return {str(part.model_fields[tag].default).replace("_", "-"): part for part in parts}


def _numbers(part: type[Part]) -> list[str]:
    return list(part.model_fields)[1:]  # the first field is the tag


_SLIPPAGES, _SIZINGS = _kinds("model", SlippagePart), _kinds("kind", SizingPart)
SLIPPAGE_FORMS = ", ".join(f"{kind}:{_numbers(part)[0].upper()}" for kind, part in _SLIPPAGES.items())
SIZING_FORMS = ", ".join(f"{kind}:{_numbers(part)[0].upper()}" for kind, part in _SIZINGS.items())


def slippage_option(option: str, text: str | None) -> dict[str, object] | None:
    """The argument `slippage` that an option's text says; None for None.

    Raises:
        InvalidInput: no such model, or not its numbers.
    """
    return None if text is None else _read(option, text, "model", _SLIPPAGES, SLIPPAGE_FORMS)


def sizing_option(option: str, text: str | None) -> dict[str, object] | None:
    """The argument `sizing` that an option's text says; None for None.

    Raises:
        InvalidInput: no such kind, or not its numbers.
    """
    return None if text is None else _read(option, text, "kind", _SIZINGS, SIZING_FORMS)


def _read(option: str, text: str, tag: str, kinds: Kinds, forms: str) -> dict[str, object]:
    kind, _, rest = text.partition(":")
    name = kind.strip().lower().replace("_", "-")
    if name not in kinds:
        raise InvalidInput(f"{option} {text!r} does not begin with a {tag} that there is.", f"Write {forms}.")
    known = _numbers(kinds[name])
    read: dict[str, object] = {tag: name.replace("-", "_")}
    for position, pair in enumerate(rest.split(",") if rest.strip() else []):
        written, sign, number = pair.rpartition("=")
        field = written.strip() if sign else known[0]
        if field not in known or field in read or (position and not sign):
            raise InvalidInput(
                f"{option} {text!r}: {pair.strip()!r} is not a number of {name}.",
                f"Write {name}:{known[0].upper()}" + "".join(f",{more}=..." for more in known[1:]) + ".",
            )
        try:
            read[field] = float(number)
        except ValueError:
            raise InvalidInput(
                f"{option} {text!r}: {number.strip()!r} is no number.", f"Write {forms}."
            ) from None
    return read

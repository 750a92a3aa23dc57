"""What commands share: JSON on stdout, messages on stderr, reading a file that a user named."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from engine.errors import EdgewrightError, InvalidInput, NotFound

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Check = Annotated[bool, typer.Option("--check", help="Exit 1 when the answer is no.")]
_MAX_TEXT = 1 << 20


def print_json(answer: BaseModel | dict[str, Any]) -> None:
    """One JSON document on stdout."""
    fields = answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer
    print(json.dumps(fields, indent=2, allow_nan=False, ensure_ascii=False))


def say(text: str) -> None:
    """A line for the person at the terminal, on stderr."""
    print(text, file=sys.stderr)


def fail(error: EdgewrightError, as_json: bool) -> int:
    """Print an error, and give the exit code."""
    from agent_server.terminal import print_error

    if as_json:
        print_json(
            {
                "schema": 1,
                "error": {"type": type(error).__name__, "message": error.message, "hint": error.hint},
            }
        )
    print_error(error)
    return 1


def read_text(path: Path) -> str:
    """The text of a strategy file.

    Raises:
        NotFound: no such file.
        InvalidInput: a folder, no UTF-8 text, or larger than 1 MiB.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", "Give the path of a strategy, a .py file.") from None
    except IsADirectoryError:
        raise InvalidInput(f"{path} is a folder.", "Give the path of a strategy, a .py file.") from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from None
    if len(raw) > _MAX_TEXT:
        raise InvalidInput(f"{path} has {len(raw)} bytes.", "A strategy is a text of at most 1 MiB.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path} is not UTF-8 text (byte {error.start}).", "Save the strategy as UTF-8."
        ) from None

"""Texts that models read, one Markdown file each in this folder. Text only: no logic lives here."""

from __future__ import annotations

from importlib.resources import files


def template(name: str) -> str:
    """The text of `prompts/<name>.md`."""
    return files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")

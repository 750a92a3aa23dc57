"""Commands that take a run from one machine to another: bundle and verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_server.output import AsJson, Check, print_json, say
from engine.backtest.report.plain import one_line
from tools.core import Core

if TYPE_CHECKING:
    from engine.research.bundle.document import BundledDocument, SignerPart, VerificationDocument


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (bundle, verify):
        app.command()(command)


def bundle(
    run_id: str,
    out: Annotated[Path | None, typer.Option(help="The file; default RUN.edgewright in this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write one signed file of a run, to be verified elsewhere: code, card, tables, ledger, data hashes."""
    from tools.bundles import write_bundle

    with Core() as core:
        written = write_bundle(core, run_id, out)
    if as_json:
        print_json(written)
    else:
        _print_written(written)


def verify(
    file: Annotated[Path, typer.Argument(help="A bundle.")],
    trust: Annotated[
        str | None, typer.Option(help="Remember the key that signed it under this name.")
    ] = None,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Run a bundle again on this machine: identical, different at bar N, or data missing."""
    from tools.bundles import verify_file

    with Core() as core:
        answer = verify_file(core, file, trust)
    if as_json:
        print_json(answer)
    else:
        _print_answer(answer)
    if check and not answer.verdict.startswith("identical"):
        raise typer.Exit(1)


def _print_written(written: BundledDocument) -> None:
    print(written.path)
    say(f"Signed with your key {written.fingerprint}.")
    if not written.assessed:
        say("The run has no assessment, and the file holds none.")


def _print_answer(answer: VerificationDocument) -> None:
    """The verdict first; names in a bundle are somebody else's text."""
    print(f"{_verdict(answer)}: {one_line(answer.run_id)}, {one_line(answer.strategy)}")
    first = answer.first_difference
    if first is not None:
        print(f"  equity: {_amount(first.here)} here, {_amount(first.there)} in the bundle")
    for difference in answer.differences:
        print(f"  {one_line(difference)}")
    for need in answer.missing:
        print(f"  {need.instrument} {need.interval}, {need.start} to {need.end}, {need.bars:,} bars")
        print(f"  fetch them: {need.fetch}")
    print(f"  {_signer(answer.signer)}")


def _verdict(answer: VerificationDocument) -> str:
    first = answer.first_difference
    if answer.verdict == "identical to 1e-9":
        return "identical to 1e-9 on another platform"
    if answer.verdict == "different" and first is not None:
        return f"different at bar {first.bar} ({first.time})"
    return answer.verdict


def _signer(signer: SignerPart) -> str:
    if signer.whose == "own":
        return f"signed with your own key {signer.fingerprint}"
    if signer.whose == "known":
        return f"signed by {one_line(signer.name)}, whose key you know: {signer.fingerprint}"
    return (
        f"signed with an unknown key {signer.fingerprint}; compare it with its owner, then --trust NAME "
        "remembers it"
    )


def _amount(equity: float | None) -> str:
    return "not told" if equity is None else repr(equity)

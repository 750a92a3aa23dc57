"""The judge of a leak: it stands outside the sandbox and looks at what can be seen there.

Lines whose success leaves no trace outside say so themselves: they print @REACHED@ when the machine let them,
and @ESCAPED@ when they left the language (which, without the language layer, means nothing).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_VARIABLE = "EDGEWRIGHT_TEST_SECRET"
LEFT_THE_LANGUAGE = "left the language"
# Categories that only the operating system can hold; they are not run without it.
EXHAUSTING = frozenset({"cpu", "memory", "output", "parser_dos", "process"})


@dataclass(frozen=True)
class Line:
    """One strategy of a corpus."""

    id: str
    category: str
    expect: str
    code: str


def corpus_lines(folder: Path, name: str) -> list[Line]:
    """The lines of `hostile.jsonl` or `benign.jsonl`."""
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        return []
    entries = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Line(e["id"], e.get("category", name), e["expect"], e["code"]) for e in entries]


class Scene:
    """A canary folder, a secret file and variable, a listening socket and a bystander process."""

    def __enter__(self) -> Scene:
        self.token = "leaked-" + secrets.token_hex(12)
        self._reached = secrets.token_hex(12)
        self._escaped = secrets.token_hex(12)
        self._folder = Path(tempfile.mkdtemp(prefix="edgewright-judge-"))
        self._folder.chmod(0o755)
        self.canary = self._folder / "canary"
        self.canary.mkdir()
        self.canary.chmod(0o777)
        self.secret_file = self._folder / "secret.txt"
        self.secret_file.write_text(self.token, encoding="ascii")
        self.secret_file.chmod(0o644)
        os.environ[_VARIABLE] = self.token
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._start_bystander()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.environ.pop(_VARIABLE, None)
        self._listener.close()
        self._end_bystander()
        shutil.rmtree(self._folder)

    def filled(self, code: str) -> str:
        """The code with its placeholders replaced."""
        for placeholder, value in (
            ("@CANARY_DIR@", self.canary),
            ("@SECRET_FILE@", self.secret_file),
            ("@PORT@", self.port),
            ("@BYSTANDER@", self.bystander.pid),
            # In two parts, so that a text which only quotes the code says nothing.
            ("@REACHED@", f"'reached-' + '{self._reached}'"),
            ("@ESCAPED@", f"'escaped-' + '{self._escaped}'"),
        ):
            code = code.replace(placeholder, str(value))
        return code

    def leaks(self, output: str) -> list[str]:
        """What got out since the last call."""
        return list(self._look(output))

    def _look(self, output: str) -> Iterator[str]:
        for path in sorted(self.canary.iterdir()):
            path.unlink()
            yield f"file {path.name}"
        if self.token in output:
            yield "secret in the output"
        if f"reached-{self._reached}" in output:
            yield "reached the machine"
        if f"escaped-{self._escaped}" in output:
            yield LEFT_THE_LANGUAGE
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            pass
        else:
            connection.close()
            yield "connection"
        if self.bystander.poll() is not None:
            self._end_bystander()
            self._start_bystander()
            yield "dead bystander"

    def _start_bystander(self) -> None:
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        self.bystander = subprocess.Popen(command, stdin=subprocess.PIPE)

    def _end_bystander(self) -> None:
        self.bystander.communicate()

"""The judge of a leak: it stands outside the sandbox and looks at what can be seen there.

Lines whose success leaves no trace outside say so themselves: they print @REACHED@ when the machine let them,
and @ESCAPED@ when they left the language (which, without the language layer, means nothing).
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

_BYSTANDER = """
import os
while said := os.read(0, 1):
    os.write(1, said)
"""
_PATIENCE_S = 5.0  # for its answer; one that is stopped for longer was harmed as well
_VARIABLE = "EDGEWRIGHT_PROOF_SECRET"


class Kind(StrEnum):
    """What can get out."""

    FILE = "file"
    SECRET = "secret"
    CONNECTION = "connection"
    BYSTANDER = "bystander"
    MACHINE = "machine"  # a call to the system went through and left no trace
    ESCAPE = "escape"  # out of the language; where that layer is off, there is none to leave


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that got out; `detail` is one phrase for people."""

    kind: Kind
    detail: str


class Scene:
    """A canary folder, a secret file and variable, a listening socket and a bystander process.

    All are made as open as the system allows, so that nothing but the sandbox stands in the way.
    """

    def __enter__(self) -> Self:
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

    def leaks(self, output: str) -> list[Leak]:
        """What got out since the last call, into the scene or into `output`."""
        return list(self._look(output))

    def _look(self, output: str) -> Iterator[Leak]:
        for path in sorted(self.canary.iterdir()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            yield Leak(Kind.FILE, f"wrote the file {path.name}")
        if self.token in output:
            yield Leak(Kind.SECRET, "read the secret")
        if f"reached-{self._reached}" in output:
            yield Leak(Kind.MACHINE, "reached the machine")
        if f"escaped-{self._escaped}" in output:
            yield Leak(Kind.ESCAPE, "left the language")
        while self._was_reached():
            yield Leak(Kind.CONNECTION, "reached the socket")
        if not self._bystander_answers():
            self._end_bystander()
            self._start_bystander()
            yield Leak(Kind.BYSTANDER, "ended another process")

    def _was_reached(self) -> bool:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True

    def _start_bystander(self) -> None:
        command = [sys.executable, "-c", _BYSTANDER]
        pipe = subprocess.PIPE
        self.bystander = subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)

    def _bystander_answers(self) -> bool:
        """Ask it: a process that was killed a moment ago may still look alive."""
        assert self.bystander.stdin is not None and self.bystander.stdout is not None
        try:
            self.bystander.stdin.write(b"?")
        except BrokenPipeError:
            return False
        answered, _, _ = select.select([self.bystander.stdout], [], [], _PATIENCE_S)
        return bool(answered) and self.bystander.stdout.read(1) == b"?"

    def _end_bystander(self) -> None:
        self.bystander.kill()
        self.bystander.communicate()

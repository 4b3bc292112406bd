"""What the WSGI server keeps of a request while it arrives: no more than its path takes, however much is sent."""

from __future__ import annotations

import io
import tempfile
from typing import Any
from urllib.parse import unquote

from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask

from mockserver.errors import ApiError, Invalid
from mockserver.http.bodies import MEBIBYTE, limit_of
from mockserver.http.failing import failure_body
from mockserver.http.rendering import to_json

_IN_MEMORY = MEBIBYTE


class KeptBody:
    """A body as it comes in. Beyond ``limit`` bytes it is only counted, and what was kept is let go; the application
    refuses it by its length. What is larger than a mebibyte lies in a temporary file, where one can be made."""

    def __init__(self, limit: int) -> None:
        self.limit, self.received = limit, 0
        self._memory = io.BytesIO()
        self._file: Any = None

    @property
    def refused(self) -> bool:
        """Whether nothing is kept any more."""
        return self.received > self.limit

    def __len__(self) -> int:
        return self.received

    def append(self, data: bytes) -> None:
        """Take the next bytes."""
        before, self.received = self.received, self.received + len(data)
        if self.refused:
            self.close()
            return
        if before <= _IN_MEMORY < self.received:
            self._begin_file()
        try:
            self._write(data)
        except OSError:
            self._back_to_memory(before)
            self._write(data)

    def _begin_file(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # it lives as long as the body
        except OSError:
            # A root that is read only, without a folder for temporary files: it stays in memory, which is bounded.
            return
        held, self._memory = self._memory.getvalue(), io.BytesIO()
        try:
            self._write(held)
        except OSError:
            self._file.close()
            self._file = None
            self._write(held)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[(self._file or self._memory).write(rest) :]

    def _back_to_memory(self, kept: int) -> None:
        """There is no room in the file any more."""
        assert self._file is not None
        self._file.seek(0)
        self._memory = io.BytesIO()
        self._memory.write(io.BufferedReader(self._file).read(kept))
        self._file = None

    def getfile(self) -> io.BufferedIOBase:
        """The body to be read."""
        if self._file is None:
            self._memory.seek(0)
            return self._memory
        self._file.seek(0)
        return io.BufferedReader(self._file)

    def close(self) -> None:
        """Let go of what was kept."""
        if self._file is not None:
            self._file.close()
        self._memory, self._file = io.BytesIO(), None


class Refusal(ErrorTask):
    """What is no HTTP is told in the envelope as well."""

    def execute(self) -> None:
        """Write the answer; the connection ends with it."""
        request: Any = self.request
        error = request.error
        path = getattr(request, "path", "") or ""
        told: ApiError = Invalid(f"the request cannot be read: {error.body}")
        if error.code >= 500:
            told = ApiError(f"the request cannot be answered: {error.body}", code="not_implemented")
        body = to_json(failure_body(path, told))
        self.status = f"{told.status} {error.reason}"
        self.response_headers = [*self.response_headers, ("Content-Type", "application/json; charset=utf-8")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def parser_class(upload: int) -> type[HTTPRequestParser]:
    """What reads requests so; ``upload`` is the most bytes of a snapshot."""

    class Parser(HTTPRequestParser):
        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            received: Any = self
            if received.body_rcv is not None:
                received.body_rcv.buf = KeptBody(limit_of(unquote(received.path), upload))

    return Parser

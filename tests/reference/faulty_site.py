"""A web server on 127.0.0.1 that answers as a test tells it, faults included, and fetches from it.

It serves as a proxy too.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.fetch import Fetched, fetch
from tests.reference.layouts import zipped

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Bytes that do not pack, so that the archive is as long as they are.
TABLE = zipped({"table.txt": random.Random(1).randbytes(180_000)})

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """`asked` holds path and headers of each request. The last answer for a path is given again and again."""

    base: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _answers: dict[str, list[Answer]] = field(default_factory=dict)

    def serve(self, path: str, *answers: Answer) -> str:
        """Give these answers for a path, one after the other; its address."""
        self._answers[path] = list(answers)
        return self.base + path

    def next_answer(self, path: str) -> Answer:
        answers = self._answers.get(path.partition("?")[0], [said(404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def ranges(self) -> list[str | None]:
        """The Range header of each request."""
        return [headers.get("range") for _, headers in self.asked]

    def forget(self) -> None:
        self.asked.clear()
        self._answers.clear()


def said(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    """A plain answer."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def moved(to: str) -> Answer:
    return said(302, {"Location": to})


def file(
    body: bytes,
    *,
    etag: str | None = '"one"',
    modified: str | None = None,
    cut: int | None = None,
    ranges: bool = True,
    length: int | None = None,
    kind: str = "application/zip",
    before_end: Callable[[], None] = lambda: None,
) -> Answer:
    """A file, as a server that knows ranges and versions gives it.

    `cut`: the connection breaks after so many bytes. `ranges`: False ignores Range. `length`: the Content-Length
    stated for the whole. `before_end` is called when half of the answer has gone out.
    """

    def answer(request: BaseHTTPRequestHandler) -> None:
        sent, headers, status = body, {"Content-Type": kind}, 200
        headers |= {"ETag": etag} if etag else {}
        headers |= {"Last-Modified": modified} if modified else {}
        wanted, known = request.headers.get("Range"), request.headers.get("If-None-Match")
        if known is not None and known == etag:
            said(304)(request)
            return
        if wanted and ranges and request.headers.get("If-Range") in (etag, modified):
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if first >= len(body):
                said(416, {"Content-Range": f"bytes */{len(body)}"})(request)
                return
            sent, status = body[first:], 206
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        request.send_response_only(status)
        stated = len(sent) if length is None else length
        for name, value in {"Content-Length": str(stated), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        half = len(sent) // 2
        request.wfile.write(sent[:half] if cut is None else sent[:cut])
        if cut is None:
            before_end()
            request.wfile.write(sent[half:])

    return answer


def endless(request: BaseHTTPRequestHandler) -> None:
    """A body without a length, longer than any limit of a test (and no longer, for the disk's sake)."""
    request.send_response_only(200)
    request.end_headers()
    for _ in range(500):
        request.wfile.write(b"x" * 65536)


@contextmanager
def running() -> Iterator[Site]:
    """A site that answers until the block ends."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            site.next_answer(self.path)(self)

        def do_CONNECT(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that goes away in the middle is part of these tests

    with Server(("127.0.0.1", 0), Handler) as server:
        site.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


class Getting:
    """Fetches into one folder, with a clock that stands still and waits that are only noted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waits: list[float] = []

    def __call__(self, url: str, **options) -> Fetched:
        options = {"sleep": self.waits.append, "jitter": lambda: 0.5, "clock": lambda: NOW, **options}
        return fetch(url, self.folder, **options)

    def refused(self, url: str, match: str, **options) -> str:
        """The message of a fetch that is refused, with nothing new in the folder under a final name."""
        with pytest.raises(InputRefused, match=match) as caught:
            self(url, **options)
        assert caught.value.exit_code == 3
        return str(caught.value)

    def names(self) -> set[str]:
        """What lies in the folder, without the lock file."""
        return {path.name for path in self.folder.iterdir()} - {".fetching.lock"}

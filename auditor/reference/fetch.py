"""Downloads of official files: resumed where they broke off, and checked before they can be seen.

What lies in a folder of downloads is told in `landing`. Messages show addresses without user, password and query.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from auditor import __version__
from auditor.base.errors import InputRefused, UsageError
from auditor.base.progress import NullProgress, Progress, Stage
from auditor.reference.addresses import LICENCE_PAGE, check_address, file_name, host_of, shown, within
from auditor.reference.archives import Limits as ArchiveLimits
from auditor.reference.asking import Again, Asked, content_range, is_page, whole_number
from auditor.reference.landing import Landing, alone_in, is_same, sha256_of, told_plainly, validator
from auditor.reference.sources import Source, how_by_hand
from auditor.reference.terms import AMA_TERMS, terms_accepted

if TYPE_CHECKING:
    import httpx

Opener = Callable[[Path, str], IO[bytes]]
"""Opens a file for bytes, to write ("wb") or to append ("ab")."""

_HEAD = 512
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CMS_HOSTS = ("cms.gov", "medicaid.gov")


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch; sizes in bytes, times in seconds.

    `attempts` fail in a row before it is given up; one that brings `progress` bytes begins a new row.
    """

    size: int = 4 << 30
    redirects: int = 10
    attempts: int = 6
    progress: int = 1 << 20
    connect: float = 20.0
    read: float = 60.0
    first_wait: float = 1.0
    longest_wait: float = 120.0
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


@dataclass(frozen=True)
class Fetched:
    """A complete file. `url` is where it came from in the end, without a query; `bytes` its length.

    `resumed_from`: bytes that an earlier call had left. `unchanged`: it was there already, nothing was downloaded.
    """

    path: Path
    url: str
    sha256: str
    bytes: int
    resumed_from: int
    unchanged: bool


def fetch(
    url: str,
    folder: Path,
    *,
    source: Source | None = None,
    own_url: bool = False,
    library: Path | None = None,
    sha256: str | None = None,
    proxy: str | None = None,
    progress: Progress | None = None,
    clock: Callable[[], datetime] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
    opener: Opener | None = None,
    limits: Limits | None = None,
) -> Fetched:
    """Download one file into `folder`, or go on where an earlier call stopped.

    `source` says whose file it is; `own_url` that the user typed the address (so it is always without a source),
    which lets it be redirected to any host. `library` is where the AMA's terms were accepted, `sha256` the checksum
    that the file must have, `proxy` the address of a proxy (default: HTTPS_PROXY, NO_PROXY and their like). The
    progress counts bytes. `clock` tells the time with its zone, `jitter` a number from 0 to 1.

    Raises InputRefused when the file cannot be had or is not what it should be, when another fetch works in the
    folder, or while the terms are not accepted; UsageError for a wrong address, checksum or proxy.
    """
    check_address(url)
    asked = Asked(url, source, own_url or source is None)
    if urlsplit(url).path.startswith(LICENCE_PAGE):
        raise asked.gated()
    _check_terms(asked, library)
    wanted = _checksum(sha256)
    name = file_name(url)
    limits = limits or Limits()
    opened = (progress or NullProgress()).stage(f"fetch {name}")
    with told_plainly(name), alone_in(folder), _client(proxy, limits) as client, opened as stage:
        tools = _Tools(client, stage, clock or _now, sleep, jitter, opener or _open)
        return _Job(asked, Landing(folder / name, url), wanted, limits, tools).run()


@dataclass(frozen=True)
class _Tools:
    """What a fetch works with."""

    client: httpx.Client
    stage: Stage
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    opener: Opener


class _Job:
    """One fetch, in a folder that is held for it."""

    def __init__(
        self, asked: Asked, landing: Landing, wanted: str | None, limits: Limits, tools: _Tools
    ) -> None:
        self.asked, self.landing, self.wanted, self.limits, self.tools = asked, landing, wanted, limits, tools
        self.final = shown(asked.url)
        self.resumed = landing.kept()

    def run(self) -> Fetched:
        """Attempts, until one succeeds or too many in a row fail."""
        known = self.landing.known()
        if known and self.wanted:
            if known["sha256"] == self.wanted:
                return self.unchanged(known)
            known = {}
        failures = 0
        while True:
            before = self.landing.kept()
            try:
                return self.attempt(known)
            except Again as again:
                gained = self.landing.kept() - before
                failures = 1 if gained >= self.limits.progress else failures + 1
                if failures >= self.limits.attempts:
                    raise self.asked.refused(
                        f"the download failed {failures} times ({again.reason})",
                        "What has come so far is kept, and the next fetch goes on there",
                        f"Behind a proxy say --proxy, or set HTTPS_PROXY. {how_by_hand(self.asked.source)}",
                    ) from again
                self.pause(failures, again.wait)

    def pause(self, failures: int, wait: float | None) -> None:
        """Wait as long as the server asks, else twice as long each time, more or less; never beyond the limit."""
        if wait is None:
            wait = self.limits.first_wait * 2 ** (failures - 1) * (0.5 + self.tools.jitter())
        if wait > 0:
            self.tools.sleep(min(wait, self.limits.longest_wait))

    def attempt(self, known: Mapping[str, Any]) -> Fetched:
        """One request. Raises Again when another may help."""
        import httpx

        state, kept = self.landing.state(), self.landing.kept()
        headers = {"User-Agent": f"auditor/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
        if kept:
            headers |= {"Range": f"bytes={kept}-", "If-Range": validator(state)}
        elif known:
            marks = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last_modified")}
            headers |= {name: mark for name, mark in marks.items() if mark}
        try:
            with self.answer(headers) as response:
                return self.take(response, state, kept, known)
        except httpx.TransportError as error:
            raise self.asked.broken(error) from error

    @contextmanager
    def answer(self, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """The answer behind all redirects, each of which is looked at first."""
        url = self.asked.url
        for _ in range(self.limits.redirects + 1):
            with self.tools.client.stream("GET", url, headers=headers) as response:
                if response.status_code not in _REDIRECTS:
                    self.final = shown(url)
                    yield response
                    return
                url = self.asked.redirected(url, response.headers.get("location", ""))
        raise self.asked.refused(f"the server redirects more than {self.limits.redirects} times")

    def take(
        self, response: httpx.Response, state: Mapping[str, Any], kept: int, known: Mapping[str, Any]
    ) -> Fetched:
        """What an answer means."""
        status = response.status_code
        if status == 304 and known:
            return self.unchanged(known)
        if status == 416 and kept:
            if content_range(response)[1] == kept:
                return self.finish()
            raise self.over_again("the server has less than had come before")
        if status not in (200, 206):
            raise self.asked.status(response, self.tools.clock())
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise self.asked.refused("the server packs the file on its way although asked not to")
        if "html" in response.headers.get("content-type", "").lower():
            raise self.asked.page()
        marks = {"etag": response.headers.get("etag"), "last_modified": response.headers.get("last-modified")}
        if status == 200:
            if known and is_same(known, marks):
                return self.unchanged(known)
            start, total = 0, whole_number(response.headers.get("content-length"))
            self.landing.begin(marks, total)
            self.resumed = 0
        else:
            start, total = content_range(response)
            if not kept or start != kept or (any(marks.values()) and not is_same(state, marks)):
                raise self.over_again("the file changed meanwhile")
        return self.receive(response, start, total)

    def receive(self, response: httpx.Response, start: int, total: int | None) -> Fetched:
        """Take the answer's bytes, `total` in all with the `start` bytes that are there."""
        try:
            if total is not None and total > self.limits.size:
                raise self.asked.too_large(self.limits.size)
            size = self.write(response, start, total)
        except InputRefused:
            self.landing.discard()
            raise
        if total is not None and size != total:
            raise Again("the connection broke off")
        return self.finish()

    def write(self, response: httpx.Response, size: int, total: int | None) -> int:
        """Add the answer's bytes to the `size` bytes of the part; its length then."""
        stage, head = self.tools.stage, b""
        stage.total = total
        stage.advance(size - stage.rows)
        watched = not size
        with self.tools.opener(self.landing.part, "ab" if size else "wb") as out:
            for block in response.iter_raw():
                if watched and len(head) < _HEAD:
                    head += block[:_HEAD]
                    if is_page(head):
                        raise self.asked.page()
                size += len(block)
                if size > self.limits.size:
                    raise self.asked.too_large(self.limits.size)
                out.write(block)
                stage.advance(len(block))
            out.flush()
            os.fsync(out.fileno())
        return size

    def finish(self) -> Fetched:
        """Check the complete part, give it its name and record it."""
        digest, size = sha256_of(self.landing.part), self.landing.part.stat().st_size
        try:
            if not size:
                raise self.asked.refused("the server sends an empty file")
            if self.wanted not in (None, digest):
                raise self.asked.refused(
                    f"its SHA-256 is {digest}, not the one that was given",
                    "It is another file, or was changed",
                )
            self.landing.check_zip(self.limits.archive)
        except InputRefused:
            self.landing.discard()
            raise
        self.landing.complete(digest, self.final, self.tools.clock())
        return Fetched(self.landing.target, self.final, digest, size, self.resumed, unchanged=False)

    def unchanged(self, known: Mapping[str, Any]) -> Fetched:
        """The file that is there already."""
        target = self.landing.target
        size = target.stat().st_size
        return Fetched(target, str(known.get("final_url")), known["sha256"], size, 0, unchanged=True)

    def over_again(self, reason: str) -> Again:
        """Discard the part; the next attempt begins at the first byte, at once."""
        self.landing.discard()
        self.resumed = 0
        return Again(reason, 0)


def _check_terms(asked: Asked, library: Path | None) -> None:
    """Raises InputRefused for a file with CPT codes, or one of CMS's that is not known, without accepted terms."""
    needed = within(host_of(asked.url), _CMS_HOSTS) if asked.source is None else asked.source.ama
    if needed and (library is None or not terms_accepted(library)):
        raise asked.refused(
            f"the file {'may hold' if asked.source is None else 'holds'} CPT codes, and the AMA's terms are not "
            "accepted yet",
            f"The AMA holds the copyright in CPT: read {' and '.join(AMA_TERMS.links)}",
            "If you agree, say --accept-ama-terms",
        )


def _checksum(text: str | None) -> str | None:
    """A SHA-256 as the user gives it, in small letters. Raises UsageError for anything else."""
    digest = None if text is None else text.strip().lower()
    if digest is not None and not re.fullmatch("[0-9a-f]{64}", digest):
        raise UsageError("the checksum is no SHA-256", where="--sha256", mend="Give its 64 digits")
    return digest


@contextmanager
def _client(proxy: str | None, limits: Limits) -> Iterator[httpx.Client]:
    """A client that verifies certificates and follows nothing by itself.

    Raises UsageError for a wrong proxy, or a file of certificates that cannot be read.
    """
    import httpx

    try:
        client = httpx.Client(proxy=proxy, timeout=httpx.Timeout(limits.read, connect=limits.connect))
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise UsageError(
            "the address of the proxy cannot be used",
            where="--proxy" if proxy else "HTTPS_PROXY or ALL_PROXY",
            mend="Write it as http://HOST:PORT",
        ) from error
    except OSError as error:
        raise UsageError("the file of trusted certificates cannot be read", where="SSL_CERT_FILE") from error
    with client:
        yield client


def _open(path: Path, mode: str) -> IO[bytes]:
    return path.open("ab" if mode == "ab" else "wb")


def _now() -> datetime:
    return datetime.now(UTC)

"""Where a download lands: what has come so far, the record of what is complete, and the lock on the folder.

<folder>/<name>             complete: its length is right, and a zip is sound down to its last member
<folder>/<name>.part        what has come so far, with <name>.part.json: where from, and of which version
<folder>/fetched.json       of each file: address, SHA-256, bytes, when, and the server's marks of its version
<folder>/.fetching.lock     held by the one fetch that works in the folder
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from auditor.base.errors import InputRefused
from auditor.reference.addresses import RECORD, shown
from auditor.reference.archives import Limits, checked_blocks, open_zip

_LOCK = ".fetching.lock"
_LOCKED_BYTE = 1 << 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Landing:
    """The place of one file from one address."""

    def __init__(self, target: Path, url: str) -> None:
        self.target = target
        self.part = target.with_name(f"{target.name}.part")
        self._state = target.with_name(f"{target.name}.part.json")
        self._record = target.with_name(RECORD)
        self._address = {"url": shown(url), "url_sha256": hashlib.sha256(url.encode("utf-8")).hexdigest()}

    def known(self) -> dict[str, Any]:
        """The record of the file when it is there, unchanged and from this address; else empty."""
        entry = _read_json(self._record).get(self.target.name)
        if not isinstance(entry, dict) or not self._is_mine(entry) or not self.target.is_file():
            return {}
        return entry if sha256_of(self.target) == entry.get("sha256") else {}

    def state(self) -> dict[str, Any]:
        """Which version the part is of; empty when there is no part of this address to go on from."""
        state = _read_json(self._state)
        return state if self._is_mine(state) and validator(state) and self.part.is_file() else {}

    def kept(self) -> int:
        """Bytes of the part to go on from."""
        return self.part.stat().st_size if self.state() else 0

    def begin(self, marks: Mapping[str, Any], length: int | None) -> None:
        """Forget the part, and note of which version the next one is."""
        self.discard()
        _write_json(self._state, {**self._address, **marks, "length": length})

    def discard(self) -> None:
        """Forget what has come."""
        self.part.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def check_zip(self, limits: Limits) -> None:
        """Read every member of a zip to its end. Raises InputRefused for a damaged or hostile one."""
        with self.part.open("rb") as source:
            packed = source.read(4) == b"PK\x03\x04"
        if packed or self.target.suffix.lower() == ".zip":
            with open_zip(self.part, self.target.name, limits) as archive:
                for info in archive.infolist():
                    for _ in checked_blocks(archive, info, limits):
                        pass

    def complete(self, digest: str, final_url: str, now: datetime) -> None:
        """Give the part its name and record it."""
        state = _read_json(self._state)
        entry = {
            **self._address,
            "final_url": final_url,
            "sha256": digest,
            "bytes": self.part.stat().st_size,
            "last_modified": state.get("last_modified"),
            "etag": state.get("etag"),
            "fetched_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        }
        self.part.replace(self.target)
        _write_json(self._record, {**_read_json(self._record), self.target.name: entry})
        self._state.unlink(missing_ok=True)

    def _is_mine(self, entry: Mapping[str, Any]) -> bool:
        return entry.get("url_sha256") == self._address["url_sha256"]


def validator(state: Mapping[str, Any]) -> str:
    """By what a server can tell whether its file is still the same; a weak ETag cannot, empty is nothing."""
    etag = state.get("etag") or ""
    return str((etag if not etag.startswith("W/") else "") or state.get("last_modified") or "")


def is_same(known: Mapping[str, Any], marks: Mapping[str, Any]) -> bool:
    """True when the server's marks say that its file is the known one."""
    if known.get("etag") or marks["etag"]:
        return bool(known.get("etag") == marks["etag"])
    return bool(marks["last_modified"]) and known.get("last_modified") == marks["last_modified"]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made if need be. Raises InputRefused when another fetch holds it.

    The system lets go of the lock when the process ends in whatever way; a lock file left behind is no lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a+b") as lock:
        try:
            _hold(lock)
        except (BlockingIOError, PermissionError) as error:
            holder = (folder / _LOCK).read_text(encoding="ascii", errors="replace").strip()
            raise InputRefused(
                f"another fetch works in this folder (process {holder or 'unknown'})",
                where=folder.name,
                mend="Wait until it has ended, or name another folder",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()).encode("ascii"))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder, after whoever holds it now. Windows has no lock on folders: there nothing is held."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network folders cannot be locked
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def told_plainly(name: str) -> Iterator[None]:
    """Errors of the disk as one paragraph."""
    try:
        yield
    except OSError as error:
        full = error.errno in _FULL
        raise InputRefused(
            "the disk is full" if full else f"the fetch stopped ({error.strerror or type(error).__name__})",
            where=name,
            why="What has come so far is kept",
            mend=f"{'Make room' if full else 'Mend that'}, then fetch again: it goes on where it stopped",
        ) from error


def _hold(lock: IO[bytes]) -> None:
    """Lock an open file against other processes and other openings. Raises OSError when somebody has it."""
    if sys.platform == "win32":
        import msvcrt

        lock.seek(_LOCKED_BYTE)
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when there is none, or it is damaged."""
    with contextlib.suppress(OSError, ValueError):
        value = json.loads(path.read_text(encoding="utf-8"))
        return value if isinstance(value, dict) else {}
    return {}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)

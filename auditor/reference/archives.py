"""Files given by the user, opened down to the tables in them: bare, gzip, zip, zips in zips.

Everything is copied into a work folder first, while its hash is taken: what is imported is what was hashed,
even when the file changes meanwhile. Members get our own names there, so a name in an archive can never
reach another folder; archives with such names are refused all the same.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from auditor.base.errors import InputRefused, UsageError

_BLOCK = 1 << 20
# What goes wrong with our copy and not with the file: no room, a quota, a limit on the size of files, a read-only disk.
_OUR_SIDE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Where an archive is called a bomb: sizes in bytes, `ratio` counts only from `ratio_from` bytes on.

    The largest that CMS publishes is the registry of NPIs, with some 11 GB.
    """

    members: int = 2_000
    total_bytes: int = 24 << 30
    ratio: int = 250
    ratio_from: int = 16 * _MIB
    depth: int = 3


@dataclass(frozen=True)
class GivenFile:
    """A file as the user named it: base name, SHA-256 and size of what was read."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Leaf:
    """One table file: `path` is our copy, `name` its own name, `inside` the archives around it, inside out."""

    path: Path
    name: str
    inside: tuple[str, ...]
    given: GivenFile
    is_workbook: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and those of the archives around it, innermost first."""
        return (self.name, *self.inside)

    @property
    def place(self) -> str:
        """Where it lies, for messages: `outer.zip > inner.txt`."""
        return " > ".join(reversed(self.names))


@dataclass
class _Unpacking:
    """What one call has unpacked so far, against the limits."""

    work: Path
    limits: Limits
    members: int = 0
    bytes: int = 0
    leaves: list[Leaf] = field(default_factory=list)

    def new_path(self) -> Path:
        self.members += 1
        return self.work / f"{self.members:05d}"

    def spend(self, count: int, place: str) -> None:
        self.bytes += count
        if self.bytes > self.limits.total_bytes:
            raise _bomb(place, f"more than {self.limits.total_bytes >> 20} MiB unpacked")


def open_files(paths: Sequence[Path], work: Path, limits: Limits | None = None) -> list[Leaf]:
    """Copy `paths` into the folder `work`, unpack them, and return every table file found, in order.

    Raises UsageError for a path that is no file, and InputRefused for an empty or damaged file, an encrypted
    or hostile archive, or one beyond the limits.
    """
    state = _Unpacking(work, limits or Limits())
    for path in paths:
        if not _is_file(path):
            raise UsageError(f"{path.name or path} is not a file", mend="Name the files to import")
        copy = state.new_path()
        given = _copy(path, copy)
        if given.bytes == 0:
            raise InputRefused("the file is empty", where=given.name, mend="Download it again")
        _open(state, copy, given.name, (), given)
    return state.leaves


def checked_blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """The unpacked bytes of one member, block by block. Raises InputRefused when it is a bomb or damaged."""
    place = info.filename
    if info.flag_bits & 1:
        raise InputRefused(
            "it is encrypted", where=place, mend="Unpack it yourself and import what is inside"
        )
    total = 0
    try:
        with archive.open(info) as member:
            while block := member.read(_BLOCK):
                total += len(block)
                if total > limits.ratio_from and total > limits.ratio * max(info.compress_size, 1):
                    raise _bomb(place, f"more than {limits.ratio} times its packed size")
                yield block
    except NotImplementedError as error:
        raise InputRefused(
            "it is packed in a way that cannot be read here", where=place, mend="Unpack it yourself first"
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise _damaged(place) from error


def open_zip(path: Path, place: str, limits: Limits) -> zipfile.ZipFile:
    """An archive whose member list is within the limits and safe. Raises InputRefused otherwise."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(place) from error
    members = archive.infolist()
    if len(members) > limits.members:
        archive.close()
        raise _bomb(place, f"{len(members)} members, more than {limits.members}")
    for info in members:
        if not _is_safe(info):
            archive.close()
            raise InputRefused(
                "the archive has a member whose name leads out of its folder, or a link",
                where=place,
                why="Such an archive is damaged or hostile",
                mend="Download it again from CMS",
            )
    return archive


def _open(state: _Unpacking, path: Path, name: str, inside: tuple[str, ...], given: GivenFile) -> None:
    """Take one copied file apart, by its first bytes."""
    place = " > ".join((*reversed(inside), name))
    if len(inside) > state.limits.depth:
        raise _bomb(place, f"archives within archives, more than {state.limits.depth} deep")
    with path.open("rb") as source:
        magic = source.read(8)
    if magic.startswith(b"\x1f\x8b"):
        inner = name[: -len(".gz")] if name.lower().endswith(".gz") else name
        _open(state, _gunzip(state, path, place), inner, (name, *inside), given)
    elif magic.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        _open_zip(state, path, name, inside, given, place)
    else:
        state.leaves.append(Leaf(path, name, inside, given, is_workbook=False))


def _open_zip(
    state: _Unpacking, path: Path, name: str, inside: tuple[str, ...], given: GivenFile, place: str
) -> None:
    with open_zip(path, place, state.limits) as archive:
        if "xl/workbook.xml" in archive.namelist():
            state.leaves.append(Leaf(path, name, inside, given, is_workbook=True))
            return
        for info in archive.infolist():
            if info.is_dir() or info.filename.startswith("__MACOSX/"):
                continue
            if state.members >= state.limits.members:
                raise _bomb(place, f"more than {state.limits.members} members")
            target = state.new_path()
            with target.open("wb") as out:
                _write(out, checked_blocks(archive, info, state.limits), state, place)
            _open(state, target, printable(PurePosixPath(info.filename).name), (name, *inside), given)


def _write(out: IO[bytes], blocks: Iterator[bytes], state: _Unpacking, place: str) -> None:
    for block in blocks:
        state.spend(len(block), place)
        out.write(block)


def _gunzip(state: _Unpacking, path: Path, place: str) -> Path:
    target, packed, total = state.new_path(), path.stat().st_size, 0
    try:
        with gzip.open(path) as source, target.open("wb") as out:
            while block := source.read(_BLOCK):
                total += len(block)
                if total > state.limits.ratio_from and total > state.limits.ratio * packed:
                    raise _bomb(place, f"more than {state.limits.ratio} times its packed size")
                state.spend(len(block), place)
                out.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(place) from error
    return target


def _is_file(path: Path) -> bool:
    """True for a regular file; a folder, a pipe (which would wait for its writer) and a broken link are none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _copy(path: Path, target: Path) -> GivenFile:
    """Copy and hash in one pass. Raises InputRefused for a file that cannot be read, or changes meanwhile."""
    digest, total = hashlib.sha256(), 0
    with target.open("wb") as out:
        try:
            with path.open("rb") as source:
                before = _state(source)
                for block in _read_blocks(source):
                    digest.update(block)
                    out.write(block)
                    total += len(block)
                after = _state(source)
        except OSError as error:
            if error.errno in _OUR_SIDE:
                raise
            raise InputRefused(
                f"it cannot be read ({error.strerror or type(error).__name__})",
                where=path.name,
                mend="See that the file is there and that you may read it",
            ) from error
    if before != after or total != after[0]:
        raise InputRefused(
            "the file changed while it was read",
            where=path.name,
            why="Half of one state and half of another would be imported",
            mend="Wait until it is written (a download may be going on), then import again",
        )
    return GivenFile(printable(path.name), digest.hexdigest(), total)


def _read_blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block


def _state(source: IO[bytes]) -> tuple[int, int]:
    """Size and time of the last change of an open file."""
    found = os.fstat(source.fileno())
    return found.st_size, found.st_mtime_ns


def printable(name: str) -> str:
    """A name without control characters, as it may stand in lists and messages."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _is_safe(info: zipfile.ZipInfo) -> bool:
    """True for a member that is no link and whose name stays inside the folder."""
    name = info.filename.replace("\\", "/")
    if stat.S_ISLNK(info.external_attr >> 16):
        return False
    return not (name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/"))


def _damaged(place: str) -> InputRefused:
    return InputRefused(
        "the archive is damaged or cut short",
        where=place,
        why="Part of the table would be missing",
        mend="Download it again",
    )


def _bomb(place: str, fact: str) -> InputRefused:
    return InputRefused(
        f"it unpacks beyond what a CMS file can be ({fact})",
        where=place,
        why="It would fill the disk or the memory",
        mend="If it is genuine, unpack it yourself and import the files inside",
    )

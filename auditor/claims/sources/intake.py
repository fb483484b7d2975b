"""From a path the user gave to plain readable content: unpacked within limits, checked, in UTF-8.

Passes of our own over the bytes check the encoding, hash them and count lines, so that later stages can be held
against figures that no reader computed.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import re
import shutil
import stat
import zipfile
import zlib
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from auditor.base.errors import InputRefused
from auditor.claims.sources import sniff
from auditor.claims.sources.scan import BLOCK, Ahead, Count, blocks, count, counting, look


@dataclass(frozen=True)
class Limits:
    """What an archive may become: members, unpacked bytes in all, unpacked over packed size past `grace` bytes."""

    members: int = 1000
    bytes: int = 256 * 1024**3
    ratio: int = 250
    grace: int = 8 * 1024**2


@dataclass(frozen=True)
class Source:
    """Readable content. `path` is text in UTF-8, Parquet, or with `xlsx` a workbook; `name` is what messages call it.

    `bytes` is the size of the file as given, `archive` its hash where it holds `path` packed. `ascii` says that no
    character beyond ASCII was met, so that its odd blanks need not be looked for; `quotes` that one stands in it.
    Hash and lines are counted beside the reading; asking for them waits for that, and raises OSError when the file
    could not be read.
    """

    name: str
    path: Path
    parquet: bool
    counted: Future[Count]
    given: Future[Count] | None = None
    archive: str = ""
    bytes: int = 0
    quotes: bool = False
    ascii: bool = False
    notes: tuple[str, ...] = ()
    xlsx: bool = False

    @property
    def content_sha256(self) -> str:
        """SHA-256 of the content: of the bytes before they were written in UTF-8."""
        return (self.given or self.counted).result().sha256

    @property
    def sha256(self) -> str:
        """SHA-256 of the file as given."""
        return self.archive or self.content_sha256

    @property
    def lines(self) -> int | None:
        """Line ends and an unfinished last line; None when quotes make that number no measure of the rows."""
        return None if self.quotes else self.counted.result().lines


def take_in(
    path: Path, workspace: Path, limits: Limits | None = None, ahead: Ahead | None = None
) -> list[Source]:
    """Open `path`: plain, gzip or zip; copies that are needed go to `workspace`.

    A zip gives one source a member. Raises InputRefused for a path that is missing, no regular file, unreadable or
    empty, for damaged archives, for archives beyond `limits` and for kinds of file that are not read.
    """
    limits = limits or Limits()
    where = path.name
    try:
        if path.is_dir():
            raise InputRefused(
                "this is a folder, not a file", where=where, mend="Name the claims files in it."
            )
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # A pipe can be read once only, and opening it may wait for ever for a writer.
            raise InputRefused(
                "this is a pipe or a device, not a regular file",
                where=where,
                mend="Save the claims to a file.",
            )
        size = status.st_size
        with path.open("rb") as stream:
            head = stream.read(sniff.HEAD_BYTES)
    except FileNotFoundError:
        raise InputRefused("there is no such file", where=where, mend="Check the path.") from None
    except OSError as error:
        raise InputRefused(f"the file cannot be read ({error.strerror})", where=where) from None
    if not head:
        raise InputRefused(
            "the file is empty (0 bytes)", where=where, mend="Give a file with a header and claim lines."
        )
    kind = sniff.wrapping(head)
    if kind == "none":
        counted = ahead.counted if ahead is not None and ahead.path == path else None
        return [replace(_finish(path, where, workspace, counted), bytes=size)]
    given = count(path, lines=False).sha256
    if kind == "gzip":
        with path.open("rb") as stream:
            members = [_unpack_gzip(stream, size, where, _copy_name(workspace), limits)]
        named = [where]
    elif is_workbook(path):
        plain = Source(
            where, _unglobbed(path, workspace), False, counting(path, lines=False), xlsx=True, bytes=size
        )
        return [plain]
    else:
        members, named = _unpack_zip(path, where, workspace, limits)
    sources = []
    for member, name in zip(members, named, strict=True):
        if member.stat().st_size == 0:
            raise InputRefused(
                "the file is empty (0 bytes)", where=name, mend="Give a file with a header and claim lines."
            )
        sources.append(replace(_finish(member, name, workspace), archive=given, bytes=size))
    return sources


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook of Excel's (Office Open XML): a zip with a list of its parts' types."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return False


def _unglobbed(path: Path, workspace: Path) -> Path:
    """A name for `path` that DuckDB does not take for a pattern of names."""
    if not set("*?[") & set(str(path)):
        return path
    link = _copy_name(workspace)
    try:
        link.symlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, link)
    return link


def _copy_name(workspace: Path) -> Path:
    """A new name in the workspace; it says nothing of the file it comes from."""
    return workspace / f"content-{sum(1 for _ in workspace.iterdir())}"


def _unpack_gzip(stream: IO[bytes], packed: int, where: str, target: Path, limits: Limits) -> Path:
    try:
        with gzip.GzipFile(fileobj=stream) as content:
            _copy_within(content, packed, target, where, limits, 0)
    except EOFError:
        raise InputRefused(
            "the gzip file is cut short: it ends before its content does",
            where=where,
            why="Lines would be missing.",
            mend="Copy or export the file again.",
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise InputRefused(
            "the gzip file is damaged", where=where, mend="Copy or export the file again."
        ) from None
    return target


def _unpack_zip(path: Path, where: str, workspace: Path, limits: Limits) -> tuple[list[Path], list[str]]:
    members, names = [], []
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.namelist()
            if "mimetype" in listed:
                raise InputRefused(
                    "this is an OpenDocument file, which is not read",
                    where=where,
                    mend="Save it as xlsx or CSV.",
                )
            infos = [info for info in archive.infolist() if _is_data(info)]
            if len(infos) > limits.members:
                raise InputRefused(
                    f"the zip holds {len(infos)} files, more than the {limits.members} allowed", where=where
                )
            if not infos:
                raise InputRefused("the zip holds no file", where=where)
            total = 0
            for info in infos:
                name = f"{where}/{Path(info.filename).name}"
                if info.flag_bits & 1:
                    raise InputRefused(
                        "the zip is protected by a password", where=where, mend="Unpack it first."
                    )
                target = _copy_name(workspace)
                with archive.open(info) as content:
                    total += _copy_within(content, info.compress_size, target, name, limits, total)
                members.append(target)
                names.append(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # not the file's fault: a full disk, say
        raise InputRefused(
            "the zip file is damaged or cut short", where=where, mend="Copy or export the file again."
        ) from None
    return members, names


def _is_data(info: zipfile.ZipInfo) -> bool:
    parts = Path(info.filename).parts
    # Not is_dir(), which stumbles over a member without a name.
    return (
        not info.filename.endswith("/")
        and "__MACOSX" not in parts
        and not (parts and is_left_behind(parts[-1]))
    )


def is_left_behind(name: str) -> bool:
    """Whether a file in a folder or archive is hidden, or one that Windows or Office leaves beside those of a user."""
    return name.startswith((".", "~$")) or name.lower() in ("thumbs.db", "desktop.ini")


def _copy_within(
    content: IO[bytes] | gzip.GzipFile, packed: int, target: Path, where: str, limits: Limits, before: int
) -> int:
    """Copy to `target`, stopping where the limits, or the free space of the disk, would be passed."""
    allowed = min(limits.bytes - before, shutil.disk_usage(target.parent).free)
    done = 0
    with target.open("wb") as out:
        while block := content.read(BLOCK):
            done += len(block)
            if done > allowed or (done > limits.grace and done > limits.ratio * max(packed, 1)):
                out.close()
                target.unlink()
                raise InputRefused(
                    "the archive unpacks to far more than its size allows and may be a decompression bomb",
                    where=where,
                    why=f"Limits: {limits.ratio} times its packed size, {limits.bytes:,} bytes, the free disk space.",
                    mend="Unpack it yourself if you trust it, and give the unpacked file.",
                )
            if done == len(block) and sniff.wrapping(block[:4]) != "none":
                raise InputRefused("the archive holds another archive", where=where, mend="Unpack it first.")
            out.write(block)
    return done


def _finish(path: Path, name: str, workspace: Path, counted: Future[Count] | None = None) -> Source:
    """Examine plain content and lay it down as UTF-8 when it is something else. It may be counted already."""
    with path.open("rb") as stream:
        head = stream.read(sniff.HEAD_BYTES)
    sniff.refuse_known_kinds(head, name)
    if head[:4] == b"PAR1":
        return Source(name, _unglobbed(path, workspace), True, counted or counting(path, lines=False))
    encoding = sniff.text_encoding(head)
    seen = look(path)
    notes: tuple[str, ...] = ()
    if encoding is None and not seen.utf8:
        encoding = "cp1252"
        notes = (f"{name}: not valid UTF-8; read as Windows-1252",)
    given = None
    if encoding is not None:
        given, counted = counted or counting(path, lines=False), None
        path = _transcode(path, _copy_name(workspace), encoding, name)
        seen = look(path)
    return Source(
        name,
        _unglobbed(path, workspace),
        False,
        counted or counting(path, lines=not seen.quotes),
        given,
        ascii=seen.ascii,
        quotes=seen.quotes,
        notes=notes,
    )


def blank_lines(path: Path) -> int:
    """Lines of a plain text without any character, which no reader counts as rows."""
    count, last = 0, b"\n"
    for block in blocks(path):
        seam = (last + block).replace(b"\r", b"")
        count += sum(len(run) for run in re.findall(rb"\n(\n+)", seam))
        last = seam[-1:]
    return count


def _transcode(path: Path, target: Path, encoding: str, where: str) -> Path:
    # Windows-1252 leaves five bytes undefined; they become U+FFFD rather than an end of the run.
    errors = "replace" if encoding == "cp1252" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            for block in blocks(path):
                out.write(decoder.decode(block))
            out.write(decoder.decode(b"", True))
    except UnicodeDecodeError:
        raise InputRefused(
            f"the text begins as {encoding.upper()} and is damaged further on",
            where=where,
            mend="Export the file again, in UTF-8.",
        ) from None
    return target

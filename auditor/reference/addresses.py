"""Addresses of downloads: which may be asked, how they are shown, and under which name the file is kept."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from auditor.base.errors import UsageError

LICENCE_PAGE = "/license/"
"""How the path of CMS's licence pages begins."""
RECORD = "fetched.json"
"""The name of the record in a folder of downloads."""

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_NAME = 120
_LONGEST_ENDING = 10
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def check_address(url: str) -> None:
    """Raises UsageError for an address that cannot be fetched: of another kind, or not encrypted."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable():
        raise UsageError("that is no address of a file", mend="Write it with https:// at its head")
    if parts.scheme == "http" and not is_local(url):
        raise UsageError("the address is not encrypted", where=shown(url), mend="Write it with https://")


def shown(url: str) -> str:
    """An address for messages and records: without user, password and query, for these may be secret."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def host_of(url: str) -> str:
    """The host's name in small letters."""
    return urlsplit(url).hostname or ""


def is_local(url: str) -> bool:
    """True for this machine itself, which needs no encryption."""
    return host_of(url) in _LOCAL


def within(host: str, hosts: tuple[str, ...]) -> bool:
    """True for one of `hosts` or a subdomain of one."""
    return any(host == own or host.endswith(f".{own}") for own in hosts)


def file_name(url: str) -> str:
    """A safe name for what lies at `url`, of the end of its path.

    CMS writes dates with slashes (`.../rvu24a-updated-04/01/2024.zip`): a part without a letter draws in the one
    before it. Raises UsageError when the address names no file.
    """
    parts = [part for part in re.split(r"[/\\]", unquote(urlsplit(url).path)) if part.strip(". ")]
    name = parts.pop() if parts else ""
    while parts and re.fullmatch(r"[\d_-]+", Path(name).stem):
        name = f"{parts.pop()}-{name}"
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")
    if not name:
        raise UsageError("the address names no file", where=shown(url), mend="Give the address of the file")
    ending = Path(name).suffix[:_LONGEST_ENDING]
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - len(ending)] + ending
    if _DEVICES.match(name) or name == RECORD or name.endswith((".part", ".part.json")):
        name = f"file-{name}"
    return name


# What CMS puts behind a name when it gives out a file again: `-updated-04-01-2024`, `-0`, `_v2`.
_STATE = re.compile(r"(?:[-_](?:updated|revised|posted|\d|v\d).*)?")


def is_other_file(asked: str, url: str) -> bool:
    """True when `url` names a file that is not `asked`, nor a later state of it (`NAME-updated-...`)."""
    try:
        offered = Path(file_name(url))
    except UsageError:
        return False
    stem, wanted = offered.stem.lower(), Path(asked).stem.lower()
    return bool(offered.suffix) and not (stem.startswith(wanted) and _STATE.fullmatch(stem[len(wanted) :]))

"""A pack in one file: what its form is, and the one way in which such a file is read.

It is a zip of stored (never compressed) members: ``manifest.json``, which lists every file with its SHA-256 and repeats
``pack.yaml``; ``signature.json``, an Ed25519 signature of the manifest and the public key; and the files under
``pack/``, in the order of their names. Times, owners and permissions are fixed, so that the same pack under the same
key is the same bytes. Nothing else is taken: each byte of the file belongs to a member or to the table of them.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.rules.pack_files import MANIFEST, MAX_FILES, folded, pack_hash, portable
from auditor.rules.pack_manifest import facts_of
from auditor.rules.pack_model import PackFacts
from auditor.rules.pack_signing import fingerprint, holds
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes, told

SUFFIX = ".audpack"
FORMAT = "auditor pack 1"
LISTING, SIGNATURE, FILES = "manifest.json", "signature.json", "pack/"
MAX_ARCHIVE = 50_000_000
MOMENT = (1980, 1, 1, 0, 0, 0)
PERMISSIONS = 0o100644 << 16
UNIX = 3
_END = struct.Struct("<4s4H2LH")
_HEADER, _ENTRY, _LONGEST_NAME = 30, 46, 250


@dataclass(frozen=True)
class Archive:
    """A pack as it came, every part checked against the signature. ``signer`` is the fingerprint of its key."""

    facts: PackFacts
    hash: str
    signer: str
    files: Mapping[str, bytes]
    listing: bytes
    signature: bytes


def read_archive(path: Path) -> Archive:
    """Read a single-file pack, all of it.

    Raises InputRefused (exit 3) for what is not exactly such a file: unsigned, changed after it was signed, compressed,
    with links, names that lead elsewhere, a file of another kind, or anything beside its members.
    """
    members = _members(path, read_bytes(path, MAX_ARCHIVE))
    if SIGNATURE not in members:
        raise refused(path, "it is not signed", "ask its publisher for a signed one")
    if LISTING not in members:
        raise refused(path, "it has no manifest", "ask its publisher for another copy")
    listing, signature = members.pop(LISTING), members.pop(SIGNATURE)
    signer = check_signature(path, listing, signature)
    files = {name.removeprefix(FILES): content for name, content in members.items()}
    facts, digest = check_files(path, listing, files)
    return Archive(facts, digest, signer, files, listing, signature)


def check_signature(path: Path, listing: bytes, signature: bytes) -> str:
    """The fingerprint of who signed the manifest. Raises InputRefused where the signature does not hold."""
    told_of = _json(path, signature, SIGNATURE)
    try:
        if set(told_of) != {"algorithm", "public_key", "signature"} or told_of["algorithm"] != "Ed25519":
            raise ValueError
        public, signed = bytes.fromhex(told_of["public_key"]), bytes.fromhex(told_of["signature"])
    except (TypeError, ValueError) as error:
        raise refused(
            path, "its signature is of a form that is not known", "ask its publisher for another copy"
        ) from error
    if not holds(public, signed, listing):
        raise changed(path, "the signature is not that of its manifest")
    return fingerprint(public)


def check_files(path: Path, listing: bytes, files: Mapping[str, bytes]) -> tuple[PackFacts, str]:
    """The facts and the hash of a pack whose manifest is signed, once every file is the one that the manifest lists.

    Raises InputRefused for one that is missing, added or changed.
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if MANIFEST not in files:
        raise changed(path, f"{MANIFEST} is not in it")
    if any(name.endswith(f"/{MANIFEST}") for name in files):
        raise refused(path, "it holds packs within the pack", "ask its publisher for one pack in each file")
    facts = facts_of(Path(MANIFEST), files[MANIFEST])
    told_of = _json(path, listing, LISTING)
    if told_of.get("format") != FORMAT:
        raise refused(path, "it is of a form that is not known", "install a later version of auditor")
    listed = {item["name"]: item for item in _listed(told_of.get("files"))}
    for name in sorted({*files, *listed}):
        if name not in files or name not in listed:
            raise changed(path, f"{told(name)} was {'removed' if name in listed else 'added'}")
        if listed[name].get("sha256") != digests[name] or listed[name].get("bytes") != len(files[name]):
            raise changed(path, f"{told(name)} is not as it was signed")
    named = told_of.get("pack")
    if not isinstance(named, dict) or (named.get("id"), named.get("version")) != (facts.id, facts.version):
        raise changed(path, f"its manifest and its {MANIFEST} name different packs")
    return facts, pack_hash(digests)


def _listed(value: object) -> list[dict[str, Any]]:
    """The entries of a manifest's list of files that have a name."""
    entries = value if isinstance(value, list) else []
    return [item for item in entries if isinstance(item, dict) and isinstance(item.get("name"), str)]


def listing_of(facts: PackFacts, files: Mapping[str, bytes], digests: Mapping[str, str]) -> bytes:
    """The manifest of a pack, as bytes to sign: its facts, its hash, every file with size and SHA-256."""
    return canonical(
        {
            "format": FORMAT,
            "pack": asdict(facts),
            "hash": pack_hash(digests),
            "files": [
                {"name": name, "bytes": len(files[name]), "sha256": digests[name]} for name in sorted(files)
            ],
        }
    )


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in the one form that is written and accepted."""
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def _json(path: Path, content: bytes, name: str) -> dict[str, Any]:
    """An object in the one form. Raises InputRefused: a second key of one name, say, would not come back as it was."""
    try:
        found = json.loads(content)
        if isinstance(found, dict) and canonical(found) == content:
            return found
    except (ValueError, RecursionError):
        pass
    raise refused(path, f"its {name} is not in the form that is signed", "ask its publisher for another copy")


def _members(path: Path, content: bytes) -> dict[str, bytes]:
    """Every member by name, the container being of the one form. Raises InputRefused."""
    _check_end(path, content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            _check_entries(path, infos, len(content))
            return {info.filename: archive.read(info) for info in infos}
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        EOFError,
        ValueError,
        struct.error,
        RuntimeError,
    ) as error:
        raise refused(path, "it is damaged, or no pack", "ask its publisher for another copy") from error


def _check_end(path: Path, content: bytes) -> None:
    """The end of the file, looked at before anything is built of it: it says how large the table of members is."""
    why = "it is no pack, or something was added to it"
    if len(content) < _END.size or content[:4] != b"PK\x03\x04":
        raise refused(path, why, "name a file that `auditor rules pack` made")
    mark, disk, first, here, entries, size, start, comment = _END.unpack(content[-_END.size :])
    whole = mark == b"PK\x05\x06" and disk == first == 0 and here == entries and comment == 0
    if not whole or start + size + _END.size != len(content):
        raise refused(path, why, "ask its publisher for another copy")
    if entries > MAX_FILES + 2 or size > entries * (_ENTRY + _LONGEST_NAME):
        raise refused(path, f"it holds more than {MAX_FILES:,} files", "ask its publisher for smaller packs")


def _check_entries(path: Path, infos: list[zipfile.ZipInfo], length: int) -> None:
    seen: set[str] = set()
    at = table = 0
    for info in infos:
        name = info.orig_filename
        if not _allowed(name):
            raise refused(
                path,
                f"`{told(name)}` may not be in a pack",
                "a pack holds .yaml, .csv and .md files and a LICENSE, under plain names inside it",
            )
        if folded(name) in seen:
            raise refused(path, f"`{told(name)}` stands in it twice", "ask its publisher for another copy")
        seen.add(folded(name))
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise refused(path, f"`{told(name)}` is compressed", "build it with `auditor rules pack`")
        most = MAX_BYTES if name.endswith(".yaml") else MAX_ARCHIVE
        if info.file_size > most:
            raise refused(path, f"`{told(name)}` is larger than {most:,} bytes", "ask for smaller files")
        if (info.external_attr, info.create_system, info.date_time, info.flag_bits, info.extra, info.comment) != (
            PERMISSIONS, UNIX, MOMENT, 0, b"", b"",
        ):  # fmt: skip
            raise refused(
                path, f"`{told(name)}` is no plain file of a pack", "build it with `auditor rules pack`"
            )
        if info.header_offset != at:
            raise refused(path, "something stands between its files", "ask its publisher for another copy")
        at += _HEADER + len(name) + info.file_size
        table += _ENTRY + len(name)
    folders = {name[:place] for name in seen for place, sign in enumerate(name) if sign == "/"}
    for name in sorted(folders & seen):
        raise refused(path, f"`{told(name)}` is a file and a folder", "ask its publisher for another copy")
    if at + table + _END.size != length:
        raise refused(path, "something stands between its files", "ask its publisher for another copy")


def _allowed(name: str) -> bool:
    if name in (LISTING, SIGNATURE):
        return True
    return name.startswith(FILES) and portable(name.removeprefix(FILES))


def refused(path: Path, why: str, mend: str) -> InputRefused:
    """A single-file pack that is not taken."""
    return InputRefused("pack refused", where=told(path.name), why=why, mend=mend)


def changed(path: Path, why: str) -> InputRefused:
    """A pack that is not what was signed."""
    return InputRefused(
        "pack refused: it was changed after it was signed",
        where=told(path.name),
        why=why,
        mend="ask its publisher for another copy, and trust nothing in this one",
    )

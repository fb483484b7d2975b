"""The packs that a user has installed: side by side by id and version, with what they were signed with.

    <home>/<id>/<version>/pack/...        the pack's files
                          manifest.json   what was signed
                          signature.json  by whom
                          installed.json  the signer whom the user trusted when it was installed
    <home>/signers.json                   the signers whom the user accepted, and those no longer trusted

A version is complete from the moment it can be seen, and is never written over.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules.pack_archive import (
    LISTING,
    SIGNATURE,
    Archive,
    canonical,
    changed,
    check_files,
    check_signature,
)
from auditor.rules.pack_model import Signature, is_version, precedence
from auditor.rules.pack_signers import signers_known
from auditor.rules.pack_signing import fingerprint, is_fingerprint
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes

CONTENT, RECORD = "pack", "installed.json"


@dataclass(frozen=True)
class Installed:
    """One version of a pack; ``folder`` holds its files."""

    id: str
    version: str
    place: Path

    @property
    def is_release(self) -> bool:
        """Whether the version is no draft of one to come (1.0.0-rc.1)."""
        return "-" not in self.version.partition("+")[0]

    @property
    def folder(self) -> Path:
        """Where the pack's own files lie."""
        return self.place / CONTENT

    @property
    def recorded(self) -> str:
        """The fingerprint of the signer at the install, empty where it is not known."""
        try:
            found = json.loads(read_bytes(self.place / RECORD, MAX_BYTES))["signer"]
        except (InputRefused, ValueError, TypeError, KeyError, RecursionError):
            return ""
        return found if isinstance(found, str) and is_fingerprint(found) else ""

    @property
    def signer(self) -> str:
        """The signer at the install, else the one that the signature names; empty where neither can be read."""
        try:
            public = json.loads(read_bytes(self.place / SIGNATURE, MAX_BYTES))["public_key"]
            return self.recorded or fingerprint(bytes.fromhex(public))
        except (InputRefused, ValueError, TypeError, KeyError, RecursionError):
            return self.recorded

    def vouch(self, files: Mapping[str, bytes]) -> Signature:
        """Whether the files are those that were signed, and what the signer counts for.

        Raises InputRefused where they are not.
        """
        name = Path(f"{self.id}@{self.version}")
        listing = read_bytes(self.place / LISTING, MAX_BYTES * 5)
        signer = check_signature(name, listing, read_bytes(self.place / SIGNATURE, MAX_BYTES))
        facts, _ = check_files(name, listing, files)
        if (facts.id, facts.version) != (self.id, self.version):
            raise changed(name, f"it is {facts.name}")
        return signers_known(self.place.parent.parent).of_installed(signer, self.recorded)


def rules_home(environment: Mapping[str, str] | None = None) -> Path:
    """Where a user's packs lie: AUDITOR_RULES, else beside the library in the system's folder for application data."""
    values = dict(os.environ if environment is None else environment)
    named = values.get("AUDITOR_RULES")
    if named:
        return Path(named)
    from auditor.reference import default_library

    values.pop("AUDITOR_LIBRARY", None)
    return default_library(values).with_name("rules")


def installed(home: Path) -> list[Installed]:
    """Every installed version, by id and from the oldest to the newest; none where the folder is not there."""
    if not home.is_dir():
        return []
    found = [
        Installed(pack.name, version.name, version)
        for pack in home.iterdir()
        if pack.is_dir() and not pack.name.startswith(".")
        for version in pack.iterdir()
        if is_version(version.name) and (version / CONTENT).is_dir()
    ]
    return sorted(found, key=lambda item: (item.id, precedence(item.version), item.version))


def find_installed(home: Path, name: str) -> Installed | None:
    """The installed pack of that ``id@version``; of an ``id``, its newest release, else its newest draft. Or None."""
    wanted, _, version = name.partition("@")
    fitting = [
        item for item in installed(home) if item.id == wanted and (not version or item.version == version)
    ]
    releases = [item for item in fitting if item.is_release]
    return (releases or fitting)[-1] if fitting else None


def signers_before(home: Path, name: str) -> frozenset[str]:
    """The signers of the installed versions of a pack."""
    return frozenset(item.signer for item in installed(home) if item.id == name and item.signer)


def install(archive: Archive, home: Path) -> tuple[Installed, bool]:
    """Lay a verified pack beside the others; also returns whether it is new.

    The same pack again changes nothing. Raises InputRefused (exit 3) where that version is installed with other
    content, or the place cannot be written.
    """
    facts = archive.facts
    target = Installed(facts.id, facts.version, home / facts.id / facts.version)
    if target.place.exists():
        _same_or_refuse(target, archive)
        return target, False
    try:
        target.place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".incoming-", dir=target.place.parent))
    except OSError as error:
        raise _unwritable(error) from error
    try:
        unpack(archive.files, beside / CONTENT)
        (beside / LISTING).write_bytes(archive.listing)
        (beside / SIGNATURE).write_bytes(archive.signature)
        (beside / RECORD).write_bytes(canonical({"signer": archive.signer}))
        beside.chmod(0o755)
        beside.rename(target.place)
    except OSError as error:
        if target.place.exists():  # another process was faster
            _same_or_refuse(target, archive)
            return target, False
        raise _unwritable(error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target, True


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a checked archive, none of which leads out of ``folder``, which must be new."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _same_or_refuse(target: Installed, archive: Archive) -> None:
    try:
        there = json.loads(read_bytes(target.place / LISTING, MAX_BYTES * 5))
        same = isinstance(there, dict) and there.get("hash") == archive.hash
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise InputRefused(
            f"{target.id} {target.version} is installed already, with other content",
            why="one version is one content, or a run could not say what it was made with",
            mend="ask its publisher for a new version",
        )


def _unwritable(error: OSError) -> InputRefused:
    return InputRefused(
        "the pack cannot be installed",
        why=error.strerror or "the system refused",
        mend="name a folder that you may write to with --into",
    )

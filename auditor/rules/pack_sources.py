"""What ``--rulesets`` may name: a folder, a single-file pack, or an installed pack by ``id`` or ``id@version``."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.base.resources import resource_dir
from auditor.rules.pack_archive import SUFFIX, read_archive
from auditor.rules.pack_files import find_packs
from auditor.rules.pack_model import PackFacts, PackInfo, Signature
from auditor.rules.pack_reading import UNNAMED_VERSION, Reading, read_pack
from auditor.rules.pack_store import (
    Installed,
    accepted_signers,
    find_installed,
    installed,
    rules_home,
    unpack,
)
from auditor.rules.yaml_strict import told

_NAME = re.compile(r"[a-z][a-z0-9_-]*(?:@[0-9A-Za-z.+-]+)?\Z")


def read_source(given: Path, scratch: Path) -> list[Reading]:
    """The packs that one ``--rulesets`` names; single files are unpacked into ``scratch``, where they may stay.

    A pack that is broken is among them with its error. Raises InputRefused (exit 3) for a name that nothing has.
    """
    if given.is_dir():
        bundled = given == resource_dir("rulesets")
        return [read_pack(pack, "bundled" if bundled else "folder") for pack in find_packs(given)]
    if given.is_file():
        return [_from_file(given, scratch)]
    name = str(given)
    if _NAME.match(name):
        found = find_installed(rules_home(), name)
        if found is not None:
            return [read_installed(found)]
    known = sorted({item.id for item in installed(rules_home())})
    raise InputRefused(
        what="rule folder refused",
        where=told(given.name),
        why="it is not a folder, not a file, and no pack of that name is installed"
        + (f" (installed: {', '.join(known)})" if known else ""),
        mend=f"name a folder, a {SUFFIX} file, or an installed pack as id or id@version; see `auditor rules packs`",
    )


def read_installed(entry: Installed) -> Reading:
    """An installed pack, held against its signature."""
    packs = find_packs(entry.folder)
    if len(packs) != 1:
        error = InputRefused(
            "pack refused",
            where=f"{entry.id}@{entry.version}",
            why="its folder was changed since it was installed",
            mend="remove that version's folder and install the pack again",
        )
        return _lost(entry.id, entry.version, "installed", error)
    return read_pack(packs[0], "installed", entry.vouch)


def _from_file(path: Path, scratch: Path) -> Reading:
    try:
        archive = read_archive(path)
    except InputRefused as error:
        return _lost(told(path.stem), UNNAMED_VERSION, "file", error)
    folder = Path(tempfile.mkdtemp(prefix="pack-", dir=scratch)) / archive.facts.id
    unpack(archive.files, folder)
    signers = accepted_signers(rules_home())
    (pack, *_) = find_packs(folder)
    known = archive.signer in signers
    signature = Signature("verified" if known else "unknown signer", archive.signer)
    return read_pack(pack, "file", lambda _: signature)


def _lost(name: str, version: str, source: str, error: InputRefused) -> Reading:
    """A pack of which nothing is read: nothing in it can be believed."""
    info = PackInfo(
        PackFacts(id=name, title=name, version=version),
        hash="",
        source="installed" if source == "installed" else "file",
        signature=Signature("broken"),
        unnamed=1,
    )
    return Reading(info, (), (), {}, {}).broken(error)

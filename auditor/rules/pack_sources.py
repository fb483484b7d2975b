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
from auditor.rules.pack_signers import signers_known
from auditor.rules.pack_store import (
    Installed,
    find_installed,
    installed,
    rules_home,
    signers_before,
    unpack,
)
from auditor.rules.yaml_strict import told

_NAME = re.compile(r"[a-z][a-z0-9_-]*(?:@[0-9A-Za-z.+-]+)?\Z")


def read_source(given: Path, scratch: Path) -> list[Reading]:
    """The packs that one ``--rulesets`` names; single files are unpacked into ``scratch``, where they may stay.

    A pack that is broken is among them with its error. Raises InputRefused (exit 3) for a name that nothing has, one
    that is a folder's and an installed pack's, a folder without any rule, and a file that is no pack but a rule.
    """
    name = str(given)
    entry = find_installed(rules_home(), name) if _NAME.match(name) else None
    if given.is_dir() and (entry is None or "@" not in name):
        if entry is not None:
            raise _two_things(name, entry)
        return _from_folder(given)
    if given.is_file():
        if given.suffix in {".yaml", ".yml"}:
            raise InputRefused(
                "rule folder refused",
                where=told(given.name),
                why="it is a file, and rules are read by packs, which are folders",
                mend=f"name its folder: `--rulesets {told(str(given.parent))}`",
            )
        return [_from_file(given, scratch)]
    if entry is not None:
        return [read_installed(entry)]
    known = sorted({item.id for item in installed(rules_home())})
    raise InputRefused(
        what="rule folder refused",
        where=told(given.name),
        why="it is not a folder, not a file, and no pack of that name is installed"
        + (f" (installed: {', '.join(known)})" if known else ""),
        mend=f"name a folder, a {SUFFIX} file, or an installed pack as id or id@version; see `auditor rules packs`",
    )


def _from_folder(given: Path) -> list[Reading]:
    """The packs of a folder. Raises InputRefused where there is nothing in them, for what is missed would not be."""
    bundled = given == resource_dir("rulesets")
    found = [read_pack(pack, "bundled" if bundled else "folder") for pack in find_packs(given)]
    if not any(item.error or item.rules or item.overrides or item.tables for item in found):
        raise InputRefused(
            "rule folder refused",
            where=told(given.name or str(given)),
            why="there is no rule in it",
            mend="name the folder that holds the rule files (.yaml), or leave it out",
        )
    return found


def _two_things(name: str, entry: Installed) -> InputRefused:
    """The refusal of a name that a folder here and an installed pack have: which one is meant decides what is run."""
    return InputRefused(
        f"`{told(name)}` is a folder here and an installed pack",
        where="--rulesets",
        why="the folder would stand in for the signed pack without a word",
        mend=f"write ./{told(name)} for the folder, or {told(name)}@{entry.version} for the installed pack",
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
    (pack, *_) = find_packs(folder)
    home, name = rules_home(), archive.facts.id
    signature = signers_known(home).of_file(archive.signer, name, signers_before(home, name))
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

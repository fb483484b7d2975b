"""Builds a single-file pack that another site can verify and install, and the keys to sign it with."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError
from auditor.base.output import replacing
from auditor.rules.pack_archive import (
    FILES,
    LISTING,
    MAX_ARCHIVE,
    MOMENT,
    PERMISSIONS,
    SIGNATURE,
    SUFFIX,
    UNIX,
    canonical,
    listing_of,
)
from auditor.rules.pack_files import MANIFEST, PackFolder, contents, find_packs, portable
from auditor.rules.pack_manifest import facts_of
from auditor.rules.pack_model import PackInfo
from auditor.rules.pack_reading import Reading, read_pack
from auditor.rules.pack_signing import SigningKey, fingerprint, new_key, read_signing_key
from auditor.rules.yaml_strict import told
from auditor.workbench.lint.unwritten import refuse_unwritten


@dataclass(frozen=True)
class Packed:
    """A pack that was built: its facts, the signer's fingerprint, and the files of the folder that are not in it."""

    info: PackInfo
    signer: str
    files: int
    left_out: tuple[str, ...]


def build_pack(folder: Path, out: Path, key_file: Path) -> Packed:
    """Write the pack in ``folder`` to the file ``out``, signed with the key of ``key_file``.

    The same folder and key give the same bytes. Raises InputRefused (exit 3) for a folder that is no pack, a pack that
    could not be used (its first error), texts of `rules new` that nobody has replaced, and a name that would not unpack
    alike everywhere; UsageError (exit 2).
    """
    pack, found, key = check_pack(folder, out, key_file)
    files = dict(contents(pack))
    for name in (MANIFEST, *pack.rule_files):
        refuse_unwritten(Path(name), files[name])
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    listing = listing_of(facts_of(Path(MANIFEST), files[MANIFEST]), files, digests)
    signature = canonical(
        {"algorithm": "Ed25519", "public_key": key.public.hex(), "signature": key.sign(listing).hex()}
    )
    if sum(map(len, files.values())) > MAX_ARCHIVE * 9 // 10:
        raise InputRefused(
            "the pack is too large for one file",
            why=f"a file holds {MAX_ARCHIVE:,} bytes",
            mend="make two packs",
        )
    with replacing(out) as beside:
        write_archive(
            beside, {LISTING: listing, SIGNATURE: signature} | {FILES + n: files[n] for n in sorted(files)}
        )
    return Packed(found.info, fingerprint(key.public), len(files), pack.others)


def check_pack(folder: Path, out: Path, key_file: Path) -> tuple[PackFolder, Reading, SigningKey]:
    """The pack of ``folder``, what was read of it, and the key. Raises as :func:`build_pack` does, which asks it."""
    if out.suffix != SUFFIX:
        raise UsageError(
            f"{out.name} does not end in {SUFFIX}",
            where="--out",
            why="that is what a pack in one file is known by",
            mend=f"write `--out {out.stem}{SUFFIX}`",
        )
    key = read_signing_key(key_file)
    pack = _pack_in(folder)
    found = read_pack(pack, "folder")
    if found.error is not None:
        raise found.error
    for name in pack.files:
        if not portable(name):
            raise InputRefused(
                f"`{told(name)}` cannot be in a pack that others install",
                why="its name is not one that every system can have",
                mend="use letters, digits, -, _ and . only",
            )
    return pack, found, key


def _pack_in(folder: Path) -> PackFolder:
    if not folder.is_dir():
        raise InputRefused(
            "no pack to build", where=told(folder.name), why="it is not a folder", mend="name a pack's folder"
        )
    packs = find_packs(folder)
    here = [pack for pack in packs if pack.root == folder]
    if not here or not (here[0].named or here[0].fault):
        raise InputRefused(
            "no pack to build",
            where=told(folder.name),
            why=f"the folder has no {MANIFEST}",
            mend="write one with id, title, version and publisher (rulesets/README.md)",
        )
    if len(packs) > 1:
        raise InputRefused(
            "the folder holds several packs",
            where=told(folder.name),
            why=f"{told(packs[1].root.name)} has a {MANIFEST} of its own",
            mend="build each of them by itself",
        )
    return here[0]


def write_archive(path: Path, members: dict[str, bytes]) -> None:
    """Write members, stored, in the order given, with nothing in the file that depends on when or where."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, MOMENT)
            info.external_attr, info.create_system = PERMISSIONS, UNIX
            archive.writestr(info, content)


def write_keys(out: Path) -> str:
    """Make a key pair: the private key in ``out``, for its owner's eyes only, the public one in ``out`` + ``.pub``.

    Returns the fingerprint. Raises UsageError (exit 2) where one of the two files is there already: a key is never
    written over. Raises InputRefused (exit 3) where the folder cannot be written.
    """
    public_file = out.with_name(out.name + ".pub")
    for path in (out, public_file):
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{path.name} is there already",
                where="--out",
                why="what was signed with a key that is lost could never be signed again as the same publisher",
                mend="name another file",
            )
    private, public, raw = new_key()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _write_new(out, private, 0o600)
        _write_new(public_file, public, 0o644)
    except OSError as error:
        raise InputRefused(
            f"{out.name} cannot be written",
            where="--out",
            why=error.strerror or "the system refused",
            mend="name a file in a folder that you may write to",
        ) from error
    return fingerprint(raw)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


__all__ = ["Packed", "build_pack", "check_pack", "write_archive", "write_keys"]

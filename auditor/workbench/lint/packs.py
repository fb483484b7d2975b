"""R008, and R010 of packs: those that the files of a lint lie in, with their own tables; what is wrong is told once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules.pack_files import MANIFEST, find_packs, pack_folder
from auditor.rules.pack_manifest import facts_of
from auditor.rules.pack_tables import FOLDER, TableSpec, known_tables, load_pack_tables
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes
from auditor.workbench.lint.messages import Check, Found, Message, Spot
from auditor.workbench.lint.source import read_source
from auditor.workbench.lint.subject import Around
from auditor.workbench.lint.unwritten import UNWRITTEN, told_of, unwritten_in

PACK = Check(
    "R008",
    "pack-refused",
    "error",
    "a pack with something wrong in it is left out of an audit, with all of its rules",
    "mend what is named",
    lambda _: (),
)
"""Told of a pack once, not of each of its files."""


class Packs:
    """The packs that files lie in: their own tables, and what is wrong with the pack itself."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._tables: dict[Path, Mapping[str, Mapping[str, str]]] = {}
        self._told: list[Message] = []

    def tables(self, file: Path) -> Mapping[str, Mapping[str, str]]:
        """The fields of every table that a file may name, those of its pack among them."""
        root = pack_folder(file)
        if root not in self._tables:
            self._tables[root] = known_tables(self._read(root))
        return self._tables[root]

    def told(self) -> list[Message]:
        """What is wrong with the packs met so far."""
        return list(self._told)

    def _read(self, root: Path) -> Mapping[str, TableSpec]:
        edition, manifest = "", root / MANIFEST
        fault = next((pack.fault for pack in find_packs(root) if pack.root == root), None)
        if fault is not None:
            self._told.append(_of_folder(root, fault))
        try:
            if manifest.is_file():
                edition = facts_of(manifest, read_bytes(manifest, MAX_BYTES)).name
        except InputRefused as error:
            self._told.append(_of_pack(root, MANIFEST, error))
        self._told += _left(manifest)
        try:
            found = load_pack_tables(root, edition)
        except InputRefused as error:
            self._told.append(_of_pack(root, f"{FOLDER}/", error))
            return {}
        self._around.tables.update(found)
        return found


def _left(manifest: Path) -> Iterator[Message]:
    """The texts of a new pack that nobody has replaced."""
    source = read_source(manifest) if manifest.is_file() else None
    for keys, text in unwritten_in(source.data) if source is not None and source.data is not None else ():
        assert source is not None
        check, spot = UNWRITTEN, source.spot(Found(keys, "", value=True))
        yield Message(
            manifest, spot, check.id, check.name, check.severity, told_of(keys, text), check.why,
            check.recommendation, source.line(spot.line),
        )  # fmt: skip


def _of_folder(root: Path, fault: InputRefused) -> Message:
    """What is wrong with a name in a pack's folder, told of that name; nothing is read there, for it may be a link."""
    named = fault.where if fault.where not in {root.name, root.as_posix()} else MANIFEST
    return Message(
        root / named, Spot(1), PACK.id, PACK.name, PACK.severity, fault.what, fault.why, fault.mend
    )


def _of_pack(root: Path, name: str, error: InputRefused) -> Message:
    """A refusal of a pack as a message about its file; the place is the one that the refusal names."""
    named, _, line = error.where.partition(", line ")
    file = root / FOLDER / named if name != MANIFEST and named else root / name
    number = int(line) if line.isdecimal() else 1
    shown = file if file.is_file() and file.suffix == ".yaml" else None
    source = read_source(shown).line(number) if shown is not None else ""
    spot = Spot(number, 1, max(1, len(source.rstrip())))
    return Message(file, spot, PACK.id, PACK.name, PACK.severity, error.what, error.why, error.mend, source)

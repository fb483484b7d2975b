"""The files of a pack: found without following a link, bounded in number and size, and hashed.

A file of a pack is one that ends in ``.yaml`` or ``.md``, a ``.csv`` under ``tables/``, or a ``LICENSE``. Names that
begin with a dot are nobody's; whatever else lies in the folder is no part of the pack, is never opened, and is told. A
folder that holds a ``pack.yaml`` of its own is a pack of its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes, told

MANIFEST = "pack.yaml"
TABLES = "tables/"
SUFFIXES = (".yaml", ".csv", ".md")
PLAIN_NAMES = frozenset({"LICENSE"})
MAX_ENTRIES = 20_000
"""Names looked at in one pack, of whatever kind."""
MAX_FILES = 5_000
MAX_PACKS = 500
MAX_FOLDERS_DEEP = 12
MAX_FILE_BYTES = 50_000_000
MAX_PACK_BYTES = 200_000_000
_PORTABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}\Z")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class PackFolder:
    """A pack where it lies: ``files`` by name from ``root`` with ``/``, in order; ``fault`` is what is wrong with them.

    ``others`` are files that are no part of it. ``named`` tells whether it has a ``pack.yaml``.
    """

    root: Path
    files: tuple[str, ...]
    others: tuple[str, ...]
    named: bool
    fault: InputRefused | None = None

    @property
    def rule_files(self) -> tuple[str, ...]:
        """The files that hold a rule or an override."""
        return tuple(
            name
            for name in self.files
            if name.endswith(".yaml") and name != MANIFEST and not name.startswith(TABLES)
        )


def pack_folder(file: Path) -> Path:
    """The folder of the pack that a file lies in: the nearest with a ``pack.yaml``, else the file's own."""
    own = above = file.absolute().parent
    while not (above / MANIFEST).is_file():
        if above == above.parent:
            return own
        above = above.parent
    return above


def find_packs(folder: Path) -> list[PackFolder]:
    """The packs in a folder: itself, unless it has neither ``pack.yaml`` nor a rule file outside those below it.

    In the order of their paths. A fault is that of the pack that it stands in. Nothing is raised.
    """
    waiting: list[Path] = [folder]
    found: list[PackFolder] = []
    while waiting:
        root = waiting.pop(0)
        pack, below = _walk(root)
        if len(found) + len(waiting) + len(below) > MAX_PACKS:
            fault = _fault(
                root, f"it holds more than {MAX_PACKS} packs", "name the folder of the packs you mean"
            )
            found.append(PackFolder(root, pack.files, pack.others, pack.named, fault))
            break
        waiting += below
        if pack.named or pack.rule_files or pack.fault is not None:
            found.append(pack)
    return sorted(found, key=lambda pack: pack.root.as_posix())


def _walk(root: Path) -> tuple[PackFolder, list[Path]]:
    """One pack, and the folders below it that are packs of their own."""
    files: list[str] = []
    others: list[str] = []
    below: list[Path] = []
    seen: dict[str, str] = {}
    entries, named = 0, False
    faults: list[InputRefused] = []
    folders = [("", root)]
    while folders and entries <= MAX_ENTRIES:
        prefix, folder = folders.pop()
        try:
            here = []
            with os.scandir(folder) as listing:
                for entry in listing:
                    entries += 1
                    if entries > MAX_ENTRIES:
                        break
                    if not entry.name.startswith("."):
                        here.append(entry)
        except OSError as error:
            faults.append(_fault(folder, error.strerror or "it cannot be read", "make it readable"))
            continue
        here.sort(key=lambda entry: entry.name)
        if prefix and any(entry.name == MANIFEST for entry in here):
            below.append(folder)
            continue
        named = named or any(entry.name == MANIFEST for entry in here)
        for entry in here:
            name = prefix + entry.name
            fault = _refused(entry, name, seen)
            if fault is not None:
                faults.append(fault)
            elif entry.is_dir(follow_symlinks=False):
                if name.count("/") >= MAX_FOLDERS_DEEP:
                    faults.append(_fault(Path(name), "its folders lie too deep", "lay them flatter"))
                else:
                    folders.append((f"{name}/", Path(entry.path)))
            else:
                (files if is_part(name) else others).append(name)
    if entries > MAX_ENTRIES or len(files) > MAX_FILES:
        most = f"{MAX_ENTRIES:,} entries" if entries > MAX_ENTRIES else f"{MAX_FILES:,} files"
        faults.insert(0, _fault(root, f"it holds more than {most}", "name the folder of the pack itself"))
        del files[MAX_FILES:]
    fault = faults[0] if faults else None
    return PackFolder(root, tuple(sorted(files)), tuple(sorted(others)), named, fault), sorted(below)


def is_part(name: str) -> bool:
    """Whether a file of this name, from the pack's root, is part of a pack."""
    last = name.rpartition("/")[2]
    if last.endswith(".csv"):
        return name.startswith(TABLES)
    return last in PLAIN_NAMES or (last.endswith(SUFFIXES) and not last.startswith("."))


def _refused(entry: os.DirEntry[str], name: str, seen: dict[str, str]) -> InputRefused | None:
    """What is wrong with a name in a pack's folder, whatever the content."""
    shown = Path(name)
    if not entry.name.isprintable():
        return _fault(shown, "its name has characters in it that cannot be printed", "rename it")
    if entry.is_symlink():
        return _fault(
            shown, "it is a link, and a pack holds plain files only", "put the file itself in its place"
        )
    if entry.is_dir(follow_symlinks=False):
        return None
    if not entry.is_file(follow_symlinks=False):
        return _fault(shown, "it is no plain file", "remove it from the pack")
    ending = Path(entry.name).suffix
    if ending not in SUFFIXES and ending.lower() in {".yaml", ".yml"}:
        return _fault(shown, "nobody would read it: rule files end in .yaml", "rename it")
    if is_part(name):
        key = folded(name)
        if key in seen:
            return _fault(
                shown, f"it is called as {told(seen[key])} on some systems", "give one of them another name"
            )
        seen[key] = name
    return None


def folded(name: str) -> str:
    """The name as a system that tells neither cases nor forms of a letter apart knows it."""
    return unicodedata.normalize("NFC", name).casefold()


def portable(name: str) -> bool:
    """Whether a file may be called so in a single-file pack, which must unpack alike on every system."""
    parts = name.split("/")
    return (
        is_part(name)
        and len(name) <= 200
        and len(parts) <= MAX_FOLDERS_DEEP
        and all(
            _PORTABLE.match(part) and not part.endswith(".") and not _DEVICES.match(part) for part in parts
        )
    )


def contents(pack: PackFolder) -> Iterator[tuple[str, bytes]]:
    """Every file of the pack with its bytes, one at a time. Raises InputRefused for what is too large or unreadable."""
    total = 0
    for name in pack.files:
        most = MAX_BYTES if name.endswith(".yaml") else MAX_FILE_BYTES
        content = read_bytes(pack.root / name, most)
        total += len(content)
        if total > MAX_PACK_BYTES:
            raise _fault(pack.root, f"it is larger than {MAX_PACK_BYTES:,} bytes", "make two packs of it")
        yield name, content


def pack_hash(digests: Mapping[str, str]) -> str:
    """SHA-256 over ``name, a zero byte, SHA-256 of its bytes, a line feed`` of every file in the order of the names.

    The same whatever order the files are found in; another when a file is added, removed, renamed or changed.
    """
    told_of = "".join(f"{name}\0{digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(told_of.encode()).hexdigest()


def _fault(path: Path, why: str, mend: str) -> InputRefused:
    return InputRefused("pack refused", where=told(path.as_posix() if not path.is_absolute() else path.name),
                        why=why, mend=mend)  # fmt: skip

"""Which rule files an author means: files, folders, or the ids and families of rules."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.model import FAMILIES
from auditor.rules.pack_files import MANIFEST, pack_folder
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes
from auditor.workbench.lint.running import rule_files

_TOP = re.compile(r"^(id|family): *[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_BLOCK = re.compile(r"^variants:(.*?)(?=^[a-z_]+:|\Z)", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"(?:^ *|\{ *|- *|, *)id: *[\"']?([A-Z][A-Z0-9-]+)", re.MULTILINE)


@dataclass(frozen=True)
class Meant:
    """The files meant, and those of them that were named one by one (by path or by id)."""

    files: tuple[Path, ...]
    named: tuple[Path, ...]


def files_meant(given: Sequence[str], folders: Sequence[Path]) -> Meant:
    """The rule files that `given` names; all of those under `folders` where it names nothing.

    Raises UsageError (exit 2) for a name that is no file, folder, id of a rule or variant, or family.
    """
    if not given:
        return Meant(tuple(rule_files(folders)), ())
    files: dict[Path, None] = {}
    named: dict[Path, None] = {}
    known: dict[str, list[Path]] = {}
    for name in given:
        path = Path(name)
        if path.is_dir():
            files |= dict.fromkeys(rule_files([path]))
            continue
        if is_path(name):
            if not path.exists():
                raise UsageError(
                    f"there is no file {path.name}", where=name, mend="name a file, a folder or a rule"
                )
            if path.name == MANIFEST and len(given) > 1:
                continue
            if path.name == MANIFEST:
                raise UsageError(
                    f"{MANIFEST} is no rule file",
                    where=name,
                    mend="name the folder, or see `auditor rules packs`",
                )
            files[path] = named[path] = None
            continue
        known = known or _by_name(rule_files(folders))
        if name not in known:
            near = difflib.get_close_matches(name, [*known, *FAMILIES], 1)
            raise UsageError(
                f"no file, folder, rule or family is called {name}",
                mend=f"did you mean {near[0]}?" if near else "see `auditor rules list`",
            )
        for found in known[name]:
            files[found] = None
            if name not in FAMILIES:
                named[found] = None
    return Meant(tuple(files), tuple(named))


def packs_around(files: Sequence[Path], folders: Sequence[Path]) -> list[Path]:
    """``folders``, and after them the pack of each file that lies in none of them."""
    found = list(folders)
    for file in files:
        if not any(file.resolve().is_relative_to(folder.resolve()) for folder in found):
            found.append(pack_folder(file))
    return found


def is_path(name: str) -> bool:
    """Whether a name means a file or folder, which may not exist, and not a rule or a family."""
    path = Path(name)
    return path.exists() or path.suffix in {".yaml", ".yml"} or len(path.parts) > 1


def _by_name(files: Sequence[Path]) -> dict[str, list[Path]]:
    """The files by every id and family in them, read as text so that one that does not load is found too."""
    found: dict[str, list[Path]] = {}
    for path in files:
        for name in ids_in(path):
            found.setdefault(name, []).append(path)
    return found


def ids_in(path: Path) -> list[str]:
    """The id of a file, those of its variants, its family and what its name begins with; read as text."""
    try:
        text = read_bytes(path, MAX_BYTES).decode("utf-8", errors="replace")
    except InputRefused:
        text = ""
    top = dict(_TOP.findall(text))
    variants = _BLOCK.search(text)
    inside = _ID.findall(variants[1]) if variants else []
    return list(dict.fromkeys([*top.values(), path.name.partition("_")[0], *inside]))

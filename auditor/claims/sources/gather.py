"""From what the user names to the files meant: a file, a folder with all in it, a pattern, an object in a store."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.claims.sources import remote
from auditor.claims.sources.intake import is_left_behind

_PATTERN = set("*?[")


@dataclass(frozen=True)
class Found:
    """A file to be read. `chosen` is false for one of several that a folder or a pattern named: it may be no claims."""

    path: Path
    chosen: bool = True


def gather(paths: Sequence[Path | str], workspace: Path) -> list[Found]:
    """The files that `paths` mean, in the order given, those of a folder or pattern by name.

    Hidden files and folders are left out, and what a system lays beside files (Thumbs.db, desktop.ini, ~$book.xlsx).
    Objects in a store are fetched to `workspace`. Raises InputRefused when a folder or a pattern has no file.
    """
    found: list[Found] = []
    for given in paths:
        text = os.fspath(given)
        path = Path(text)
        if remote.is_remote(text):
            found.append(Found(remote.fetch(text, workspace)))
        elif path.is_dir():
            found.extend(_some(list(_inside(path)), "the folder holds no file", path.name))
        elif _PATTERN & set(text) and not path.exists():
            matched = (Path(name) for name in sorted(glob.glob(text, recursive=True)))  # noqa: PTH207 - also absolute ones
            meant = (one for one in matched if not is_left_behind(one.name))
            files = [file for one in meant for file in (_inside(one) if one.is_dir() else [one])]
            found.extend(_some(list(dict.fromkeys(files)), "no file is of this pattern", path.name))
        else:
            found.append(Found(path))
    return found


def _inside(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """The files of a folder and of those in it, by name, but for hidden ones and what Windows and Office leave.

    A link that leads back to a folder `above` is not followed. Raises InputRefused for a folder that cannot be read.
    """
    here = folder.resolve()
    if here in above:
        return
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise InputRefused(f"the folder cannot be read ({error.strerror})", where=folder.name) from None
    for path in paths:
        if is_left_behind(path.name):
            continue
        if path.is_dir():
            yield from _inside(path, above | {here})
        else:
            yield path


def _some(paths: list[Path], nothing: str, where: str) -> list[Found]:
    if not paths:
        raise InputRefused(nothing, where=where, mend="Name the claims files, or the folder that holds them.")
    return [Found(path, chosen=len(paths) == 1) for path in paths]

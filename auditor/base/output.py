"""An output folder that is written beside its place and renamed into it, so that a run that dies leaves what was."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError

KNOWN_FILES = frozenset(
    {
        "audit.html",
        "audit.xlsx",
        "audit.md",
        "audit.json",
        "findings.parquet",
        "claim_lines.parquet",
        "providers.parquet",
        "set_aside.parquet",
        "superseded.parquet",
        "data_quality.parquet",
        "diagnostics.parquet",
        "unmatched.parquet",
        "run.json",
    }
)


def _replaceable(target: Path) -> bool:
    names = {path.name for path in target.iterdir()} if target.is_dir() else {""}
    return not names or ("run.json" in names and not names - KNOWN_FILES)


def _umask() -> int:
    """The permissions that the user's system withholds from new files; reading it means setting it for a moment."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Give a new folder beside ``target`` to write into, and rename it to ``target`` when the block ends well.

    A folder that already stands there is replaced only when it is empty or holds an earlier audit and nothing else.
    Raises UsageError (exit 2) otherwise, InputRefused (exit 3) when the place cannot be written.
    """
    # A link is written through: it is the user's, and what it points to is where the result is meant to be.
    target = target.resolve() if target.is_symlink() else target.absolute()
    if target.exists() and not _replaceable(target):
        raise UsageError(
            f"the output folder {target.name} holds other files",
            where="--out",
            why="it would be replaced as a whole",
            mend="name a new folder, or an earlier audit's",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise InputRefused(
            f"the output folder {target.name} cannot be made",
            where="--out",
            why=error.strerror or "the system refused",
            mend="name a folder that you may write to",
        ) from error
    try:
        yield beside
        beside.chmod(0o777 & ~_umask())
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            target.replace(old / "was")
            beside.replace(target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def replacing(target: Path, mend: str = "name a file in a folder that you may write to") -> Iterator[Path]:
    """Give a new file name beside ``target`` to write, and rename it to ``target`` when the block ends well.

    Raises InputRefused (exit 3) when the folder cannot be written, which ``mend`` tells how to mend, or something
    other than a file stands there.
    """
    if target.exists() and not target.is_file():
        raise InputRefused(f"{target.name} is not a file", mend="name a file to write, or one to replace")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise InputRefused(
            f"{target.name} cannot be written",
            why=error.strerror or "the system refused",
            mend=mend,
        ) from error
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o666 & ~_umask())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)

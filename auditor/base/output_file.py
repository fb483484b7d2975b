"""One file that is written beside its place and renamed into it, so that what fails leaves what was."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError
from auditor.base.output import KNOWN_FILES


@contextmanager
def output_file(target: Path) -> Iterator[Path]:
    """Give a new file in ``target``'s folder to write to, and rename it to ``target`` when the block ends well.

    Missing folders are made. Raises UsageError (exit 2) when ``target`` is a folder or a file of an audit's own result,
    InputRefused (exit 3) when the place cannot be written.
    """
    target = target.resolve() if target.is_symlink() else target.absolute()
    own = target.name in KNOWN_FILES and (target.parent / "run.json").is_file()
    if target.is_dir() or own:
        raise UsageError(
            f"{target.name} cannot be written to",
            where="--out",
            why="it is part of the result of an audit" if own else "it is a folder",
            mend="name another file",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
        beside.touch(exist_ok=False)
    except OSError as error:
        raise InputRefused(
            f"{target.name} cannot be written ({error.strerror})",
            where="--out",
            mend="name a place where files may be made",
        ) from None
    try:
        yield beside
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)

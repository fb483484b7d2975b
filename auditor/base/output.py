"""An output folder that is written beside its place and renamed into it, so that a run that dies leaves what was."""

from __future__ import annotations

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
        "findings.parquet",
        "set_aside.parquet",
        "superseded.parquet",
        "run.json",
        "truth.parquet",
        "claims.csv",
    }
)


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Give a new folder beside ``target`` to write into, and rename it to ``target`` when the block ends well.

    A folder that already stands there is replaced only when it holds nothing but an earlier result. Raises UsageError
    (exit 2) otherwise, InputRefused (exit 3) when the place cannot be written.
    """
    target = target.absolute()
    if target.exists() and (not target.is_dir() or {p.name for p in target.iterdir()} - KNOWN_FILES):
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
        beside.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            target.replace(old / "was")
            beside.replace(target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)

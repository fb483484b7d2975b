"""A folder for what does not fit in memory, gone when the run ends, and those of runs that could not end well.

Claims spill to disk. A run that is killed outright leaves its folder behind; the next run removes it. That it is left
behind is known by a lock, which the system gives up with the process that holds it, whatever became of that process.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# On Windows nothing is locked, and nothing of another run is removed.
if sys.platform != "win32":
    import fcntl

PREFIX: Final = "auditor-"
MARK: Final = ".auditor-scratch"
"""Stands in every such folder, so that no folder of the user's that has a like name is ever taken for one."""
_YOUNG: Final = 60.0
"""Seconds in which a new folder may not have its lock yet."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder of this run's own, after removing those of the user's dead runs."""
    _remove_dead()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        lock = _locked(Path(name))
        (Path(name) / MARK).touch()
        try:
            yield Path(name)
        finally:
            if lock is not None:
                os.close(lock)


def _locked(folder: Path) -> int | None:
    """The lock of `folder`, or None when another process has it or there are no locks."""
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove_dead() -> None:
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}????????"):
        try:
            status = folder.lstat()
        except OSError:
            continue
        ours = not folder.is_symlink() and status.st_uid == os.getuid() and (folder / MARK).is_file()
        if not ours or time.time() - status.st_mtime < _YOUNG:
            continue
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

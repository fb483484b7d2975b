"""A workbook under a password: the whole file encrypted as Office does it (ECMA-376 agile: AES-256, SHA-512).

A password on sheets keeps nobody from reading; this does. The key is made anew each time, so a sealed workbook has
other bytes in every run, though the workbook inside is the same.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from auditor.base.errors import UsageError

LONGEST: Final = 255
"""Characters that Office takes for a password."""


def read_password(path: Path) -> str:
    """The password in the first line of a file, which is all that the file may hold.

    Raises UsageError when the file cannot be read, holds no password or more than one line, or the part of the program
    that encrypts is not installed.
    """
    where = f"--password-file {path.name}"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(
            "the password file cannot be read",
            where=where,
            mend="name a text file whose only line is the password",
        ) from error
    if len(lines) != 1 or not 0 < len(lines[0]) <= LONGEST:
        raise UsageError(
            "the password file does not hold one password",
            where=where,
            why=f"it must be one line of 1 to {LONGEST} characters",
            mend="write the password into the file as its only line",
        )
    if importlib.util.find_spec("msoffcrypto") is None:
        raise UsageError(
            "workbooks cannot be encrypted here",
            where=where,
            why="the package msoffcrypto-tool is not installed",
            mend="install it with `pip install 'auditor[password]'`, or leave --password-file out",
        )
    return lines[0]


def seal(plain: Path, sealed: Path, password: str) -> None:
    """Write the workbook `plain` encrypted to `sealed`. Raises OSError when that cannot be written."""
    from msoffcrypto.format.ooxml import OOXMLFile

    with plain.open("rb") as read, sealed.open("wb") as write:
        OOXMLFile(read).encrypt(password, write)


def seal_in_place(book: Path, password: str) -> None:
    """Put the encrypted workbook in the place of the plain one. Raises OSError when that cannot be written."""
    beside = book.with_name(f".{book.name}")
    try:
        seal(book, beside, password)
        beside.replace(book)
    finally:
        beside.unlink(missing_ok=True)

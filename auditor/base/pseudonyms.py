"""Pseudonyms by a keyed hash (HMAC-SHA-256), and the file that their key is kept in.

A hash of a claim number without a key is the number to whoever can try numbers. With a key the same number has the
same pseudonym in every run of that key, and nobody without the key can tell which number it stands for. The key is
never written into an output folder; 45 CFR 164.514(c) forbids to disclose how codes are turned back.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from auditor.base.errors import InputRefused, InternalCheckFailed, UsageError

KEY_BYTES: Final = 32
_LEAST_CHARACTERS: Final = 32
_LETTER: Final = {"claim": "C", "patient": "P", "provider": "N", "number": "X", "file": "F"}
_SIZE: Final = 10
"""Bytes of a pseudonym: of ten million numbers two share one with a chance of 1 in 10^10; that is checked as well."""


class Pseudonyms:
    """What stands for what, under one key. The same value of one kind always has the same pseudonym."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        """Never the key."""
        return "Pseudonyms(key withheld)"

    def of(self, kind: str, value: str) -> str:
        """The pseudonym of a claim, patient, provider or other number: a letter and 16 letters and digits."""
        told = base64.b32encode(self._digest(kind, value)[:_SIZE]).decode("ascii")
        return f"{_LETTER.get(kind, 'X')}-{told}"

    def hexadecimal(self, kind: str, value: str, digits: int = 16) -> str:
        """A hash that stands for another hash (of a finding, a run, a file), of as many hexadecimal digits."""
        return self._digest(kind, value).hex()[:digits]

    def of_all(self, kind: str, values: Iterable[str]) -> dict[str, str]:
        """The pseudonyms of many values. Raises InternalCheckFailed should two of them share one."""
        made = {value: self.of(kind, value) for value in values}
        if len(set(made.values())) < len(made):
            raise InternalCheckFailed(
                f"two {kind} numbers have one pseudonym",
                where="profile",
                why="they would be taken for one",
                mend="audit again with another --key-file",
            )
        return made

    def _digest(self, kind: str, value: str) -> bytes:
        # The length keeps ("a", "bc") and ("ab", "c") apart; surrogates are what a damaged file may hold.
        told = f"{len(kind)}:{kind}:{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, told, "sha256")


def fresh_key() -> bytes:
    """A key of this run alone, which nothing keeps: its pseudonyms can never be turned back."""
    return secrets.token_bytes(KEY_BYTES)


def key_from(path: Path, out: Path) -> bytes:
    """The key in the file at `path`; where none stands there, a fresh one, written there for its owner alone.

    A key file holds one line of at least 32 characters; what it holds is the key, blanks around it not. Raises
    UsageError when `path` lies in the output folder `out` (a key there would travel with the pseudonyms), InputRefused
    when it cannot be read or written, or holds no key.
    """
    whole, folder = path.resolve(), out.resolve()
    if folder == whole or folder in whole.parents:
        raise UsageError(
            "--key-file lies in the output folder",
            why="whoever is given the folder could turn every pseudonym back",
            mend="name a file elsewhere, and keep it from those who get the report",
        )
    try:
        if not path.exists():
            return _written(path)
        text = path.read_bytes().strip()
    except OSError as error:
        raise InputRefused(
            "the key file cannot be read or written",
            where=f"--key-file {path.name}",
            why=error.strerror or "the system refused",
            mend="name a file that you may read, or a new one in a folder that you may write to",
        ) from error
    if len(text) < _LEAST_CHARACTERS or b"\n" in text:
        raise InputRefused(
            f"the key file holds no key: one line of at least {_LEAST_CHARACTERS} characters",
            where=f"--key-file {path.name}",
            why="a short key can be found by trying",
            mend="name a file that is not there yet, and a fresh key is written to it",
        )
    return text


def _written(path: Path) -> bytes:
    text = secrets.token_hex(KEY_BYTES).encode("ascii")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text + b"\n")
    return text

"""How data lies in the page: compact JSON and columns of numbers, gzip in base64.

Base64 holds no character that could end a script element. The bytes depend on the values alone.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Hashable, Sequence
from typing import Any, Final

import numpy as np
import orjson

from auditor.reports.unseen import none_turning

EMPTY: Final = -(2**31)
"""What stands for None in a column of whole numbers; in one of floats it is NaN."""


class Words:
    """A dictionary of values: each gets a number on its first use."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Hashable) -> int:
        """The number of `value`."""
        return self._numbers.setdefault(value, len(self._numbers))

    def list(self) -> list[Any]:
        """All values by number."""
        return list(self._numbers)


def pack(value: object) -> str:
    """Compact JSON without characters that turn a text round, gzip without a time stamp, base64."""
    try:
        content = orjson.dumps(value)
    except TypeError:  # half a character, or a number beyond 64 bits
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return packed(none_turning(content))


def packed(content: bytes) -> str:
    """Gzip without a time stamp, base64."""
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode("ascii")


def column(values: Sequence[int | None]) -> tuple[str, str]:
    """(kind, text) of whole numbers in the narrowest little-endian form that holds them.

    Kinds: `u1` and `u2` without a sign and without None, `i4` with `EMPTY` for None, `f8` beyond 32 bits.
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    if len(known) == len(values) and low >= 0 and high < 2**16:
        kind = "u1" if high < 2**8 else "u2"
        return kind, packed(np.asarray(values, dtype=f"<{kind}").tobytes())
    if low > EMPTY and high < 2**31:
        filled = [EMPTY if value is None else value for value in values]
        return "i4", packed(np.asarray(filled, dtype="<i4").tobytes())
    floats = [float("nan") if value is None else float(value) for value in values]
    return "f8", packed(np.asarray(floats, dtype="<f8").tobytes())


def unpacked_column(kind: str, text: str) -> list[int | None]:
    """The whole numbers of a column that `column` made. Raises ValueError for what is none."""
    values = np.frombuffer(gzip.decompress(base64.b64decode(text)), dtype=f"<{kind}")
    if kind == "f8":
        return [None if np.isnan(value) else int(value) for value in values]
    return [None if value == EMPTY else value for value in values.tolist()]


def identities(values: Sequence[str]) -> tuple[str, str]:
    """(kind, text) of finding ids: `x8`, eight bytes each, where all are 16 lower hex digits; else JSON, `json`."""
    try:
        content = b"".join(bytes.fromhex(value) for value in values)
    except ValueError:
        return "json", pack(list(values))
    if len(content) != 8 * len(values) or any(len(value) != 16 or value != value.lower() for value in values):
        return "json", pack(list(values))
    return "x8", packed(content)

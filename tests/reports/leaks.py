"""Every byte of an output folder as text: files as they are, members of workbooks, data of pages, values of Parquet."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

PACKED = " packed"
"""What the name of a part ends in whose bytes are compressed: any three of them may stand there by chance."""
_BASE64 = re.compile(rb'id="data-([^"]*)">([A-Za-z0-9+/=]+)<')
_ID: Final = 8
"""Bytes of a finding id in the page's column of ids."""


def parts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(what it is, its bytes) of every part of every file in `folder`, names of files and members among them."""
    for path in sorted(folder.rglob("*")):
        yield "name of a file", path.name.encode()
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield f"{path.name}{PACKED if path.suffix in ('.xlsx', '.parquet') else ''}", data
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield f"{path.name} comment", book.comment
                for member in book.infolist():
                    yield f"{path.name}!{member.filename}", member.filename.encode() + member.extra
                    yield f"{path.name}!{member.filename}", book.read(member)
        elif path.suffix == ".html":
            for block, packed in _BASE64.findall(data):
                name, text = f"{path.name} data {block.decode()}", gzip.decompress(base64.b64decode(packed))
                if block.startswith(b"x_"):  # numbers, and ids in so many bytes each
                    yield f"{name}{PACKED}", text
                    ids = (text[at : at + _ID].hex() for at in range(0, len(text), _ID))
                    yield f"{name}{PACKED}", "\n".join(ids).encode() if block == b"x_id" else b""
                    continue
                # JSON may write a letter as an escape: as it is, and as it reads.
                yield name, text
                yield name, _read(text)
        elif path.suffix == ".parquet":
            yield path.name, _values(path)
        elif path.suffix == ".json":
            yield path.name, _read(data)


def _read(text: bytes) -> bytes:
    return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace")


def _values(path: Path) -> bytes:
    """All values of a Parquet file as JSON, and what its footer says of them."""
    with duckdb.connect(":memory:") as con:
        rows = con.execute("SELECT to_json(s)::VARCHAR FROM read_parquet($p) s", {"p": str(path)}).fetchall()
        footer = con.execute(
            "SELECT to_json(m)::VARCHAR FROM parquet_metadata($p) m", {"p": str(path)}
        ).fetchall()
    footer = [(text.replace(json.dumps(str(path))[1:-1], ""),) for (text,) in footer]
    return "\n".join(text for (text,) in [*rows, *footer]).encode("utf-8", "replace")


def leaks(folder: Path, pattern: bytes, short: bytes = b"") -> dict[str, set[bytes]]:
    """Where `pattern` is met in an output folder, whatever the case of its letters: part by what was met.

    `short` is a pattern of few bytes, which is looked for in what is not compressed.
    """
    long, both = (
        re.compile(one, re.IGNORECASE) for one in (pattern, pattern + b"|" + short if short else pattern)
    )
    found = {
        name: set((long if name.endswith(PACKED) else both).findall(data)) for name, data in parts(folder)
    }
    return {name: met for name, met in found.items() if met}

"""Feed one reader mutated files for a while; see README.md in this folder."""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import re
import shutil
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import atheris
import duckdb

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]

with atheris.instrument_imports(include=["auditor.claims"]):
    from auditor.claims import open_connection, read_claims, reconcile
    from auditor.claims.feed import ReadOptions
    from auditor.claims.readers import CLAIMS, recognise
    from auditor.claims.sources.intake import take_in

from seeds import SEEDS

from auditor.base.errors import InputRefused

_SERVICE = re.compile(rb"^\s*(?:SV1|SV2|SV3|SVC)\*", re.IGNORECASE)
_CLAIM = re.compile(rb"^\s*(?:CLM|CLP)\*", re.IGNORECASE)
_SECRETS = ("M1", "DOE", "1234567893")


class Lost(Exception):
    """Records of a file that nothing accounts for."""


def expected(name: str, data: bytes) -> tuple[int, int] | None:
    """The least and most lines that a file read must give, where a bare count can be trusted; else None."""
    if name.startswith("x12"):
        whole = data.startswith(SEEDS["x12"][0]()[:106]) and data.count(b"ISA*") == 1
        if not whole or re.search(rb"~\s*ST\*(?!837\*|835\*)", data, re.IGNORECASE):
            return None
        pieces = data.split(b"~")
        services = sum(bool(_SERVICE.match(piece)) for piece in pieces)
        claims = sum(bool(_CLAIM.match(piece)) for piece in pieces)
        return (services, services + claims + 50) if claims else None
    if name in ("csv", "tuva", "rif") and not set(data) & set(b'"\r\0\\') and data.isascii():
        rows = [line for line in data.split(b"\n") if line]
        return (len(rows) - 1, len(rows) - 1)
    return None


def read_whole(con: Any, path: Path) -> tuple[int, int]:
    """Read, lay out and reconcile a file: its records and claim lines."""
    made = reconcile(con, read_claims(con, [path]))
    return made.rows_read, made.lines_read


def stage_only(con: Any, path: Path, workspace: Path) -> tuple[int, int]:
    """Take in, recognise and stage a file, and count what was staged or set aside."""
    rows = count = 0
    for source in take_in(path, workspace):
        for one in recognise(con, source, "auto"):
            if one.part != CLAIMS:
                raise InputRefused("stands beside claims")
            staged = one.reader.stage(con, source, ReadOptions(), workspace, {CLAIMS: (source,)})
            while True:
                try:
                    found = con.execute(f"SELECT count(*) FROM ({staged.select})").fetchone()[0]
                    again = staged.recheck(found)
                except duckdb.Error:
                    again = staged.recheck(None)
                    if again is None:
                        raise InputRefused("no table") from None
                if again is None:
                    break
                staged = again
            if staged.malformed_select:
                con.execute(f"SELECT * FROM ({staged.malformed_select})").fetchall()
            if staged.diagnostics_select:
                con.execute(f"SELECT * FROM ({staged.diagnostics_select})").fetchall()
            count += found + staged.malformed
            rows += found + staged.malformed if staged.source_rows is None else staged.source_rows
    return rows, count


class Run:
    """One fuzzing run: what came of its inputs."""

    def __init__(self, name: str, seconds: int, corpus: Path) -> None:
        self.name, self.began = name, time.monotonic()
        self.end, self.corpus = self.began + seconds, corpus
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-"))

    def one(self, data: bytes) -> None:
        """Read one input and hold it against the demands of README.md."""
        if not data:
            return
        path = self.folder / "claims"
        path.write_bytes(data)
        began = time.monotonic()
        faulthandler.dump_traceback_later(30, exit=True)
        con = open_connection("1GB", 1, self.folder / "spill")
        workspace = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            # Laying out costs most and is the same for all readers: one input in eight goes all the way.
            whole = zlib.crc32(data) % 8 == 0
            rows, count = read_whole(con, path) if whole else stage_only(con, path, workspace)
        except InputRefused as refusal:
            said = str(refusal)
            if "\n" in said or len(said) > 2000:
                raise Lost(f"no paragraph: {said[:200]!r}") from None
            self.outcomes["refused"] += 1
        else:
            told = expected(self.name, data)
            if told is not None and self.name.startswith("x12"):
                if not told[0] <= count <= told[1]:
                    raise Lost(f"{count} lines of {told}")
            elif told is not None and rows != told[0]:
                raise Lost(f"{rows} rows of {told[0]}")
            self.outcomes["read"] += 1
            self.outcomes["laid out"] += whole
        finally:
            con.close()
            shutil.rmtree(workspace)
            faulthandler.cancel_dump_traceback_later()
            self.slowest = max(self.slowest, time.monotonic() - began)
        if time.monotonic() > self.end:
            self.tell()
            os._exit(0)  # a regular exit would be told as a crash

    def tell(self) -> None:
        """Write the log of the run."""
        log = {
            "reader": self.name, "seconds": round(time.monotonic() - self.began), "inputs": sum(self.outcomes.values()),
            **self.outcomes, "slowest_seconds": round(self.slowest, 2),
            "corpus": pack(self.name, self.corpus),
            "failures": sorted(path.name for path in (FOLDER / "found").glob(f"{self.name}-*")),
        }  # fmt: skip
        (FOLDER / "log" / f"{self.name}.json").write_text(json.dumps(log, indent=1) + "\n")
        print(json.dumps(log), flush=True)


def pack(name: str, corpus: Path) -> int:
    """Keep the inputs that reached something new, without a time of day; returns how many."""
    target = FOLDER / "corpus" / f"{name}.zip"
    target.parent.mkdir(exist_ok=True)
    paths = sorted(corpus.iterdir())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in paths:
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return len(paths)


def kept_head(data: bytes, most: int, seed: int) -> bytes:
    """Mutate behind the header of a table or interchange, mostly: one without it is refused at once."""
    head = data[:106] if data.startswith(b"ISA") else data[: data.find(b"\n") + 1]
    if seed % 8 == 0 or not head or data[:2] in (b"PK", b"PA") or data[:1] in b"{[":
        return bytes(atheris.Mutate(data, most))
    return head + bytes(atheris.Mutate(data[len(head) :], max(most - len(head), 1)))


def main() -> None:
    """Begin at the seeds and at what earlier runs kept; write the log at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=sorted(SEEDS))
    parser.add_argument("--seconds", type=int, default=600)
    asked = parser.parse_args()
    corpus = Path(tempfile.mkdtemp(prefix="corpus-"))
    found = FOLDER / "found"
    for folder in (found, FOLDER / "log"):
        folder.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / "corpus" / f"{asked.reader}.zip"
    if kept.exists():
        with zipfile.ZipFile(kept) as archive:
            archive.extractall(corpus)
    for number, seed in enumerate(SEEDS[asked.reader]):
        (corpus / f"seed-{number}").write_bytes(seed())
    run = Run(asked.reader, asked.seconds, corpus)
    options = [sys.argv[0], str(corpus), f"-artifact_prefix={found}/{asked.reader}-", "-max_len=20000"]
    options += ["-timeout=60", "-rss_limit_mb=6000", "-len_control=0"]
    atheris.Setup(options, run.one, custom_mutator=kept_head)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

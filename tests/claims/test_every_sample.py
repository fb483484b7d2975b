"""Every claims file of the shared data: read with the count that a bare count of its own gives, or refused by name."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.base.errors import InputRefused
from auditor.claims import open_connection, read_claims, reconcile

pytestmark = pytest.mark.slow

_LINES = {"SV1", "SV2", "SV3", "SV5", "SVC"}
_CLAIMS = {"CLM", "CLP"}


def x12_counts(path: Path) -> tuple[int, int]:
    """Claims (CLM, CLP) and service lines of an interchange, by a split at whatever separates its segments."""
    text = path.read_text(encoding="latin-1")
    start = text.find("ISA")
    head = text[start:] if start >= 0 else text.lstrip()
    element = head[3] if start >= 0 else head[2]
    if start >= 0:
        fields = head.split(element, 17)
        terminator = fields[16][1] if len(fields) > 16 and len(fields[16]) > 1 else "~"
    else:
        terminator = "~" if "~" in text else "\n"
    pieces = re.split(r"[\r\n]+", text) if terminator in "\r\n" else text.split(terminator)
    names = [piece.strip().split(element, 1)[0].upper() for piece in pieces]
    return sum(name in _CLAIMS for name in names), sum(name in _LINES for name in names)


def rows_of(path: Path, delimiter: str) -> int:
    """Rows of a delimited text but for its header, blank ones left out."""
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        rows = (
            csv.reader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE)
            if delimiter == "|"
            else csv.reader(stream, delimiter=delimiter)
        )
        return len([row for row in rows if any(row)]) - 1


def resources(path: Path) -> Iterator[dict[str, Any]]:
    """The resources of a JSON file or of lines of JSON."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        yield json.loads(text)
    except json.JSONDecodeError:
        yield from map(json.loads, filter(str.strip, text.splitlines()))


def outcome(path: Path, spill: Path) -> tuple[str, int, int]:
    """(`read` or the refusal in words, records read, claim lines) of one file by itself."""
    con = open_connection("1GB", 1, spill)
    try:
        feed = read_claims(con, [path])
        made = reconcile(con, feed)
    except InputRefused as refusal:
        return str(refusal), 0, 0
    finally:
        con.close()
    return "read", made.rows_read, made.lines_read


def files(shared_data: Path, *folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((shared_data / "claims" / folder).iterdir())
        if path.name != "LICENSE"
    ]


X12 = ("x12_835_keironstoddart", "x12_hccinfhir", "x12_imsweb", "x12_linuxforhealth", "x12_pyx12")


def test_every_interchange_gives_its_lines_or_is_refused_for_what_it_is(shared_data, tmp_path):
    wrong: list[tuple[object, ...]] = []
    for path in files(shared_data, *X12):
        if path.suffix in (".csv", ".json", ".ndjson"):
            continue
        said, _, lines = outcome(path, tmp_path / "spill")
        claims, services = x12_counts(path)
        if claims == 0:
            if said == "read" or "claim" not in said:
                wrong.append((path.name, said))
        elif said != "read" or lines < services or lines > services + claims:
            wrong.append((path.name, said, lines, services, claims))
    assert wrong == []


def test_every_table_gives_its_rows_or_is_refused_for_what_it_is(shared_data, tmp_path):
    wrong: list[tuple[object, ...]] = []
    read = 0
    for path in files(
        shared_data, "rif_bfd", "tuva_seed", "desynpuf_etlcms", "desynpuf_claimsdb", "synthea_dbt"
    ):
        if path.suffix not in (".csv", ".txt"):
            continue
        said, records, lines = outcome(path, tmp_path / "spill")
        if said == "read":
            read += 1
            rows = rows_of(path, "|" if "rif" in path.parent.name else ",")
            if records != rows or lines == 0:
                wrong.append((path.name, records, rows, lines))
        elif len(said) < 40:
            wrong.append((path.name, said))
    assert wrong == []
    assert read >= 30


def test_every_explanation_of_benefit_gives_its_items_or_is_refused_for_what_it_is(shared_data, tmp_path):
    wrong: list[tuple[object, ...]] = []
    for path in files(shared_data, "eob_bfd", "x12_hccinfhir"):
        if path.suffix not in (".json", ".ndjson"):
            continue
        said, _, lines = outcome(path, tmp_path / "spill")
        found = list(resources(path))
        items = sum(len(one.get("item") or [1]) for one in found)
        if any(one.get("resourceType") == "ExplanationOfBenefit" for one in found):
            if said != "read" or lines != items:
                wrong.append((path.name, said, lines, items))
        elif said == "read":
            wrong.append((path.name, said))
    assert wrong == []

"""The document as JSON: money exact, rows named by their file, the same bytes again."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from auditor.reports import AuditDocument
from auditor.reports.as_json import LAYOUT, write_json
from auditor.reports.document import SECTIONS


def test_it_holds_what_the_document_holds(document: AuditDocument, tmp_path: Path) -> None:
    write_json(document, tmp_path / "audit.json")
    told = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert told["layout"] == LAYOUT and list(told["headings"]) == list(SECTIONS)
    for name, amount in document.totals.sections.items():
        assert Decimal(told["totals"]["sections"][name]["dollars"]) == amount.dollars
    assert told["findings"] == {"count": len(document.findings), "file": "findings.parquet"}
    assert told["profile"]["name"] == "internal"
    assert [entry["key"] for entry in told["by_rule"]] == [entry.key for entry in document.by_rule]
    assert {element["heading"] for element in told["standards"]} >= {"Objective", "Scope", "Methodology"}


def test_it_names_no_folder_and_is_the_same_again(document: AuditDocument, tmp_path: Path) -> None:
    write_json(document, tmp_path / "one.json")
    write_json(document, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert str(document.findings.path.parent) not in (tmp_path / "one.json").read_text(encoding="utf-8")

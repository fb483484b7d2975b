"""The summary in Markdown: what it says, and that no text of the input can become markup, a link or a row."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.reports import AuditDocument, wording
from auditor.reports.markdown import MOST_ROWS, lines, plain, write_markdown
from tests.reports.conftest import document_of
from tests.reports.fakes import make_run

HOSTILE = (
    "<script>alert(1)</script> [x](https://evil.example) | `=1+1` \n# heading \u202e "
    "**b** _i_ www.evil.example a@b.example"
)


def test_it_says_what_the_document_says(document: AuditDocument) -> None:
    text = "\n".join(lines(document))
    for heading in ("What was found", "By rule", "What was not evaluated", "Reconciliation", "Limitations"):
        assert f"## {heading}\n" in text
    assert f"{document.totals['over_definite'].dollars:,}" in text
    assert all(entry.key.replace("_", r"\_") in text for entry in document.by_rule[:MOST_ROWS])
    assert not wording.banned_in(text)


def test_every_table_has_as_many_cells_in_every_row(document: AuditDocument) -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", "\n".join(lines(document)) + "\n", re.MULTILINE)
    assert len(tables) >= 6
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 40, seed=3, hostile=HOSTILE)
    write_markdown(document_of(fake), tmp_path / "audit.md")
    text = (tmp_path / "audit.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<", text)
    assert not re.search(r"(?<!\\)\[", text)
    assert "://evil" not in text and "\u202e" not in text
    assert "\n# heading" not in text
    assert sum(line.startswith("# ") for line in text.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain words, a-b (c) 1.5%", "plain words, a-b (c) 1.5%"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("12. no list", r"12\. no list"),
        ("a | b", r"a \| b"),
        ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
        ("back\\slash", "back\\\\slash"),
        ("two\nlines\u2028three", "two lines three"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
    ],
)
def test_plain_text_reads_as_itself(text: str, said: str) -> None:
    assert plain(text) == said


def test_a_label_that_begins_with_its_key_is_not_said_twice(document: AuditDocument) -> None:
    entry = document.by_month[0]
    told = replace(document, by_month=(replace(entry, label=f"{entry.key} (counted with the others)"),))
    assert any(line.startswith(f"| {entry.key} (counted") for line in lines(told))


def test_what_was_not_evaluated_has_its_unit_and_its_dollars(document: AuditDocument) -> None:
    entry = next(entry for entry in document.coverage if entry.reasons)
    given = replace(entry.reasons[0], lines=7, dollars=Decimal("12.34"))
    told = replace(document, coverage=(replace(entry, reasons=(given,)),))
    assert any(line.endswith(f"| {entry.unit} | 7 | $12.34 |") for line in lines(told))
    assert not any("| Not evaluated |" in line for line in lines(told))

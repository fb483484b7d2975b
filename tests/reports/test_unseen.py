"""Characters that nobody sees stand in no report: they cannot turn a sentence round, nor make a file unreadable."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from markupsafe import Markup

from auditor.reports import write_xlsx
from auditor.reports.dress import UNDRESSED
from auditor.reports.letters.extract import guarded
from auditor.reports.letters.provider_letter import provider_letter
from auditor.reports.letters.rendering import write_letter
from auditor.reports.letters.run_folder import RunFolder
from auditor.reports.unseen import all_seen
from tests.reports.conftest import TEMPLATES, document_of, page_of, unpacked
from tests.reports.fakes import FINDING_COLUMNS, make_run, write_parquet

TURNED = "A\u202e1\u2066B\x0b"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C1 \u00e9\u05d0 \U0001f600", "C1 \u00e9\u05d0 \U0001f600"),
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("\u200e1\u200f", "\u200e1\u200f"),
        (TURNED, "A\ufffd1\ufffdB\ufffd"),
    ],
)
def test_only_what_is_not_seen_gives_way_to_a_sign(text: str, said: str) -> None:
    assert all_seen(text) == guarded(text) == said


def test_markup_stays_markup() -> None:
    assert all_seen(Markup("<b>\u202e</b>")) == Markup("<b>\ufffd</b>")
    assert isinstance(all_seen(Markup("<b>\u202e</b>")), Markup)


def test_no_part_of_page_workbook_or_letter_can_be_turned_round(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 30, hostile=TURNED)
    for row in fake.rows:
        row["rendering_npi"] = f"{TURNED}{row['rendering_npi']}"
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    document = document_of(fake)
    assert TURNED in document.by_provider[0].key
    page = page_of(document, tmp_path)
    write_xlsx(document, tmp_path / "audit.xlsx")
    letter = provider_letter(RunFolder(document, "internal"), document.by_provider[0].key, {})
    write_letter(letter, tmp_path / "letter.html", TEMPLATES, UNDRESSED)
    with zipfile.ZipFile(tmp_path / "audit.xlsx") as book:
        said = [book.read(name).decode() for name in book.namelist() if name.endswith(".xml")]
    said += [page, (tmp_path / "letter.html").read_text(encoding="utf-8"), str(unpacked(page))]
    for text in said:
        assert not set("\u202e\u2066\x0b") & set(text)
    assert all("A\ufffd1\ufffdB" in text for text in (page, str(unpacked(page)["head"]), "".join(said[:-3])))

"""What a user may choose of a report's look: the header of counsel and where templates come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reports import AuditDocument, write_html, write_xlsx
from auditor.reports.dress import COUNSEL, UNDRESSED, Dress, counsel_css, counsel_header
from auditor.reports.theme import Theme
from tests.reports.conftest import TEMPLATES, document_of
from tests.reports.fakes import make_run


@pytest.mark.parametrize("given", [None, "", "  "])
def test_without_a_text_the_usual_words_stand(given: str | None) -> None:
    assert counsel_header(given) == COUNSEL


def test_an_own_text_is_kept() -> None:
    assert counsel_header(" Privileged – work product ") == "Privileged – work product"


@pytest.mark.parametrize("given", ["two\nlines", "a\tb", "x" * 161])
def test_what_is_no_line_of_text_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="no line of text"):
        counsel_header(given)


def test_a_file_taken_for_a_text_is_noticed(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.touch()
    with pytest.raises(UsageError, match="--counsel-header=TEXT"):
        counsel_header(str(claims))


def test_own_templates_come_first(tmp_path: Path) -> None:
    own = Path("reports/templates")
    assert UNDRESSED.template_dirs(own) == (own,)
    assert Dress(templates=tmp_path).template_dirs(own) == (tmp_path, own)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> AuditDocument:
    return document_of(make_run(tmp_path_factory.mktemp("few"), 8, set_aside=1))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("audit.html.j2", b"\n{{ nothing }}", "audit.html.j2, line 2: .*'nothing' is undefined"),
        ("audit.html.j2", b"{% if %}", "audit.html.j2, line 1: "),
        ("audit.html.j2", b"{% include 'gone.j2' %}", "audit.html.j2, line 1: .*gone.j2"),
        ("audit.html.j2", b"{{ 1 + doc.title }}", "audit.html.j2, line 1: .*TypeError"),
        ("_summary.html.j2", b"{{ doc.nothing.more }}", "_summary.html.j2, line 1: "),
        ("audit.html.j2", b"\xff", "own: "),
        ("audit.css", b"\xff", "own: "),
        ("script/1_base.js", b"'</script>'", "script/1_base.js: a style or script may not hold"),
    ],
)
def test_a_broken_template_of_the_users_is_told_as_theirs(
    few: AuditDocument, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    path = tmp_path / "own" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=told):
        write_html(few, tmp_path / "audit.html", TEMPLATES, tmp_path / "own")


def test_a_fault_of_the_programs_own_template_is_not_told_as_the_users(
    few: AuditDocument, tmp_path: Path
) -> None:
    broken = replace(few, totals=None)  # type: ignore[arg-type]
    (tmp_path / "own").mkdir()
    with pytest.raises(AttributeError):
        write_html(broken, tmp_path / "audit.html", TEMPLATES, tmp_path / "own")


HOSTILE = 'Counsel "}</style><script>alert(1)</script>\n;&'


def test_the_style_of_the_header_cannot_be_ended() -> None:
    style = counsel_css(HOSTILE)
    assert not set("<>&;\n") & set(style.split('"')[1])
    assert style.count('"') == 2
    assert "Counsel" in style
    assert counsel_css("") == ""


def test_page_and_workbook_bear_the_header_and_the_theme(few: AuditDocument, tmp_path: Path) -> None:
    theme = Theme(organisation="Clinic & Sons", accent="#7a1f5a", footer="Confidential")
    dressed = replace(few, counsel_header="For <counsel> & us")
    write_html(dressed, tmp_path / "a.html", TEMPLATES, None, theme)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '<p class="counsel">For &lt;counsel&gt; &amp; us</p>' in page
    assert "@top-center" in page
    assert "Clinic &amp; Sons" in page
    assert "--accent: #7a1f5a;" in page
    assert "<p>Confidential</p>" in page
    write_xlsx(dressed, tmp_path / "a.xlsx", theme=theme)
    book: Any = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.worksheets[0].cell(1, 1).value == "For <counsel> & us"
    for sheet in book.worksheets:
        assert sheet.oddHeader.center.text == "For <counsel> && us"
        assert sheet.oddHeader.left.text == "Clinic && Sons"
        assert sheet.sheet_properties.tabColor.rgb == "007A1F5A"


def test_without_a_wish_nothing_differs(few: AuditDocument, tmp_path: Path) -> None:
    write_html(few, tmp_path / "a.html", TEMPLATES)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "@top-center" not in page
    assert 'class="counsel"' not in page
    own = tmp_path / "own"
    own.mkdir()
    (own / "audit.css").write_text("body { color: #123456; }", encoding="utf-8")
    write_html(few, tmp_path / "b.html", TEMPLATES, own)
    assert "color: #123456" in (tmp_path / "b.html").read_text(encoding="utf-8")

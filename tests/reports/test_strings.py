"""All texts of the page stand in its catalogue, each is used, and a user's folder may change them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.reports import AuditDocument, write_html
from auditor.reports.html import SCRIPTS
from auditor.reports.strings import read_strings
from auditor.reports.theme import Theme
from tests.reports.conftest import TEMPLATES, say

PAGE = ("audit.html.j2", *(f"_{n}.html.j2" for n in ("citation", "findings", "first_screen", "proof", "registers",
                                                    "rule_pages", "summary")))  # fmt: skip
CODE = Path("auditor/reports")


def sources() -> str:
    root = TEMPLATES.parents[1]
    files = [*(TEMPLATES / name for name in PAGE), *sorted((root / CODE).glob("*.py"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def script() -> str:
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)


def test_no_template_says_anything_of_its_own() -> None:
    for name in PAGE:
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.DOTALL)
        for attribute, value in re.findall(r'\b(aria-label|title|placeholder|alt)="([^"]*)"', text):
            assert not re.search(r"[A-Za-z]", value), (name, attribute, value)
        visible = re.sub(r"<[^>]*>", " ", text)
        assert not re.search(r"[A-Za-z]{2,}", visible), (name, re.findall(r"[A-Za-z]{2,}", visible)[:5])


def test_the_script_says_nothing_of_its_own() -> None:
    code = re.sub(r"//.*", "", script())
    told = [text for text in re.findall(r'"([^"\n]*)"', code) if re.search(r"[A-Za-z]{3,} [a-z]{2,}", text)]
    assert [text for text in told if not re.search(r"[#.>\[=]|open|link|num|row|chip", text)] == []


def test_every_text_of_the_script_is_there_and_is_said() -> None:
    code, texts = script(), say().script
    parts = {name.partition(".")[0] for name in texts}
    named = {key for key in re.findall(r'"([a-z]+\.\w+)"', code) if key.partition(".")[0] in parts}
    assert named <= texts.keys(), named - texts.keys()
    for name in texts:
        part, _, rest = name.partition(".")
        counted = rest in ("one", "many") and re.search(rf'counted\(.*"{part}"\)|"{name}"', code)
        assert name in named or counted or (f'"{part}." +' in code and f'"{rest}"' in code), name


def test_every_other_text_is_said_somewhere() -> None:
    code = sources()
    for name in say().texts:
        part, _, rest = name.partition(".")
        if part in ("script", "unit"):
            continue
        built = any(
            (f'"{part}.{rest[:cut]}"' in code or f'"{part}.{rest[:cut]}{{' in code)
            and f'"{rest[cut:]}"' in code
            for cut in range(len(rest))
        )
        assert f'"{name}"' in code or built, name


def test_a_text_needs_its_values_and_gives_them_as_they_are() -> None:
    assert say()("first.business", names="{x} <b>") == "Line of business: {x} <b>. "
    with pytest.raises(KeyError):
        say()("first.business")
    with pytest.raises(KeyError):
        say()("first.nothing")
    assert say().counted(1, "finding") == "1 finding" and say().counted(1200, "finding") == "1,200 findings"


def test_a_folder_of_the_user_changes_templates_texts_and_style(
    document: AuditDocument, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "strings.yaml").write_text("summary:\n  title: Résumé\n", encoding="utf-8")
    (own / "_citation.html.j2").write_text(
        "{% macro citation(c) %}<cite>{{ c.document }}</cite>{% endmacro %}", encoding="utf-8"
    )
    (own / "print.css").write_text("@media print { nav { color: red; } }", encoding="utf-8")
    write_html(document, tmp_path / "audit.html", TEMPLATES, own)
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "<h2>Résumé</h2>" in page and "<h2>Findings by rule</h2>" in page
    assert "<cite>NCCI Policy Manual" in page and "nav { color: red; }" in page and "@page" not in page


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("summary:\n  titel: x\n", "no such text"),
        ("summary:\n  title: [a, b]\n", "another form"),
        ("summary:\n  title: 'x {secret}'\n", "secret"),
        ("summary:\n  title: 'x {'\n", "values that the page does not give"),
        ("summary:\n  title: 7\n", "no text"),
        ("summary: x\n", "no part"),
    ],
)
def test_texts_of_the_user_that_do_not_fit_are_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "strings.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused, match=why):
        read_strings(TEMPLATES, tmp_path)


def test_a_theme_stands_behind_the_style_and_its_texts_are_escaped(
    document: AuditDocument, tmp_path: Path
) -> None:
    theme = Theme(organisation="A & <b>B</b>", accent="#004488", footer="<i>Confidential</i>")
    write_html(document, tmp_path / "audit.html", TEMPLATES, theme=theme)
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in page and "&lt;i&gt;Confidential&lt;/i&gt;" in page
    assert page.index("--accent: #004488;") > page.index("--accent: #1f5a7a;")

"""Themes: what a small file may change, and that neither a colour nor a logo can do harm."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.reports.contrast import READABLE, contrast, least_contrast, mixed, readable
from auditor.reports.logo import MAX_BYTES, read_logo
from auditor.reports.theme import (
    ACCENT,
    ACCENT_DARK,
    DARK_PAPERS,
    PAPERS,
    PLAIN,
    read_theme,
)
from tests.reports.conftest import TEMPLATES

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#123456"/></svg>'


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(wide: int = 2, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", wide, 1, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" + b"\x7f" * min(wide, 8))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def theme_file(folder: Path, text: str) -> Path:
    path = folder / "theme.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputRefused) as error:
        read_theme(theme_file(folder, text))
    assert "rule" not in str(error.value)
    return str(error.value)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(
        4.48, abs=0.005
    )  # the well-known grey that just fails
    assert contrast("#123456", "#123456") == pytest.approx(1)
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


def test_the_papers_are_those_of_the_pages_and_the_own_accent_can_be_read_on_them() -> None:
    style = (TEMPLATES / "audit.css").read_text(encoding="utf-8")
    by_day, by_night = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    for block, papers, accent in ((by_day, PAPERS, ACCENT), (by_night, DARK_PAPERS, ACCENT_DARK)):
        assert set(re.findall(r"--(?:sheet|paper|faint): (#\w+)", block)) >= set(papers)
        assert f"--accent: {accent}" in block
        assert least_contrast(accent, papers)[0] >= READABLE


def test_without_a_file_nothing_differs() -> None:
    assert read_theme(None) is PLAIN
    assert PLAIN.css() == ""
    assert (PLAIN.book_accent, PLAIN.book_accent_ink, PLAIN.book_font) == ("1F5A7A", "FFFFFF", "Calibri")


def test_a_whole_theme_gives_properties_and_colours_of_the_workbook(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text(SVG, encoding="utf-8")
    theme = read_theme(
        theme_file(
            tmp_path,
            "organisation: Example Clinic & Sons\nlogo: logo.svg\naccent: '#7A1F5A'\n"
            "fonts:\n  text: [Source Sans 3]\n  headings: Georgia\nfooter: Confidential\n",
        )
    )
    assert theme.organisation == "Example Clinic & Sons"
    assert theme.footer == "Confidential"
    assert theme.logo is not None
    assert theme.logo.data_uri.startswith("data:image/svg+xml;base64,")
    assert '--accent: #7a1f5a; --sans: "Source Sans 3", system-ui' in theme.css()
    assert '--serif: "Georgia", Charter' in theme.css()
    # At night the same accent, as much lighter as it needs to be.
    at_night = theme.accent_dark
    assert f"dark) {{ :root {{ --accent: {at_night}; }} }}" in theme.css()
    assert least_contrast(at_night, DARK_PAPERS)[0] >= READABLE > least_contrast("#7a1f5a", DARK_PAPERS)[0]
    assert (theme.book_accent, theme.book_font) == ("7A1F5A", "Source Sans 3")
    assert contrast(f"#{theme.book_tint.lower()}", "#1d2226") >= READABLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accent: '#ffcc00'", 'its contrast on #f1efe9 is 1.31 to 1. links and headings need 4.5 to 1 (WCAG 2.1 AA, '
         '1.4.3). the nearest that has it is "#826800"'),
        ("accent: '#1f5a7a'\naccent_dark: '#333333'", "theme.yaml, line 2: accent_dark #333333 cannot be read well"),
        ("accent: #1f5a7a", "without quotes # begins a remark"),
        ("accent: red", "accent is no colour"),
        ("organisation: A\ncolour: x", "theme.yaml, line 2: the theme has a key that is none of a theme"),
        ("acent: '#1f5a7a'", "did you mean accent?"),
        ("fonts:\n  text: ['x\"; } body { display: none']", "fonts: text is no list of names of fonts"),
        ("fonts: Arial", "fonts is no mapping"),
        ("fonts:\n  tiny: Arial", "line 2: the theme has a key"),
        ("organisation: [a]", "organisation is no text of one line"),
        ("footer: 7", "footer is no text of one line"),
        ("organisation: A\norganisation: B", "stands twice"),
        ("- a", "it is not one mapping of keys"),
        ("logo: none.svg", "none.svg: the logo cannot be read"),
    ],
)  # fmt: skip
def test_a_bad_theme_is_refused_with_its_line_and_the_mend(tmp_path: Path, text: str, said: str) -> None:
    assert said.lower() in refusal(tmp_path, text).lower()


def test_the_mend_of_a_pale_accent_is_accepted(tmp_path: Path) -> None:
    mend = readable("#ffcc00", PAPERS, "#000000")
    assert read_theme(theme_file(tmp_path, f"accent: '{mend}'")).accent == mend


def test_a_png_keeps_what_draws_and_loses_what_tells(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(png(extra=chunk(b"tEXt", b"Author\x00Somebody") + chunk(b"eXIf", b"MM\x00*")))
    logo = read_logo(path)
    assert logo.kind == "image/png"
    assert logo.content == png()
    assert b"Somebody" not in logo.content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ends early", png()[:-3]),
        ("behind its end", png() + b"<script>alert(1)</script>"),
        (
            "damaged",
            png().replace(b"\x7f", b"\x80") if b"\x7f" in png() else png()[:40] + b"\x00" + png()[41:],
        ),
        ("too wide", png(wide=5_000)),
        ("no picture", b"GIF89a....."),
        ("empty", b""),
        ("too large", png() + b"\x00" * MAX_BYTES),
    ],
)
def test_an_unsound_picture_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match="logo"):
        read_logo(path)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path d="M0 0" onload="alert(1)"/>',
        '<path d="M0 0" ONLOAD="alert(1)"/>',
        '<a href="https://example.org"><path d="M0 0"/></a>',
        '<image href="https://example.org/x.png"/>',
        "<style>@import url(https://example.org/x.css)</style>",
        '<path style="fill: url(https://example.org/#p)" d="M0 0"/>',
        '<path style="fill: u\\72l(https://example.org)" d="M0 0"/>',
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        '<?xml-stylesheet href="https://example.org/x.css"?>',
        '<g id="a"/><use href="#a"/>',
        "<path",
    ],
)
def test_an_svg_may_do_nothing_but_draw(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "logo.svg"
    path.write_text(SVG.replace("<path", f"{inside}<path", 1), encoding="utf-8")
    with pytest.raises(InputRefused, match="the logo"):
        read_logo(path)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE svg SYSTEM "https://example.org/x.dtd">',
        '<?xml version="1.0" encoding="ISO-2022-JP"?>',
    ],
)
def test_an_svg_has_no_document_type_and_one_encoding(tmp_path: Path, head: str) -> None:
    path = tmp_path / "logo.svg"
    path.write_text(head + SVG, encoding="utf-8")
    with pytest.raises(InputRefused, match="the logo"):
        read_logo(path)


def test_a_plain_drawing_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    drawing = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>Mark'
        '</title><defs><linearGradient id="g"><stop offset="0" stop-color="#123"/></linearGradient></defs>'
        '<rect width="8" height="8" fill="url(#g)"/></svg>'
    )
    path.write_text(drawing, encoding="utf-8")
    assert read_logo(path).content.decode() == drawing

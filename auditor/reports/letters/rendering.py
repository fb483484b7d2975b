"""Letters, memos and worksheets as pages: self-contained files that print as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader
from markupsafe import Markup

from auditor.base.errors import InputRefused
from auditor.base.money import format_usd
from auditor.reports import wording
from auditor.reports.columns import cited
from auditor.reports.dress import COUNSEL_NOTE, Dress
from auditor.reports.letters import provider_letter as letters
from auditor.reports.letters import words
from auditor.reports.letters.memo import Memo
from auditor.reports.letters.provider_letter import ProviderLetter
from auditor.reports.letters.sixty_day import Worksheet
from auditor.reports.pages import content_policy, page_environment, told_of_own
from auditor.reports.payload import safe_url

PAGE_LINES: Final = 1_000
"""Lines of a worksheet on a page; the workbook has all of them."""
_STYLE: Final = "letters/letters.css"


def write_letter(letter: ProviderLetter, path: Path, template_dir: Path, dress: Dress) -> None:
    """Write the letter as a page. Raises OSError when `path` cannot be written, InputRefused for a broken template."""
    _write("letters/provider_letter.html.j2", path, template_dir, dress, letter=letter, doc=letter.document)


def write_memo(memo: Memo, path: Path, template_dir: Path, dress: Dress) -> None:
    """Write the memo as a page. Raises as `write_letter` does."""
    _write("letters/memo.html.j2", path, template_dir, dress, memo=memo, doc=memo.document)


def write_worksheet(sheet: Worksheet, path: Path, template_dir: Path, dress: Dress) -> None:
    """Write the 60-day worksheet as a page, its lines up to 1,000. Raises as `write_letter` does."""
    shown = sheet.lines[:PAGE_LINES]
    _write(
        "letters/sixty_day.html.j2", path, template_dir, dress, sheet=sheet, doc=sheet.document, lines=shown
    )


def _write(name: str, path: Path, template_dir: Path, dress: Dress, **given: Any) -> None:
    folders = dress.template_dirs(template_dir)
    style = _style(folders, dress)
    environment = page_environment(template_dir)
    environment.loader = FileSystemLoader(folders)
    environment.filters.update(
        usd=format_usd,
        dash=lambda value: format_usd(value) if value else "–",
        day=lambda value: value.isoformat() if value else "",
        long_day=_long,
        count=lambda value: "not known" if value is None else f"{value:,}",
        counted=_counted,
        number=_number,
        spoken=wording.spoken,
        cited=cited,
    )
    with told_of_own(dress.templates):
        page = environment.get_template(name).render(
            style=style,
            policy=content_policy(style),
            theme=dress.theme,
            counsel=dress.counsel,
            counsel_note=COUNSEL_NOTE,
            words=words,
            wording=wording,
            determinations=letters.DETERMINATIONS,
            safe_url=safe_url,
            period=_period(given["doc"].scope.period_from, given["doc"].scope.period_to),
            **given,
        )
    path.write_bytes(page.encode("utf-8", errors="replace"))


def _style(folders: Sequence[Path], dress: Dress) -> Markup:
    found = next((folder / _STYLE for folder in folders if (folder / _STYLE).is_file()), folders[-1] / _STYLE)
    with told_of_own(dress.templates):
        text = found.read_text(encoding="utf-8")
    if "</" in text:
        raise InputRefused(
            "a style may not hold </",
            where=found.name,
            why="it would end the style of the page",
            mend="remove it",
        )
    return Markup("\n" + text + dress.theme.css())


def _period(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return "no service date"
    return _long(first) if first == last else f"{_long(first)} to {_long(last)}"


def _long(value: date | None) -> str:
    return f"{value.day} {value:%B} {value.year}" if value else ""


def _counted(value: int, one: str, several: str = "") -> str:
    """A number of things: `1 finding`, `0 findings`, `2 categories`."""
    return f"{value:,} {one if value == 1 else several or one + 's'}"


def _number(value: Decimal | None) -> str:
    """A number of units without zeros behind its point."""
    if value is None:
        return ""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

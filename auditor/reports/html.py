"""The page: one self-contained file that opens from disk and asks nothing of any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader
from markupsafe import Markup

from auditor.base.money import format_usd
from auditor.reports import charts, wording
from auditor.reports.document import SECTIONS, AuditDocument, Breakdown
from auditor.reports.dress import counsel_css
from auditor.reports.pages import content_policy, page_environment
from auditor.reports.payload import (
    CLASSES,
    PAGE_FINDINGS,
    PAGE_SET_ASIDE,
    VERDICTS,
    blocks,
    pack,
    plain,
    safe_url,
)
from auditor.reports.theme import PLAIN, Theme

PAGE_PROVIDERS = 100
_TEMPLATE = "audit.html.j2"
_STYLE = "audit.css"
_SCRIPT = "audit.js"


def write_html(
    document: AuditDocument, path: Path, template_dir: Path, own: Path | None = None, theme: Theme = PLAIN
) -> None:
    """Write the page of `document` to `path` from the templates in `template_dir`.

    What the user's folder `own` holds stands in the place of the file of the same name. The file holds its style,
    script and data; a content security policy allows that style and that script by their hashes and nothing else.
    The same document gives the same bytes. Raises OSError when `path` cannot be written, jinja2.TemplateNotFound when
    `template_dir` lacks a template.
    """
    folders = (template_dir,) if own is None else (own, template_dir)
    style = _asset(_found(_STYLE, folders)) + Markup(theme.css() + counsel_css(document.counsel_header))
    script = _asset(_found(_SCRIPT, folders))
    environment = page_environment(template_dir)
    environment.loader = FileSystemLoader(folders)
    environment.filters.update(
        usd=format_usd,
        dash=_dash,
        count=_count,
        counted=_counted,
        day=_day,
        plain=plain,
        spoken=wording.spoken,
        family=wording.family_words,
        class_words=wording.class_words,
    )
    stream = environment.get_template(_TEMPLATE).stream(
        doc=document,
        theme=theme,
        style=style,
        script=script,
        policy=content_policy(style, script),
        payload=chain([("app", pack(_app()))], blocks(document)),
        charts=_charts(document),
        **_context(document),
    )
    stream.enable_buffering(64)
    with path.open("wb") as out:
        stream.dump(out, encoding="utf-8", errors="replace")


def _found(name: str, folders: Sequence[Path]) -> Path:
    return next((folder / name for folder in folders if (folder / name).is_file()), folders[-1] / name)


def _asset(path: Path) -> Markup:
    text = path.read_text(encoding="utf-8")
    if "</script" in text.lower() or "</style" in text.lower():
        raise ValueError(f"{path.name} must not hold a closing tag")
    return Markup("\n" + text)


def _context(document: AuditDocument) -> Mapping[str, Any]:
    """What the template needs besides the document: words, limits and a few texts made of its figures."""
    evaluated, eligible = document.evaluated
    held = sum(check.holds for check in document.reconciliation.checks)
    return {
        "words": {
            "sections": wording.SECTION_WORDS,
            "meaning": wording.SECTION_MEANING,
            "classes": wording.CLASS_WORDS,
            "class_short": wording.CLASS_SHORT,
            "verdicts": wording.VERDICT_WORDS,
            "limitation": wording.LIMITATION,
            "limitations": wording.LIMITATIONS,
            "unverified": wording.UNVERIFIED,
        },
        "sections": SECTIONS,
        "coverage_share": wording.share(evaluated, eligible),
        "unverified_share": wording.share(document.unverified_findings, document.totals.findings),
        "checks_held": f"{held} of {len(document.reconciliation.checks)}",
        "spark": charts.spark,
        "safe_url": safe_url,
        "paged": document.paged,
        "override_ids": frozenset(item.id for item in document.overrides),
        "apart": wording.apart_words,
        "table_words": document.table_words,
        "share": wording.share,
        "providers_shown": PAGE_PROVIDERS,
        "findings_shown": min(PAGE_FINDINGS, len(document.findings)),
        "aside_shown": min(PAGE_SET_ASIDE, len(document.set_aside)),
        "carried": ()
        if any("carried forward" in text for text in document.banners)
        else document.carried_forward,
        "top_months": sorted((m for m in document.by_month if m.key), key=lambda m: (-m.rank, m.key))[:5],
        "period": _period(document),
        "longest": {name: _longest(document.by_rule, name) for name in SECTIONS},
        "longest_provider": {name: _longest(document.by_provider, name) for name in SECTIONS},
        "longest_month": {name: _longest(document.by_month, name) for name in SECTIONS},
    }


def _app() -> dict[str, Any]:
    """The words that the script of the page puts on screen."""
    return {
        "sections": [wording.SECTION_WORDS[name] for name in SECTIONS],
        "classes": [wording.CLASS_WORDS[name] for name in CLASSES],
        "classShort": [wording.CLASS_SHORT[name] for name in CLASSES],
        "classKeys": list(CLASSES),
        "verdicts": [wording.VERDICT_WORDS[name] for name in VERDICTS],
        "sectionKeys": list(SECTIONS),
        "directions": dict(wording.DIRECTION_WORDS),
        "bases": dict(wording.REASON_WORDS),
        "limitation": wording.LIMITATION,
        "unverified": wording.UNVERIFIED,
        "draftCause": wording.DRAFT_CAUSE,
        "openEnd": wording.OPEN_END,
        "providerLevel": wording.PROVIDER_LEVEL,
    }


def _charts(document: AuditDocument) -> dict[str, Markup]:
    audited = document.reconciliation.parts[0]

    def by_rule(section: str) -> list[tuple[str, Decimal]]:
        return [(f"{entry.key}  {entry.label}", entry[section].dollars) for entry in document.by_rule]

    return {
        "definite": charts.pareto(
            "c-definite", "Claims-evident, by rule", by_rule("over_definite"), "definite"
        ),
        "probable": charts.pareto(
            "c-probable", "Record needed, by rule", by_rule("over_probable"), "probable"
        ),
        "months": charts.months(
            "c-months",
            [
                (entry.label, entry["over_definite"].findings, entry["over_probable"].findings)
                for entry in document.by_month
                if entry.key
            ],
        ),
        "coverage": charts.coverage(
            "c-coverage",
            [
                (f"{c.rule_id}  {c.title}", c.evaluated, c.eligible)
                for c in document.coverage
                if c.eligible is not None
            ],
        ),
        "waterfall": charts.waterfall(
            "c-waterfall",
            audited.charge,
            audited.paid,
            document.totals["over_definite"].dollars,
            document.totals["over_probable"].dollars,
        ),
    }


def _longest(entries: tuple[Breakdown, ...], section: str) -> Decimal:
    return max((entry[section].dollars for entry in entries), default=Decimal(0))


def _period(document: AuditDocument) -> str:
    first, last = document.scope.period_from, document.scope.period_to
    if first is None or last is None:
        return "no service date"
    return _long(first) if first == last else f"{_long(first)} to {_long(last)}"


def _long(value: date) -> str:
    return f"{value.day} {value:%B} {value.year}"


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _dash(value: Decimal) -> str:
    return format_usd(value) if value else "–"


def _count(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _counted(value: int, what: str) -> str:
    """A number of things: `1 finding`, `0 findings`."""
    return f"{value:,} {what}" if value == 1 else f"{value:,} {what}s"

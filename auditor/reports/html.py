"""The page: one self-contained file that opens from disk and asks nothing of any network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from auditor.base.money import format_usd
from auditor.reports import charts, funnel_chart, wording
from auditor.reports.document import SECTIONS, AuditDocument, Breakdown, TableEntry
from auditor.reports.dress import counsel_css
from auditor.reports.packing import pack
from auditor.reports.pages import asset, content_policy, embedded, page_environment, told_of_own
from auditor.reports.payload import (
    CLASSES,
    PAGE_FINDINGS,
    PAGE_SET_ASIDE,
    VERDICTS,
    blocks,
    plain,
    safe_url,
)
from auditor.reports.peers import LEAST_LINES
from auditor.reports.shown import Shown, shown_of
from auditor.reports.strings import Strings, read_strings
from auditor.reports.theme import PLAIN, Theme

PAGE_PROVIDERS: Final = 100
PAGE_PEERS: Final = 30
STYLES: Final = ("audit.css", "explore.css", "print.css")
SCRIPTS: Final = tuple(
    f"script/{name}.js"
    for name in ("1_base", "2_columns", "3_choosing", "4_list", "5_claim", "6_finding", "7_start")
)
_TEMPLATE: Final = "audit.html.j2"


def write_html(
    document: AuditDocument, path: Path, template_dir: Path, own: Path | None = None, theme: Theme = PLAIN
) -> None:
    """Write the page of `document` to `path` from the templates in `template_dir`.

    What the folder `own` of the user's holds (templates, stylesheets, scripts, texts) stands in the place of the file
    of the same name. The file holds its style, script and data; a content security policy allows that style and that
    script by their hashes and nothing else. The same document gives the same bytes. Raises OSError when `path` cannot
    be written, jinja2.TemplateNotFound when a template is nowhere, InputRefused for files of `own` that do not fit.
    """
    say = read_strings(template_dir, own)
    style = embedded(
        *(asset(name, template_dir, own) for name in STYLES),
        theme.css(),
        counsel_css(document.counsel_header),
    )
    script = embedded(
        '"use strict";', "(() => {", *(asset(name, template_dir, own) for name in SCRIPTS), "})();"
    )
    environment = page_environment(template_dir, own)
    environment.globals["say"] = say
    shown = shown_of(document)
    environment.filters.update(
        usd=_usd,
        dash=_dash,
        count=lambda figure: figure if isinstance(figure, str) else _count(figure, shown.absent),
        counted=lambda figure, thing: figure if isinstance(figure, str) else say.counted(figure, thing),
        plain=plain,
        spoken=wording.spoken,
        family=wording.family_words,
        class_words=wording.class_words,
    )
    with told_of_own(own), path.open("wb") as out:
        stream = environment.get_template(_TEMPLATE).stream(
            doc=document,
            theme=theme,
            style=style,
            script=script,
            policy=content_policy(style, script),
            payload=chain([("app", pack(_app(say)))], blocks(document)),
            charts=_charts(document, say, shown),
            **_context(document, say, shown),
        )
        stream.enable_buffering(64)
        stream.dump(out, encoding="utf-8", errors="replace")


def _context(document: AuditDocument, say: Strings, shown: Shown) -> Mapping[str, Any]:
    """What the template needs besides the document: words, limits and a few texts made of its figures."""
    evaluated, eligible = document.evaluated
    listed = document.profile.lists_findings
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
        "shown": shown,
        "listed": listed,
        "made": [element for element in document.standards if element.heading != "Limitations"],
        "coverage_share": document.evaluated_share,
        "missing_share": wording.percent(eligible - evaluated, eligible)
        if eligible or listed
        else wording.NOT_SHOWN,
        "evaluated_note": "first.evaluated_note" if listed else "first.evaluated_some",
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
        "remarked": lambda banners, carried: _remarks(document, say, banners, carried),
        "carried": document.carried_forward,
        "idle": _idle(document),
        "least_lines": LEAST_LINES,
        "peers_shown": PAGE_PEERS,
        "top_months": sorted((m for m in document.by_month if m.key), key=lambda m: (-m.rank, m.key))[:5],
        "period": _period(document, say),
        "longest": {name: _longest(document.by_rule, name) for name in SECTIONS},
        "longest_provider": {name: _longest(document.by_provider, name) for name in SECTIONS},
        "longest_month": {name: _longest(document.by_month, name) for name in SECTIONS},
    }


def _idle(document: AuditDocument) -> frozenset[str]:
    """The rules without a row among the findings: on paper they stand in short."""
    found = {entry.key for entry in document.by_rule}
    return frozenset(
        rule.id for rule in document.rules if not found & {rule.id, *(item[0] for item in rule.variants)}
    )


def _remarks(
    document: AuditDocument, say: Strings, banners: tuple[str, ...], carried: tuple[TableEntry, ...]
) -> list[str]:
    """What a reader must know first: the banners, and tables carried forward unless a banner says so."""
    if any("carried forward" in text for text in banners):
        return list(banners)
    return [
        *banners,
        *(
            say("first.carried", table=document.table_words(table.table), edition=table.edition)
            for table in carried
        ),
    ]


def _app(say: Strings) -> dict[str, Any]:
    """The words that the script of the page puts on screen."""
    return {
        "say": say.script,
        "sections": [wording.SECTION_WORDS[name] for name in SECTIONS],
        "classes": [wording.CLASS_WORDS[name] for name in CLASSES],
        "classShort": [wording.CLASS_SHORT[name] for name in CLASSES],
        "classKeys": list(CLASSES),
        "verdicts": [wording.VERDICT_WORDS[name] for name in VERDICTS],
        "verdictKeys": list(VERDICTS),
        "sectionKeys": list(SECTIONS),
        "directions": dict(wording.DIRECTION_WORDS),
        "bases": dict(wording.REASON_WORDS),
        "limitation": wording.LIMITATION,
        "unverified": wording.UNVERIFIED,
        "draftCause": wording.DRAFT_CAUSE,
        "openEnd": wording.OPEN_END,
        "providerLevel": wording.PROVIDER_LEVEL,
    }


def _charts(document: AuditDocument, say: Strings, shown: Shown) -> dict[str, Markup]:
    """The charts by name; one that could not be drawn without a figure that is not shown is left empty."""
    audited, over = document.reconciliation.parts[0], ("over_definite", "over_probable")
    monthly = not any(shown.hides(entry, *over) for entry in document.by_month)
    whole = not shown.hides(document.totals, *over, "at_risk")

    def by_rule(section: str) -> list[tuple[str, Decimal]]:
        return [(f"{entry.key}  {entry.label}", entry[section].dollars) for entry in document.by_rule]

    return {
        "definite": charts.pareto(
            say, "c-definite", say("summary.definite"), by_rule("over_definite"), "definite"
        ),
        "probable": charts.pareto(
            say, "c-probable", say("summary.probable"), by_rule("over_probable"), "probable"
        ),
        "months": charts.months(
            say,
            "c-months",
            [
                (entry.label, entry["over_definite"].findings, entry["over_probable"].findings)
                for entry in document.by_month
                if entry.key
            ],
        )
        if monthly
        else Markup(""),
        "coverage": charts.coverage(
            say,
            "c-coverage",
            [
                (f"{c.rule_id}  {c.title}", c.evaluated, c.eligible)
                for c in document.coverage
                if c.eligible is not None
            ],
        ),
        "waterfall": charts.waterfall(
            say,
            "c-waterfall",
            audited.charge,
            audited.paid,
            document.totals["over_definite"].dollars,
            document.totals["over_probable"].dollars,
            document.totals["at_risk"].dollars,
        )
        if whole
        else Markup(""),
        "peers": funnel_chart.funnel(say, "c-peers", document.peers),
    }


def _longest(entries: tuple[Breakdown, ...], section: str) -> Decimal:
    return max((entry[section].dollars for entry in entries), default=Decimal(0))


def _period(document: AuditDocument, say: Strings) -> str:
    first, last = document.scope.period_from, document.scope.period_to
    if first is None or last is None:
        return say("page.no_period")
    return (
        _long(first, say)
        if first == last
        else say("page.period", first=_long(first, say), last=_long(last, say))
    )


def _long(value: date, say: Strings) -> str:
    return say("page.date", day=value.day, month=say.listed("page.months")[value.month - 1], year=value.year)


def _usd(value: Decimal | str) -> str:
    return value if isinstance(value, str) else format_usd(value)


def _dash(value: Decimal | str) -> str:
    return _usd(value) if value else "–"


def _count(value: int | None, absent: str) -> str:
    return absent if value is None else f"{value:,}"

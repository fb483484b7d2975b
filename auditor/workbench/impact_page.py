"""The page of an impact: one self-contained file without any script, in the style of the audit's own page."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from auditor.base.money import format_usd
from auditor.base.output import replacing
from auditor.reports.pages import content_policy, page_environment
from auditor.reports.wording import LIMITATION, SECTION_WORDS
from auditor.workbench import impact_words as words
from auditor.workbench.impact_model import KINDS, Impact

_TEMPLATE = "impact.html.j2"
_STYLES = ("audit.css", "print.css", "impact.css")
_FIGURES = {
    "Potential overpayment, claims-evident": "definite",
    "Potential overpayment, record needed": "probable",
    "Potential underpayment": "short",
    SECTION_WORDS["at_risk"]: "risk",
}


def write_page(impact: Impact, path: Path, template_dir: Path) -> None:
    """Write the page to ``path``; a content security policy allows its style by hash and nothing else.

    The same impact gives the same bytes. Raises InputRefused (exit 3) when ``path`` cannot be written.
    """
    style = Markup("\n" + "".join((template_dir / name).read_text(encoding="utf-8") for name in _STYLES))  # noqa: S704  # ours
    environment = page_environment(template_dir)
    environment.filters.update(
        usd=_dollars,
        gained=words.gained,
        count=_count,
        item=words.item,
        outcome=words.outcome,
        place=words.place,
    )
    stream = environment.get_template(_TEMPLATE).stream(
        impact=impact,
        style=style,
        policy=content_policy(style),
        headline=words.headline(impact),
        extent=words.extent(impact) if impact.replayed else "",
        figures=[
            (amounts, _FIGURES[amounts.heading]) for amounts in impact.amounts if amounts.heading in _FIGURES
        ],
        kinds=KINDS,
        kind_words=words.KIND_WORDS,
        kind_meaning=words.KIND_MEANING,
        cases=[
            (kind, list(cases)) for kind, cases in groupby(impact.samples, lambda case: case.difference.kind)
        ],
        limitation=LIMITATION,
    )
    with replacing(path) as beside, beside.open("wb") as out:
        stream.dump(out, encoding="utf-8", errors="replace")


def _dollars(amount: Decimal | None) -> str:
    return "–" if amount is None else format_usd(amount)


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"

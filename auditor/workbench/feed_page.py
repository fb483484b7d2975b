"""The page of an inspection: one self-contained file without any script, in the style of the audit's own page."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from auditor.base.money import format_usd
from auditor.base.output import replacing
from auditor.claims.profile.model import TieOut
from auditor.reports.pages import content_policy, page_environment
from auditor.reports.wording import LIMITATION
from auditor.workbench.feed_chart import chart_of
from auditor.workbench.feed_inspection import Inspection
from auditor.workbench.feed_json import states
from auditor.workbench.feed_oddities import oddities
from auditor.workbench.feed_rows import headline, sections, told_months, warnings

_TEMPLATE = "inspect.html.j2"
_STYLES = ("audit.css", "print.css", "inspect.css")


def write_page(found: Inspection, path: Path, template_dir: Path) -> None:
    """Write the page to ``path``; a content security policy allows its style by hash and nothing else.

    The same inspection gives the same bytes. Raises InputRefused (exit 3) when ``path`` cannot be written.
    """
    style = Markup("\n" + "".join((template_dir / name).read_text(encoding="utf-8") for name in _STYLES))  # noqa: S704  # ours
    stream = (
        page_environment(template_dir)
        .get_template(_TEMPLATE)
        .stream(
            style=style,
            policy=content_policy(style),
            headline=headline(found),
            names=", ".join(file.name for file in found.feed.files[:4]),
            more=max(0, len(found.feed.files) - 4),
            warnings=warnings(found),
            figures=_figures(found),
            sections=sections(found),
            chart=chart_of(told_months(found.profile.months)),
            limitation=LIMITATION,
        )
    )
    with replacing(path) as beside, beside.open("wb") as out:
        stream.dump(out, encoding="utf-8", errors="replace")


def _figures(found: Inspection) -> list[tuple[str, str, str, str]]:
    """The four figures at the top: heading, figure, what is beneath, and the look."""
    counts, profile = found.profile.counts, found.profile
    dollars = next((tie for tie in reversed(profile.tie_out) if tie.audited is not None), None)
    rules, odd = states(found.rules), oddities(found)
    grave = sum(item.severity != "note" for item in odd)
    return [
        (
            "Claim lines to be audited",
            f"{counts['lines_audited']:,}",
            f"of {counts['lines_read']:,} read; {counts['lines_set_aside']:,} set aside, "
            f"{counts['lines_superseded']:,} superseded",
            "short",
        ),
        _dollars(dollars),
        (
            "Rules that can run",
            f"{rules['runs'] + rules['in part']:,}",
            f"{rules['in part']:,} of them in part; {rules['not evaluated'] + rules['left out']:,} with lines in scope "
            f"cannot, {rules['nothing in scope']:,} have nothing in scope",
            "risk",
        ),
        ("Oddities to look at", f"{grave:,}", f"and {len(odd) - grave:,} notes", "probable"),
    ]


def _dollars(tie: TieOut | None) -> tuple[str, str, str, str]:
    if tie is None:
        return ("Dollars", "–", "no line has an amount", "definite")
    name = {"charge": "Charged", "allowed": "Allowed", "paid": "Paid"}.get(tie.name, tie.name)
    came = f"of {format_usd(tie.read)} that came in; dollars tie out" if tie.read is not None else ""
    return (f"{name} on these lines", format_usd(tie.audited), came, "definite")

"""`audit.md`: the summary of an audit as text that reads well as it is and in whatever shows Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from auditor.base.money import format_usd
from auditor.reports import wording
from auditor.reports.document import SECTIONS, AuditDocument, Breakdown, ReconciliationRow
from auditor.reports.profile_cells import OTHERS
from auditor.reports.shown import Shown, shown_of

MOST_ROWS: Final = 25
"""Rules, providers and rules not evaluated that the summary lists; page and workbook list all."""
WITHOUT_DOLLARS: Final = frozenset({"bypassed", "suppressed", "not_evaluated", "no_amount"})
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>|~$&]|^[#+>=-])")
"""What begins markup within a text, and what does at its beginning."""
_NUMBERED: Final = re.compile(r"^(\d+)([.)])(?=\s|$)")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
NO_FIGURE: Final = "–"


def write_markdown(document: AuditDocument, path: Path) -> None:
    """Write the summary to `path`; the same document gives the same bytes. Raises OSError when it cannot be."""
    path.write_text("\n".join(lines(document)) + "\n", encoding="utf-8", errors="replace", newline="\n")


def plain(text: str) -> str:
    """A text as Markdown that shows it and nothing else: no markup, no link, no HTML, no line of its own."""
    text = _MARKUP.sub(r"\\\1", " ".join(_CONTROL.sub(" ", text).split()))
    text = _NUMBERED.sub(r"\1\\\2", text)
    # What looks like an address would become a link of itself in many readers.
    return text.replace("://", ":\u200b//").replace("www.", "www\u200b.").replace("@", "\u200b@")


def lines(document: AuditDocument) -> Iterator[str]:
    """The lines of the summary."""
    yield f"# {plain(document.title)}"
    yield ""
    yield f"Run {plain(document.run_id)}. {plain(document.profile.label)}."
    for banner in document.banners:
        yield from ("", f"> **Note.** {plain(banner)}")
    yield from _headings(document)
    shown = shown_of(document)
    yield from _breakdown("By rule", "Rule", document.by_rule, shown)
    yield from _breakdown("By provider", "Provider", document.by_provider, shown)
    yield from _breakdown("By month of service", "Month", document.by_month, shown, most=None)
    yield from _coverage(document)
    yield from _reconciliation(document)
    yield from _inputs(document)
    for element in document.standards:
        draft = " (draft, auditor to confirm)" if element.draft else ""
        yield from ("", f"## {plain(element.heading)}{draft}", "")
        yield from (f"- {plain(text)}" for text in element.texts)


def _headings(document: AuditDocument) -> Iterator[str]:
    yield from ("", "## What was found", "")
    yield "All amounts are potential and gross. They answer different questions and are never added together."
    yield ""
    yield from _head("Heading", "Findings", "Claim lines", "Dollars")
    for name in SECTIONS:
        yield _row(heading_cells(document, name))
    yield ""
    under = shown_of(document).under(document.totals)
    said = under if isinstance(under, str) else format_usd(under)
    yield f"Potential underpayment of both classes, gross: {said}."


def heading_cells(document: AuditDocument, name: str) -> tuple[str, ...]:
    """What the summary prints of a heading: its words, findings, lines, dollars."""
    words = plain(wording.SECTION_WORDS[name])
    if name in document.withheld:
        return (words, *[wording.NOT_SHOWN] * 3)
    amount = document.totals[name]
    money = NO_FIGURE if name in WITHOUT_DOLLARS else format_usd(amount.dollars)
    return words, f"{amount.findings:,}", f"{amount.lines:,}", money


def _breakdown(
    title: str, first: str, entries: Sequence[Breakdown], shown: Shown, most: int | None = MOST_ROWS
) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if not entries:
        yield shown.no_row
        return
    yield from _head(
        first, "Findings", "Over, claims-evident", "Over, record needed", "Under, gross", "At risk"
    )
    for entry in entries[:most]:
        named = (
            plain(entry.label)
            if entry.key == OTHERS or entry.label.startswith(entry.key)
            else f"{plain(entry.key)} {plain(entry.label)}"
        )
        count = shown.all_findings(entry)
        yield _row((named.strip(), count if isinstance(count, str) else f"{count:,}", *_money(entry, shown)))
    if most is not None and len(entries) > most:
        yield from ("", f"The first {most} of {len(entries):,}; the workbook lists all.")


def _money(entry: Breakdown, shown: Shown) -> Iterator[str]:
    for figure in (
        shown.dollars(entry, "over_definite"), shown.dollars(entry, "over_probable"), shown.under(entry),
        shown.dollars(entry, "at_risk"),
    ):  # fmt: skip
        yield figure if isinstance(figure, str) else format_usd(figure)


def _coverage(document: AuditDocument) -> Iterator[str]:
    yield from ("", "## What was not evaluated", "")
    yield f"Evaluated: {plain(document.evaluated_words)}. What was not evaluated is no pass."
    reasons = [
        (entry, reason)
        for entry in document.coverage
        for reason in entry.reasons
        if reason.lines is None or reason.lines
    ]
    reasons.sort(key=lambda item: (-(item[1].lines or 0), item[0].rule_id, item[1].reason))
    if reasons:
        yield ""
        yield from _head("Rule", "Reason", "Of what", "Number", "Dollars", texts=3)
        for entry, reason in reasons[:MOST_ROWS]:
            lines_said = wording.NOT_KNOWN if reason.lines is None else f"{reason.lines:,}"
            paid = NO_FIGURE if reason.dollars is None else format_usd(reason.dollars)
            said = (plain(entry.rule_id), plain(wording.spoken(reason.reason)), plain(entry.unit))
            yield _row((*said, lines_said, paid))
        if len(reasons) > MOST_ROWS:
            yield from ("", f"The first {MOST_ROWS} of {len(reasons):,}; page and workbook list all.")


def _reconciliation(document: AuditDocument) -> Iterator[str]:
    given = document.reconciliation
    yield from ("", "## Reconciliation", "")
    yield from _head("Part of the input", "Lines", "Paid", "Charged")
    for row in (given.whole, *given.parts):
        yield _row(_reconciled(row, shown_of(document).absent))
    held = sum(check.holds for check in given.checks)
    yield from ("", f"Checks that hold: {held} of {len(given.checks)}.")


def _reconciled(row: ReconciliationRow, none: str) -> tuple[str, ...]:
    return (
        plain(row.label),
        none if row.lines is None else f"{row.lines:,}",
        none if row.paid is None else format_usd(row.paid),
        none if row.charge is None else format_usd(row.charge),
    )


def _inputs(document: AuditDocument) -> Iterator[str]:
    yield from ("", "## Claims files", "")
    yield from _head("File", "Format", "SHA-256", texts=3)
    for item in document.scope.inputs:
        yield _row((plain(item.name), plain(item.format), item.sha256))


def _head(*names: str, texts: int = 1) -> Iterator[str]:
    """The head of a table; its first `texts` columns are texts, the others numbers."""
    yield _row(names)
    yield _row(["---"] * texts + ["---:"] * (len(names) - texts))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

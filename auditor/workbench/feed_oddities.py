"""What is odd about a feed, in words: one list of what readers, checks, dates, payments and versions have to say.

Nothing in it names a patient or a claim. An oddity is no fault: it is what to look at before an audit is relied on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from auditor.base.money import format_usd
from auditor.claims.model import MODIFIER_COLUMNS_OF_A_CLAIM
from auditor.claims.profile.model import Gap
from auditor.claims.profile.months import LEAST
from auditor.claims.readers import CLAIMS
from auditor.reports.wording import spoken
from auditor.workbench.feed_inspection import Inspection

Severity = Literal["error", "warning", "note"]
_ORDER: Final = ("error", "warning", "note")
SPANS: Final = 6
"""Spans of months that one oddity names."""
COLUMNS: Final = 30
"""Columns, or rows of numbered ones, that one oddity names."""
PLACES: Final = 5
"""Places of a data-quality check that are named."""
PAYERS: Final = 10
"""Payers whose missing months are told."""


@dataclass(frozen=True)
class Oddity:
    """Something to look at. ``lines`` counts those it is about, None where that says nothing; ``places`` say where."""

    kind: str
    severity: Severity
    says: str
    lines: int | None = None
    places: tuple[str, ...] = ()


def oddities(found: Inspection) -> tuple[Oddity, ...]:
    """Everything odd, the gravest first, each kind in the order of its making."""
    listed = [
        *_files(found),
        *_notes(found),
        *_diagnostics(found),
        *_months(found),
        *_payers(found),
        *_versions(found),
        *_amounts(found),
        *_fields(found),
        *_remittances(found),
        *_checks(found),
    ]
    return tuple(sorted(listed, key=lambda item: _ORDER.index(item.severity)))


def _files(found: Inspection) -> Iterator[Oddity]:
    passed: dict[str, list[str]] = {}
    for file in found.feed.files:
        if file.why:
            passed.setdefault(file.why, []).append(file.name)
        elif file.part == CLAIMS and file.rows and not file.lines:
            yield Oddity("file", "error", f"{file.name} has {file.rows:,} records and gave no claim line")
    for why, names in passed.items():
        which = f"{names[0]} was" if len(names) == 1 else f"{len(names):,} files were"
        listed = "" if len(names) == 1 else f": {_listed(names)}"
        yield Oddity("file", "warning", f"{which} passed over, as {why}{listed}")
    if found.feed.unmapped_columns:
        unused = found.feed.unmapped_columns
        are = "1 column is" if len(unused) == 1 else f"{len(unused):,} columns are"
        yield Oddity("column", "note", f"{are} not used: {_listed(_together(unused), COLUMNS)}")


def _notes(found: Inspection) -> Iterator[Oddity]:
    for note in found.feed.notes:
        shared = found.profile.allocated.lines and "one payment for all their lines" in note
        passed = any(file.why and note.endswith(file.why) for file in found.feed.files)
        if shared or passed or ": noticed while reading: " in note:
            continue  # told elsewhere: with its dollars, with its file, as a diagnostic
        severity: Severity = "note"
        if note.startswith(("NO LINE WAS AUDITED", "MORE THAN HALF")):
            severity = "error"
        elif "set aside" in note or "malformed" in note or "same content as" in note:
            severity = "warning"
        yield Oddity("reading", severity, note)


def _diagnostics(found: Inspection) -> Iterator[Oddity]:
    for item in found.profile.diagnostics:
        severity: Severity = "note"
        if item.severity in ("error", "warning"):
            severity = "error" if item.severity == "error" else "warning"
        places = tuple(
            f"{file}, at {place:,}" + (f" (byte {byte:,})" if byte else "") if place is not None else file
            for file, place, byte in item.places
        )
        times = f" ({item.times:,} times)" if item.times > 1 else ""
        yield Oddity("diagnostic", severity, f"{item.name}: {item.says}{times}", None, places)


def _months(found: Inspection) -> Iterator[Oddity]:
    yield from _gaps("months", "", found.profile.gaps)


def _payers(found: Inspection) -> Iterator[Oddity]:
    """Months that a payer lacks, where the feed as a whole has them."""
    whole = {(gap.first, gap.last) for gap in found.profile.gaps}
    for payer in found.profile.payers[:PAYERS]:
        mine = [gap for gap in payer.gaps if (gap.first, gap.last) not in whole]
        name = payer.payer_id or "lines that name no payer"
        yield from _gaps("payer", f"{name}: ", mine)


def _gaps(kind: str, stem: str, gaps: Sequence[Gap]) -> Iterator[Oddity]:
    empty = [gap for gap in gaps if gap.lines == 0]
    if empty:
        usual = max(gap.usual for gap in empty)
        severity: Severity = "warning" if usual >= LEAST else "note"
        number = sum(gap.months for gap in empty)
        spans = _listed(_span(gap) for gap in empty)
        yield Oddity(kind, severity, f"{stem}no line at all in {_months_of(number)}: {spans}", 0)
    for edge in (False, True):
        thin = [gap for gap in gaps if gap.lines and gap.at_edge == edge]
        if thin:
            spans = _listed(f"{_span(gap)} ({gap.lines:,}, around it {gap.usual:,})" for gap in thin)
            why = ", where the feed begins or ends, which may be a part of a month" if edge else ""
            yield Oddity(
                kind,
                "note" if edge else "warning",
                f"{stem}far fewer lines than the months around have{why}: {spans}",
                sum(gap.lines for gap in thin),
            )


def _months_of(number: int) -> str:
    return "1 month" if number == 1 else f"{number:,} months"


def _span(gap: Gap) -> str:
    return gap.first if gap.first == gap.last else f"{gap.first} to {gap.last}"


def _listed(texts: Iterable[str], most: int = SPANS) -> str:
    items = list(texts)
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def _together(names: Iterable[str]) -> list[str]:
    """Names with those that differ by a number at their end told as one: `poa_1 to poa_25`."""
    of: dict[str, list[str]] = {}
    for name in names:
        of.setdefault(name.rstrip("0123456789"), []).append(name)
    return [
        text for same in of.values() for text in ([f"{same[0]} to {same[-1]}"] if len(same) > 2 else same)
    ]


def _versions(found: Inspection) -> Iterator[Oddity]:
    for item in found.profile.history:
        worth = f", {format_usd(item.paid)} paid" if item.paid else ""
        severity: Severity = "note" if item.code == "orphan_replacement" else "warning"
        yield Oddity("version", severity, f"lines {item.reason}{worth}", item.lines)


def _amounts(found: Inspection) -> Iterator[Oddity]:
    profile, fields = found.profile, found.feed.fields
    aside = profile.counts["lines_set_aside"]
    if aside:
        (paid,) = [tie.set_aside for tie in profile.tie_out if tie.name == "paid"]
        worth = f", with {format_usd(paid)} paid" if paid else ""
        yield Oddity(
            "set aside",
            "warning",
            f"rows that would not be audited{worth}; their reasons stand with the accounts",
            aside,
        )
    shared = profile.allocated
    if shared.lines:
        yield Oddity(
            "payment",
            "note",
            f"{shared.claims:,} {'claim has' if shared.claims == 1 else 'claims have'} one payment for all their "
            f"lines; {format_usd(shared.paid)} is counted once and shared among the lines by charge",
            shared.lines,
        )
    lacking = [name for name in ("paid", "allowed", "charge") if name not in fields]
    if lacking:
        basis = next((name for name in ("paid", "allowed", "charge") if name in fields), "")
        rests = f"; exposure rests on {basis}" if "paid" in lacking and basis else ""
        yield Oddity(
            "payment", "warning" if "paid" in lacking else "note", f"no file has {', '.join(lacking)}{rests}"
        )
    without = profile.counts["lines_without_amount"]
    if without:
        yield Oddity("payment", "warning", "lines without any amount: paid, allowed or charge", without)


def _fields(found: Inspection) -> Iterator[Oddity]:
    """What the feed cannot say, and what that does to findings."""
    columns = found.feed.modifier_columns
    if columns < MODIFIER_COLUMNS_OF_A_CLAIM:
        room = "one modifier" if columns == 1 else f"{columns} modifiers"
        has = f"has room for {room} a line" if columns else "has no modifiers"
        what = (
            "findings that a further modifier could lift need a record"
            if columns
            else "rules that rest on them are not evaluated on its lines"
        )
        yield Oddity(
            "modifiers",
            "warning",
            f"a file {has}, and a claim has {MODIFIER_COLUMNS_OF_A_CLAIM}: {what}",
        )
    if "dx_ptr" not in found.feed.fields:
        yield Oddity(
            "diagnoses",
            "note",
            "no file says which diagnoses a line points to: findings that hang on it need a record, or rules are not "
            "evaluated",
        )
    blank = sorted(
        item.field for item in found.profile.coverage if item.named and item.lines and not item.filled
    )
    running = {rule.rule_id for rule in found.rules if rule.state in ("runs", "in part")}
    needed = sorted(
        running & {rule for name in blank if name in found.uses for rule in found.uses[name].require}
    )
    if blank:
        one = len(blank) == 1
        are = "a column is there and" if one else f"{len(blank)} columns are there and"
        says = f"{are} blank on every audited line: {', '.join(blank)}"
        if needed:
            it = "it" if one else "one of them"
            says += f"; rules that need {it} find nothing, though they run: {', '.join(needed)}"
        yield Oddity("column", "warning" if needed else "note", says)
    without = found.profile.counts["lines_without_provider"]
    if without:
        yield Oddity(
            "provider", "warning", "lines without the provider by whom lines are put together", without
        )


def _remittances(found: Inspection) -> Iterator[Oddity]:
    for side, why, times in found.profile.unmatched:
        yield Oddity("remittance", "warning", f"{spoken(side)}: {why}", times)


def _checks(found: Inspection) -> Iterator[Oddity]:
    for check in found.checks:
        rows: dict[str, list[str]] = {}
        for at in check["places"][:PLACES]:
            rows.setdefault(at["source_file"], []).append(f"{at['source_pos']:,}")
        places = tuple(f"{file}, row {', '.join(places)}" for file, places in rows.items())
        says = f"{check['catalogue_id']} {check['says']}; {check['treated']}"
        yield Oddity("data quality", "warning", says, int(check["lines"]), places)

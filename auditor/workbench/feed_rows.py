"""An inspection as tables of text, in sections: what the terminal prints and the page lays out, in the same words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from auditor.claims.profile.model import Amounts, Month, TieOut, Told
from auditor.reports.wording import spoken
from auditor.workbench.feed_inspection import Inspection
from auditor.workbench.feed_layout import Section, Table, counted, usd
from auditor.workbench.feed_oddities import oddities
from auditor.workbench.feed_rule_rows import RULES_SAY, asked_table, field_tables, rule_tables

MONTHS = 120
"""Months that are told one by one; of more, years are told."""
_SHORT_HASH = 12


def sections(found: Inspection) -> tuple[Section, ...]:
    """All sections, in the order of their use: what came in, when, from whom, what is odd, which rules can run."""
    return (
        Section("files", "Files", "", (_files(found),)),
        Section("accounts", "What came in, and where it is", _ties(found), _accounts(found)),
        Section("months", "By month of service", _period(found), (_months(found),)),
        Section("payers", "By payer and kind of claim", "", _kinds(found)),
        Section("oddities", "Oddities", "What to look at before an audit is relied on.", (_odd(found),)),
        Section("rules", "Which rules can run", RULES_SAY, rule_tables(found)),
        Section("tables", "Tables that these claims ask", "", (asked_table(found),)),
        Section("fields", "Fields", "Of the audited lines.", field_tables(found)),
    )


def headline(found: Inspection) -> str:
    """What stands first."""
    counts = found.profile.counts
    joined = counts.get("lines_joined", 0)
    told = f", {joined:,} joined to claims as their remittances" if joined else ""
    return (
        f"{counted(counts['lines_read'], 'claim line')} read: {counts['lines_audited']:,} would be audited, "
        f"{counts['lines_superseded']:,} superseded, {counts['lines_set_aside']:,} set aside{told}"
    )


def warnings(found: Inspection) -> tuple[str, ...]:
    """What must be said before anything else."""
    said = [item.says for item in oddities(found) if item.severity == "error"]
    if found.reference.starter:
        said.append(
            "No library was given: which rules can run is told against the starter edition, a small hand-made "
            "selection for demonstration"
        )
    said += [f"The pack {pack} is broken and was left out: {why}" for pack, why in found.broken]
    return tuple(text if text.endswith(".") else f"{text}." for text in said)


def _files(found: Inspection) -> Table:
    return Table(
        "Files given",
        ("File", "Format", "Used as", "Records", "Claim lines", "SHA-256"),
        tuple(
            (
                file.name,
                file.format,
                f"{file.part}: {file.why}" if file.why else file.part,
                f"{file.rows:,}",
                f"{file.lines:,}",
                file.sha256[:_SHORT_HASH],
            )
            for file in found.feed.files
        ),
        frozenset({3, 4}),
    )


def _ties(found: Inspection) -> str:
    counts = found.profile.counts
    return (
        f"Lines and dollars tie out. The audited lines are {counted(counts['claims'], 'claim')} of "
        f"{counted(counts['patients'], 'patient')} (counted within each payer) by "
        f"{counted(counts['providers'], 'provider')}."
    )


def _accounts(found: Inspection) -> tuple[Table, ...]:
    counts, profile = found.profile.counts, found.profile
    joined = counts.get("lines_joined", 0)
    lines = (
        counts["lines_read"],
        counts["lines_audited"],
        counts["lines_superseded"],
        counts["lines_set_aside"],
    )
    rows = [
        ("Claim lines", *(f"{number:,}" for number in lines), *([f"{joined:,}"] if joined else []), "yes")
    ]
    rows += [_tie(tie, bool(joined)) for tie in profile.tie_out]
    titles = (
        "Sum",
        "Came in",
        "Audited",
        "Superseded",
        "Set aside",
        *(["Joined to claims"] if joined else []),
        "Ties",
    )
    made = [Table("Accounts", titles, tuple(rows), frozenset(range(1, len(titles) - 1)))]
    if profile.set_aside:
        made.append(
            Table(
                "Set aside, by reason",
                ("Reason", "Rows", "Charged", "Paid"),
                tuple(_aside(item) for item in profile.set_aside),
                frozenset({1, 2, 3}),
            )
        )
    if profile.superseded:
        made.append(
            Table(
                "Superseded, by reason",
                ("Reason", "Lines", "Paid"),
                tuple((item.reason, f"{item.lines:,}", usd(item.paid)) for item in profile.superseded),
                frozenset({1, 2}),
            )
        )
    if profile.remittances:
        made.append(
            Table("Remittances joined to claims", ("Figure", "Value"), profile.remittances, frozenset({1}))
        )
    return tuple(made)


def _tie(tie: TieOut, joined: bool) -> tuple[str, ...]:
    said = {True: "yes", False: "no", None: "not measured"}[tie.ties]
    parts = [tie.read, tie.audited, tie.superseded, tie.set_aside, *([tie.joined] if joined else [])]
    name = {"charge": "Charged", "allowed": "Allowed", "paid": "Paid"}.get(tie.name, tie.name)
    return (name, *(usd(part) for part in parts), said)


def _aside(item: Told) -> tuple[str, ...]:
    return (item.reason, f"{item.lines:,}", usd(item.charge), usd(item.paid))


def _period(found: Inspection) -> str:
    first, last = found.profile.first, found.profile.last
    if first is None or last is None:
        return "No line was audited, so there is no service date."
    return f"First service day {first}, last {last}. A line counts in the month in which its service began."


def told_months(months: Sequence[Month]) -> tuple[Month, ...]:
    """The months, or where there are more than MONTHS the years: claims of one are then those of its months added."""
    if len(months) <= MONTHS:
        return tuple(months)
    years: dict[str, list[Amounts]] = defaultdict(list)
    for month in months:
        years[month.month[:4]].append(month.amounts)
    return tuple(Month(year, _summed(parts)) for year, parts in years.items())


def _summed(parts: Sequence[Amounts]) -> Amounts:
    def of(name: str) -> int | None:
        known = [value for part in parts if (value := getattr(part, name)) is not None]
        return sum(known) if known else None

    return Amounts(
        sum(part.lines for part in parts),
        sum(part.claims for part in parts),
        of("charge"),
        of("allowed"),
        of("paid"),
        sum(part.denied for part in parts),
    )


_AMOUNTS = ("Lines", "Denied", "Claims", "Charged", "Allowed", "Paid")


def _amounts(item: Amounts) -> tuple[str, ...]:
    counts = (item.lines, item.denied, item.claims)
    return (
        *(f"{number:,}" for number in counts),
        *(usd(cents) for cents in (item.charge, item.allowed, item.paid)),
    )


def _months(found: Inspection) -> Table:
    thin = {gap.first: gap for gap in found.profile.gaps if gap.lines}
    empty = {gap.first: gap for gap in found.profile.gaps if not gap.lines}
    rows = []
    for month in told_months(found.profile.months):
        gap = thin.get(month.month)
        said = f"far fewer lines than around it ({gap.usual:,})" if gap else ""
        rows.append((month.month, *_amounts(month.amounts), said))
    for first, gap in empty.items():
        span = first if first == gap.last else f"{first} to {gap.last}"
        rows.append((span, *("0" for _ in range(3)), "", "", "", "no line at all"))
    rows.sort()
    heading = "Month" if len(found.profile.months) <= MONTHS else "Year"
    return Table(
        "Lines and dollars", (heading, *_AMOUNTS, "Remark"), tuple(rows), frozenset(range(1, 7)), "No line."
    )


def _kinds(found: Inspection) -> tuple[Table, ...]:
    payers = [
        (
            f"{payer.of:,} further payers" if payer.of > 1 else payer.payer_id or "not named",
            spoken(payer.line_of_business),
            f"{payer.patients:,}",
            *_amounts(payer.amounts),
            f"{payer.first} to {payer.last}",
        )
        for payer in found.profile.payers
    ]
    kinds = [
        (kind.claim_type or "not known", spoken(kind.setting) or "not known", *_amounts(kind.amounts))
        for kind in found.profile.kinds
    ]
    versions = [
        (_FREQUENCIES.get(code or "", code or "not given"), state, f"{claims:,}")
        for code, state, claims in found.profile.versions
    ]
    return (
        Table(
            "Payers", ("Payer", "Line of business", "Patients", *_AMOUNTS, "Service days"), tuple(payers),
            frozenset(range(2, 9)), "No line.",
        ),
        Table("Kinds of claim", ("Claim type", "Setting", *_AMOUNTS), tuple(kinds), frozenset(range(2, 8)), "No line."),
        Table("Versions of claims", ("Frequency code", "State", "Claims"), tuple(versions), frozenset({2})),
    )  # fmt: skip


_FREQUENCIES = {"1": "1 original", "7": "7 replacement", "8": "8 void", "": "not given"}


def _odd(found: Inspection) -> Table:
    rows = []
    for item in oddities(found):
        count = "" if item.lines is None else f"{item.lines:,}"
        where = f" First at: {'; '.join(item.places)}." if item.places else ""
        rows.append((item.severity, item.kind, count, f"{item.says}.{where}"))
    return Table(
        "What is odd", ("Weight", "About", "Lines", "What"), tuple(rows), frozenset({2}), "Nothing odd."
    )

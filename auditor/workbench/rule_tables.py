"""Tables made from the rules: how many there are by family, class and verified state; which answers which issue."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.reports.wording import family_words
from auditor.rules import model as m
from auditor.rules.packs import RuleSet
from auditor.workbench.markdown import safe, table

OWN_PACK = "auditor-base"
BEGIN, END = "<!-- made by `auditor rules docs`: begin -->", "<!-- made by `auditor rules docs`: end -->"
LATER = {
    "MN": "coverage", "DX": "diagnosis", "IP": "inpatient", "OP": "inpatient",
}  # fmt: skip
"""Families of the catalogue whose rules are planned, by the letters of their ids."""
_COLUMNS = ["number", "name", "decidable", "catalogue", "note", "url"]


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that CMS approved for recovery auditors; `catalogue` are the rows of the catalogue that answer it.

    `decidable` is yes, partly or no: whether claims alone decide.
    """

    number: str
    name: str
    decidable: str
    catalogue: tuple[str, ...]
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class NamedRule:
    """What a finding may be called: a rule or a variant of one."""

    id: str
    catalogue_ids: tuple[str, ...]
    family: str
    rule_class: m.RuleClass
    verified: bool
    status: str
    file_id: str


def named_rules(pack: RuleSet) -> tuple[NamedRule, ...]:
    """Every name that a finding of the project's own rules may have, by family and id."""
    own = next(info for info in pack.packs if info.facts.id == OWN_PACK).rule_ids
    found = [
        NamedRule(
            variant.id, tuple(variant.catalogue_id.replace(",", " ").split()), rule.family, variant.class_rule.base,
            _verified(rule, variant), rule.status, rule.id,
        )
        for rule in pack.rules
        if rule.id in own
        for variant in rule.all_variants
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda named: (m.FAMILIES.index(named.family), named.id)))


def _verified(rule: m.Rule, variant: m.Variant) -> bool:
    """Whether the text of every criterion that a finding of this name prints was read."""
    keys = variant.cites or rule.cites
    cited = [item for item in rule.citations if not item.secondary and (not keys or item.key in keys)]
    return bool(cited) and all(item.verified for item in cited)


def family_table(rules: Sequence[NamedRule]) -> str:
    """Names by family: how many of each class, of how many every authority was read, how many are experimental."""
    families = [family for family in m.FAMILIES if any(rule.family == family for rule in rules)]
    rows = [
        _row(family_words(family), [rule for rule in rules if rule.family == family]) for family in families
    ]
    rows.append(_row("**all**", rules))
    heads = (
        "Family",
        "Rules",
        "claims-evident",
        "record needed",
        "indicator",
        "all authority read",
        "experimental",
    )
    return table(heads, rows)


def _row(name: str, rules: Sequence[NamedRule]) -> Sequence[str]:
    classes = [sum(rule.rule_class == level for rule in rules) for level in m.LEVELS]
    read, tried = sum(rule.verified for rule in rules), sum(rule.status == "experimental" for rule in rules)
    return [name, *(f"{count or ''}" for count in (len(rules), *classes, read, tried))]


def issues(path: Path) -> tuple[Issue, ...]:
    """The issues of a CSV with the columns number, name, decidable, catalogue, note, url. Raises InputRefused."""
    rows = csv.DictReader(StringIO(path.read_text(encoding="utf-8")))
    if rows.fieldnames != _COLUMNS:
        raise InputRefused(
            f"the list of issues has other columns than {', '.join(_COLUMNS)}", where=path.name,
            why="What answers an issue cannot be told without them.", mend="Name the columns so.",
        )  # fmt: skip
    return tuple(
        Issue(
            row["number"],
            row["name"],
            row["decidable"],
            tuple(row["catalogue"].split()),
            row["note"],
            row["url"],
        )
        for row in rows
    )


def answering(issue: Issue, rules: Iterable[NamedRule]) -> tuple[NamedRule, ...]:
    """The rules that answer an issue, in the order given."""
    return tuple(rule for rule in rules if set(rule.catalogue_ids) & set(issue.catalogue))


def planned(issue: Issue) -> tuple[str, ...]:
    """The families in which a rule for the issue is planned."""
    return tuple(
        dict.fromkeys(LATER[item.split("-")[0]] for item in issue.catalogue if item.split("-")[0] in LATER)
    )


def issues_page(listed: Sequence[Issue], rules: Sequence[NamedRule]) -> str:
    """Every issue with the rules that answer it, or the family in which one is planned, or why there is none."""
    parts = [
        "# Issues of the recovery audit programme",
        "What CMS approved for recovery auditors (a partial list), and which rule answers it. Made by "
        "`auditor rules docs` from `rac_issues.csv` and the rules; edit those, not this page.",
        table(("Issue", "Claims decide", "Catalogue", "Answered by"), _issue_rows(listed, rules)),
    ]
    return "\n\n".join(parts) + "\n"


def _issue_rows(listed: Sequence[Issue], rules: Sequence[NamedRule]) -> Iterator[Sequence[str]]:
    for issue in listed:
        name = " ".join(part for part in (issue.number, safe(issue.name)) if part)
        by = [f"[{rule.id}](rules/{rule.file_id}.md)" for rule in answering(issue, rules)]
        by += [f"planned: {family}" for family in planned(issue)]
        if not by:
            by = ["needs the record" if issue.decidable == "no" else "no rule"]
        told = ", ".join(by) + (f". {safe(issue.note)}" if issue.note else "")
        yield (
            f"[{name}]({issue.url})" if issue.url else name,
            issue.decidable,
            " ".join(issue.catalogue),
            told,
        )


def beside(pages: Path, pack: RuleSet) -> dict[Path, str]:
    """The files beside the folder of pages that hold tables of the rules, as they should be: those that are there.

    They are the list of issues `../rac_issues.md`, made of `../rac_issues.csv`, and the README above, where it has the
    marks. Raises InputRefused for a list of issues with other columns, OSError where one cannot be read.
    """
    if not any(info.facts.id == OWN_PACK for info in pack.packs):
        return {}
    rules, made = named_rules(pack), dict[Path, str]()
    listed, readme = pages.parent / "rac_issues.csv", pages.parent.parent / "README.md"
    if listed.is_file():
        made[listed.with_suffix(".md")] = issues_page(issues(listed), rules)
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    if BEGIN in text:
        made[readme] = placed(text, family_table(rules))
    return made


def placed(text: str, made: str) -> str:
    """`text` with what stands between the marks replaced by `made`. Raises InputRefused where the marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputRefused(
            "the page has no place for the table of rules", why=f"It stands between the lines {BEGIN} and {END}.",
            mend="Put both lines where the table is to stand.",
        )  # fmt: skip
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"

"""A new rule file: in the right folder, with what each key is for, and with cases that fail until it is written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor import __version__
from auditor.base.errors import InputRefused, UsageError
from auditor.rules import model as m
from auditor.rules.pack_files import MANIFEST
from auditor.workbench import grammar
from auditor.workbench.finding_files import ids_in
from auditor.workbench.lint.identity import folder_of
from auditor.workbench.lint.running import rule_files
from auditor.workbench.scaffold_texts import BENCHMARK, FORMS, HEAD, OVERRIDE, PAYER, TAIL, TITLE

FORM_NAMES: Final = (*FORMS, "benchmark", "override")
SCHEMA_NAME: Final = "rule.schema.json"
"""Where this file lies in the folder of a new rule, or above it, the rule names it for the editor."""

_FAMILIES: Final = {
    "MOD": "modifier", "COV": "coverage", "LVL": "upcoding", "PAY": "payer", "DUP": "duplicate", "FREQ": "frequency",
    "EM": "em", "GLOB": "global", "DRUG": "drug", "THER": "therapy", "POS": "place", "DRG": "inpatient",
    "DX": "diagnosis",
    "NCCI-PTP": "ptp", "NCCI-MUE": "mue", "NCCI-AOC": "addon", "ELIG": "eligibility", "FEE": "fee_schedule",
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What was written: the rule file, and the pack's own file where a folder was made for it."""

    file: Path
    pack: Path | None


def make_rule(
    rule_id: str,
    folders: Sequence[Path],
    *,
    own_rules: Path,
    family: str = "",
    form: str = "line",
    into: Path | None = None,
    title: str = "",
) -> Made:
    """Write a new rule file, and a ``pack.yaml`` where `into` names a folder that is not there yet.

    `folders` hold the rules whose ids are taken, `own_rules` is the project's own ``rulesets/``. Raises UsageError
    (exit 2) for an id that is malformed or in use, or a family that cannot be told; InputRefused (exit 3) for a file
    that is there already.
    """
    if not re.fullmatch(grammar.ID_PATTERN, rule_id):
        raise UsageError(
            f"`{rule_id}` is no id of a rule", where="ID", why="an id is sayable on the phone and never changed",
            mend="write <FAMILY>-<TOPIC>-<NNN>, as in MOD-GA-001",
        )  # fmt: skip
    family = _family(rule_id, family, form)
    places = [*folders, *([into] if into is not None and into.is_dir() else [])]
    for path in rule_files(places):
        if rule_id in ids_in(path):
            raise UsageError(
                f"{rule_id} is in use", where=path.name,
                why="an id is never used twice, not even of a rule that is gone",
                mend=f"take the next number: {_next(rule_id, places)}",
            )  # fmt: skip
    folder = into if into is not None else _own_folder(own_rules, family)
    title = " ".join(title.split()) or TITLE
    file = folder / f"{rule_id}_{_slug(title) if title else 'new'}.yaml"
    if file.exists():
        raise InputRefused("the file is there already", where=file.name, mend="name another id or title")
    pack = None
    if not folder.exists():
        folder.mkdir(parents=True)
        if into is not None and _outside_packs(folder):
            pack = folder / MANIFEST
            pack.write_text(_pack(folder.name), encoding="utf-8")
    text = rule_text(rule_id, family, form, title, shared=into is None)
    file.write_text(_modeline(folder) + text, encoding="utf-8")
    return Made(file, pack)


def rule_text(rule_id: str, family: str, form: str, title: str, *, shared: bool = False) -> str:
    """The content of a new rule file; one that is ``shared`` by all payers names none."""
    if form == "override":
        body = OVERRIDE + _override_cases(rule_id)
    elif form == "benchmark":
        body = (
            HEAD.replace("class: probable      ", "class: risk          ")
            + BENCHMARK
            + TAIL.replace(
                'carc_analogue: "16"                  # the claim adjustment reason code that a payer would give\n',
                "",
            )
            + _benchmark_cases(rule_id)
        )
    else:
        body = HEAD + FORMS[form].body + _explanation(form) + TAIL + _cases(rule_id, form)
    marks = {"<ID>": rule_id, "<FAMILY>": family, "<TITLE>": _scalar(title), "<REQUIRES>": _requires(form)}
    for mark, value in marks.items():
        body = body.replace(mark, value)
    if shared and form != "override":
        body = body.replace(f", payer_id: [{PAYER}]}}     # also", "}     # also payer_id,").replace(
            f" payer_id: {PAYER},", ""
        )
    return body


def _requires(form: str) -> str:
    """What the form reads of the claims, as a list that a remark follows."""
    names = ["rendering_npi", "rendering_specialty"]
    if form in FORMS:
        names = ["code", *FORMS[form].requires.split()]
    return f"[{', '.join(f'claim_line.{name}' for name in names)}]".ljust(25)


def _explanation(form: str) -> str:
    role = FORMS[form].role
    where = f"claim {{{role}.claim_id}}" + ("" if form == "claim" else f", line {{{role}.line_no}}")
    what = f"{{{role}.drg}}" if form == "claim" else f"{{{role}.code}}"
    return (
        "explanation: >-                      # one paragraph, with the values that it rests on as {role.field}\n"
        f"  {what} ({where}) was processed without denial on {{{role}.service_date}}. Say here what the\n"
        "  policy asks for, and what was not reviewed.\n"
    )


def _cases(rule_id: str, form: str) -> str:
    """Two cases that fail until the rule is written, and two that hold."""
    known = FORMS[form]
    tables = (
        '    tables: {coverage: [{article: A00001, version: "1", code: "99999", dx_from: "E550", dx_to: "E559", '
        "dx_group: 1, requires: any, exhaustive: true, jurisdiction: TX, effective: 2023-01-01, deleted: null, "
        "edition: example}]}\n"
        if form == "coverage"
        else ""
    )
    finding = f"rule: {rule_id}, verdict: fail, class: probable"

    def case(name: str, day: str, found: bool) -> str:
        listed = "\n".join(f"      - {line.replace('<DAY>', day)}" for line in known.lines.split("\n"))
        expect = ", ".join(f"{{{finding}, line: {line}}}" for line in known.flagged.split()) if found else ""
        return f"  - name: {name}\n{tables}    lines:\n{listed}\n    expect: [{expect}]\n"

    return (
        "tests:                               # at least two that flag, two that do not, one each side of every date\n"
        "  # The first two fail until you REPLACE the codes: in the parameters above, and in the lines of the cases.\n"
        + case("Replace the codes here and above, and this is flagged", "2024-07-10", True)
        + case("On the first day of the policy it is flagged", "2024-01-01", True)
        + case("The day before the policy begins it is no finding", "2023-12-31", False)
        + "  # A case that comes close and is no finding: change what makes it none.\n"
        + f"  - name: A line with another code is no finding\n{tables}    lines:\n"
        + f'      - {{claim_id: A, line_no: 1, code: "99990", payer_id: {PAYER}, date_from: 2024-07-10, '
        + "paid: 100.00}\n    expect: []\n"
    )


def _benchmark_cases(rule_id: str) -> str:
    finding = f'{{rule: {rule_id}, verdict: fail, class: risk, provider: "1000000012", exposure: 0.00}}'

    def case(name: str, year: int, own: str, expect: str) -> str:
        return (
            f"  - name: {name}\n    providers:\n"
            f'      - {{count: 30, rendering_specialty: "08", payer_id: {PAYER}, year: {year}, '
            'visits: {"99998": 24, "99999": 16}}\n'
            f'      - {{rendering_npi: "1000000012", rendering_specialty: "08", payer_id: {PAYER}, year: {year}, '
            f"visits: {own}}}\n"
            f"    expect: [{expect}]\n"
        )

    return (
        "tests:                               # `count` providers alike; `visits` gives lines by code\n"
        "  # The first two fail until you REPLACE the codes: in the parameters above, and in the visits of the cases.\n"
        + case(
            "Replace the codes here and above, and the provider stands out", 2024, '{"99999": 40}', finding
        )
        + case(
            "A provider with most visits at the high levels stands out",
            2024,
            '{"99998": 2, "99999": 38}',
            finding,
        )
        + case("A provider like the peers does not stand out", 2024, '{"99998": 24, "99999": 16}', "")
        + case("Before the rule begins nobody stands out", 2023, '{"99999": 40}', "")
    )


def _override_cases(rule_id: str) -> str:
    def case(name: str, payer: str, day: str, expect: str) -> str:
        return (
            f"  - name: {name}\n    lines:\n"
            f'      - {{claim_id: A, line_no: 1, code: "99999", payer_id: {payer}, date_from: {day}, paid: 100.00}}\n'
            f"    expect: [{expect}]\n"
        )

    finding = "{rule: REPLACE-RULE-001, verdict: suppressed, line: A/1}"
    return (
        "tests:\n"
        "  # REPLACE the lines with lines on which the rule finds something. These cases fail until then.\n"
        + case("A finding on a line of the payer is set aside", "REPLACE-PAYER", "2024-07-10", finding)
        + case("On the first day of the override it is set aside", "REPLACE-PAYER", "2024-01-01", finding)
        + case("On the last day of the override it is set aside", "REPLACE-PAYER", "2026-12-31", finding)
        + case("The day before it begins the finding stands", "REPLACE-PAYER", "2023-12-31", "")
        + case("The day after it ended the finding stands", "REPLACE-PAYER", "2027-01-01", "")
        + case("A finding on a line of another payer stands", "OTHER", "2024-07-10", "")
    )


def _family(rule_id: str, family: str, form: str) -> str:
    if family:
        return family
    if form == "override":
        return "payer"
    if form == "benchmark":
        return "upcoding"
    parts = rule_id.split("-")
    for name in ("-".join(parts[:2]), parts[0]):
        if name in _FAMILIES:
            return _FAMILIES[name]
    if parts[0].lower() in m.FAMILIES:
        return parts[0].lower()
    raise UsageError(
        f"the family of {rule_id} cannot be told from its id", where="--family",
        mend=f"name it: {', '.join(m.FAMILIES)}",
    )  # fmt: skip


def _own_folder(own_rules: Path, family: str) -> Path:
    """The folder of the project's own rules, where they can be written to."""
    if family == "payer":
        raise UsageError(
            "a payer's own file needs a folder", where="--into",
            why="it belongs to the payer, not to the rules that all share", mend="write --into rulesets/payers/<payer>",
        )  # fmt: skip
    if not os.access(own_rules, os.W_OK) or "site-packages" in own_rules.parts:
        raise UsageError(
            "the rules of this installation are not yours to change", where="--into",
            mend="name a folder of your own, as in --into my-rules, and load it with --rulesets my-rules",
        )  # fmt: skip
    return own_rules / folder_of(family)


def _next(rule_id: str, places: Sequence[Path]) -> str:
    stem = rule_id.rpartition("-")[0]
    taken = {name for path in rule_files(places) for name in ids_in(path)}
    return next(f"{stem}-{number:03d}" for number in range(1, 1000) if f"{stem}-{number:03d}" not in taken)


def _slug(title: str) -> str:
    """A title as part of a file name: its first words in small letters, joined by _."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "_".join(words[:7]) or "rule"


def _scalar(text: str) -> str:
    """A text as YAML reads it again: in quotes where a plain one would be read otherwise."""
    words = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
    plain = re.fullmatch(r"[A-Za-z][^\n]*", text) and not re.search(r": |:$| #|[\"\\{}\[\]]", text)
    if plain and text.lower() not in words:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _outside_packs(folder: Path) -> bool:
    """Whether a new folder is a pack of its own: it lies in no pack, or beside the payers."""
    return folder.parent.name == "payers" or not any((above / MANIFEST).exists() for above in folder.parents)


def _modeline(folder: Path) -> str:
    """The line that tells an editor which schema the file follows, where the schema lies beside or above it."""
    for depth, above in enumerate([folder.resolve(), *folder.resolve().parents][:6]):
        if (above / SCHEMA_NAME).is_file():
            return f"# yaml-language-server: $schema={'../' * depth}{SCHEMA_NAME}\n"
    return ""


def _pack(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower()) or ["rules"]
    pack_id = "-".join(words)
    if not pack_id[0].isalpha():
        pack_id = f"pack-{pack_id}"
    return (
        f"id: {pack_id}\n"
        f"title: {' '.join(words).title()}\n"
        "version: 0.1.0                       # three numbers: raised with every change of the pack\n"
        "publisher: REPLACE with who answers for the pack\n"
        "description: REPLACE with what the pack is for\n"
        f"requires_auditor: {__version__}\n"
    )

"""Texts that `rules new` left, fields that the feed may lack, and exposures of a whole line: what lint says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.lint.check_cases import EVERY, WHEN, Changes
from tests.workbench.lint.lint_world import LINE, changed, told

LIFTED = 'bypass: {line.modifiers: {contains: "59"}}'
UNAUTHORISED = (WHEN, WHEN + "      - {line.prior_auth: {exists: false}}\n")

SAID: list[tuple[str, str, Changes, str]] = [
    ("R010", "line", (("owner: Tests", "owner: your name"),), "`owner` is still “your name”"),
    ("R010", "line", (("catalogue_id: AM-06", "catalogue_id: NEW-00"),), "NEW-00"),
    ("R010", "line", (("document: A policy", "document: The policy by its own title"),), "`document`"),
    (
        "R010",
        "line",
        (('with {line.modifiers}"\nrecord', 'Say here what the policy asks for"\nrecord'),),
        "Say here",
    ),
    ("R010", "line", (("setting: [practitioner]", "payer_id: [REPLACE-PAYER]"),), "REPLACE-PAYER"),
    ("R010", "line", (('value: ["76", "77"]', 'value: ["00000", "77"]'),), "00000"),
    ("R010", "override", (("reason: The contract", "reason: REPLACE with the contract"),), "`reason`"),
    (
        "R406",
        "line",
        ((WHEN, WHEN + "      - {line.prior_auth: {exists: false}}\n"),),
        "without `prior_auth` is",
    ),
    (
        "R406",
        "line",
        ((WHEN, WHEN + '      - {line.dx: {disjoint: ["E119"]}}\n'),),
        "without `dx` is flagged",
    ),
    ("R406", "line", ((WHEN, WHEN + '      - {line.drg: {not_in: ["470"]}}\n'),), "`claim_line.drg`"),
    (
        "R406",
        "line",
        ((WHEN, WHEN + '      - not: {line.tob: {starts_with: "11"}}\n'),),
        "loses its exemption",
    ),
    (
        "R406",
        "line",
        (('bypass: {line.modifiers: {contains: "59"}}', "bypass: {line.prior_auth: {exists: true}}"),),
        "loses",
    ),
    (
        "R406",
        "because",
        (
            ("because: {not_payable: {all: primary}}\n  primary: {", "absent: {line: partner, "),
            ('where: {primary.code: "99213"}', 'where: {partner.modifiers: {contains: "25"}}'),
        ),
        "without `modifiers` loses",
    ),
    ("R407", "line", ((", claim_line.pos]", "]"),), "`pos` is read"),
    ("R407", "line", ((WHEN, WHEN + "      - {line.age: {ge: 65}}\n"),), "`claim_line.birth_date`"),
    (
        "R407",
        "line",
        ((WHEN, WHEN + "      - {line.paid: {gt: {of: line.charge, times: 1.5}}}\n"),),
        "`claim_line.charge`",
    ),
    ("R407", "pair", (("requires: [claim_line.provider_id]\n", ""),), "`claim_line.provider_id`"),
    ("R407", "benchmark", ((", claim_line.rendering_specialty]", "]"),), "`rendering_specialty`"),
    (
        "R908",
        "line",
        (
            (
                'bypass_explanation: "{line.code} on {line.service_date} with {line.modifiers}, which lift it"\n',
                "",
            ),
        ),
        "without `bypass_explanation`",
    ),
    (
        "R909",
        "pair",
        ((EVERY, EVERY[:-1] + ", visit.paid: {gt: {of: visit.allowed, times: 0.5}}}"),),
        "above a figure",
    ),
    ("R909", "pair", ((EVERY, EVERY[:-1] + ", visit.paid: {gt: 50.00}}"),), "above a figure"),
]  # fmt: skip
SILENT: list[tuple[str, str, Changes]] = [
    ("R010", "line", (("owner: Tests", "owner: The names of the plan"), ("name: A repeat", "name: A REPLACEMENT"))),
    ("R406", "line", (UNAUTHORISED, (".pos]", ".pos, claim_line.prior_auth]"))),
    ("R406", "line", ((WHEN, WHEN + "      - {line.prior_auth: {exists: true}}\n"),)),
    ("R406", "line", ((WHEN, WHEN + '      - {line.dx: {overlaps: ["E119"], disjoint: ["E118"]}}\n'),)),
    ("R406", "line", (
        UNAUTHORISED,
        ("[{line.units: {gt: 1}, ", "[{line.prior_auth: {exists: false}, reason: a record}, {line.units: {gt: 1}, "),
    )),
    ("R406", "line", (
        (WHEN, WHEN + '      - not: {line.tob: {starts_with: "11"}}\n'),
        ("[Two lines were joined into one.]", "[The claims carry no type of bill (tob).]"),
    )),
    ("R406", "line", (
        (WHEN, WHEN + '      - not: {all: [{is: repeated}, {any: [{line.tob: "1"}, {line.tob: {exists: false}}]}]}\n'),
    )),
    ("R407", "line", ((WHEN, WHEN + "      - {line.frequency_code: \"7\"}\n"), (".pos]", ".pos, claim_line.tob]"))),
    ("R407", "line", ((WHEN, WHEN + "      - {line.no_payment: false, line.mods_truncated: false, line.units: 1}\n"),)),
    ("R909", "pair", ((EVERY, EVERY[:-1] + ", visit.paid: {gt: 0}}"),)),
    ("R909", "pair", ((EVERY, EVERY[:-1] + ", visit.paid: {gt: 50.00}}"), ("method: line}", "method: none}"))),
    ("R909", "pair", ((EVERY, EVERY[:-1] + ", visit.charge: {gt: 50.00}}"),)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "form", "changes", "what"), SAID)
def test_it_is_said(tmp_path: Path, code: str, form: str, changes: Changes, what: str) -> None:
    messages = told(tmp_path, form, changed(form, *changes))
    assert [item for item in messages if item.check == code and what in item.what], messages


@pytest.mark.parametrize(("code", "form", "changes"), SILENT)
def test_nothing_is_said(tmp_path: Path, code: str, form: str, changes: Changes) -> None:
    messages = told(tmp_path, form, changed(form, *changes))
    assert [item.what for item in messages if item.check in {code, "R009"}] == []


def test_a_field_is_told_once_where_it_accuses_most(tmp_path: Path) -> None:
    more = '      - any: [{line.drg: "470"}, {line.drg: {exists: false}}]\n'
    messages = told(tmp_path, "line", changed("line", (WHEN, WHEN + more)))
    assert [(item.check, item.severity) for item in messages] == [("R406", "error")]
    assert messages[0].spot.line == 1 + LINE.count("\n", 0, LINE.index("  when:\n    all:"))


def test_a_number_in_a_parameter_is_told_at_its_own_line_with_the_value_in_quotes(tmp_path: Path) -> None:
    text = changed("line", ('["93010", "93000"]', '["93010", 93000]'))
    messages = [item for item in told(tmp_path, "line", text) if item.severity == "error"]
    line = 1 + text.count("\n", 0, text.index("93000]"))
    assert [(item.check, item.spot.line, item.source[item.spot.column - 1 :][:5]) for item in messages] == [
        ("R006", line, "93000")
    ]
    assert f"`93000` at line {line} is a number" in messages[0].why
    assert messages[0].mend == 'put it in quotes: "93000"'


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("payer_id: LARKSPUR", "write `payer_id: [LARKSPUR]`"),
        ("payer_id: 12345", 'write `payer_id: ["12345"]`'),
        ('payer_id: "A, B"', 'write `payer_id: ["A, B"]`'),
        ("payer_id: [12345]", 'write "12345" in quotes'),
    ],
)
def test_a_text_where_a_list_is_meant_is_shown_as_the_list(tmp_path: Path, written: str, mend: str) -> None:
    messages = told(tmp_path, "line", changed("line", ("setting: [practitioner]", written)))
    assert mend in [item.mend for item in messages if item.check == "R003"]

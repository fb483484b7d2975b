"""Changes to the small rule files, and what lint must say of them, or must not."""

from __future__ import annotations

WORD = "Duarf"[::-1].capitalize()
Changes = tuple[tuple[str, str], ...]

CASES = """  - name: A repeat in a hospital is flagged
    lines: [{code: "93000", modifiers: ["77"], pos: "22", date_from: 2024-03-01, paid: 10.00}]
    expect: [{rule: MOD-GOOD-001, line: A/1}]
"""
WHEN = '      - any: [{line.pos: "11"}, {line.pos: "22"}]\n'
AND = "      - {line.code: {in: $singles}}\n"
EVERY = '  when: {visit.code: {in: ["99213", "99214"]}, surgery.units: {ge: 1}}'

CHOSEN = ('where: {visit.code: "G0439"}', "where: {visit.code: {in: $visits}}")


def since(day: str) -> tuple[str, str]:
    """A list of visits that begins on a day."""
    return (
        "windows:",
        f'parameters: {{visits: {{{day}: {{value: ["G0439"], citation: policy}}}}}}\nwindows:',
    )


BESIDE = """\
  lines: [line]
  absent:
    line: other
    same: [patient_id]
    table: {name: mpfs_rvu, as: fee, on: {code: other.code}, where: {fee.glob_days: "090"}}
"""
"""A partner whose row of a table must say something."""
POSITIVE: list[tuple[str, str, Changes, str]] = [
    ("R001", "line", (('"93010", "93000"', "00100, 0x1"),), "`00100` refused"),
    ("R001", "line", (("severity: low", "severity: low\nseverity: low"),), "stands twice"),
    ("R002", "line", (("root_cause:", "rootcause:"),), "`rootcause`"),
    ("R002", "line", (("verified_note: Not read.", "verified_notes: Not read."),), "`verified_notes`"),
    ("R002", "pair", (("days: [0, 10]", "dayz: [0, 10]"),), "`dayz`"),
    ("R003", "line", (("version: 1\ntitle", "version: one\ntitle"),), "`version` refused"),
    ("R003", "line", (("record_needed: [note]", "record_needed: note"),), "must be a list"),
    ("R004", "line", (("status: stable", "status: stabel"),), "`stabel`"),
    ("R004", "line", (("setting: [practitioner]", "setting: [practicioner]"),), "`practicioner`"),
    ("R005", "line", (("severity: low\n", ""),), "`severity` is missing"),
    ("R005", "pair", (("flag: [visit]", "benchmark: {}\nflag: [visit]"),), "both stand here"),
    ("R006", "line", (("line.units:", "line.unitz:"),), "`line.unitz`"),
    ("R006", "line", (("{gt: 1}", "{more: 1}"),), "operator `more`"),
    ("R006", "line", (("{is: repeated}", "{is: repeatd}"),), "`repeatd`"),
    ("R006", "pair", (("surgery.units: {ge: 1}", "surgry.units: {ge: 1}"),), "`surgry.units`"),
    ("R006", "line", (("  lines: [line]\n", BESIDE.replace("glob_days:", "glob_dayz:")),), "`fee.glob_dayz`"),
    ("R007", "line", (("with {line.modifiers}", "with {line.modifier}"),), "`{line.modifier}`"),
    ("R009", "line", (("flag: [line]", "flag: [lines]"),), "no line of the match"),
    ("R003", "line", (("setting: [practitioner]", "payer_id: LARKSPUR"),), "`payer_id` refused"),
    ("R003", "line", (("setting: [practitioner]", "payer_id: [12345]"),), "must be a text"),
    ("R006", "line", (('["93010", "93000"]', '["93010", 93000]'),), "`93000` in `$singles`"),
    ("R101", "line", (("id: MOD-GOOD-002", "id: MOD_GOOD_2"),), "`MOD_GOOD_2`"),
    ("R102", "line", (("id: MOD-GOOD-001\n", "id: MOD-GOOD-009\n"),), "MOD-GOOD-009"),
    ("R104", "line", (("id: MOD-GOOD-002", "id: MOD-GOOD-001"),), "twice in this file"),
    ("R104", "line", (("id: MOD-GOOD-002", "id: EM-PAIR-001"),), "EM-PAIR-001_good.yaml"),
    ("R105", "line", (("catalogue_id: AM-06", "catalogue_id: some row"),), "`some row`"),
    (
        "R106",
        "line",
        (("status: stable\nowner: Tests\n", "owner: Tests\nstatus: stable\n"),),
        "`status` comes first",
    ),
    ("R106", "line", (("owner: Tests", "owner: Tests   "),), "blanks"),
    (
        "R107",
        "line",
        (("changelog:", "related: [{id: EM-PAIR-002, type: overlaps}]\nchangelog:"),),
        "EM-PAIR-002",
    ),
    ("R201", "line", ((WHEN, WHEN + '      - {line.code: "99213"}\n'),), "`match.when` can never hold"),
    ("R006", "line", ((WHEN, WHEN + "      - {line.units: {between: [5, 2]}}\n"),), "refused"),
    ("R201", "line", ((WHEN, WHEN + "      - {line.units: {gt: 3, lt: 2}}\n"),), "never hold"),
    ("R201", "line", ((AND, "      - {line.code: {in: []}}\n"),), "never hold"),
    ("R201", "line", ((WHEN, WHEN + '      - {line.modifiers: {disjoint: ["76", "77"]}}\n'),), "never hold"),
    ("R201", "line", ((WHEN, WHEN + "      - {line.service_date: {lt: 2023-01-01}}\n"),), "never hold"),
    ("R201", "line", ((WHEN, WHEN + "      - {line.line_of_business: medicaid}\n"),), "never hold"),
    ("R201", "line", ((WHEN, WHEN + "      - {line.denied: true}\n"),), "never hold"),
    ("R201", "line", ((WHEN, WHEN + "      - not: {is: repeated}\n"),), "never hold"),
    ("R201", "line", (('    when: {line.pos: "11"}', '    when: {line.pos: "23"}'),), "`variants.1.when`"),
    (
        "R201",
        "line",
        (('bypass: {line.modifiers: {contains: "59"}}', 'bypass: {line.pos: "23"}'),),
        "`bypass`",
    ),
    ("R201", "line", (("line.units: {gt: 1}", 'line.pos: "23"'),), "`class.probable_when.1`"),
    (
        "R201",
        "benchmark",
        (('numerator: {line.code: "99214"}', 'numerator: {line.code: "99215"}'),),
        "numerator",
    ),
    (
        "R202",
        "line",
        (('{line.pos: "22"}]', '{line.pos: "22"}, {line.denied: true}]'),),
        "alternative can never",
    ),
    ("R202", "line", (('{line.pos: "22"}]', '{line.pos: {in: ["11", "22"]}}]'),), "holds only where"),
    ("R203", "line", ((WHEN, WHEN + "      - {is: repeated}\n"),), "follows from"),
    (
        "R203",
        "line",
        ((WHEN, WHEN + "      - {line.setting: practitioner}\n"),),
        "every line of the rule's scope",
    ),
    ("R203", "line", ((WHEN, WHEN + "      - {line.modifiers: {exists: true}}\n"),), "follows from"),
    (
        "R204",
        "line",
        (
            (
                "bypass: {",
                '  - {id: MOD-GOOD-003, when: {line.pos: "11", line.units: 1}, title: Never}\nbypass: {',
            ),
        ),
        "MOD-GOOD-002 holds wherever",
    ),
    ("R205", "line", (('{contains: "59"}', '{overlaps: ["76", "77", "59"]}'),), "every match"),
    ("R206", "line", (("line.units: {gt: 1}", 'line.modifiers: {overlaps: ["76", "77"]}'),), "every match"),
    ("R207", "line", (("let:", "let:\n  spare: {line.units: 1}"),), "`spare`"),
    (
        "R207",
        "line",
        (("  repeats:", '  spare: {2024-01-01: {value: ["1"], citation: policy}}\n  repeats:'),),
        "`$spare`",
    ),
    ("R207", "pair", (("windows:", "windows:\n  spare: {days: [0, 1], citation: policy}"),), "`spare`"),
    (
        "R207",
        "pair",
        ((EVERY, EVERY + "\n  lookup: [{name: ncci_mue, as: mue, on: {code: visit.code}}]"),),
        "nothing reads the row `mue`",
    ),
    (
        "R208",
        "line",
        ((WHEN, WHEN + "      - {line.claim_type: {ne: profesional}}\n"),),
        "never `profesional`",
    ),
    ("R209", "sequence", (("months: [-11, 0], whole_months: true", "days: [1, 300]"),), "after the visit"),
    ("R209", "sequence", (("limit: 1", "limit: 0"),), "limit of 0"),
    ("R301", "line", (("to: null", "to: 2023-06-30"),), "ends on 2023-06-30"),
    ("R301", "override", (("expires: 2024-12-31", "expires: 2023-12-31"),), "ends on 2023-12-31"),
    (
        "R302",
        "line",
        (
            ('{2023-06-01: {value: ["93010"], citation: other}, 2024-03-01:', "{2024-03-01:"),
            ("citation: other}}", 'citation: other}, 2023-06-01: {value: ["93010"], citation: other}}'),
        ),
        "2023-06-01 stands after",
    ),
    (
        "R303",
        "line",
        (
            ("repeats: {2024-01-01", "repeats: {2024-05-01"),
            ("date_from: 2024-03-01", "date_from: 2024-06-01"),
            (
                '"93010", modifiers: ["76"], pos: "11", date_from: 2024-01-01',
                '"93010", modifiers: ["76"], pos: "11", date_from: 2024-06-01',
            ),
            ("2024-02-29", "2023-02-28"),
        ),
        "`$repeats` has no value from 2024-01-01",
    ),
    (
        "R304",
        "line",
        (("{2023-06-01: {", '{2022-01-01: {value: ["1"], citation: other}, 2023-06-01: {'),),
        "replaced on 2023-06-01",
    ),
    ("R304", "line", (("to: null", "to: 2024-02-15"),), "after the rule ended"),
    ("R401", "line", (("cites: [policy]", "cites: [other]"),), "MOD-GOOD-001 is definite"),
    ("R402", "line", (("    verified: true\n", "    verified: false\n"),), "none of its citations"),
    ("R403", "line", (("    verified_note: Read. It says so.\n", ""),), "without a note"),
    ("R403", "line", (("    url: https://www.example.org/cp-1\n", ""),), "not where it was read"),
    ("R404", "line", (("verified: false, ", ""),), "`other`"),
    (
        "R405",
        "line",
        (("  - {key: other,", "  - {key: third, document: T, verified: false}\n  - {key: other,"),),
        "`third`",
    ),
    ("R501", "line", ((CASES, ""),), "one case expects a finding"),
    ("R501", "override", (("verdict: suppressed", "verdict: fail"),), "shows what the override changes"),
    (
        "R502",
        "line",
        (("    expect: []\n", "    expect: [{rule: MOD-GOOD-001, line: A/1}]\n"),),
        "no case expects no finding",
    ),
    ("R502", "override", (("verdict: fail", "verdict: suppressed"),), "leaves alone"),
    ("R503", "line", (("date_from: 2023-12-31", "date_from: 2023-12-30"),), "2023-12-31"),
    ("R503", "line", (("date_from: 2024-02-29", "date_from: 2024-02-28"),), "`$singles` changes"),
    ("R503", "line", (("to: null", "to: 2024-08-31"),), "2024-08-31 or 2024-09-01"),
    ("R503", "override", (("date_from: 2025-01-01", "date_from: 2025-01-02"),), "2025-01-01"),
    ("R503", "benchmark", (("year: 2022", "year: 2024"),), "before"),
    ("R504", "line", (("name: A repeat in an office is flagged", "name: Flagged"),), "no sentence"),
    ("R504", "line", (("name: A repeat in an office", "name: a repeat in an office"),), "small letter"),
    ("R504", "line", (("name: A repeat in an office is", "name: A repeat in a hospital is"),), "two cases"),
    ("R601", "override", (("[MOD-GOOD-001]", "[MOD-GOOD-001, MOD-GOD-001]"),), "MOD-GOD-001"),
    ("R602", "override", (("when: {line.payer_id: ACME}", 'when: {line.code: "93010"}'),), "every payer"),
    (
        "R602",
        "override",
        (("when: {line.payer_id: ACME}", "when: {any: [{line.payer_id: ACME}, {line.units: 1}]}"),),
        "every payer",
    ),
    (
        "R602",
        "override",
        (("when: {line.payer_id: ACME}", "when: {line.payer_id: {ne: ACME}}"),),
        "every payer",
    ),
    (
        "R602",
        "override",
        (("when: {line.payer_id: ACME}", "when: {line.payer_id: ACME, line.units: {gt: 2, lt: 1}}"),),
        "never hold",
    ),
    ("R602", "override", (("{line.payer_id: ACME}", '{line.payer_id: {starts_with: ""}}'),), "every payer"),
    ("R602", "override", (("{line.payer_id: ACME}", "{line.payer_id: $line.payer_id}"),), "every payer"),
    (
        "R602",
        "override",
        (("{line.payer_id: ACME}", '{line.payer_id: {in_ranges: ["ACMEA-ZCMEA"]}}'),),
        "every payer",
    ),
    ("R602", "override", (("{line.payer_id: ACME}", '{line.payer_id: {in: [ACME, ""]}}'),), "every payer"),
    ("R602", "override", (("{line.payer_id: ACME}", "{not: {line.payer_id: ACME}}"),), "every payer"),
    ("R603", "override", (("  expires: 2024-12-31\n", ""),), "no last day"),
    (
        "R604",
        "override",
        (("{line.payer_id: ACME}", "{line.payer_id: ACME, line.setting: inpatient}"),),
        "scopes exclude",
    ),
    (
        "R604",
        "override",
        (("from: 2024-02-01", "from: 2020-02-01"), ("expires: 2024-12-31", "expires: 2020-12-31")),
        "dates do not meet",
    ),
    (
        "R606",
        "override",
        (("action: suppress", 'action: set_parameter\n  parameter: repeat\n  value: ["76"]'),),
        "no parameter `repeat`",
    ),
    (
        "R606",
        "override",
        (("action: suppress", "action: set_parameter\n  parameter: repeats\n  value: 3"),),
        "the value here is a number",
    ),
    ("R305", "sequence", (CHOSEN, since("2024-01-01")), "lines from 2023-02-01 may stand in the window"),
    (
        "R701",
        "line",
        (("let:", "let:\n  one: {is: two}\n  two: {any: [{is: one}, {line.units: 1}]}"),),
        "rests on itself",
    ),
    (
        "R702",
        "line",
        (
            ("family: modifier", "family: integrity"),
            ("flag: [line]", "unless: {not_payable: line}\nflag: [line]"),
        ),
        "no family comes before",
    ),
    ("R703", "because", (("family: em", "family: ptp"),), "concludes that a line"),
    (
        "R705",
        "line",
        (("changelog:", "related: [{id: MOD-GOOD-001, type: replaced_by}]\nchangelog:"),),
        "MOD-GOOD-001 -> MOD-GOOD-001",
    ),
    ("R901", "line", (("title: In an office", f"title: {WORD}ulent"),), f"`{WORD}ulent`"),
    ("R902", "line", (("false_positives: [Two lines were joined into one.]\n", ""),), "`false_positives`"),
    ("R902", "line", (("root_cause: contradictory modifiers\n", ""),), "`root_cause`"),
    ("R902", "line", (("record_needed: [note]\n", ""),), "`record_needed`"),
    ("R903", "line", (("with {line.modifiers}", "with {Line.Modifiers}"),), "`{Line.Modifiers}`"),
    ("R903", "line", (("with {line.modifiers}", "with {modifiers}"),), "`{modifiers}`"),
    ("R904", "line", (('"93010", "93000"', '"93010", "9300"'),), "`9300` in `$singles`"),
    ("R904", "line", (('{contains: "59"}', '{contains: "lt"}'),), "`lt`"),
    ("R904", "line", ((WHEN, WHEN + '      - {line.dx: {contains: "E11.9"}}\n'),), "`E11.9`"),
    (
        "R904",
        "line",
        ((AND, AND + '      - {line.code: {in_ranges: ["93000-93019", "930-931"]}}\n'),),
        "`930-931`",
    ),
    ("R904", "line", ((WHEN, WHEN + '      - {line.sex: "m"}\n'),), "`m`"),
    ("R904", "line", ((WHEN, WHEN + "      - {line.sex: FEMALE}\n"),), "`FEMALE`"),
    ("R904", "line", ((WHEN, WHEN + '      - {line.service_state: "fl"}\n'),), "`fl`"),
    ("R904", "line", ((WHEN, WHEN + '      - {line.revenue_code: {starts_with: "45"}}\n'),), "`45`"),
    ("R904", "line", ((WHEN, WHEN + '      - {line.code: {starts_with: "J18X"}}\n'),), "`J18X`"),
    ("R904", "line", ((WHEN, WHEN + '      - {line.billing_npi: "100000012"}\n'),), "`100000012`"),
    ("R904", "line", ((WHEN, WHEN + "      - {line.rendering_npi: {in: [prv1]}}\n"),), "`prv1`"),
    ("R904", "line", ((WHEN, WHEN + '      - {line.billing_tin: "59200000"}\n'),), "`59200000`"),
    (
        "R905",
        "pair",
        (
            ("method: line}", "method: excess_units, limit: $most}"),
            ("windows:", "parameters: {most: {2024-01-01: {value: 1, citation: policy}}}\nwindows:"),
        ),
        "excess units",
    ),
    ("R905", "pair", (("class: probable", "class: risk"),), "an indicator with an amount"),
    ("R906", "benchmark", (("class: risk", "class: probable"),), "class probable"),
    ("R906", "benchmark", (("direction: neutral", "direction: over"),), "`over`"),
    (
        "R907",
        "pair",
        (("{visit.code} on {visit.service_date} after {surgery.code}", "A visit"),),
        "none of the values",
    ),
]


NEGATIVE: list[tuple[str, str, Changes]] = [
    ("R201", "line", ((WHEN, WHEN + "      - {line.units: {gt: 2, lt: 3}}\n"),)),
    ("R006", "line", (("  lines: [line]\n", BESIDE),)),
    ("R201", "line", ((WHEN, WHEN + "      - {line.service_date: {ge: 2024-02-01}}\n"),)),
    ("R201", "line", ((WHEN, WHEN + "      - {line.code: {ne: \"93010\"}}\n"),)),
    ("R201", "line", ((WHEN, WHEN + "      - {line.code: {in_ranges: [\"93001-93020\"]}}\n"),)),
    ("R201", "line", ((WHEN, WHEN + "      - {line.code: {starts_with: \"930\"}}\n"),)),
    ("R201", "line", ((WHEN, WHEN + "      - {line.modifiers: {disjoint: [\"76\"]}}\n"),)),
    ("R201", "line", ((WHEN, WHEN + "      - {line.paid: {gt: {of: line.charge, times: 1.5}}}\n"),)),
    ("R202", "line", (('{line.pos: "22"}]', '{line.pos: {in: ["22", "23"]}}]'),)),
    ("R203", "line", ((WHEN, WHEN + "      - {line.units: {gt: 0}}\n"),)),
    ("R204", "line", (("bypass: {", "  - {id: MOD-GOOD-003, when: {line.units: 1}, title: Else}\nbypass: {"),)),
    ("R205", "line", (('{contains: "59"}', '{overlaps: ["76", "59"]}'),)),
    ("R206", "line", (("line.units: {gt: 1}", 'line.modifiers: {contains: "76"}'),)),
    ("R303", "line", (("repeats: {2024-01-01", "repeats: {2024-02-01"), ("2024-02-29", "2024-01-31"))),
    ("R304", "line", (("to: null", "to: 2024-03-01"),)),
    ("R305", "sequence", (CHOSEN, since("2023-02-01"))),
    ("R305", "sequence", (CHOSEN, since("2024-01-01"), ("$visits}", "$visits}, visit.service_date: {ge: 2024-01-01}"))),
    ("R903", "line", (("with {line.modifiers}", "with {line.modifiers}, one of {$singles}"),)),
    ("R602", "override", (("{line.payer_id: ACME}", '{any: [{line.payer_id: ACME}, {line.billing_npi: "1"}]}'),)),
    ("R602", "override", (("{line.payer_id: ACME}", "{not: {line.payer_id: {not_in: [ACME]}}}"),)),
    ("R602", "override", (("{line.payer_id: ACME}", "{line.plan_id: {in: [A, B]}, line.units: 1}"),)),
    ("R604", "override", (("{line.payer_id: ACME}", "{line.payer_id: ACME, line.line_of_business: commercial}"),)),
    ("R604", "override", (("from: 2024-02-01", "from: 2020-02-01"),)),
    ("R901", "line", (("document: A policy", f"document: {WORD} and abuse handbook"),)),
    ("R903", "line", (("with {line.modifiers}", "with {line.modifiers}, X{EPSU} and {}"),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.dx: {any_starts_with: ["E11", "Z79"]}}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.sex: {in: [M, U]}}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.service_state: FL}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.revenue_code: {starts_with: "045"}}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.code: {starts_with_any: ["J18", "0", "9921"]}}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.billing_npi: {in: ["1000000012", "PRV-12"]}}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.billing_tin: {in: ["592000001", "59-2000001"]}}\n'),)),
    ("R904", "line", ((WHEN, WHEN + '      - {line.rendering_npi: {starts_with: "12"}}\n'),)),
    ("R905", "pair", (("class: probable", "class: risk"), ("method: line}", "method: line, at_risk: true}"))),
]  # fmt: skip
"""Of each of these the check named says nothing."""

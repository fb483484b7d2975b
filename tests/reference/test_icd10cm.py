import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from auditor.reference.editions import choose
from auditor.reference.importers.icd10cm import stated_period
from tests.reference.layouts import zipped

NAME = "icd10cm_order_2025.txt"
# Codes and flags as published, descriptions too: they are public.
ROWS = [
    ("A00", "0", "Cholera", "Cholera"),
    ("A000", "1", "Cholera due to Vibrio cholerae 01, biovar cholerae", "Cholera due to Vibrio cholerae 01"),
    (
        "A001",
        "1",
        "Cholera due to Vibrio cholerae 01, biovar eltor",
        "Cholera due to Vibrio cholerae 01, eltor",
    ),
    ("T360X", "0", "Poisoning by penicillins", "Poisoning by, adverse effect of penicillins"),
    ("T360X1A", "1", "Poisoning by penicillins, accidental, init", "Poisoning by penicillins, accidental"),
    ("QA0", "0", "Neurodevelopmental disorders", "Neurodevelopmental disorders, genetic"),
    ("QA00101", "1", "SCN2A-related disorder", "SCN2A-related neurodevelopmental disorder"),
    ("U09", "0", "Post COVID-19 condition", "Post COVID-19 condition"),
    ("U099", "1", "Post COVID-19 condition, unspecified", "Post COVID-19 condition, unspecified"),
]
CODES = "A000    Cholera due to Vibrio cholerae 01, biovar cholerae\r\nA001    Cholera, eltor\r\n"


def order(rows=ROWS, first=1):
    return "".join(
        f"{number:05d} {code:7} {flag} {short:60} {long}\r\n"
        for number, (code, flag, short, long) in enumerate(rows, start=first)
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, order()),
        ("ICD10CM-ORDER-2025.TXT", order().replace("\r\n", "\n")),
        (NAME, order().encode("utf-16")),
        (
            "2025-code-descriptions-tabular-order.zip",
            zipped({f"Code Descriptions/{NAME}": order().encode()}),
        ),
    ],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    edition = report.edition
    assert desk.rows(report, "* EXCLUDE (effective, deleted)", "order_number") == [
        (number, code, flag == "1", short, long)
        for number, (code, flag, short, long) in enumerate(ROWS, start=1)
    ]
    assert (edition.table, edition.edition) == ("icd10cm", "FY2025")
    assert edition.counts == {"rows": 9, "billable": 5, "headers": 4}
    assert (edition.valid_from, edition.valid_to) == (dt.date(2024, 10, 1), dt.date(2025, 9, 30))
    assert desk.rows(report, "DISTINCT effective, deleted") == [(dt.date(2024, 10, 1), dt.date(2025, 9, 30))]


def test_accents_of_an_older_copy_are_read(desk):
    rows = [*ROWS[:-1], ("U099", "1", "Ménière", "Ménière's disease")]
    report = desk.take(desk.write(NAME, order(rows).encode("cp1252")))[0]
    assert desk.rows(report, "long_description", "order_number DESC")[0] == ("Ménière's disease",)


@pytest.mark.parametrize(
    ("names", "period"),
    [
        (["icd10cm_order_2025.txt"], "FY2025"),
        (["icd10cm-order-April-2025.txt"], "2025-04-01"),
        (["icd10cm-order-April-1-2026.txt"], "2026-04-01"),
        (["icd10cm_order_2026.txt", "april-1-2026-code-descriptions-tabular-order.zip"], "2026-04-01"),
        (["icd10cm-order-Jan-2021.txt"], "2021-01-01"),
        (["icd10cm_order_2025.txt", "April update.zip"], "2025-04-01"),
        (["icd10cm_order_2025.txt", "codes October 2024.zip"], "FY2025"),
        (["icd10cm_order_2024.txt", "2024-code-descriptions-tabular-order-updated-02-01-2024.zip"], "FY2024"),
        (["icd10cm_tabular_2021.xml", "2021-code-tables-updated-12162020.zip"], "FY2021"),
        (["order.txt", "FY2026.zip"], "FY2026"),
        (["order.txt"], None),
        (["maybe.txt"], None),
    ],
)
def test_names_tell_the_fiscal_year_or_the_day_of_an_update(names, period):
    assert stated_period(names) == period


@pytest.mark.parametrize(
    "names",
    [
        ["icd10cm_order_2025.txt", "2024-code-descriptions-tabular-order.zip"],
        ["icd10cm_order_2025.txt", "april-1-2026-code-descriptions-tabular-order.zip"],
        ["icd10cm-order-April-2025.txt", "icd10cm-January-2025.zip"],
    ],
)
def test_names_that_contradict_each_other_are_refused(desk, names):
    path = desk.write(names[1], zipped({names[0]: order().encode()}))
    with pytest.raises(InputRefused, match="state different periods"):
        desk.take(path)
    assert desk.take(path, edition="FY2025")[0].edition.edition == "FY2025"


def test_a_name_without_a_year_is_refused_and_the_option_helps(desk):
    path = desk.write("order.txt", order())
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2025-04-01")[0].edition.valid_to == dt.date(2025, 9, 30)


def test_the_april_update_answers_from_its_day_until_the_fiscal_year_ends(desk):
    desk.take(desk.write(NAME, order()))
    more = [*ROWS[:3], ("A009", "1", "Cholera, unspecified", "Cholera, unspecified"), *ROWS[3:]]
    desk.take(desk.write("icd10cm-order-April-2025.txt", order(more)))
    answers = choose(Library.open(desk.library).editions(), as_of=None, carry_forward=frozenset())
    assert [(a.edition.edition, a.date_from, a.date_to) for a in answers] == [
        ("FY2025", dt.date(2024, 10, 1), dt.date(2025, 3, 31)),
        ("2025-04-01", dt.date(2025, 4, 1), dt.date(2025, 9, 30)),
    ]


GAP = order(ROWS[:3]) + order(ROWS[3:], first=5)
SUSPICIOUS = {
    "order numbers are missing": GAP,
    "repeat the order number": order(ROWS[:3]) + order(ROWS[3:], first=3),
    "the end of the file is missing": order(ROWS[:7]),
    "header codes have no code below them": order([*ROWS[:4], *ROWS[5:]]),
    "have codes below them": order([("A00", "1", "Cholera", "Cholera"), *ROWS[1:]]),
    "repeat the key": order([*ROWS[:2], ROWS[1], *ROWS[2:]]),
}


@pytest.mark.parametrize("fact", SUSPICIOUS)
def test_a_file_that_is_not_whole_is_refused_unless_accepted_on_record(desk, fact):
    path = desk.write(NAME, SUSPICIOUS[fact])
    with pytest.raises(InputRefused, match=fact):
        desk.take(path)
    assert desk.visible() == []
    edition = desk.take(path, accept=True)[0].edition
    assert any(fact in accepted for accepted in edition.accepted)
    assert any(fact in remark for remark in edition.remarks)


def test_before_chapter_22_had_codes_a_file_ends_with_chapter_21(desk):
    rows = [*ROWS[:3], ("Z00", "0", "Encounter", "Encounter"), ("Z0000", "1", "Encounter", "Encounter")]
    assert desk.take(desk.write("icd10cm_order_2019.txt", order(rows)))[0].edition.accepted == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("00004 A009    2 Cholera, unspecified", "not a line of the order file's fixed positions"),
        (order([("A009", "2", "Cholera", "Cholera")], 4).rstrip(), "header flag is neither 0 nor 1"),
        (
            order([("A0.9", "1", "Cholera", "Cholera")], 4).rstrip(),
            "code is not an ICD-10-CM code in its place",
        ),
        (
            order([(" A009", "1", "Cholera", "Cholera")], 4).rstrip(),
            "code is not an ICD-10-CM code in its place",
        ),
        (order([("A009", "1", "", "Cholera")], 4).rstrip(), "short description is blank"),
        ("000", "not a line of the order file's fixed positions"),
    ],
)
def test_a_line_of_another_shape_is_rejected_with_its_place(desk, line, reason):
    lines = order().splitlines()
    text = "\n".join([*lines[:3], line, *lines[3:]])
    edition = desk.take(desk.write(NAME, text))[0].edition
    assert edition.rejected == {reason: 1}
    assert edition.rejected_examples == ({"file": NAME, "line": 4, "reason": reason},)


def test_the_codes_file_beside_it_is_left_out(desk):
    members = {"icd10cm_codes_2025.txt": CODES.encode(), NAME: order().encode()}
    report = desk.take(desk.zip("2025-code-descriptions-tabular-order.zip", members))[0]
    assert report.edition.rows == 9
    assert "the order file has its codes" in report.skipped[0]


def test_the_codes_file_alone_is_refused_with_a_hint(desk):
    with pytest.raises(InputRefused, match="Import the order file"):
        desk.take(desk.write("icd10cm_codes_2025.txt", CODES))


def test_an_addenda_file_is_no_order_file(desk):
    text = "Add:           00004 A009    1 Cholera, unspecified\r\nDelete:        00003 A001    1 Cholera\r\n"
    with pytest.raises(InputRefused, match="no table known here"):
        desk.take(desk.write("icd10cm_order_addenda_2025.txt", text))

import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.importers.icd10cm_patterns import Categories, patterns_of
from tests.reference.layouts import zipped

NAME = "icd10cm_tabular_2025.xml"


def notes(container, *texts):
    return f"<{container}>{''.join(f'<note>{text}</note>' for text in texts)}</{container}>"


def diag(name, *content):
    return f"<diag><name>{name}</name><desc>Invented</desc>{''.join(content)}</diag>"


def section(name, *content):
    return f'<section id="{name}"><desc>Invented ({name})</desc>{"".join(content)}</section>'


def chapter(number, scope, *content, index=()):
    refs = "".join(f'<sectionRef first="{i[:3]}" last="{i[-3:]}" id="{i}"/>' for i in index)
    return (
        f"<chapter><name>{number}</name><desc>Invented ({scope})</desc>{''.join(content[:1])}"
        f"<sectionIndex>{refs}</sectionIndex>{''.join(content[1:])}</chapter>"
    )


def book(*chapters, version="2025", before=""):
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\r\n{before}<ICD10CM.tabular>\r\n<version>{version}</version>\r\n'
        "<introduction><introSection><instruction><note>See (A00)</note></instruction></introSection></introduction>"
        f"\r\n{''.join(chapters)}</ICD10CM.tabular>\r\n"
    )


SEVENTH = (
    '<sevenChrNote><note>One of these characters</note></sevenChrNote><sevenChrDef><extension char="A">initial'
    '</extension><extension char="D">subsequent,</extension><note>\tgoing on</note></sevenChrDef>'
)
GOUT = section(
    "M05-M14",
    notes("excludes2", "arthropathy (D37-D48)"),
    diag("M05", notes("codeFirst", "cause, such as:", "conditions classified to A00.-")),
    diag("M1A", diag("M1A.0", notes("excludes1", "gout (M10.-)"))),
    diag("M10"),
    diag("M14"),
)
CHAPTERS = (
    chapter(
        1,
        "A00-B99",
        notes("useAdditionalCode", "code for resistance (Z16.-)"),
        section("A00-A09", notes("includes", "communicable diseases"), diag("A00"), diag("A09")),
        index=["A00-A09"],
    ),
    chapter(2, "C00-D49", "", section("D37-D48", diag("D37"), diag("D48")), section("D3A", diag("D3A"))),
    chapter(3, "M00-M99", "", GOUT, section("M15-M19", diag("M15")), index=["M05-M14", "M15-M19"]),
    chapter(
        4,
        "T00-T88",
        "",
        section(
            "T36-T50",
            diag(
                "T36", SEVENTH, notes("excludes1", "toxic reaction (T36-T50 with fifth or sixth character 5)")
            ),
            diag("T50"),
        ),
    ),
    chapter(
        5, "Z00-Z99", "", section("Z00-Z99", diag("Z16", "<inclusionTerm><note>x</note></inclusionTerm>"))
    ),
)
BOOK = book(*CHAPTERS)
COLUMNS = "level, stands_at, scope_from, scope_to, kind, note_number, seventh_character, parsed, codes_from, codes_to"


def test_notes_come_out_with_their_scope_and_codes(desk):
    report = desk.take(desk.write(NAME, BOOK))[0]
    rows = desk.rows(report, COLUMNS, "stands_at, scope_from, kind, note_number, codes_from")
    toxic = ("code", "T36", "T36", "T36")
    assert rows == [
        ("section", "A00-A09", "A00", "A09", "includes", 1, None, None, None, None),
        ("chapter", "A00-B99", "A00", "A09", "use_additional", 1, None, True, "Z16", "Z16"),
        ("code", "M05", "M05", "M05", "code_first", 1, None, None, None, None),
        ("code", "M05", "M05", "M05", "code_first", 2, None, True, "A00", "A00"),
        ("section", "M05-M14", "M05", "M14", "excludes2", 1, None, True, "D37", "D37"),
        ("section", "M05-M14", "M05", "M14", "excludes2", 1, None, True, "D48", "D48"),
        ("section", "M05-M14", "M1A", "M1A", "excludes2", 1, None, True, "D37", "D37"),
        ("section", "M05-M14", "M1A", "M1A", "excludes2", 1, None, True, "D48", "D48"),
        ("code", "M1A0", "M1A0", "M1A0", "excludes1", 1, None, True, "M10", "M10"),
        (*toxic, "excludes1", 1, None, False, None, None),
        (*toxic, "seven_chr", 1, None, None, None, None),
        (*toxic, "seven_chr", 2, "A", None, None, None),
        (*toxic, "seven_chr", 3, "D", None, None, None),
    ]
    assert desk.rows(report, "note", "stands_at, kind, note_number")[-1] == ("subsequent, going on",)
    edition = report.edition
    assert (edition.table, edition.edition) == ("icd10cm_notes", "FY2025")
    assert (edition.valid_from, edition.valid_to) == (dt.date(2024, 10, 1), dt.date(2025, 9, 30))
    assert edition.counts == {
        "rows": 13, "notes": 10, "excludes1": 2, "excludes2": 1, "code_first": 2, "use_additional": 1,
        "code_also": 0, "seven_chr": 3, "includes": 1, "codes_read": 4, "codes_not_read": 1, "without_codes": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "period"),
    [
        (NAME, BOOK, "FY2025"),
        (NAME, BOOK.replace("utf-8", "utf-16").encode("utf-16"), "FY2025"),
        ("tabular.xml", BOOK, "FY2025"),
        ("icd10cm-tabular-April-2025.xml", BOOK, "2025-04-01"),
        ("icd10c-tabular-April-1-2025.xml", BOOK.replace("\r\n", ""), "2025-04-01"),
        (
            "april-1-2025-code-tables-tabular-index.zip",
            zipped({f"Table and Index/{NAME}": BOOK.encode()}),
            "2025-04-01",
        ),
    ],
)
def test_the_period_comes_from_the_name_within_the_files_fiscal_year(desk, name, content, period):
    edition = desk.take(desk.write(name, content))[0].edition
    assert (edition.edition, edition.rows, edition.valid_to) == (period, 13, dt.date(2025, 9, 30))


@pytest.mark.parametrize(
    ("name", "options"),
    [("icd10cm_tabular_2024.xml", {}), (NAME, {"edition": "FY2024"}), (NAME, {"edition": "2026-04-01"})],
)
def test_a_period_outside_the_files_fiscal_year_is_refused(desk, name, options):
    with pytest.raises(InputRefused, match="it is of fiscal year 2025"):
        desk.take(desk.write(name, BOOK), **options)
    assert desk.visible() == []


LIST = Categories(
    "A00 A15 A19 A37 C00 C7A C75 C76 C80 D37 D3A D48 E08 E09 E13 F10 F19 H90 I12 I13 I21 I69 J44 J4A J45 J65 "
    "J96 K85 K86 M05 M1A M10 M14 M15 N18 QA0 S02 S06 T36 T50 T82 T84 Z68 Z79".split(),
    {"M05-M14": ["M05", "M1A", "M10", "M14"], "D37-D48": ["D37", "D48"]},
)


@pytest.mark.parametrize(
    ("note", "patterns"),
    [
        ("tuberculosis (A15.32)", [("A1532", "A1532")]),
        ("long term use (Z79.-)", [("Z79", "Z79")]),
        ("infection (A00.7-)", [("A007", "A007")]),
        ("tuberculosis (A15-A19)", [("A15", "A19")]),
        ("kidney disease (I12.-, I13.-)", [("I12", "I12"), ("I13", "I13")]),
        ("infarction (I21.0-I21.B)", [("I210", "I21B")]),
        ("pancreas (K85-K86.-)", [("K85", "K86")]),
        ("vessels (I69.2--I69.7-)", [("I692", "I697")]),
        ("vessels (I69.0 -I69.9)", [("I690", "I699")]),
        ("arthritis (M05.00 to M05.8A)", [("M0500", "M058A")]),
        ("devices (T82.6-T82.7, T84)", [("T826", "T827"), ("T84", "T84")]),
        ("blanks (Z79.82 )", [("Z7982", "Z7982")]),
        ("trailing comma (N18.1,)", [("N181", "N181")]),
        ("(Z79.0, Z79.1), if applicable", [("Z790", "Z790"), ("Z791", "Z791")]),
        ("adults (Z68.1-Z68.45) or pediatrics (Z68.5-)", [("Z681", "Z6845"), ("Z685", "Z685")]),
        ("vitamin B12 deficiency (D48.0)", [("D480", "D480")]),
        ("disorder (QA0.0101)", [("QA00101", "QA00101")]),
        ("diabetes (E08-E13 with .42)", [("E0842", "E0842"), ("E0942", "E0942"), ("E1342", "E1342")]),
        ("diabetes (E08, E13 with final characters .00 or .01)",
         [("E0800", "E0800"), ("E0801", "E0801"), ("E1300", "E1300"), ("E1301", "E1301")]),
        ("diabetes (E08 with .51-.52)", [("E0851", "E0852")]),
        ("diabetes (E08 with .62-)", [("E0862", "E0862")]),
        ("drugs (F10, with .17, .27)", [("F1017", "F1017"), ("F1027", "F1027")]),
        ("arthropathy (M05-M14)", [("M05", "M14"), ("M1A", "M1A")]),
        ("neoplasms (D37-D48)", [("D37", "D37"), ("D48", "D48")]),
        ("neoplasms (C00-C75)", [("C00", "C75"), ("C7A", "C7A")]),
        ("neoplasms (C76-C80)", [("C76", "C76"), ("C80", "C80")]),
        ("hearing loss as classified in H90.-", [("H90", "H90")]),
        ("conditions classified to I21.0-I21.4", [("I210", "I214")]),
        ("jaw pain Z79.84", [("Z7984", "Z7984")]),
        ("any associated:", []),
        ("disease NOS (HIV) (acute)", []),
    ],
)  # fmt: skip
def test_codes_in_notes_are_read(note, patterns):
    assert patterns_of(note, LIST) == patterns


@pytest.mark.parametrize(
    "note",
    [
        "drug (T36-T50 with fifth or sixth character 5)",
        "drug (T36-T50 with final character 6)",
        "fracture (S02.- with 7th character B)",
        "speech (I69. with final characters -23)",
        "drugs (F10-F19 with .15. .25, .95)",
        "failure (J96. with 5th character 2)",
        "cough with pneumonia (A37 with fifth-character 1)",
        "pneumoconiosis with tuberculosis, any type in A15 (J65)",
        "pneumoconiosis with tuberculosis, any type in A15",
        "code from category Z79 to identify",
        "codes T36.0-T36.8, T84.8-T84.9, to identify:",
        "haemorrhage (I12.-. I13.-, I21.-)",
        "imbalance (E08.8}",
        "prosthesis (Z79.52-",
        "concussion classified in S06.1- to S06.6-, and S06.81- to S06.89-",
        "obstruction (J44-J4A)",
        "range of an absent category (A16-A19)",
        "the wrong way (A19-A15)",
        "absent category with a dot (B99.8)",
    ],
)
def test_codes_that_cannot_be_read_wholly_are_not_guessed(note):
    assert patterns_of(note, LIST) is None


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (BOOK[:-200], "damaged or cut short"),
        (BOOK.replace("</section>", "", 1), "damaged or cut short"),
        (BOOK.replace("Invented", "Invented &amp &", 1), "damaged or cut short"),
        (BOOK.encode().replace(b"Invented", b"\xff\xfe\xfd", 1), "damaged or cut short"),
        (book(), "it holds no note"),
        (BOOK.replace("<version>2025</version>", ""), "it is of fiscal year unknown"),
        (book(*["<a>" * 50 + "</a>" * 50]), "nest more than"),
        (book(chapter(1, "A00-B99", notes("includes", "x" * 200_000))), "a text of more than"),
    ],
    ids=["cut", "unclosed", "ampersand", "bytes", "empty", "no version", "deep", "endless text"],
)
def test_damaged_files_are_refused_in_one_paragraph(desk, content, what):
    with pytest.raises(InputRefused, match=what) as refused:
        desk.take(desk.write(NAME, content))
    assert "\n" not in str(refused.value)
    assert desk.visible() == []


def test_entity_bombs_and_outside_entities_are_refused(desk):
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    for declared in (
        f'[<!ENTITY l0 "ha">{laughs}]',
        '[<!ENTITY l9 SYSTEM "file:///etc/passwd">]',
        'SYSTEM "x.dtd"',
    ):
        text = book(*CHAPTERS, before=f"<!DOCTYPE ICD10CM.tabular {declared}>\r\n")
        with pytest.raises(InputRefused, match="declares a document type"):
            desk.take(desk.write(NAME, text.replace("communicable", "&l9;")))


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (book(*CHAPTERS[:2], *CHAPTERS[3:]), "its chapters are 1, 2, 4, 5 and not a series"),
        (
            BOOK.replace('id="M15-M19"><desc', 'id="M16-M19"><desc'),
            r"1 sections of its index are missing \(M15-M19\)",
        ),
    ],
)
def test_a_list_that_lacks_parts_is_refused_unless_accepted_on_record(desk, content, fact):
    path = desk.write(NAME, content)
    with pytest.raises(InputRefused, match=fact):
        desk.take(path)
    edition = desk.take(path, accept=True)[0].edition
    assert len(edition.accepted) == 1
    assert edition.remarks[-1] == f"accepted on import: {edition.accepted[0]}"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<name>A09</name>", "<name>9A9</name>", "code is not an ICD-10-CM code or range"),
        ('id="A00-A09"><desc', 'id="elsewhere"><desc', None),
        (
            "<excludes2>",
            "<excludes3><note>x (A00)</note></excludes3><excludes2>",
            "element excludes3 is not known",
        ),
    ],
)
def test_what_cannot_be_read_is_counted_with_its_line(desk, old, new, reason):
    edition = desk.take(desk.write(NAME, BOOK.replace(old, new)), accept=True)[0].edition
    assert edition.rejected == ({reason: 1} if reason else {})
    if reason:
        assert edition.rejected_examples[0]["line"] == 5


def test_another_xml_of_the_same_archive_is_left_out(desk):
    index = b"<?xml version='1.0'?><ICD10CM.index><version>2025</version></ICD10CM.index>"
    members = {NAME: BOOK.encode(), "icd10cm_index_2025.xml": index}
    report = desk.take(desk.zip("2025-code-tables-tabular-and-index.zip", members))[0]
    assert (report.edition.rows, len(report.skipped)) == (13, 1)

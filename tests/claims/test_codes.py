"""A procedure code that is none is never audited as one: mended where that is certain, else its line is set aside."""

import pytest

MENDED = {
    "CPT 99213": ("99213", []), "cpt:99213": ("99213", []), "HCPCS J1100": ("J1100", []), "CPT-99213": ("99213", []),
    "'82040": ("82040", []), "99213.00": ("99213", []), "82040-91": ("82040", ["91"]), "82040 91": ("82040", ["91"]),
    "82040:91": ("82040", ["91"]), "99213-25-gt": ("99213", ["25", "GT"]), "CPT 82040 - 91": ("82040", ["91"]),
}  # fmt: skip
INVALID = ["9.92E+04", "8205", "#9921", "99213TC", "992130", "ABCDE", "99A13", "0450", "450", "82040-9", "12345678901",
           "82040/91", "9921", "99213 see note", "AAA00"]  # fmt: skip


def test_what_is_certain_is_mended(read, table):
    got = read(table(*(f"C{n},1,P,2024-07-01,{text},1,10,8" for n, text in enumerate(MENDED))))
    assert got.rows("SELECT code, modifiers FROM claim_line ORDER BY line_id") == list(MENDED.values())
    assert [note.split(":")[0] for note in got.feed.notes if "mended" in note or "apart" in note] == [
        "2 lines",
        "9 lines",
    ]


def test_modifiers_of_a_code_come_first(read, table):
    got = read(
        table("C,1,P,2024-07-01,82040-91,1,10,8,LT,", "C,2,P,2024-07-01,82040,1,1,1,LT,", more="mod1,mod2")
    )
    assert got.rows("SELECT code, modifiers FROM claim_line ORDER BY 2") == [
        ("82040", ["91", "LT"]),
        ("82040", ["LT"]),
    ]
    assert got.column("SELECT DISTINCT code_key FROM claim_line") == [0]


@pytest.mark.parametrize("kind", ["P", "I"])
def test_what_is_no_code_sets_its_line_aside(read, table, kind):
    rows = [f"C{n},1,P,2024-07-01,{text},1,10,8,{kind},0300" for n, text in enumerate(INVALID)]
    got = read(table(*rows, more="claim_type,revenue_code"))
    assert got.rows("SELECT reason_code, paid FROM set_aside") == [("code_invalid", 800)] * len(INVALID)


@pytest.mark.parametrize(
    "text", ["99213", "J1100", "0001T", "0001U", "0500F", "0001M", "D0120", "g0439", "00100"]
)
def test_every_kind_of_procedure_code_is_taken(read, table, text):
    got = read(table(f"C,1,P,2024-07-01,{text},1,10,8"))
    assert got.column("SELECT code FROM claim_line") == [text.upper()]
    assert not any("mended" in note for note in got.feed.notes)


def test_a_code_of_anaesthesia_gets_its_leading_zero_back_on_a_professional_line(read, table):
    rows = [
        f"C{n},1,P,2024-07-01,{text},1,10,8,{kind}"
        for n, (text, kind) in enumerate([("1961", "P"), ("1961", "I")])
    ]
    got = read(table(*rows, more="claim_type"))
    assert got.column("SELECT code FROM claim_line") == ["01961"]
    assert got.rows("SELECT source_pos, reason_code FROM set_aside") == [(2, "code_invalid")]
    assert any("spreadsheet's form" in note for note in got.feed.notes)


@pytest.mark.parametrize("word", ["nan", "N/A", "#N/A", "none", "0"])
def test_a_word_for_nothing_is_no_code(read, table, word):
    rows = [f"C,1,P,2024-07-01,{word},1,10,8,I,0300", f"C,2,P,2024-07-01,{word},1,10,8,P,"]
    got = read(table(*rows, more="claim_type,revenue_code"))
    assert got.rows("SELECT line_no, code, code_key FROM claim_line") == [(1, None, None)]
    assert got.rows("SELECT source_pos, reason_code FROM set_aside") == [(2, "code_missing")]


def test_a_payment_group_beside_its_revenue_code_is_kept(read, table):
    rows = [
        "C,1,P,2024-07-01,KBQF1,1,10,8,I,0022",
        "C,2,P,2024-07-01,1BB1A,1,10,8,I,0023",
        "C,3,P,2024-07-01,KBQF1,1,1,1,I,0300",
    ]
    got = read(table(*rows, more="claim_type,revenue_code"))
    assert got.column("SELECT line_no FROM claim_line") == [1, 2]


def test_every_npi_of_the_feed_is_told_of_whatever_part(read, table):
    rows = [
        "C,1,P,2024-07-01,99213,1,10,8,1000000012,1000000020,",
        "C,2,P,2024-07-01,99214,1,10,8,1000000012,,1000000038",
        "D,1,P,no day,99213,1,10,8,1000000046,,",
    ]
    got = read(table(*rows, more="rendering_npi,referring_npi,billing_npi"))
    assert got.column("SELECT npi FROM claim_npi ORDER BY 1") == [
        "1000000012", "1000000020", "1000000038", "1000000046",
    ]  # fmt: skip


def test_a_feed_without_npis_has_none(read, table):
    assert read(table("C,1,P,2024-07-01,99213,1,10,8")).column("SELECT npi FROM claim_npi") == []


def test_npis_are_not_gathered_when_nobody_asks(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,10,8,1000000012", more="rendering_npi"), npis=False)
    assert got.column("SELECT npi FROM claim_npi") == []

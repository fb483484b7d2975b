import pytest

from auditor.base.errors import InputRefused, UsageError
from tests.reference.layouts import PTP_ROWS, mue_text, ptp_text, zipped

ONE = ptp_text(PTP_ROWS[:2])
TWO = ptp_text(PTP_ROWS[2:])


def test_parts_are_one_edition(desk):
    reports = desk.take(desk.write("ccipra-v302r0-f2.txt", TWO), desk.write("ccipra-v302r0-f1.txt", ONE))
    assert len(reports) == 1
    assert reports[0].edition.rows == 4
    assert [member["part"] for member in reports[0].edition.members] == [1, 2]
    assert [file.name for file in reports[0].edition.files] == [
        "ccipra-v302r0-f1.txt",
        "ccipra-v302r0-f2.txt",
    ]


@pytest.mark.parametrize(("numbers", "missing"), [([2], "f1"), ([1, 3], "f2"), ([4], "f1, f2, f3")])
def test_a_missing_part_is_refused(desk, numbers, missing):
    paths = [desk.write(f"ccipra-v302r0-f{n}.txt", ONE) for n in numbers]
    with pytest.raises(InputRefused, match=f"part {missing} of ncci_ptp_practitioner 2024Q3 is missing"):
        desk.take(*paths)
    assert desk.visible() == []


def test_text_and_workbook_of_one_part_in_a_zip_are_taken_once(desk):
    content = {"ccipra-v302r0-f1.TXT": ptp_text().encode(), "copy/ccipra-v302r0-f1.txt": ptp_text().encode()}
    reports = desk.take(desk.zip("edits.zip", content))
    assert reports[0].edition.rows == 4
    assert "the same part" in reports[0].skipped[0]


def test_two_different_files_for_one_part_are_refused(desk):
    paths = [
        desk.write("ccipra-v302r0-f1.txt", ONE),
        desk.zip("more.zip", {"ccipra-v302r0-f1.txt": TWO.encode()}),
    ]
    with pytest.raises(InputRefused, match="two different files are the same part"):
        desk.take(*paths)


def test_a_whole_and_parts_of_it_are_refused(desk):
    with pytest.raises(InputRefused, match="a whole table"):
        desk.take(desk.write("ccipra-v302r0-f1.txt", ONE), desk.write("ccipra-v302r0.txt", TWO))


def test_practitioner_and_hospital_in_one_command_are_two_editions(desk):
    content = {"ccipra-v302r0-f1.txt": ONE.encode(), "ccioph-v302r0-f1.txt": TWO.encode()}
    tables = [report.edition.table for report in desk.take(desk.zip("both.zip", content))]
    assert sorted(tables) == ["ncci_ptp_hospital", "ncci_ptp_practitioner"]


def test_a_name_without_quarter_is_refused_and_the_option_helps(desk):
    path = desk.write("practitioner.txt", ptp_text())
    with pytest.raises(InputRefused, match="--edition") as refused:
        desk.take(path)
    assert refused.value.exit_code == 3
    assert desk.take(path, edition="2024q3")[0].edition.edition == "2024Q3"


def test_a_name_without_setting_is_refused_and_the_option_helps(desk):
    path = desk.write("edits-v302r0-f1.txt", ptp_text())
    with pytest.raises(InputRefused, match="--setting practitioner or --setting hospital"):
        desk.take(path)
    assert desk.take(path, setting="hospital")[0].edition.table == "ncci_ptp_hospital"


def test_the_users_quarter_outranks_a_wrong_name(desk):
    path = desk.write("ccipra-v300r0-f1.txt", ptp_text())
    assert desk.take(path, edition="2024Q3")[0].edition.edition == "2024Q3"


@pytest.mark.parametrize("options", [{"edition": "2024"}, {"edition": "2024Q5"}, {"setting": "clinic"}])
def test_options_of_no_meaning_are_usage_errors(desk, options):
    with pytest.raises(UsageError):
        desk.take(desk.write("ccipra-v302r0-f1.txt", ONE), **options)


def test_there_is_no_ptp_table_for_dme(desk):
    with pytest.raises(InputRefused, match="no table of NCCI PTP edits for dme"):
        desk.take(desk.write("v302r0.txt", ONE), setting="dme")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "nothing to see\n"),
        ("ccipra-v302r0-f1.txt", "Sorry, the page you asked for does not exist\n"),
        ("ccipra-v302r0-f1.txt", b"\x89PNG\r\n\x1a\n\0\0\0\0"),
        ("claims.csv", "claim_id,line_no,patient_id,code\n1,1,2,99213\n"),
        ("letter.docx", zipped({"word/document.xml": b"<w/>"})),
    ],
)
def test_files_of_unknown_kind_are_refused_in_one_paragraph(desk, name, content):
    with pytest.raises(InputRefused, match="no table known here") as refused:
        desk.take(desk.write(name, content))
    assert refused.value.exit_code == 3
    assert "\n" not in str(refused.value)
    assert desk.visible() == []


def test_a_file_named_like_a_ptp_file_that_is_none_is_told_so(desk):
    with pytest.raises(InputRefused, match="although its name"):
        desk.take(desk.write("ccipra-v302r0-f1.txt", "nothing here\n"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<html>not found</html>\n", "this is a web page"),
        ("\n <!DOCTYPE html>\n<html><body>licence</body></html>", "this is a web page"),
        ("HCPCS;VALUE;MAI;RATIONALE;X\n99213;1;2;;\n", "separated by semicolons"),
    ],
)
def test_what_is_often_given_in_place_of_a_table_is_named(desk, content, told):
    with pytest.raises(InputRefused, match=told):
        desk.take(desk.write("MCR_MUE_PractitionerServices_Eff_07-01-2024.zip", content))
    assert desk.visible() == []


def test_one_bad_file_lets_nothing_in(desk):
    good = desk.write("ccipra-v302r0-f1.txt", ptp_text())
    with pytest.raises(InputRefused):
        desk.take(good, desk.write("notes.txt", "hello\n"))
    assert desk.visible() == []


def test_files_beside_a_known_one_in_an_archive_are_left_out_and_named(desk):
    content = {"ccipra-v302r0-f1.txt": ptp_text().encode(), "licence.txt": b"terms\n"}
    reports = desk.take(desk.zip("edits.zip", content))
    assert reports[0].skipped == ("edits.zip > licence.txt: not a table known here",)


def test_an_empty_archive_is_refused(desk):
    with pytest.raises(InputRefused, match="no file was found"):
        desk.take(desk.zip("empty.zip", {}))


def test_medicaid_tables_are_not_taken_for_medicares(desk):
    content = mue_text([("99213", 1, "", "")])
    report = desk.take(desk.write("medicaid-practitioner-2024q3.csv", content))[0]
    assert report.edition.table == "medicaid_mue_practitioner"

import json

import pytest

from auditor.cli.main import main
from tests.reference.layouts import PTP_ROWS, mue_text, ptp_text

MUE = "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"


@pytest.fixture
def run(tmp_path, capsys):
    def call(*arguments):
        code = main(["tables", *map(str, arguments), "--library", str(tmp_path / "library")])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def file(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    return path


def test_import_list_and_check_tell_the_same_edition(tmp_path, run):
    path = file(tmp_path, "ccipra-v302r0-f1.txt", ptp_text())
    code, out, err = run("import", path, "--note", "effective dates reconstructed")
    assert (code, err) == (0, "")
    assert "ncci_ptp_practitioner 2024Q3" in out
    assert "4 rows imported" in out
    assert "note: effective dates reconstructed" in out
    assert "4     2024-07-01" in run("list")[1]
    assert "1996-01-01    2024-09-30  effective dates reconstructed" in run("check")[1]


def test_json_is_machine_readable(tmp_path, run):
    path = file(tmp_path, MUE, mue_text([("36416", 0, "3 x", "CMS Policy")]))
    made = json.loads(run("import", path, "--format", "json", "--published", "2024-06-01")[1])
    assert (made[0]["counts"]["value_0"], made[0]["published"], made[0]["already"]) == (
        1,
        "2024-06-01",
        False,
    )
    listed = json.loads(run("list", "--format", "json")[1])
    assert listed == [{key: value for key, value in made[0].items() if key not in ("already", "skipped")}]
    checked = json.loads(run("check", "--format", "json")[1])
    assert checked["answers"][0]["date_from"] == "2024-07-01"
    assert "ncci_ptp_practitioner" in checked["missing"]
    assert json.loads(run("check", "--as-of", "2024-05-31", "--format", "json")[1])["answers"] == []


def test_an_empty_library_says_that_the_starter_edition_serves(run):
    assert "starter edition" in run("list")[1]
    code, out, _ = run("check")
    assert code == 0
    assert "ncci_mue_dme" in out.split("Nothing answers for: ")[1]
    assert json.loads(run("check", "--format", "json")[1])["starter"] is True


def test_a_refused_file_is_exit_3_and_one_paragraph(tmp_path, run):
    code, out, err = run("import", file(tmp_path, "notes.txt", "hello\n"))
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert err.startswith("auditor: notes.txt: this is no table known here")


def test_what_the_census_found_is_refused_then_accepted(tmp_path, run):
    row = ("45385", "45378", "", "20240101", "20230101", "0", "x")
    path = file(tmp_path, "ccipra-v302r0-f1.txt", ptp_text([*PTP_ROWS[:2], row]))
    code, _, err = run("import", path)
    assert code == 3
    assert "--accept" in err
    code, out, _ = run("import", path, "--accept")
    assert code == 0
    assert "accepted on import: 1 rows whose effective date is after their deletion date" in out


def test_edition_and_setting_can_be_said(tmp_path, run):
    path = file(tmp_path, "edits.txt", ptp_text())
    assert run("import", path)[0] == 3
    assert (
        "ncci_ptp_hospital 2024Q1" in run("import", path, "--edition", "2024Q1", "--setting", "hospital")[1]
    )


@pytest.mark.parametrize(
    "arguments", [["import"], ["import", "absent.txt"], ["check", "--as-of", "yesterday"]]
)
def test_wrong_calls_are_exit_2(run, arguments):
    assert run(*arguments)[0] == 2


def test_a_rejected_row_is_named_with_its_place(tmp_path, run):
    path = file(tmp_path, MUE, mue_text([("36416", 0, "3 x", ""), ("3641", 0, "3 x", "")]))
    assert f"rejected: {MUE} line 6: code is not five characters" in run("import", path)[1]

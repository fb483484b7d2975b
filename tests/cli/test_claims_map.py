import json

import openpyxl
import pytest

from auditor.cli.main import main

ODD = (
    "Charges\n\nVisit No;Chart;Service From;Proc Code;Qty;Billed;Subscriber DOB\n"
    "V1;77;13.01.2024;99213 - SOME WORDS;1,0;120,50;01.02.1950\n"
    "V1;77;13.01.2024;82040 - OTHER WORDS;2,0;20,00;01.02.1950\n"
    "V2;78;31.01.2024;99214 - MORE WORDS;1,0;1.150,00;01.02.1950\n"
    "Total;;;;4,0;1.290,50;\n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(ODD, encoding="utf-8")
    return path


def run(capsys, *arguments):
    code = main(["claims", "map", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_map_is_proposed_with_why_and_the_first_rows_as_read(capsys, file):
    code, out, _ = run(capsys, file)
    assert code == 0
    assert "Billed          charge      high        synonym; decimal comma" in out
    assert "Subscriber DOB  -           none        of the subscriber" in out
    assert "With this map 3 of the rows looked at are claim lines" in out
    assert "V2        1        78          2024-01-31  99214  1      1150.00" in out
    assert "Nothing is written" in out


def test_the_map_that_is_written_reads_the_file(capsys, file, tmp_path):
    said = tmp_path / "maps" / "m.yaml"
    assert run(capsys, file, "--out", said)[0] == 0
    code, out, _ = run(capsys, file, "--map", said, "--rows", 1)
    assert code == 0
    assert "With this map 3 of" in out


@pytest.mark.slow
def test_an_audit_asks_for_the_map_and_takes_it(capsys, file, tmp_path):
    said = tmp_path / "m.yaml"
    assert run(capsys, file, "--out", said)[0] == 0
    arguments = [
        "audit",
        str(file),
        "--out",
        str(tmp_path / "o"),
        "--no-reports",
        "--quiet",
        "--workers",
        "1",
    ]
    assert main(arguments) == 3
    assert "claims map" in capsys.readouterr().err
    assert main([*arguments, "--map", str(said)]) == 0
    run_json = json.loads((tmp_path / "o" / "run.json").read_text())
    assert run_json["counts"]["lines_audited"] == 3
    assert run_json["counts"]["lines_set_aside"] == 1
    assert run_json["options"]["column_map"]["charge"] == {"column": "Billed", "decimal": ","}


def test_json_says_the_same(capsys, file):
    code, out, _ = run(capsys, file, "--format", "json", "--rows", 2)
    told = json.loads(out)
    assert code == 0
    assert told["lacking"] == []
    assert told["lines_read"] == 3
    assert [line["charge"] for line in told["lines"]] == ["120.50", "20.00"]
    assert told["columns"][3] == {
        "column": "Proc Code", "place": 4, "field": "code", "confidence": "high", "score": 0.95, "why": "synonym",
        "remark": "the code is taken from before its description",
    }  # fmt: skip


def test_the_sheet_with_most_fields_is_chosen_and_the_others_are_named(capsys, tmp_path):
    book = openpyxl.Workbook()
    book.create_sheet("Notes", 0).append(["one", "two"])
    sheet = book.create_sheet("Claims")
    sheet.append(["claim_id", "line_no", "patient_id", "dos", "cpt", "units", "paid"])
    sheet.append(["C1", 1, "P1", "2024-01-05", 99213, 1, 12.5])
    book.save(tmp_path / "a.xlsx")
    code, out, _ = run(capsys, tmp_path / "a.xlsx")
    assert code == 0
    assert "sheet 'Claims'" in out
    assert "Also there, see --sheet: a.xlsx Notes" in out
    assert "With this map 1 of the rows" in out
    assert "sheet 'Notes'" in run(capsys, tmp_path / "a.xlsx", "--sheet", "Notes")[1]
    assert run(capsys, tmp_path / "a.xlsx", "--sheet", "Other")[0] == 2


def test_a_known_layout_needs_no_map(capsys, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "claim_id,claim_line_number,claim_type,person_id,hcpcs_modifier_1,revenue_center_code\nA,1,p,P,,\n"
    )
    code, out, _ = run(capsys, path)
    assert (code, out) == (0, "t.csv is read as tuva, whose columns are known: it needs no column map.\n")


def test_what_cannot_be_mapped_is_refused(capsys, tmp_path, file):
    assert run(capsys, tmp_path / "absent.csv")[0] == 3
    (tmp_path / "w.csv").write_text("some words\nand more\n")
    assert run(capsys, tmp_path / "w.csv")[0] == 3
    assert run(capsys, file, "--map", file)[0] == 3
    assert run(capsys, file, "--map", file, "--out", tmp_path / "m.yaml")[0] == 2


def test_a_map_that_is_there_is_not_written_over(capsys, file, tmp_path):
    said = tmp_path / "m.yaml"
    said.write_text("code: CPT\n")
    code, _, err = run(capsys, file, "--out", said)
    assert (code, said.read_text()) == (2, "code: CPT\n")
    assert "Name another" in err


def test_a_file_without_a_header_is_refused_before_a_claim_is_taken_for_one(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("C1,P7,2024-01-05,99213,1,120.50\nC2,P8,2024-01-05,99213,1,120.50\n")
    code, out, err = run(capsys, path)
    assert (code, out) == (3, "")
    assert "no names of columns" in err
    assert "P7" not in err


def test_what_is_lacking_is_said_and_ends_well(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Colour,CPT\nred,99213\nblue,99214\nred,99215\n")
    code, out, _ = run(capsys, path)
    assert code == 0
    assert "Needed, and no column for it: claim_id." in out
    assert "With this map the file would be refused" in out

"""Numbers of one patient are joined where the user's crosswalk says so, and nowhere else."""

from __future__ import annotations

import pytest

from auditor.base.errors import InputRefused

MORE = "payer_id,line_of_business,frequency_code,original_ref"


def line(claim, patient, payer="X", business="medicare", frequency="1", ref=""):
    return f"{claim},1,{patient},2024-07-01,99213,1,20,10,{payer},{business},{frequency},{ref}"


@pytest.fixture
def crosswalk(tmp_path):
    """Write a crosswalk."""

    def write(*rows, name="crosswalk.csv"):
        path = tmp_path / name
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return path

    return write


def keys(got):
    return got.rows(
        "SELECT claim_id, patient_id, given_patient_id, patient_key FROM claim_line ORDER BY claim_id"
    )


def test_without_a_crosswalk_one_number_of_two_payers_is_two_patients(read, table):
    got = read(table(line("A", "1"), line("B", "1", "Y"), more=MORE))
    assert [row[3] for row in keys(got)] == [0, 1]


def test_a_person_is_one_patient_with_all_payers_of_a_line_of_business(read, table, crosswalk):
    got = read(
        table(
            line("A", "1"), line("B", "2", "Y"), line("C", "2", "Y", "commercial"), line("D", "3"), more=MORE
        ),
        crosswalk=crosswalk("payer_id,patient_id,person_id", "X,1,M", "Y,2,M"),
        partitions=4,
    )
    assert keys(got) == [("A", "M", "1", 0), ("B", "M", "2", 0), ("C", "M", "2", 1), ("D", "3", None, 2)]
    assert got.tie.patients == 3
    assert any(
        note.startswith(
            "crosswalk crosswalk.csv: of its 2 rows, 3 claim lines take the number of their person; 1 persons"
        )
        for note in got.feed.notes
    )


def test_a_row_without_a_payer_is_for_all(read, table, crosswalk):
    got = read(
        table(line("A", "1"), line("B", "1", "Y"), more=MORE),
        crosswalk=crosswalk("patient_id,person_id", "1,M"),
    )
    assert [row[3] for row in keys(got)] == [0, 0]


def test_new_numbers_of_a_payer_are_followed_to_the_last_and_join_no_payers(read, table, crosswalk):
    chain = crosswalk("PRVS_NUM|CRNT_NUM", "1|2", "2|3")
    got = read(
        table(line("A", "1"), line("B", "2"), line("C", "3"), line("D", "1", "Y"), more=MORE), crosswalk=chain
    )
    assert keys(got) == [("A", "3", "1", 0), ("B", "3", "2", 0), ("C", "3", None, 0), ("D", "3", "1", 1)]


@pytest.mark.slow
def test_a_claim_is_replaced_across_the_numbers_of_its_patient(read, table, crosswalk):
    rows = table(line("A", "1"), line("B", "2", frequency="7", ref="A"), more=MORE)
    alone, joined = read(rows), read(rows, crosswalk=crosswalk("previous_id,current_id", "1,2"))
    assert alone.column("SELECT state FROM claim_line ORDER BY 1") == ["audited", "audited"]
    assert joined.rows("SELECT claim_id, state FROM claim_line ORDER BY 1") == [
        ("A", "superseded"),
        ("B", "audited"),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ["patient_id,person_id", "1,M", "1,N"],
            "crosswalk.csv, lines 2 and 3: the crosswalk makes two persons",
        ),
        (
            ["payer_id,patient_id,person_id", "X,1,M", ",1,N"],
            "lines 2 and 3: the crosswalk makes two persons",
        ),
        (["previous_id,current_id", "1,2", "1,3"], "lines 2 and 3: the crosswalk makes two persons"),
        (["previous_id,current_id", "1,2", "2,1"], "lead back to themselves"),
        (["previous_id,current_id", "1,2", "2,3", "3,1"], "lead back to themselves"),
        (["patient_id,person_id", "1,", "2,M"], "crosswalk.csv, line 2: a row of the crosswalk has a blank"),
        (["patient_id,person_id", "UNKNOWN,M"], "a blank or a filler"),
        (["patient_id,name", "1,M"], "neither columns patient_id and person_id nor"),
        (["patient_id,person_id,person_id", "1,M,N"], "neither columns patient_id and person_id nor"),
        ([""], "neither columns patient_id and person_id nor"),
        (["patient_id,person_id", "1,M,what"], "the crosswalk is no table"),
        (["patient_id,person_id", "2,1"], "1 patient numbers of the claims are not listed"),
    ],
)
def test_a_crosswalk_that_cannot_be_followed_is_refused_without_a_number_of_it(
    rows, said, read, table, crosswalk
):
    with pytest.raises(InputRefused) as refused:
        read(table(line("A", "1"), more=MORE), crosswalk=crosswalk(*rows))
    assert said in str(refused.value)
    assert not {"M", "N", "UNKNOWN"} & set(str(refused.value).split())


def test_payers_may_give_one_number_to_two_persons(read, table, crosswalk):
    rows = ["payer_id,patient_id,person_id", "X,1,M", "Y,1,N"]
    got = read(table(line("A", "1"), line("B", "1", "Y"), more=MORE), crosswalk=crosswalk(*rows))
    assert [row[1] for row in keys(got)] == ["M", "N"]


def test_a_crosswalk_that_is_not_there_is_refused(read, table, tmp_path):
    with pytest.raises(InputRefused, match="the crosswalk is not there"):
        read(table(line("A", "1"), more=MORE), crosswalk=tmp_path / "none.csv")

"""Who the patient is: the subscriber, or a dependent told apart without a name."""

from __future__ import annotations

from pathlib import Path

from tests.claims.readers.x12.files import BILLING, SUBSCRIBER, claim, read, stage, whole

LEVEL = (
    "HL*2*1*22*1",
    "SBR*P**GRP******CI",
    "NM1*IL*1*ONE*ANN****MI*M1",
    "DMG*D8*19500102*F",
    "NM1*PR*2*PAYER*****PI*P1",
)
TED = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*ONE*TED", "DMG*D8*20100203*M")
TIM = ("HL*4*2*23*0", "PAT*19", "NM1*QC*1*ONE*TIM", "DMG*D8*20100203*M")


def patient(*segments: str | list[str], levels: tuple[str, ...] = (*BILLING, *LEVEL)) -> list[str | None]:
    return read(whole(*segments, levels=levels)).values("patient_id")


def numbered(number: str) -> list[str]:
    return claim(clm=f"CLM*{number}*100***11:B:1*Y*A*Y*Y")


def test_the_subscriber_is_the_patient_where_no_dependent_follows():
    assert patient(claim(), levels=(*BILLING, *SUBSCRIBER)) == ["M1"]


def test_dependents_of_one_member_are_told_apart_and_their_ids_show_no_name():
    found = read(whole(*TED, numbered("A"), *TIM, numbered("B"), levels=(*BILLING, *LEVEL)))
    ted, tim = found.values("patient_id")
    assert ted != tim
    assert ted.startswith("M1-") and tim.startswith("M1-")
    assert "TED" not in ted.upper() and "ONE" not in ted.upper()
    assert found.values("birth_date") == ["20100203", "20100203"]
    assert found.values("sex") == ["M", "M"]
    assert found.values("payer_id") == ["P1", "P1"]


def test_a_dependent_has_the_same_id_in_every_file_however_the_name_is_written():
    smaller = tuple(segment.replace("ONE*TED", "One*Ted ") for segment in TED)
    assert patient(*TED, claim()) == patient(*smaller, claim())


def test_the_id_of_a_dependent_does_not_change_from_release_to_release():
    assert patient(*TED, claim()) == ["M1-bcf642335548"]


def test_a_dependent_with_a_number_of_their_own_has_it():
    own = (*TED[:2], "NM1*QC*1*ONE*TED****MI*M1-03", TED[3])
    assert patient(*own, claim()) == ["M1-03"]


def test_the_next_subscriber_is_not_the_dependent_of_the_one_before():
    other = ("HL*4*1*22*0", "SBR*P*18*******CI", "NM1*IL*1*TWO*BOB****MI*M2", "DMG*D8*19700101*M")
    found = read(whole(*TED, numbered("A"), *other, numbered("B"), levels=(*BILLING, *LEVEL)))
    assert found.values("patient_id")[1] == "M2"
    assert found.values("birth_date")[1] == "19700101"
    assert found.values("payer_id") == ["P1", None]


def test_a_subscriber_without_a_number_is_told_by_name_birth_date_and_sex_and_said():
    levels = (*BILLING, "HL*2*1*22*0", "SBR*P*18*******AM", "NM1*IL*1*ONE*ANN", "DMG*D8*19500102*F")
    found = read(whole(claim(), levels=levels))
    assert len(found.row["patient_id"]) == 12 and "ONE" not in found.row["patient_id"]
    assert "member_id_missing" in found.names


def test_a_member_id_may_stand_in_a_reference():
    levels = (*BILLING, "HL*2*1*22*0", "SBR*P*18*******AM", "NM1*IL*1*ONE*ANN", "REF*1W*M9")
    assert patient(claim(), levels=levels) == ["M9"]


def test_a_patient_of_whom_nothing_tells_is_left_blank_and_said():
    levels = (*BILLING, "HL*2*1*22*0", "SBR*P*18*******AM", "NM1*IL*1*ONE*ANN")
    found = read(whole(claim(), levels=levels))
    assert "patient_id" not in found.row
    assert "patient_unknown" in found.names


def test_missing_demographics_leave_birth_date_and_sex_blank_and_are_said():
    levels = (*BILLING, *SUBSCRIBER[:3], SUBSCRIBER[4])
    found = read(whole(claim(), levels=levels))
    assert "birth_date" not in found.row and "sex" not in found.row
    assert "demographics_missing" in found.names


def test_the_day_of_death_is_the_patients():
    assert (
        read(whole(*TED[:1], "PAT*19****D8*20240104", *TED[2:], claim(), levels=(*BILLING, *LEVEL))).row[
            "death_date"
        ]
        == "20240104"
    )


def test_no_diagnostic_and_no_note_shows_a_person(tmp_path: Path):
    levels = (*BILLING, "HL*2*1*22*0", "SBR*P*18*******AM", "NM1*IL*1*SECRETNAME*HIDDEN", "DMG*D8*1950*F")
    found = stage(whole(claim("HI*QQQ:PRIVATE"), levels=levels), tmp_path)
    assert found.staged is not None
    said = repr([one[2] for one in found.told]) + repr(found.staged.notes)
    assert found.told
    for word in ("SECRETNAME", "HIDDEN", "1950", "PRIVATE", "C1"):
        assert word not in said

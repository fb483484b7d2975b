"""Every malformed shape: the right number of claims and lines, and the right word about it.

The shapes are those of real files at which other readers give nothing, or less, without a word.
"""

from __future__ import annotations

import pytest

from tests.claims.readers.x12.files import (
    BILLING,
    DENTAL,
    INSTITUTIONAL,
    LINE,
    SUBSCRIBER,
    Read,
    claim,
    read,
    text,
    whole,
)

MANY = [claim(clm=f"CLM*C{number}*100***11:B:1*Y*A*Y*Y") for number in range(1, 6)]
IDS = [f"C{number}" for number in range(1, 6)]


def told(found: Read) -> set[str]:
    return {name for name in found.names if name != "rendering_is_billing"}


@pytest.mark.parametrize(
    ("element", "component", "terminator"),
    [("*", ":", "\n"), ("*", ":", "\r\n"), ("*", ":", "\r"), ("*", ":", "~"), ("*", ":", "~\r\n"), ("|", ":", "~"),
     ("^", ":", "~"), ("~", "^", "_"), ("\x1d", "\x1f", "\x1c\n"), ("+", "%", "'"), ("\t", "|", "\n"), (",", ":", "~")],
)  # fmt: skip
def test_any_separators_give_the_same_rows(element: str, component: str, terminator: str):
    expected = read(whole(*MANY)).rows
    found = read(text(whole(*MANY), element, component, terminator, "!"))
    assert found.rows == expected
    assert told(found) == set()


def test_a_byte_order_mark_blanks_and_text_before_the_isa_change_nothing():
    expected = read(whole(*MANY)).rows
    for before, name in (
        ("\ufeff", {"byte_order_mark"}),
        ("\r\n  ", set()),
        ("Report of today:\n", {"text_before_isa"}),
    ):
        found = read(before + text(whole(*MANY)))
        assert found.rows == expected
        assert told(found) == name


def test_names_of_segments_in_small_letters_are_read_and_said():
    segments = [
        segment.replace("SV1", "sv1").replace("LX", "lx").replace("CLM", "Clm") for segment in whole(*MANY)
    ]
    found = read(segments)
    assert found.values("claim_id") == IDS
    assert found.values("code") == ["99213"] * 5
    assert told(found) == {"lower_case_ids"}


def test_a_file_cut_inside_a_service_segment_keeps_what_was_read_and_sets_the_rest_aside():
    content = text(whole(*MANY))
    cut = content[: content.rindex("SV1*HC:99213*100*U") + len("SV1*HC:99213*100*U")]
    found = read(cut)
    assert found.values("claim_id") == IDS[:4]
    assert [(one[1], one[3], one[5]) for one in found.aside] == [("segment_cut", "C5", "100")]
    assert {"segment_cut", "claim_cut_off", "se_missing"} <= told(found)
    assert found.records == 5


def test_an_amount_that_is_cut_is_not_taken_for_the_amount():
    content = text(
        whole(claim(clm="CLM*C1*350***11:B:1", lines=(*LINE, "LX*2", "SV1*HC:99214*250*UN*1***1")))
    )
    found = read(content[: content.index("*250*UN") + len("*25")])
    assert found.values("charge") == ["100"]
    assert [(one[1], one[4], one[5]) for one in found.aside] == [("segment_cut", "2", None)]
    # Where it is the claim's only line, the claim's dollars are known.
    content = text(whole(*MANY))
    found = read(content[: content.rindex("SV1*HC:99213*100") + len("SV1*HC:99213*10")])
    assert [(one[1], one[5]) for one in found.aside] == [("segment_cut", "100")]


def test_a_file_cut_inside_a_date_keeps_the_line_without_it():
    content = text(whole(*MANY))
    found = read(content[: content.rindex("DTP*472*D8*20240105") + len("DTP*472*D8*2024")])
    assert found.values("claim_id") == IDS
    assert found.values("date_from") == ["20240105"] * 4 + [None]
    assert "claim_cut_off" in told(found)


def test_a_file_cut_inside_a_claim_segment_sets_the_claim_aside_with_what_is_whole():
    content = text(whole(*MANY))
    found = read(content[: content.rindex("CLM*C5*100***11") + len("CLM*C5*100***11")])
    assert found.values("claim_id") == IDS[:4]
    assert [(one[1], one[3], one[5]) for one in found.aside] == [("claim_without_lines", "C5", "100")]
    found = read(content[: content.rindex("CLM*C5*100") + len("CLM*C5*1")])
    assert [(one[1], one[3], one[5]) for one in found.aside] == [("claim_without_lines", "C5", None)]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.77, 0.95])
def test_a_truncated_file_gives_every_claim_that_began(share: float):
    content = text(whole(*MANY * 20))
    cut = content[: int(len(content) * share)]
    found = read(cut)
    began = cut.count("\nCLM*")
    ids = len(found.rows) + sum(1 for one in found.aside)
    assert found.records == began
    assert began - 1 <= ids <= began + 1
    assert "segment_cut" in told(found)


def test_a_damaged_first_line_is_read_and_said():
    content = text(whole(*MANY))
    damaged = {
        content.replace("*00*          *", "*00*         *", 1): {"isa_widths"},
        content.replace("*00*          *", "*", 1): {"isa_damaged"},
        content.replace("ISA*", "IS*", 1): {"no_isa", "envelope_order"},
        content.replace("ISA*", "", 1): {"text_before_isa", "no_isa", "envelope_order"},
    }
    for made, expected in damaged.items():
        found = read(made)
        assert found.values("claim_id") == IDS
        assert told(found) <= expected | {"envelope_order", "unknown_segment", "interchange_control"}
        assert told(found) & expected


def test_two_files_one_after_the_other_are_both_read():
    once = text(whole(*MANY))
    assert read(once + once).values("claim_id") == IDS * 2
    assert read(once.rstrip("~\n") + once).values("claim_id") == IDS * 2


def test_an_unknown_segment_is_left_out_counted_and_costs_nothing_else():
    found = read(whole("XYZ*1*2", *MANY))
    assert found.values("claim_id") == IDS
    assert told(found) == {"unknown_segment"}


@pytest.mark.parametrize("amount", ["1O0.00", "1,000.00", "--100", "10.0.0", "1E3", "$100", "+100"])
def test_an_amount_that_is_no_number_is_passed_on_and_said_never_zero(amount: str):
    found = read(whole(claim(lines=("LX*1", f"SV1*HC:99213*{amount}*UN*1***1", LINE[2]))))
    assert found.row["charge"] == amount
    assert {"bad_number", "claim_charge_unsure"} <= told(found)
    found = read(whole(claim(clm=f"CLM*C1*{amount}***11:B:1", lines=LINE)))
    assert {"bad_number", "claim_charge_unsure"} <= told(found)
    found = read(whole(claim(lines=("LX*1", f"SV1*HC:99213*100*UN*{amount}***1", LINE[2]))))
    assert found.row["units"] == amount
    assert "bad_number" in told(found)


@pytest.mark.parametrize(
    ("day", "name"),
    [("20241301", "bad_date"), ("20230229", "bad_date"), ("2024", "bad_date"), ("2024-01-05", "bad_date"),
     ("18991231", "bad_date"), ("20240105-20240101", "dates_reversed"), ("20240105-2024", "bad_date")],
)  # fmt: skip
def test_a_day_that_is_none_is_passed_on_and_said(day: str, name: str):
    form = "RD8" if "-202" in day else "D8"
    found = read(whole(claim(lines=(*LINE[:2], f"DTP*472*{form}*{day}"))))
    assert "-".join(filter(None, (found.row["date_from"], found.row.get("date_to")))) == day
    assert name in told(found)


def test_a_birth_date_that_is_none_is_passed_on_and_said():
    levels = (*BILLING, *SUBSCRIBER[:3], "DMG*D8*19500231*F", SUBSCRIBER[4])
    found = read(whole(claim(), levels=levels))
    assert found.row["birth_date"] == "19500231"
    assert "bad_date" in told(found)


def test_the_charge_of_a_claim_is_held_against_its_lines_to_the_cent():
    lines = (*LINE, "LX*2", "SV1*HC:99214*.10*UN*1***1", LINE[2])
    for charge, right in (
        ("100.1", True),
        ("100.10", True),
        ("0100.100", True),
        ("100.11", False),
        ("100", False),
    ):
        found = read(whole(claim(clm=f"CLM*C1*{charge}***11:B:1", lines=lines)))
        assert ("claim_charge" not in told(found)) is right
        assert [row["charge"] for row in found.rows] == ["100", ".10"]


def test_a_service_segment_without_lx_is_a_line_of_its_claim():
    found = read(
        whole(claim(lines=(LINE[1], LINE[2], "SV1*HC:99214*5*UN*1***1", LINE[2]), clm="CLM*C1*105***11:B:1"))
    )
    assert found.values("line_no") == ["1", "2"]
    assert found.values("code") == ["99213", "99214"]
    assert told(found) == {"line_without_lx"}


def test_an_lx_without_service_segment_is_set_aside():
    found = read(whole(claim(lines=(*LINE, "LX*2", "DTP*472*D8*20240106"))))
    assert found.values("line_no") == ["1"]
    assert [(one[1], one[3], one[4]) for one in found.aside] == [("line_without_service", "C1", "2")]


def test_a_service_segment_outside_of_a_claim_is_set_aside_with_its_dollars():
    found = read(whole("LX*1", "SV1*HC:99213*77*UN*1***1", "SV2*0300*HC:85025*12.5*UN*1", claim()))
    assert found.values("claim_id") == ["C1"]
    assert [(one[1], one[5]) for one in found.aside] == [
        ("line_without_claim", "77"),
        ("line_without_claim", "12.5"),
    ]
    assert found.records == 3


def test_a_claim_without_lines_is_set_aside_with_its_dollars():
    found = read(whole(claim(lines=()), claim(clm="CLM*C2*100***11:B:1")))
    assert found.values("claim_id") == ["C2"]
    assert [(one[1], one[3], one[5]) for one in found.aside] == [("claim_without_lines", "C1", "100")]


def test_a_claim_with_nothing_but_lx_is_set_aside_with_its_dollars_once():
    found = read(whole(claim(lines=("LX*1", "LX*2")), claim(clm="CLM*C2*100***11:B:1")))
    assert [(one[1], one[3], one[5]) for one in found.aside] == [
        ("line_without_service", "C1", "100"),
        ("line_without_service", "C1", None),
    ]


def test_a_claim_without_its_number_is_passed_on_and_said():
    found = read(whole(claim(clm="CLM**100***11:B:1")))
    assert "claim_id" not in found.row
    assert "claim_id_missing" in told(found)


def test_line_numbers_that_repeat_or_are_none_give_way_to_the_position():
    def lines(*numbers: str) -> list[str]:
        made = tuple(part for number in numbers for part in (f"LX*{number}", *LINE[1:]))
        return whole(claim(clm=f"CLM*C1*{100 * len(numbers)}***11:B:1", lines=made))

    assert read(lines("1", "1", "1")).values("line_no") == ["1", "2", "3"]
    assert read(lines("3", "A", "")).values("line_no") == ["3", "2", "4"]
    assert read(lines("01", "02")).values("line_no") == ["1", "2"]
    assert "line_number" in told(read(lines("1", "1")))
    assert "line_number" not in told(read(lines("01", "07")))


def test_every_type_of_service_segment_gives_its_lines():
    institutional = ("LX*1", "SV2*0300*HC:85025*100*UN*1", LINE[2])
    dental = ("LX*1", "SV3*AD:D0120*100****1", LINE[2])
    mixed = [claim(), claim(clm="CLM*C2*100***13:A:1", lines=institutional), claim(lines=dental)]
    for version in ("005010X222A1", INSTITUTIONAL, DENTAL):
        found = read(whole(*mixed, version=version))
        assert found.values("claim_type") == ["professional", "institutional", "dental"]


def test_a_level_without_its_hl_begins_all_the_same():
    second = (
        "SBR*P*18*******MC",
        "NM1*IL*1*TWO*BOB****MI*M2",
        "DMG*D8*19700101*M",
        "NM1*PR*2*OTHER*****PI*PAY2",
    )
    found = read(whole(claim(), *second, claim(clm="CLM*C2*100***11:B:1")))
    assert found.values("patient_id") == ["M1", "M2"]
    assert found.values("payer_id") == ["PAY1", "PAY2"]
    assert found.values("line_of_business") == ["medicare", "medicaid"]
    assert "hl_missing" in told(found)


def test_a_segment_where_no_loop_takes_it_is_said():
    for stray in ("HI*ABK:E119", "CAS*CO*45*1", "SVD*PAY2*1", "HL*9*1*99*0", "SV5*HC:E0570*DA*30*25*150*4"):
        found = read(whole(stray, claim()))
        assert found.values("claim_id") == ["C1"]
        assert "segment_out_of_place" in told(found), stray


def test_an_adjustment_without_its_amount_is_said():
    found = read(whole(claim("SBR*P*18*******CI", lines=(*LINE, "SVD*P2*1", "CAS*CO*45", "CAS**45*3"))))
    assert "adjustment_shape" in told(found)


def test_diagnoses_of_two_versions_in_one_claim_are_said():
    found = read(whole(claim("HI*BF:4019")))
    assert "diagnosis_versions" in told(found)
    assert found.row["dx_version"] == "10"


def test_a_procedure_code_of_another_list_is_said():
    found = read(whole(claim(lines=("LX*1", "SV1*WK:ABC123*100*UN*1***1", LINE[2]))))
    assert found.row["code"] == "ABC123"
    assert "code_qualifier" in told(found)
    assert "procedure_missing" in told(read(whole(claim(lines=("LX*1", "SV1**100*UN*1***1", LINE[2])))))


def test_segments_that_are_short_by_all_their_elements_stop_nothing():
    names = "HL NM1 N4 REF PRV SBR PAT DMG CLM DTP HI CL1 LX SV1 SV2 SV3 SV5 LIN CTP TOO SVD CAS AMT CR3 LQ K3".split()
    bare = [name for name in names if name not in ("CLM", "SV1", "SV2", "SV3", "LX")]
    inside = [name for name in bare if name != "HL"]
    found = read(
        whole(*bare, claim(*inside, lines=(*LINE, *inside)), *names, claim(clm="CLM*C2*100***11:B:1"))
    )
    assert found.values("claim_id")[0] == "C1"
    assert found.values("claim_id")[-1] == "C2"


def test_characters_that_no_table_takes_are_read():
    levels = (*BILLING[:2], 'NM1*85*2*THE "BEST", GROUP\x00*****XX*1000000004', *BILLING[3:], *SUBSCRIBER[:-1],
              'NM1*PR*2*"A, B" Ü\x00 PAYER*****PI*PAY,1')  # fmt: skip
    row = read(whole(claim(), levels=levels)).row
    assert row["payer_id"] == "PAY,1"
    assert row["payer_name"].startswith('"A, B" Ü')


def test_claims_of_other_separators_in_the_middle_of_a_file_are_never_lost_without_a_word():
    foreign = text(claim(clm="CLM*X9*100***11:B:1*Y*A*Y*Y"))
    content = text(whole(*MANY), "|", ">", "~\n", "!")
    place = content.index("HL|2")
    found = read(content[:place] + foreign + content[place:])
    assert found.values("claim_id") == IDS
    assert [one[1] for one in found.told if one[0] == "claim_not_cut"] == ["error"]


def test_lines_of_a_claim_whose_own_segment_is_damaged_are_not_anothers():
    segments = ["CLX" + segment[3:] if segment.startswith("CLM*C2") else segment for segment in whole(*MANY)]
    found = read(segments)
    assert found.values("claim_id") == ["C1", "C3", "C4", "C5"]
    assert [(one[1], one[5]) for one in found.aside] == [("claim_missing", "100")]
    assert "claim_missing" in told(found)


def test_line_numbers_that_begin_anew_within_a_claim_are_its_own_where_the_charge_says_so():
    found = read(whole(claim(clm="CLM*C1*200***11:B:1", lines=(*LINE, *LINE))))
    assert found.values("claim_id") == ["C1", "C1"]
    assert "claim_missing" not in told(found)

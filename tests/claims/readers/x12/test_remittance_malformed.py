"""Damaged and unusual remittances: what can be read is read, what cannot is set aside, and all of it is told."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from tests.claims.readers.x12 import files
from tests.claims.readers.x12.remittance_files import CLP, HEAD, PATIENT, SERVICE, read, remittance, whole

TWO = (CLP, PATIENT, *SERVICE, CLP.replace("C1", "C2"), PATIENT, *SERVICE)
TWO_HEAD = (HEAD[0].replace("*80*", "*160*"), *HEAD[1:])
PLAIN = [("C1", "99213", "100", "80"), ("C2", "99213", "100", "80")]


def two(**more):
    return whole(*TWO, head=TWO_HEAD, **more)


def essence(got):
    return [(row["claim_id"], row["code"], row["charge"], row["paid"]) for row in got.rows]


@pytest.mark.parametrize(
    "separators",
    [
        {"element": "|"}, {"component": ">"}, {"element": "\x1d", "component": "\x1f", "terminator": "\x1c"},
        {"terminator": "\n"}, {"terminator": "\r\n"}, {"terminator": "\r"}, {"terminator": "~"},
        {"terminator": "~\r\n"}, {"terminator": "'"}, {"element": "^", "repeat": "!"},
    ],
    ids=["pipes", "greater", "control characters", "LF", "CRLF", "CR", "no line ends", "CRLF after", "quotes", "caret"],
)  # fmt: skip
def test_any_separators_are_read(separators):
    got = read(files.text(two(), **separators))
    assert essence(got) == PLAIN
    assert got.values("mod1") == ["25", "25"]
    assert got.names == []


@pytest.mark.parametrize(
    ("before", "name"),
    [("\ufeff", "byte_order_mark"), (" \r\n ", None), ("From: payer\n\n", "text_before_isa")],
)
def test_what_stands_before_the_isa_is_left_out(before, name):
    got = read((before + files.text(two())).encode())
    assert essence(got) == PLAIN
    assert got.names == ([name] if name else [])


def test_small_letters_are_read_and_noted():
    text = re.sub(r"^[A-Z0-9]+", lambda found: found[0].lower(), files.text(two()), flags=re.MULTILINE)
    got = read(text)
    assert essence(got) == PLAIN
    assert "lower_case_ids" in got.names


def test_a_file_that_begins_at_st_is_read():
    got = read(files.text(remittance(*TWO, head=TWO_HEAD)))
    assert essence(got) == PLAIN
    assert got.names == ["no_isa"]


def test_a_file_that_begins_at_clp_is_read():
    got = read(files.text(list(TWO)))
    assert essence(got) == PLAIN
    assert "st_missing" in got.names


def test_a_damaged_isa_does_not_lose_the_payments():
    got = read(files.text(two()).replace("*00501*", "*"))
    assert essence(got) == PLAIN
    assert "isa_damaged" in got.names


def test_several_interchanges_with_their_own_separators_are_all_read():
    got = read(files.text(two()) + files.text(two(), element="|", component=">", terminator="\n"))
    assert essence(got) == PLAIN * 2


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("SE*19*", "SE*17*", "segment_count"), ("SE*19*0001", "SE*19*0002", "transaction_control"),
        ("GE*1*", "GE*2*", "transaction_count"), ("GE*1*1", "GE*1*7", "group_control"),
        ("IEA*1*", "IEA*3*", "group_count"),
        ("IEA*1*000000001", "IEA*1*000000009", "interchange_control"), ("SE*19*", "SE*X*", "count_unreadable"),
        ("GE*1*1~\n", "", "ge_missing"), ("IEA*1*000000001~\n", "", "iea_missing"),
    ],
)  # fmt: skip
def test_what_the_envelope_says_wrong_is_told_and_nothing_is_lost(old, new, name):
    text = files.text(two())
    assert old in text
    got = read(text.replace(old, new))
    assert essence(got) == PLAIN
    assert got.names == [name]


def test_a_remittance_without_its_end_keeps_what_was_read_and_says_so():
    got = read(files.text(two()).replace("SE*19*0001~\n", ""))
    assert essence(got) == PLAIN
    assert {"claim_cut_off", "se_missing"} <= set(got.names)
    assert got.told[0][1] == "error"


@pytest.mark.slow
def test_a_file_cut_anywhere_loses_no_line_that_is_whole_and_says_that_it_is_cut():
    text = files.text(two())
    body = text.index("CLP*C1")
    for end in range(body + 4, len(text) - 40, 9):
        got = read(text[:end])
        services = text[:end].count("SVC*")
        complete = len(re.findall(r"SVC\*[^~]*~", text[:end]))
        assert len(got.rows) == complete, text[body:end]
        assert len(got.aside) >= services - complete
        assert {"segment_cut", "claim_cut_off", "se_missing"} & set(got.names), text[body:end]
        assert got.rows or got.aside


def test_a_service_line_that_is_cut_is_set_aside_with_the_dollars_that_are_whole():
    text = files.text(two())
    got = read(text[: text.rindex("SVC*") + len("SVC*HC:99213:25*100*80")])
    assert [(row["claim_id"], row["paid"]) for row in got.rows] == [("C1", "80")]
    assert [(one[1], one[3], one[5], one[6]) for one in got.aside] == [
        ("segment_cut", "C2", "100", None), ("claim_cut_off", "C2", None, "80.00")]  # fmt: skip


@pytest.mark.parametrize(
    ("segments", "names"),
    [
        ((CLP, PATIENT, "SVC*HC:99213*100*80**1", "CAS*PR*1*19"), ["service_balance", "claim_balance"]),
        ((CLP, "CAS*PR*1*20", PATIENT, *SERVICE), ["claim_balance"]),
        ((CLP.replace("*100*80", "*110*80"), PATIENT, *SERVICE), ["claim_balance", "claim_lines_charge"]),
        (
            (CLP.replace("*100*80", "*100*70"), PATIENT, *SERVICE),
            ["claim_balance", "claim_lines_paid", "payment_total"],
        ),
        ((CLP, PATIENT, "SVC*HC:99213*100*80**1", "CAS*PR*1*2O"), ["bad_number", "balance_unsure"]),
    ],
)
def test_amounts_that_do_not_agree_are_told_and_read(segments, names):
    got = read(whole(*segments))
    assert len(got.rows) == 1
    assert sorted(got.names) == sorted(names)


def test_what_a_claim_says_beyond_its_lines_is_set_aside_so_that_dollars_tie():
    got = read(
        whole(
            CLP.replace("*100*80", "*110*70"),
            PATIENT,
            *SERVICE,
            head=(HEAD[0].replace("*80*", "*70*"), *HEAD[1:]),
        )
    )
    assert got.row["paid"] == "80"
    assert [(one[1], one[5], one[6]) for one in got.aside] == [("claim_lines_differ", "10.00", "-10.00")]


@pytest.mark.parametrize(
    ("total", "plb", "name"),
    [("81", "", "payment_total"), ("79", "PLB*1*20241231*WO:1*1", None), ("8O", "", "payment_unsure"),
     ("", "", "payment_unsure"),
     ("80", "PLB*1*20241231*WO:1*1x", "payment_unsure")],
)  # fmt: skip
def test_the_payment_is_held_against_its_claims_and_provider_adjustments(total, plb, name):
    got = read(
        whole(
            CLP,
            PATIENT,
            *SERVICE,
            *filter(None, [plb]),
            head=(HEAD[0].replace("*80*", f"*{total}*"), *HEAD[1:]),
        )
    )
    assert [one for one in got.names if one.startswith("payment")] == ([name] if name else [])


def test_a_debit_is_a_payment_below_zero():
    head = ("BPR*I*80*D*ACH************20240201", *HEAD[1:])
    got = read(
        whole(
            CLP.replace("*1*100*80*20", "*22*-100*-80*-20"),
            PATIENT,
            "SVC*HC:99213*-100*-80",
            "CAS*PR*1*-20",
            head=head,
        )
    )
    assert got.names == []


@pytest.mark.parametrize("amount", ["1O0.00", "1,234.50", "--5", "5-", "$5", "1e3"])
def test_a_bad_number_is_passed_on_as_it_stands_and_told(amount):
    got = read(whole(CLP, PATIENT, f"SVC*HC:99213*100*{amount}**1", "DTM*472*20240105"))
    assert got.row["paid"] == amount
    assert "bad_number" in got.names


@pytest.mark.parametrize("day", ["20240230", "240105", "UNKNOWN"])
def test_a_bad_date_is_passed_on_as_it_stands(day):
    assert read(whole(CLP, PATIENT, SERVICE[0], f"DTM*472*{day}", SERVICE[2])).row["date_from"] == day


def test_a_service_line_before_any_claim_is_set_aside_with_its_dollars():
    got = read(whole(*SERVICE, CLP, PATIENT, *SERVICE))
    assert len(got.rows) == 1
    assert [(one[1], one[5], one[6]) for one in got.aside] == [("service_outside_claim", "100", "80")]
    assert {"service_outside_claim", "adjustment_outside_claim"} <= set(got.names)


@pytest.mark.parametrize("segment", ["CAS*CO*45*5", "NM1*QC*1*A*B", "MOA***N1", "MIA*0", "LQ*HE*N1"])
def test_a_segment_of_a_claim_before_any_claim_is_told(segment):
    got = read(whole(segment, CLP, PATIENT, *SERVICE))
    assert len(got.rows) == 1
    assert got.names in (["adjustment_outside_claim"], ["segment_outside_claim"])


def test_a_service_line_without_a_code_is_set_aside_with_its_dollars():
    got = read(whole(CLP, PATIENT, "SVC*HC*60*50", "CAS*CO*45*10", "SVC*HC:99213*40*30", "CAS*CO*45*10"))
    assert [row["code"] for row in got.rows] == ["99213"]
    assert [(one[1], one[5], one[6]) for one in got.aside] == [("service_code_missing", "60", "50")]
    assert got.names == ["service_code_missing"]


def test_a_procedure_whose_parts_stand_as_elements_is_read_where_the_claims_amounts_confirm_it():
    got = read(whole(CLP, PATIENT, "SVC*HC*99213*100*80**1", "CAS*PR*1*20"))
    assert (got.row["code"], got.row["charge"], got.row["paid"], got.row["units"]) == (
        "99213",
        "100",
        "80",
        "1",
    )
    assert got.names == ["service_shifted"]
    doubtful = read(whole(CLP.replace("*100*80", "*99*80"), PATIENT, "SVC*HC*99213*100*80**1"))
    assert doubtful.rows == []
    assert doubtful.aside[0][1] == "service_code_missing"


def test_a_component_separator_that_the_isa_does_not_name_is_seen():
    got = read(whole(CLP, PATIENT, "SVC*HC>99213>25*100*80**1", "CAS*PR*1*20"))
    assert (got.row["code"], got.row["mod1"]) == ("99213", "25")
    assert len(got.names) == 1


def test_an_unknown_segment_is_told_and_one_of_another_transaction_too():
    got = read(whole(CLP, PATIENT, "XYZ*1", "CLM*1", *SERVICE))
    assert got.names == ["unknown_segment", "segment_out_of_place"]
    assert len(got.rows) == 1


def test_a_claim_without_its_number_is_read_and_told():
    got = read(whole(CLP.replace("C1", ""), PATIENT, *SERVICE))
    assert "claim_id" not in got.row
    assert got.names == ["claim_id_missing"]


def test_payments_in_a_transaction_of_another_name_are_read_and_told():
    got = read(whole(*TWO, head=TWO_HEAD, kind="820"))
    assert essence(got) == PLAIN
    assert "transaction_type" in got.names


def test_a_service_line_before_any_claim_is_kept_whatever_its_transaction_is_called():
    got = read(whole(*SERVICE, CLP, PATIENT, *SERVICE, kind="837"))
    assert len(got.rows) == 1
    assert got.staged.malformed == 1
    assert "service_outside_claim" in got.names


def test_services_of_a_claim_status_are_no_payments():
    status = ["ST*277*0002", "BHT*0010*08*1*20240801", "SVC*HC:99213*80*0", "SE*4*0002"]
    got = read(files.interchange(files.group(remittance(*TWO, head=TWO_HEAD), status, code="HP")))
    assert essence(got) == PLAIN
    assert "service_outside_claim" not in got.names


def test_other_transactions_beside_remittances_are_counted():
    other = ["ST*999*0002", "AK1*HC*1", "AK9*A*1*1*1", "SE*4*0002"]
    got = read(files.interchange(files.group(remittance(*TWO, head=TWO_HEAD), other, code="HP")))
    assert essence(got) == PLAIN
    assert got.staged.notes == (
        "made.835: transactions that are no claims are passed over: 999 (acknowledgements): 1",
    )


def test_a_file_in_which_everything_is_odd_tells_a_thousand_places_and_counts_the_rest():
    claims = [
        part
        for n in range(1_200)
        for part in (CLP.replace("C1", f"C{n}"), PATIENT, "SVC*HC:99213*100*80", "CAS*PR*1*1")
    ]
    got = read(whole(*claims))
    told = [one for one in got.told if one[0] == "service_balance"]
    assert len(told) == 1_001
    assert told[-1][2].endswith("(and 200 more)")


def test_the_place_of_a_diagnostic_is_its_segment_and_byte():
    text = files.text(whole(CLP, PATIENT, "SVC*HC:99213*100*80", "CAS*PR*1*19"))
    (told,) = [one for one in read(text).told if one[0] == "service_balance"]
    assert text.split("~\n")[told[3] - 1].startswith("SVC*")
    assert read("\n" + text.replace("CLP*", "XYZ*1~\nCLP*")).told[0][4] == 1 + text.index("CLP*")


def test_no_diagnostic_or_reason_tells_a_value_of_a_person():
    text = files.text(
        whole(
            CLP.replace("C1", "SECRET"),
            PATIENT.replace("ONE", "SECRET"),
            "SVC*SECRET*SECRET*SECRET",
            "CAS*PR",
        )
    )
    got = read(text)
    said = list(
        itertools.chain((one[2] for one in got.told), (one[2] for one in got.aside), got.staged.notes)
    )
    assert said
    assert not any("SECRET" in words for words in said)


VALID = files.text(two()).encode()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(106, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_bytes_of_a_file_may_be_wrong_and_no_payment_goes_without_a_word(changes):
    content = bytearray(VALID)
    for place, byte in changes:
        content[place] = byte
    try:
        got = read(bytes(content))
    except (InputRefused, AssertionError):
        return
    assert got.rows or got.aside
    lost = [claim for claim in ("C1", "C2") if claim not in {row.get("claim_id") for row in got.rows}]
    if lost and len(got.rows) < 2:
        assert got.told or got.aside


def test_claim_payments_of_which_none_can_be_read_refuse_the_file():
    lost = files.text(two()).replace("~\nCLP*", "=CLP*").replace("~\nNM1", "=NM1").replace("~\nSVC", "=SVC")
    with pytest.raises(InputRefused, match="none of them could be read"):
        read(lost)

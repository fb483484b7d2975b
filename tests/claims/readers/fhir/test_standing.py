"""Whether an explanation of benefit is a claim that stands, and where its dollars go when it is none."""

import json
from typing import Any

import pytest

CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
STATUS = CARIN + "C4BBPayerAdjudicationStatus"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
REVENUE = "https://www.nubc.org/CodeSystem/RevenueCodes"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
RELATED = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"use": "preauthorization"}, "not_a_claim"),
        ({"use": "predetermination"}, "not_a_claim"),
        ({"use": "something"}, "not_a_claim"),
        ({"status": "cancelled"}, "claim_cancelled"),
        ({"status": "entered-in-error"}, "claim_entered_in_error"),
        ({"status": "draft"}, "claim_draft"),
        ({"type": {"coding": [{"system": CLAIM_TYPE, "code": "pharmacy"}]}}, "pharmacy_claim"),
        ({"meta": {"tag": [{"system": "https://x/Final-Action", "code": "NotFinalAction"}]}}, "not_final_action"),
        ({"related": [{"relationship": {"coding": [{"code": "replacedby"}]}, "reference": {"value": "C2"}}]},
         "claim_replaced"),
    ],
)  # fmt: skip
def test_what_is_no_claim_that_stands_is_set_aside_line_by_line_with_its_dollars(fhir, make, more, code):
    got = fhir(make.eob(make.item(1), make.item(2), **more), make.eob())
    assert got.aside() == [(code, "1", "100.5", "80.25"), (code, "2", "100.5", "80.25")]
    assert got.lines("source_pos") == [(2,)]


def test_the_final_action_is_a_claim_and_so_is_one_that_names_no_use(fhir, make):
    tag = [{"system": "https://x/Final-Action", "code": "FinalAction"}]
    assert fhir(make.eob(meta={"tag": tag}, use=None)).line("claim_id") == ("C1",)


def test_without_items_the_claims_own_dollars_are_set_aside(fhir, make):
    total = [make.amount(300, (ADJUDICATION, "submitted")), make.amount(200, (ADJUDICATION, "benefit"))]
    for got in (fhir(make.eob(total=total, item=None)), fhir(make.eob(total=total, item=[]))):
        assert got.aside() == [("no_items", None, "300", "200")]


def test_items_that_are_no_objects_are_set_aside(fhir, make):
    got = fhir(make.eob(make.item(), "text", 7))
    assert [code for code, *_ in got.aside()] == ["item_malformed", "item_malformed"]
    assert got.line("line_no") == ("1",)


def test_contradicting_amounts_set_the_line_aside_and_leave_the_others(fhir, make):
    odd = make.item(1, adjudication=[make.charge(50), make.charge(60), make.paid(10)])
    got = fhir(make.eob(odd, make.item(2)))
    assert got.aside() == [("amounts_contradict", "1", "50", "10")]
    assert got.line("line_no") == ("2",)


def test_a_name_that_stands_twice_with_other_values_is_set_aside(fhir, make):
    text = json.dumps(make.eob())
    twice = text[:-1] + ', "status": "draft", "status": "active"}'
    same = text[:-1] + ', "status": "active"}'
    spaced = text.replace('"use":', '"use" :')
    got = fhir("\n".join([twice, same, spaced]))
    assert got.aside("reason_code source_pos charge") == [("name_repeated", 1, "100.5")]
    assert got.lines("source_pos") == [(2,), (3,)]


def test_a_replacement_names_what_it_replaces(audited, make):
    def related(**more):
        return [{"relationship": make.concept((RELATED, "prior")), **more}]

    by_id = make.eob(
        id="e3",
        identifier=[make.unique("C3")],
        related=related(claim={"reference": "ExplanationOfBenefit/e2"}),
    )
    by_number = make.eob(id="e2", identifier=[make.unique("C2")], related=related(reference={"value": "C1"}))
    got = audited(make.eob(), by_number, by_id)
    assert got.rows(
        "SELECT claim_id, state, frequency_code, original_ref FROM claim_line ORDER BY line_id"
    ) == [
        ("C1", "superseded", None, None),
        ("C2", "superseded", "7", "C1"),
        ("C3", "audited", "7", "e2"),
    ]


@pytest.mark.parametrize("where", ["item", "claim", "payment"])
def test_a_denial_by_the_payer_is_read(fhir, make, where):
    category = make.concept((CARIN + "C4BBAdjudicationDiscriminator", "benefitpaymentstatus"))
    said = {"category": category, "reason": make.concept((STATUS, "denied"))}
    payment = {"type": make.concept((CARIN + "C4BBPayerClaimPaymentStatusCode", "denied"))}
    beside: dict[str, dict[str, Any]] = {"claim": {"adjudication": [said]}, "payment": {"payment": payment}}
    item = make.item(adjudication=[make.charge(100), make.paid(0), *([said] if where == "item" else [])])
    assert fhir(make.eob(item, **beside.get(where, {}))).line("status") == ("denied",)


def test_a_denied_claim_denies_no_line_that_was_paid(fhir, make):
    said = {
        "category": make.concept(("x", "benefitpaymentstatus")),
        "reason": make.concept((STATUS, "denied")),
    }
    assert fhir(make.eob(adjudication=[said])).line("status") == (None,)


def test_medicares_own_codes_deny_a_line_without_payment(fhir, make):
    variables = "https://bluebutton.cms.gov/resources/variables/"
    unpaid = [make.charge(100), make.paid(0)]
    indicator = {"category": make.concept(("x", variables + "line_prcsg_ind_cd")),
                 "reason": make.concept((variables + "line_prcsg_ind_cd", "N"))}  # fmt: skip
    denial = [{"url": variables + "carr_clm_pmt_dnl_cd", "valueCoding": {"code": "0"}}]
    by_line = make.eob(make.item(1, adjudication=[*unpaid, indicator]), make.item(2))
    by_claim = make.eob(make.item(1, adjudication=unpaid), make.item(2), extension=denial)
    got = fhir(by_line, by_claim)
    assert got.lines("processing_ind status") == [
        ("N", "denied"),
        (None, None),
        (None, "denied"),
        (None, None),
    ]


def test_a_claim_that_waits_is_pending_and_counts_as_unpaid(audited, make):
    got = audited(make.eob(outcome="queued"))
    assert got.rows("SELECT status, denied FROM claim_line") == [("pending", True)]


def line(make, sequence, revenue, charge, paid, code="99283"):
    amounts = [make.charge(charge), *([] if paid is None else [make.paid(paid)])]
    return make.item(
        sequence,
        revenue=make.concept((REVENUE, revenue)),
        productOrService=make.concept(("http://www.ama-assn.org/go/cpt", code)) if code else None,
        adjudication=amounts,
    )


def test_a_total_line_is_no_service_and_its_sum_counts_once(fhir, make):
    institutional = make.concept((CLAIM_TYPE, "institutional"))
    services = [line(make, 1, "0450", 10, 5), line(make, 2, "0300", 20, 6)]
    got = fhir(make.eob(*services, line(make, 3, "0001", 30, 11, ""), type=institutional))
    assert got.aside() == [("total_line", "3", None, None)]
    assert got.lines("charge paid") == [("10", "5"), ("20", "6")]
    odd = fhir(make.eob(*services, line(make, 3, "0001", 30, 99, ""), type=institutional))
    assert odd.aside() == [("total_line", "3", None, "99")]


def test_a_total_line_that_stands_alone_is_the_claims_line(fhir, make):
    institutional = make.concept((CLAIM_TYPE, "institutional"))
    got = fhir(make.eob(line(make, 1, "0001", 30, 11, ""), type=institutional))
    assert got.line("revenue_code charge paid") == ("0001", "30", "11")


def test_a_payment_of_a_whole_stay_is_counted_once_and_shared(audited, make):
    services = [line(make, 1, "0120", 100, None), line(make, 2, "0250", 200, None)]
    total = [make.amount(90, (CARIN + "C4BBAdjudication", "paidtoprovider"))]
    got = audited(make.eob(*services, type=make.concept((CLAIM_TYPE, "institutional")), total=total))
    assert got.rows("SELECT paid, paid_allocated FROM claim_line ORDER BY line_no") == [
        (3000, True),
        (6000, True),
    ]
    assert got.tie.paid_in == 9000


def test_a_payment_of_a_whole_professional_claim_is_set_aside_unless_there_is_one_line(fhir, make):
    def charged(sequence):
        return make.item(sequence, adjudication=[make.charge(50)])

    total = [make.amount(80, (ADJUDICATION, "benefit"))]
    got = fhir(make.eob(charged(1), charged(2), total=total))
    assert got.aside() == [("claim_amounts", None, None, "80")]
    assert got.lines("paid") == [(None,), (None,)]
    assert fhir(make.eob(charged(1), total=total)).line("paid") == ("80",)
    assert fhir(make.eob(charged(1), payment={"amount": {"value": 80}})).line("paid") == ("80",)


def test_a_total_that_is_not_the_sum_of_the_lines_is_noticed(fhir, make):
    lines = [make.item(1), make.item(2)]
    assert fhir(make.eob(*lines, total=[make.charge(200)])).noticed() == [("charge_total", "warning")]
    assert fhir(make.eob(*lines, total=[make.charge("201.00")])).noticed() == []


def test_an_amount_that_is_no_number_sets_the_line_aside(audited, make):
    got = audited(make.eob(make.item(1, adjudication=[make.charge("1O0.00"), make.paid([5])]), make.item(2)))
    assert got.aside() == [(1, "charge is not a number")]


def test_a_claim_without_number_or_patient_is_set_aside_with_its_dollars(audited, make):
    got = audited(
        make.eob(id=None, identifier=None, patient=None), make.eob(id="x", patient=None), make.eob()
    )
    codes = got.column("SELECT reason_code FROM set_aside ORDER BY 1")
    assert codes == ["claim_id_missing", "patient_id_missing"]
    assert got.tie.paid_set_aside == 2 * 8025

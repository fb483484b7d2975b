from collections import Counter

import pytest

from auditor.claims.readers.fhir import amounts

CATEGORY = "http://terminology.hl7.org/CodeSystem/adjudication"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
STATUS = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBPayerAdjudicationStatus"
BLUE_BUTTON = "https://bluebutton.cms.gov/resources/codesystem/adjudication"
VARIABLES = "https://bluebutton.cms.gov/resources/variables/"
BFD = "https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication"


def one(value, *codings, **more):
    coded = [{"system": system, "code": code} for system, code in codings]
    return {"category": {"coding": coded}, "amount": {"value": value, "currency": "USD", **more}}


def read(*adjudications):
    return amounts.read(list(adjudications), Counter())


def test_one_amount_under_several_systems_counts_once():
    money = read(
        one(75.0, (CATEGORY, "submitted"), (BLUE_BUTTON, VARIABLES + "line_sbmtd_chrg_amt")),
        one(75, (CATEGORY, "submitted")),
        one("75.00", (BFD, "CLM_LINE_SBMT_CHRG_AMT")),
        one(47.84, (CATEGORY, "eligible")),
    )
    assert (money.charge, money.allowed, money.fault) == ("75.0", "47.84", "")


@pytest.mark.parametrize(
    "pair",
    [
        (one(75, (CATEGORY, "submitted")), one(76, (CATEGORY, "submitted"))),
        (one(75, (CATEGORY, "submitted")), one(76, (BFD, "CLM_LINE_SBMT_CHRG_AMT"))),
        (one(1, (CATEGORY, "eligible")), one(2, (CATEGORY, "eligible"))),
        (one(10, (CATEGORY, "benefit")), one(9, (CARIN, "paidtoprovider"))),
        (one(10, (CARIN, "paidtoprovider")), one(9, (CARIN, "paidtoprovider"))),
    ],
)
def test_amounts_of_one_meaning_that_differ_are_a_contradiction_and_never_added(pair):
    money = read(*pair)
    assert money.fault == "amounts_contradict"
    assert "differ" in money.reason


def test_a_payment_is_what_the_provider_and_the_patient_were_paid():
    provider, patient = one(37.5, (CARIN, "paidtoprovider")), one(2.25, (CARIN, "paidtopatient"))
    assert read(provider, patient).paid == "39.75"
    assert read(provider).paid == "37.5"
    assert read(one(39.75, (CATEGORY, "benefit")), provider, patient).paid == "39.75"


def test_what_the_patient_paid_is_no_payment_of_the_payer():
    money = read(
        one(17.99, (BFD, "CLM_LINE_BENE_PMT_AMT"), (CARIN, "paidbypatient")), one(3, (CARIN, "paidbypatient"))
    )
    assert money.paid == ""
    assert read(one(5, (BLUE_BUTTON, VARIABLES + "line_bene_pmt_amt"))).paid == "5"


def test_zeros_that_cms_fills_in_contradict_no_payment():
    zeros = [one(0, (BLUE_BUTTON, VARIABLES + f"rev_cntr_{who}_pmt_amt")) for who in ("prvdr", "bene")]
    money = read(one(120.5, (BLUE_BUTTON, VARIABLES + "rev_cntr_pmt_amt_amt")), *zeros)
    assert (money.paid, money.fault) == ("120.5", "")
    assert (
        read(one(120.5, (CATEGORY, "benefit")), one(0, (CARIN, "paidtoprovider"))).fault
        == "amounts_contradict"
    )


def test_the_issuers_variable_decides_before_the_category_it_was_mapped_to():
    total = one(0, (CARIN, "priorpayerpaid"), (BLUE_BUTTON, VARIABLES + "clm_tot_chrg_amt"))
    assert (read(total).charge, read(total).other_payer) == ("0", "")


def test_what_the_patient_owes_is_the_sum_of_its_parts_and_not_of_their_copies():
    parts = [
        one(9.57, (CARIN, "coinsurance"), (BLUE_BUTTON, VARIABLES + "line_coinsrnc_amt")),
        one(2.43, (BLUE_BUTTON, VARIABLES + "line_bene_ptb_ddctbl_amt")),
    ]
    assert read(*parts).patient == "12.00"
    assert read(*parts, one(2.43, (CATEGORY, "deductible"))).patient == "12.00"
    assert read(one(9.57, (CARIN, "coinsurance")), one(2.43, (CATEGORY, "deductible"))).patient == "12.00"
    assert read(*parts, one(20, (CARIN, "memberliability"))).patient == "20"
    msp = [one(n, (CARIN, "priorpayerpaid"), (BFD, f"CLM_LINE_INSTNL_MSP{n}_PD_AMT")) for n in (1, 2)]
    assert read(*msp).other_payer == "3"


def test_an_amount_of_a_category_of_no_list_is_left_unread_and_counted():
    unread = Counter[str]()
    money = amounts.read(
        [one(5, ("http://payer.example/adj", "plan-paid")), one(1, (CARIN, "discount"))], unread
    )
    assert (money.charge, money.paid) == ("", "")
    assert unread == {"plan-paid": 1}


@pytest.mark.parametrize("more", [{"currency": "CAD"}, {"currency": None, "code": "EUR"}])
def test_another_currency_is_refused(more):
    assert read(one(5, (CATEGORY, "submitted"), **more)).fault == "amount_currency"


def test_the_quantity_of_stu3_is_money():
    money = amounts.read(
        [{"category": {"coding": [{"code": VARIABLES + "line_nch_pmt_amt"}]},
          "amount": {"value": 37.5, "system": "urn:iso:std:iso:4217", "code": "USD"}}], Counter())  # fmt: skip
    assert (money.paid, money.fault) == ("37.5", "")


@pytest.mark.parametrize(("value", "text"), [("12.50", "12.50"), (True, "true"), ([1], "[1]"), ({"a": 1}, '{"a":1}'),
                                             ("1O0", "1O0"), (1e22, "1e+22"), (-3, "-3"), (None, "")])  # fmt: skip
def test_an_amount_of_any_type_is_passed_on_as_text(value, text):
    assert read(one(value, (CATEGORY, "submitted"))).charge == text


def test_reasons_give_denial_adjustments_and_remarks():
    def said(*codings, category=("x", "adjustmentreason"), amount=None):
        reason = {"coding": [{"system": system, "code": code} for system, code in codings]}
        base = {"category": {"coding": [{"system": category[0], "code": category[1]}]}, "reason": reason}
        return base if amount is None else {**base, "amount": {"value": amount}}

    x12 = "https://x12.org/codes/"
    money = read(
        said((STATUS, "denied"), category=("d", "benefitpaymentstatus")),
        said(
            (x12 + "claim-adjustment-group-codes", "CO"),
            (x12 + "claim-adjustment-reason-codes", "45"),
            amount=12.5,
        ),
        said((x12 + "claim-adjustment-reason-codes", "B7")),
        said((x12 + "remittance-advice-remark-codes", "N130")),
        said((VARIABLES + "carr_line_rdcd_pmt_phys_astn_c", "0"), category=("d", "denialreason")),
    )
    assert money.status == "denied"
    assert money.adjustments == ["CO-45:12.5", "B7"]
    assert money.remarks == ["N130"]


@pytest.mark.parametrize(("indicator", "allowed", "denied"), [("A", "", False), ("", "", False), ("R", "5", False),
                                                              ("S", "0.00", True), ("N", "5", True)])  # fmt: skip
def test_medicares_indicator_of_a_line_says_whether_it_was_paid(indicator, allowed, denied):
    assert amounts.is_denied(indicator, allowed) is denied


def test_many_different_categories_are_counted_together_and_long_ones_cut():
    unread = Counter[str]()
    amounts.read([one(1, ("x", f"plan-{n}" + "y" * 900)) for n in range(700)], unread)
    assert (len(unread), unread.total(), max(map(len, unread))) == (501, 700, 40)


def test_the_net_price_of_an_item_is_its_charge_where_nothing_was_submitted():
    net = {"net": {"value": 135.57, "currency": "USD"}}
    assert amounts.of_item(net, Counter()).charge == "135.57"
    submitted = {**net, "adjudication": [one(140, (CATEGORY, "submitted"))]}
    assert amounts.of_item(submitted, Counter()).charge == "140"

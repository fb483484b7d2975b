"""The money of a claim or line: adjudication categories of each issuer, as explicit lists.

One amount often comes with several codings, or as several elements: it counts once. Two amounts of one meaning that
differ are a contradiction; they are never added. What no list names is left unread and counted.

Sources: HL7 adjudication codes (terminology.hl7.org/CodeSystem/adjudication); C4BBAdjudication and
C4BBAdjudicationDiscriminator of the CARIN Consumer Directed Payer Data Exchange guide, whose notes give the payment as
paid to provider or to patient; the variables of CMS's Blue Button data dictionary (V1 and V2), and BFD's names of the
Integrated Data Repository (CLM_LINE_...).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, Literal

from auditor.claims.readers.fhir.values import (
    Json,
    Object,
    amount,
    an_object,
    codings,
    last_part,
    objects,
    tally,
    text,
)

Role = Literal[
    "charge",
    "allowed",
    "paid",
    "to_provider",
    "to_patient",
    "patient_all",
    "patient_part",
    "other_payer",
    "beside",
]

_CATEGORIES: Final[dict[Role, str]] = {
    "charge": "submitted submittedamount",
    "allowed": "eligible allowedamount",
    "paid": "benefit paymentamount",
    "to_provider": "paidtoprovider",
    "to_patient": "paidtopatient",
    "patient_all": "memberliability",
    "patient_part": "copay deductible coinsurance copayamount deductibleamount coinsuranceamount",
    "other_payer": "priorpayerpaid cobamount",
    "beside": (
        "noncovered noncoveredamount discount drugcost paidbypatient paidbypatientcash paidbypatientother "
        "patientpayamount tax eligpercent unallocdeduct"
    ),
}
"""Categories of HL7 and of CARIN, also of its first ballot. `beside` is known and is none of ours."""

_VARIABLES: Final[dict[Role, str]] = {
    "charge": (
        "line_sbmtd_chrg_amt rev_cntr_tot_chrg_amt clm_tot_chrg_amt nch_carr_clm_sbmtd_chrg_amt "
        "clm_line_sbmt_chrg_amt clm_sbmt_chrg_amt tot_rx_cst_amt"
    ),
    "allowed": "line_alowd_chrg_amt nch_carr_clm_alowd_amt clm_line_alowd_chrg_amt clm_alowd_chrg_amt",
    "paid": "line_nch_pmt_amt rev_cntr_pmt_amt_amt clm_pmt_amt clm_line_cvrd_pd_amt cvrd_d_plan_pd_amt",
    "to_provider": (
        "line_prvdr_pmt_amt rev_cntr_prvdr_pmt_amt nch_clm_prvdr_pmt_amt clm_op_prvdr_pmt_amt "
        "clm_line_prvdr_pmt_amt clm_prvdr_pmt_amt"
    ),
    "to_patient": (
        "line_bene_pmt_amt rev_cntr_bene_pmt_amt nch_clm_bene_pmt_amt clm_op_bene_pmt_amt "
        "clm_line_bene_pd_amt clm_bene_pd_amt"
    ),
    "patient_part": (
        "line_bene_ptb_ddctbl_amt line_coinsrnc_amt rev_cntr_cash_ddctbl_amt rev_cntr_blood_ddctbl_amt "
        "rev_cntr_coinsrnc_wge_adjstd_c clm_line_mdcr_ddctbl_amt clm_line_mdcr_coinsrnc_amt clm_line_blood_ddctbl_amt "
        "clm_mdcr_ddctbl_amt clm_mdcr_coinsrnc_amt"
    ),
    "other_payer": (
        "line_bene_prmry_pyr_pd_amt rev_cntr_1st_msp_pd_amt rev_cntr_2nd_msp_pd_amt clm_bene_prmry_pyr_pd_amt "
        "clm_line_instnl_msp1_pd_amt clm_line_instnl_msp2_pd_amt nch_prmry_pyr_clm_pd_amt prpayamt"
    ),
    "beside": (
        "rev_cntr_ptnt_rspnsblty_pmt rev_cntr_rdcd_coinsrnc_amt rev_cntr_rate_amt rev_cntr_ncvrd_chrg_amt "
        "line_dme_prchs_price_amt line_prmry_alowd_chrg_amt dmerc_line_scrn_svgs_amt clm_line_bene_pmt_amt "
        "clm_line_ncvrd_chrg_amt clm_line_carr_clncl_chrg_amt clm_line_carr_psych_ot_lmt_amt "
        "clm_line_prfnl_intrst_amt clm_mdcr_prmry_pyr_alowd_amt clm_line_instnl_adjstd_amt "
        "clm_line_instnl_rdcd_amt clm_line_instnl_rate_amt clm_line_prfnl_dme_price_amt clm_line_dmerc_scrn_svgs_amt "
        "clm_line_add_on_pymt_amt clm_line_non_ehr_rdctn_amt clm_ncvrd_chrg_amt clm_bene_pmt_amt "
        "clm_bene_pmt_coinsrnc_amt clm_othr_tp_pd_amt"
    ),
}
"""Variables of Blue Button (lower case) and BFD. CLM_LINE_BENE_PMT_AMT is what the patient paid, LINE_BENE_PMT_AMT what
he was paid. A claim's name never stands on a line."""


def _by_code(lists: dict[Role, str]) -> dict[str, Role]:
    return {code: role for role, codes in lists.items() for code in codes.split()}


_CATEGORY = _by_code(_CATEGORIES)
_VARIABLE = _by_code(_VARIABLES)
_REASONS = ("adjustmentreason", "denialreason")
_GROUPS = ("CO", "PR", "OA", "PI", "CR")
_PAYEES: Final[tuple[Role, ...]] = ("to_provider", "to_patient")
_MOST = 200


@dataclass
class Money:
    """Amounts as text, "" where none is given, and what the payer said with them.

    `fault` is a reason code when the amounts cannot be taken as they stand, and `reason` says why.
    """

    charge: str = ""
    allowed: str = ""
    paid: str = ""
    patient: str = ""
    other_payer: str = ""
    status: str = ""
    processing: str = ""
    adjustments: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    fault: str = ""
    reason: str = ""


@lru_cache(maxsize=4096)
def role_of(category: tuple[tuple[str, str], ...]) -> tuple[Role | None, str]:
    """What an amount of this category is, and the code that says so.

    The issuer's own variable decides before a category that it was mapped to: BFD's second version files
    clm_tot_chrg_amt under `priorpayerpaid`. (None, code) for what no list names.
    """
    for _, code in category:
        name = last_part(code)
        if name in _VARIABLE:
            return _VARIABLE[name], name
    for _, code in category:
        if code.lower() in _CATEGORY:
            return _CATEGORY[code.lower()], code.lower()
    return None, last_part(category[0][1]) if category else "none"


def read(adjudications: Json, unread: Counter[str]) -> Money:
    """The money in a list of adjudications or totals. `unread` counts the categories of amounts that no list names."""
    money = Money()
    found: dict[Role, dict[str, str]] = {}
    for one in objects(adjudications):
        category = tuple(codings(one.get("category")))
        given = one.get("amount")
        if given is None:
            _say(money, category, one)
            continue
        role, code = role_of(category)
        if role is None:
            _say(money, category, one)
            if code not in _REASONS:
                tally(unread, code)
        elif role != "beside":
            value = _value(money, given)
            same = found.setdefault(role, {})
            if same.setdefault(code, value) != value and not _equal(same[code], value):
                _contradict(money, role)
    money.charge = _one(money, "charge", found)
    money.allowed = _one(money, "allowed", found)
    money.paid = _paid(money, found)
    every = found.get("patient_all")
    money.patient = _same(every) if every else _sum(_finest(found.get("patient_part", {})))
    money.other_payer = _sum(_finest(found.get("other_payer", {})))
    return money


def of_item(item: Object, unread: Counter[str]) -> Money:
    """The money of an item: of its adjudications, and its net price where none of them is what was billed."""
    money = read(item.get("adjudication"), unread)
    if not money.charge and "net" in item:
        money.charge = _value(money, item["net"])
    return money


def _finest(amounts: dict[str, str]) -> list[str]:
    """Amounts of parts: of the issuer's variables where it uses them, for its categories would repeat them."""
    variables = [value for code, value in amounts.items() if code in _VARIABLE]
    return variables or list(amounts.values())


def _same(amounts: dict[str, str]) -> str:
    """The one amount that all are, "" where they differ."""
    first, *others = amounts.values()
    return first if all(_equal(first, other) for other in others) else ""


def dollars(given: Json) -> tuple[str, bool]:
    """The text of a Money (STU3: a Quantity whose code is the currency), and whether it is of US dollars."""
    if type(given) is not dict:
        return amount(given), True
    currency = text(given.get("currency")) or text(given.get("code"))
    return amount(given.get("value")), currency.upper() in ("", "USD", "US$", "$")


def _value(money: Money, given: Json) -> str:
    value, ours = dollars(given)
    if not ours and not money.fault:
        money.fault, money.reason = "amount_currency", "an amount is in another currency than US dollars"
    return value


def _contradict(money: Money, role: str) -> None:
    name = {"charge": "charges", "allowed": "allowed amounts"}.get(role, "payments")
    if role in ("patient_all", "patient_part", "other_payer"):
        return
    if not money.fault:
        money.fault, money.reason = "amounts_contradict", f"two {name} of the same line differ"


def _one(money: Money, role: Role, found: dict[Role, dict[str, str]]) -> str:
    """The one amount of a role; several that are equal count once."""
    values = list(found.get(role, {}).values())
    if not values:
        return ""
    if any(not _equal(values[0], other) for other in values[1:]):
        _contradict(money, role)
    return values[0]


def _paid(money: Money, found: dict[Role, dict[str, str]]) -> str:
    """The payer's payment: given whole, or as paid to the provider and to the patient; both must agree."""
    whole = _one(money, "paid", found)
    provider, patient = _one(money, "to_provider", found), _one(money, "to_patient", found)
    if not provider and not patient:
        return whole
    parts = _sum([provider, patient])
    if not whole or _equal(whole, parts):
        return whole or parts
    # CMS fills the two with zeros where it knows the whole alone (hospice, home health).
    named = {code for role in _PAYEES for code in found.get(role, {})}
    if _is_zero(parts) and named <= _VARIABLE.keys():
        return whole
    if not money.fault:
        money.fault = "amounts_contradict"
        money.reason = "the payment differs from what was paid to the provider and the patient"
    return whole


def _sum(amounts: list[str]) -> str:
    """The sum of amounts; the first that is no number where one is none, for the canonical step to refuse."""
    given = [value for value in amounts if value]
    if len(given) < 2:
        return given[0] if given else ""
    try:
        return str(sum((Decimal(value) for value in given), Decimal()))
    except InvalidOperation:
        return next((value for value in given if not _is_number(value)), "")


def _equal(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _is_zero(value: str) -> bool:
    return _equal(value, "0")


def _is_number(value: str) -> bool:
    try:
        Decimal(value)
    except InvalidOperation:
        return False
    return True


def _say(money: Money, category: tuple[tuple[str, str], ...], one: Object) -> None:
    """What an adjudication without an amount of ours says: denied or paid, reasons, remarks, Medicare's indicator."""
    reasons = codings(one.get("reason"))
    carc, group = "", ""
    for system, code in reasons:
        kind = last_part(system)
        if kind == "c4bbpayeradjudicationstatus" and code.lower() in ("paid", "denied", "partiallypaid"):
            money.status = code.lower()
        elif kind in ("line_prcsg_ind_cd", "clm-prcsg-ind-cd"):
            money.processing = code
        elif kind == "claim-adjustment-group-codes":
            group = code.upper()
        elif kind == "claim-adjustment-reason-codes":
            carc = code
        elif kind == "remittance-advice-remark-codes" and len(money.remarks) < _MOST:
            money.remarks.append(part(code))
    for _, code in category:
        if code.lower() in ("denied", "paid") and not reasons:
            money.status = code.lower()
    if carc and len(money.adjustments) < _MOST:
        value, _ = dollars(an_object(one.get("amount")) or None)
        code = f"{group}-{part(carc)}" if group in _GROUPS else part(carc)
        money.adjustments.append(f"{code}:{part(value)}" if value else code)


def adds_up(total: str, parts: list[str]) -> bool:
    """Whether `total` is the sum of the parts, so that it says nothing of its own; "" and 0 are."""
    return not is_something(total) or _equal(total, _sum(parts) or "0")


def is_something(value: str) -> bool:
    """Whether an amount is given and is not zero."""
    return bool(value) and not _is_zero(value)


def part(value: str) -> str:
    """A value as a part of a list: without what separates parts."""
    return "".join(c for c in value if c not in ",: ")


def is_denied(processing: str, allowed: str) -> bool:
    """Whether Medicare's processing indicator of a line says that it was not paid (LINE_PRCSG_IND_CD, ResDAC).

    A is allowed; R (reprocessed) and S (secondary payer) are where something was allowed. A blank says nothing.
    """
    indicator = processing.upper()
    return indicator not in ("", "A") and not (indicator in ("R", "S") and is_something(allowed))

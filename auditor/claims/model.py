"""The fields that a claims file may have, as data: they drive the mapping of headers and the SQL that reads them.

What comes out of them is described in `columns`. Source: the project's contract for the plain claims file, and the
names that common exports use.
"""

from __future__ import annotations

import re

from auditor.claims.fields import Field, named, numbered
from auditor.claims.rare_fields import RARE

MAX_DIAGNOSES = 25
MAX_PROCEDURES = 25
MAX_MODIFIERS = 5
MAX_POINTERS = 12
MODIFIER_COLUMNS_OF_A_CLAIM = 4
MAX_SPAN_DAYS = 366

LINES_OF_BUSINESS = ("medicare", "medicare_advantage", "medicaid", "commercial", "other")
CLAIM_TYPES = ("professional", "institutional", "dental", "dme")


_COMMON: tuple[Field, ...] = (
    named(
        "claim_id",
        "id",
        "The provider's claim number; unique with patient, payer and source.",
        "claim_number claim_no claimid clm_id claim_num claim",
        needed=True,
    ),
    named(
        "source_system",
        "id",
        "The system or practice whose claim number it is, where a file holds several.",
        "data_source",
    ),
    named(
        "line_no",
        "integer",
        "Number of the line in its claim; blank takes the position in the claim.",
        "claim_line_number line_number line_num claim_line clm_line_num line line_id claim_line_no "
        "service_line_number line_seq seq_no",
        needed=True,
    ),
    named(
        "payer_id",
        "id",
        "The payer.",
        "payer payer_code payor_id payor insurer_id",
    ),
    named(
        "line_of_business",
        "word",
        "medicare, medicare_advantage, medicaid, commercial or other.",
        "lob payer_line product_line business_line",
    ),
    named("plan_id", "id", "The plan or product within the payer.", "plan plan_code benefit_plan_id"),
    named(
        "patient_id",
        "id",
        "The person, stable across claims (not the subscriber).",
        "person_id member_id bene_id beneficiary_id patient mrn patient_number member memberid desynpuf_id",
        needed=True,
    ),
    named(
        "birth_date",
        "date",
        "The patient's date of birth.",
        "dob date_of_birth birthdate patient_dob patient_birth_date",
    ),
    named(
        "sex",
        "word",
        "The patient's sex as the payer has it.",
        "gender patient_sex patient_gender",
    ),
    named(
        "claim_type",
        "word",
        "professional, institutional, dental or dme (also P, I, D, DME).",
        "type_of_claim claim_form form_type",
    ),
    named(
        "billing_npi",
        "code",
        "NPI of the billing provider.",
        "billing_provider_npi bill_npi group_npi billing_provider",
    ),
    named(
        "billing_tin",
        "id",
        "Tax number of the billing provider.",
        "tin tax_id billing_tax_id tax_num ein billing_provider_tin",
    ),
    named(
        "rendering_npi",
        "code",
        "NPI of the provider who rendered the line.",
        "rendering_provider_npi performing_npi provider_npi npi rend_npi servicing_npi "
        "rendering_provider prf_physn_npi performing_provider_npi",
    ),
    named(
        "rendering_specialty",
        "code",
        "CMS specialty code of the rendering provider.",
        "specialty specialty_code provider_specialty prvdr_spclty rendering_specialty_code",
    ),
    named(
        "facility_npi",
        "code",
        "NPI of the facility where the service took place.",
        "service_facility_npi facility_provider_npi hospital_npi",
    ),
    named(
        "pos",
        "code",
        "Place of service, two digits.",
        "place_of_service place_of_service_code pos_code place_of_svc",
    ),
    named(
        "tob",
        "code",
        "Type of bill, three digits (a leading 0 is dropped); the last is the frequency.",
        "bill_type bill_type_code type_of_bill tob_code",
    ),
    named(
        "frequency_code",
        "code",
        "1 original, 7 replacement, 8 void; else the last digit of the bill type.",
        "claim_frequency_code frequency claim_frequency clm_freq_cd freq_code",
    ),
    named(
        "original_ref",
        "id",
        "The claim_id or payer_icn of the claim that this one replaces or voids.",
        "original_claim_id original_claim_number original_reference original_reference_number "
        "orig_claim_id original_icn ref_f8 payer_claim_control_number_original",
    ),
    named(
        "payer_icn",
        "id",
        "The payer's own number of the claim.",
        "icn dcn payer_claim_control_number payer_claim_number internal_control_number ccn "
        "payer_control_number",
    ),
    named(
        "status",
        "word",
        "paid, denied, reversed or pending.",
        "claim_status line_status claim_line_status payment_status",
    ),
    named(
        "denied",
        "flag",
        "Whether the payer denied the line.",
        "is_denied denied_flag denial_flag denied_ind denied_indicator",
    ),
    named(
        "processing_ind",
        "code",
        "The payer's processing indicator of the line, as given.",
        "processing processing_indicator line_prcsg_ind_cd line_processing_indicator",
    ),
    named(
        "date_from",
        "date",
        "First day of service.",
        "service_date dos service_from date_of_service from_date service_from_date service_start_date "
        "dos_from line_date_from claim_line_start_date svc_date from_dos line_1st_expns_dt begin_date "
        "start_date service_begin_date line_service_date",
        needed=True,
    ),
    named(
        "date_to",
        "date",
        "Last day of service; blank means the first.",
        "service_to to_date thru_date service_to_date service_end_date dos_to line_date_to "
        "claim_line_end_date through_date to_dos line_last_expns_dt end_date service_thru",
    ),
    named(
        "code",
        "code",
        "CPT or HCPCS code of the line.",
        "hcpcs cpt hcpcs_code procedure_code proc_code cpt_code cpt_hcpcs hcpcs_cd procedure "
        "service_code cpt_hcpcs_code px_code cpt4 hcpcs_cpt",
        needed=True,
    ),
    named(
        "revenue_code",
        "code",
        "Revenue code, four digits.",
        "revenue_center_code rev_code rev_cntr revcode rev_cd revenue_center rev_center",
    ),
    *numbered(
        "mod",
        MAX_MODIFIERS,
        "code",
        "Modifier # of the line.",
        "modifier# hcpcs_modifier_# mod_# mod_cd_# modifier_code_# cpt_mod_# hcpcs_mod# proc_mod# procedure_modifier_#",
    ),
    named(
        "modifiers",
        "code",
        "Several modifiers in one cell: 26,59 or 26 59 or 2659.",
        "modifier mods mod modifier_list hcpcs_modifiers cpt_modifiers",
    ),
    named(
        "units",
        "number",
        "Units of service.",
        "qty quantity service_unit_quantity unit service_units units_of_service line_srvc_cnt "
        "unit_count units_billed billed_units line_units service_quantity service_unit_count",
        needed=True,
    ),
    named(
        "unit_basis",
        "code",
        "UN units, MJ minutes: minutes are not units.",
        "unit_type units_type basis_for_measurement unit_of_measure",
    ),
    named(
        "charge",
        "money",
        "Billed amount of the line, US dollars.",
        "billed charge_amount billed_amount submitted_charge billed_charges charges charge_amt "
        "line_charge billed_amt submitted_charges submitted_amount amount_billed "
        "line_sbmtd_chrg_amt billed_charge submitted_charge_amount line_charge_amount",
    ),
    named(
        "allowed",
        "money",
        "Allowed amount of the line, US dollars.",
        "allowed_amount allowed_amt plan_allowed eligible_amount amount_allowed line_alowd_chrg_amt "
        "allowed_charge approved_amount line_allowed",
    ),
    named(
        "paid",
        "money",
        "Amount that the payer paid for the line, US dollars.",
        "paid_amount plan_paid payment payment_amount paid_amt line_paid net_paid amount_paid "
        "line_nch_pmt_amt plan_payment payer_paid plan_paid_amount net_payment line_paid_amount",
    ),
    *numbered(
        "dx",
        MAX_DIAGNOSES,
        "icd10",
        "Diagnosis # of the claim, ICD-10-CM, with or without its dot.",
        "diagnosis_code_# diagnosis# diag# icd# icd10_# dx_# dx_code_# diag_code_# icd_code_# diag_cd_# icd_dgns_cd#",
    ),
    named(
        "dx_ptr",
        "pointer",
        "Diagnoses of the line by position: 1:2 or A,B or 12.",
        "dx_pointer diagnosis_pointer diag_ptr dx_pointers diagnosis_pointers diag_pointer "
        "diagnosis_code_pointer dx_ptrs",
    ),
    *numbered(
        "dx_ptr",
        MAX_POINTERS,
        "pointer",
        "Pointer # of the line, where each has a column of its own.",
        "dx_pointer_# diagnosis_pointer_# diag_ptr_# diag_pointer_# diagnosis_ptr_# diagnosis_code_pointer_# ptr# "
        "pointer_# icd_pointer_# icd_ptr_#",
    ),
    named(
        "paid_date",
        "date",
        "Date of payment.",
        "payment_date date_paid check_date adjudication_date remit_date",
    ),
    named(
        "received_date",
        "date",
        "Date on which the payer received the claim.",
        "date_received claim_received_date receipt_date",
    ),
    named(
        "service_state",
        "code",
        "State of the service, two letters.",
        "provider_state service_state_code state_of_service",
    ),
    named(
        "service_zip",
        "code",
        "ZIP code of the service.",
        "provider_zip service_zip_code zip_of_service",
    ),
    named(
        "locality",
        "code",
        "Medicare payment locality.",
        "locality_code mac_locality pricing_locality",
    ),
    named(
        "mac",
        "id",
        "Medicare administrative contractor.",
        "mac_id contractor contractor_number mac_number contractor_id",
    ),
    named(
        "drg",
        "code",
        "MS-DRG of the stay.",
        "drg_code ms_drg msdrg ms_drg_code",
    ),
    named(
        "admit_date",
        "date",
        "Date of admission.",
        "admission_date date_of_admission",
    ),
    named(
        "discharge_date",
        "date",
        "Date of discharge.",
        "date_of_discharge",
    ),
    named(
        "discharge_status",
        "code",
        "Patient discharge status, two digits.",
        "discharge_status_code patient_discharge_status patient_discharge_status_code patient_status_code "
        "discharge_disposition discharge_disposition_code ptnt_dschrg_stus_cd",
    ),
    *numbered(
        "px",
        MAX_PROCEDURES,
        "icd10pcs",
        "Procedure # of the claim, ICD-10-PCS.",
        "px_# px_code_# icd_procedure_# icd_procedure_code_# icd_proc_# icd_prcdr_cd# icd10_pcs_# pcs_#",
    ),
    named(
        "prior_auth",
        "id",
        "Number of the prior authorisation of the line or claim.",
        "prior_authorization prior_authorisation prior_auth_number prior_authorization_number "
        "authorization_number auth_number prior_auth_no auth_no",
    ),
)

FIELDS: tuple[Field, ...] = (*_COMMON, *RARE)

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}

POINTERS: tuple[str, ...] = tuple(field.name for field in FIELDS if field.kind == "pointer")

PROCEDURES: tuple[str, ...] = tuple(field.name for field in FIELDS if field.kind == "icd10pcs")

NEEDED_ONE_OF: tuple[tuple[str, ...], ...] = (
    *(
        ("code", "revenue_code") if field.name == "code" else (field.name,)
        for field in FIELDS
        if field.needed
    ),
    ("paid", "allowed", "charge"),
)


def plain_key(header: str) -> str:
    """A header without case, blanks and punctuation: `HCPCS Modifier 1` and `hcpcs_modifier_1` are one."""
    return re.sub(r"[^0-9a-z]", "", header.lower())


def _synonyms() -> dict[str, str]:
    keys: dict[str, str] = {}
    for field in FIELDS:
        for word in (field.name, *field.synonyms):
            key = plain_key(word)
            if keys.setdefault(key, field.name) != field.name:
                raise ValueError(f"{word!r} is a synonym of both {keys[key]} and {field.name}")
    return keys


SYNONYMS: dict[str, str] = _synonyms()

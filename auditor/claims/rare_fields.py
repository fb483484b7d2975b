"""Fields that only some formats have: providers beside the rendering one, drugs, other payers, the payer's answer.

They are stored in feeds that have them, and missing everywhere else; a rule that names one is then not evaluated.
"""

from __future__ import annotations

from typing import cast

from auditor.claims.fields import Field, Kind, named

_TABLE = """
payer_name         id      The payer's name. | payor_name insurance_name
death_date         date    The patient's date of death. | date_of_death dod bene_death_dt
billing_taxonomy   code    Taxonomy code of the billing provider. | billing_provider_taxonomy
rendering_taxonomy code    Taxonomy code of the rendering provider. | taxonomy taxonomy_code provider_taxonomy
referring_npi      code    NPI of the referring provider. | referring_provider_npi ref_npi rfr_physn_npi
ordering_npi       code    NPI of the ordering provider. | ordering_provider_npi
supervising_npi    code    NPI of the supervising provider. | supervising_provider_npi
attending_npi      code    NPI of the attending provider. | attending_provider_npi at_physn_npi
operating_npi      code    NPI of the operating physician. | operating_provider_npi op_physn_npi
patient_resp       money   What the patient owes of the line, US dollars. | patient_responsibility member_liability
minutes            number  Minutes of time, where the units are minutes. | anesthesia_minutes
ndc                code    National drug code of the line, digits. | ndc_code national_drug_code
ndc_quantity       number  Quantity of the drug in its own unit. | ndc_qty ndc_units drug_quantity
ndc_unit           code    Unit of the drug: UN, ML, GR, F2, ME. | ndc_unit_of_measure ndc_uom
line_control_no    id      The provider's number of the line, by which a remittance names it. | line_item_control_number
admitting_dx       code    Diagnosis at admission. | admitting_diagnosis admitting_diagnosis_code admtg_dgns_cd
reason_dx          list    Diagnoses that are the reason for the visit. | reason_for_visit_dx
external_dx        list    External causes of injury. | external_cause_dx
poa                list    Present on admission of each diagnosis, in their order; - where not said. | poa_indicators
dx_version         code    10 or 0: ICD-10-CM; 9: ICD-9-CM, whose codes are icd9 and not dx. | icd_version
admit_hour         code    Hour of admission, two digits. | admission_hour
admit_type         code    Type of admission. | admit_type_code admission_type clm_ip_admsn_type_cd
admit_source       code    Source of admission. | admit_source_code admission_source clm_src_ip_admsn_cd
discharge_hour     code    Hour of discharge, two digits.
condition_codes    list    Condition codes of the claim.
occurrence_codes   list    Occurrence codes of the claim, with their days: 11:20240105.
value_codes        list    Value codes of the claim, with their amounts: 80:5.
related_causes     list    What the claim is related to: AA automobile, EM employment, OA other accident.
clia               id      CLIA number of the laboratory. | clia_number
tooth              list    Teeth of a dental line. | tooth_number tooth_code
surface            list    Tooth surfaces of a dental line. | tooth_surface
payer_sequence     code    P primary, S secondary, T tertiary: the place of the payer of this claim.
other_payer_id     id      The payer that adjudicated the claim before this one. | primary_payer_id
other_payer_paid   money   What other payers paid for the line, US dollars. | cob_paid primary_paid
other_adjustments  list    Adjustments of other payers: group-reason:amount:quantity, as CO-45:12.50.
submitted_code     list    Code and modifiers as the provider sent them, where the payer answered under others.
adjustments        list    Adjustments of the payer: group-reason:amount:quantity, as CO-45:12.50. | carc_codes
remark_codes       list    Remark codes of the payer (RARC), as N130. | rarc rarc_codes remark_code
"""


def _fields() -> tuple[Field, ...]:
    rows = (line.split(maxsplit=2) for line in _TABLE.strip().splitlines())
    parts = ((name, cast(Kind, kind), rest.partition(" | ")) for name, kind, rest in rows)
    return tuple(named(name, kind, doc, words, rare=True) for name, kind, (doc, _, words) in parts)


RARE: tuple[Field, ...] = _fields()

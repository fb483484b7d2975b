"""The columns of `claim_line`, as data: name, SQL type, meaning. Rules read these and nothing else of a claim."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.claims.model import CLAIM_TYPES, LINES_OF_BUSINESS
from auditor.claims.rare_fields import RARE


@dataclass(frozen=True)
class Column:
    """One column of `claim_line`. `carried` columns come from the cells of the row alone and make up its content.

    A `rare` one is stored only in feeds that have the field; everywhere else the view gives NULL for it.
    """

    name: str
    sql_type: str
    doc: str
    carried: bool = True
    rare: bool = False


_KEYS = """
line_id          BIGINT    Number of the row over all files, from 0, in source order; rows set aside leave gaps.
state            ENUM      audited or superseded (replaced, voided or reversed).
part             INTEGER   The partition of the patient.
patient_key      INTEGER   The patient within the payer, dense, by first appearance.
provider_key     INTEGER   provider_id, dense, by first appearance; null without one.
code_key         INTEGER   setting and code together, dense, by first appearance; null without one of them.
claim_key        BIGINT    The claim version: the line_id of its first row.
claim_id         VARCHAR   The provider's claim number.
line_no          INTEGER   Number of the line in its claim.
"""
_CARRIED = """
payer_id             VARCHAR        The payer.
line_of_business     ENUM           medicare, medicare_advantage, medicaid, commercial or other.
plan_id              VARCHAR        The plan or product within the payer.
patient_id           VARCHAR        The person.
birth_date           DATE           The patient's date of birth.
sex                  VARCHAR        F, M, or what the payer writes, upper case.
claim_type           ENUM           professional, institutional, dental or dme.
setting              ENUM           practitioner, outpatient_hospital, inpatient, dme or dental.
provider_id          VARCHAR        Rendering NPI, or group and specialty; institutional: facility, else billing NPI.
billing_npi          VARCHAR        NPI of the billing provider.
billing_tin          VARCHAR        Tax number of the billing provider.
rendering_npi        VARCHAR        NPI of the provider who rendered the line.
rendering_specialty  VARCHAR        CMS specialty code of the rendering provider.
facility_npi         VARCHAR        NPI of the facility.
pos                  VARCHAR        Place of service, two digits.
tob                  VARCHAR        Type of bill, three characters, the leading 0 dropped.
frequency_code       VARCHAR        1 original, 7 replacement, 8 void; else the last character of the bill type.
original_ref         VARCHAR        The claim that this one replaces or voids.
payer_icn            VARCHAR        The payer's own number of the claim.
status               VARCHAR        paid, denied, reversed, pending, or what the payer writes, lower case.
processing_ind       VARCHAR        The payer's processing indicator of the line, as given.
date_from            DATE           First day of service.
date_to              DATE           Last day of service.
code                 VARCHAR        CPT or HCPCS code, upper case.
revenue_code         VARCHAR        Revenue code, four digits.
modifiers            VARCHAR[]      Modifiers in order, upper case, blanks dropped.
mods_truncated       BOOLEAN        Fewer than four modifier columns, or a modifier that cannot be read.
units                DECIMAL(18,3)  Units of service.
charge               BIGINT         Billed, US cents.
allowed              BIGINT         Allowed, US cents.
paid                 BIGINT         Paid by the payer, US cents.
denied               BOOLEAN        The payer did not pay the line.
dx                   VARCHAR[]      Diagnoses of the claim in order, no dots, blanks dropped.
dx_ptr               INTEGER[]      The line's diagnoses, as 1-based places in dx.
paid_date            DATE           Date of payment.
received_date        DATE           Date on which the payer received the claim.
service_state        VARCHAR        State of the service.
service_zip          VARCHAR        ZIP code of the service.
locality             VARCHAR        Medicare payment locality.
mac                  VARCHAR        Medicare administrative contractor.
drg                  VARCHAR        MS-DRG of the stay.
admit_date           DATE           Date of admission.
discharge_date       DATE           Date of discharge.
discharge_status     VARCHAR        Patient discharge status, two digits.
procedures           VARCHAR[]      ICD-10-PCS procedures of the claim in order, blanks dropped.
prior_auth           VARCHAR        Number of the prior authorisation of the line or claim.
"""
_MADE = """
pointed_dx       VARCHAR[]  The diagnoses at dx_ptr; institutional: all of dx.
days             INTEGER    Days of service, both ends counted.
is_span          BOOLEAN    More than one day of service.
version_note     VARCHAR    What the history of its claim says of the line, by the words of `history/line_notes`.
other_version    VARCHAR    Claim number of what version_note speaks of: void, earlier payment, claim replaced.
other_version_date DATE     Its day of payment, else of receipt.
given_patient_id VARCHAR    The patient's number in the claims, where a crosswalk puts the person's in its place.
paid_allocated   BOOLEAN    paid is a share of a payment that the feed repeats on every line of the claim.
source_file      VARCHAR    Base name of the file.
source_pos       BIGINT     Number of the row in the file, from 1, the header not counted.
"""


WORDS: dict[str, tuple[str, ...]] = {
    "state": ("audited", "superseded", "set_aside"),
    "line_of_business": LINES_OF_BUSINESS,
    "claim_type": CLAIM_TYPES,
    "setting": ("practitioner", "outpatient_hospital", "inpatient", "dme", "dental"),
}
"""The columns of a closed list of words. They are kept as numbers of words: every rule asks them of every line."""


def sql_type(name: str, given: str) -> str:
    """The SQL type of a column; that of a closed list names its words."""
    return f"ENUM({', '.join(map(repr, WORDS[name]))})" if given == "ENUM" else given


def _table(text: str, carried: bool) -> tuple[Column, ...]:
    rows = (line.split(maxsplit=2) for line in text.strip().splitlines())
    return tuple(Column(name, sql_type(name, given), doc, carried) for name, given, doc in rows)


_RARE_TYPES = {
    "id": "VARCHAR", "code": "VARCHAR", "date": "DATE", "money": "BIGINT", "number": "DECIMAL(18,3)",
    "list": "VARCHAR[]",
}  # fmt: skip
RARE_COLUMNS: tuple[Column, ...] = (
    *(Column(field.name, _RARE_TYPES[field.kind], field.doc, rare=True) for field in RARE),
    Column("icd9", "VARCHAR[]", "Diagnoses of a claim of ICD-9-CM, no dots; dx is then empty.", rare=True),
)
LINE_COLUMNS: tuple[Column, ...] = (
    *_table(_KEYS, False), *_table(_CARRIED, True), *RARE_COLUMNS, *_table(_MADE, False)
)  # fmt: skip

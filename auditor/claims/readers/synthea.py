"""Synthea's CSV export: claims_transactions, with claims, patients and payers beside it.

A claim is a ledger: in the order of CHARGEID every CHARGE begins a line, and the PAYMENT, ADJUSTMENT, TRANSFERIN and
TRANSFEROUT rows up to the next are its money. What is paid while the charge stands with an insurance (TRANSFERTYPE 1
or 2) and is no copay is the payer's payment, the rest the patient's. Source: Synthea wiki, CSV File Data Dictionary,
Claims and Claims Transactions.

PROCEDURECODE is of SNOMED CT, RxNorm or CVX, with no word of which; five digits of it would be taken for CPT and found
wrong. Such charges are set aside with their dollars; a code of the form of HCPCS Level II, a letter first, is none of
those systems' and is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.model import plain_key
from auditor.claims.readers.interface import CLAIMS, NotClaims, Staged
from auditor.claims.readers.wide import Laid, heads_of, lay_down
from auditor.claims.readers.wide_lines import Lines, stage_lines
from auditor.claims.readers.wide_people import Roll, contradictions, gathered
from auditor.claims.sources.intake import Source

_CLAIM_HEADERS: Final = "claim headers"
_PATIENTS: Final = "patients"
_PAYERS: Final = "payers"


def _signature(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TRANSACTIONS: Final = _signature(
    "id claimid chargeid patientid type amount fromdate todate procedurecode units transferoutid transfertype "
    "payments adjustments transfers outstanding patientinsuranceid"
)
_BESIDE: Final = (
    (_signature("id patientid providerid primarypatientinsuranceid healthcareclaimtypeid1"), _CLAIM_HEADERS),
    (_signature("id birthdate deathdate ssn drivers passport healthcareexpenses"), _PATIENTS),
    (_signature("id name stateheadquartered amountcovered amountuncovered membermonths"), _PAYERS),
)  # fmt: skip
_NOT_CLAIMS: Final = (
    (_signature("id start stop patient organization provider payer encounterclass totalclaimcost"), "encounters"),
    (_signature("id organization name gender address utilization"), "providers"),
    (_signature("id name address lat lon phone revenue utilization"), "organizations"),
    (_signature("patient payer memberid ownership ownername"), "payer transitions"),
    (_signature("patient payer encounter basecost payercoverage dispenses totalcost"), "medications"),
    (_signature("start stop patient encounter code description udi"), "devices"),
    (_signature("patient encounter system type category reaction1 severity1"), "allergies"),
    (_signature("date patient encounter code description basecost"), "immunisations"),
    (_signature("start patient encounter code description basecost reasoncode"), "procedures"),
    (_signature("id start stop patient encounter code description reasoncode"), "care plans"),
    (_signature("patient encounter bodysitecode modalitycode sopcode"), "imaging studies"),
    (_signature("date patient encounter code description value units type"), "observations"),
    (_signature("date patient encounter code description quantity"), "supplies"),
    (_signature("start stop patient encounter code description"), "conditions"),
)  # fmt: skip
_KNOWN: Final = _signature(
    "id date start stop patient encounter code description system type category value units quantity basecost cost "
    "reasoncode reasondescription udi reaction1 description1 severity1 reaction2 description2 severity2 organization "
    "provider payer encounterclass baseencountercost totalclaimcost payercoverage name gender speciality specialty "
    "address city state zip lat lon phone revenue utilization encounters procedures memberid startyear endyear "
    "startdate enddate secondarypayer planownership ownership ownername dispenses totalcost seriesuid bodysitecode "
    "bodysitedescription modalitycode modalitydescription instanceuid sopcode sopdescription procedurecode"
)
"""Every column of Synthea's other tables. A table with more than these is somebody's own."""

_COLUMNS: Final = (
    "claimid", "chargeid", "patientid", "type", "amount", "method", "fromdate", "todate", "procedurecode", "modifier1",
    "modifier2", "units", "transfertype", "payments", "adjustments",
)  # fmt: skip
_KINDS: Final = ("CHARGE", "PAYMENT", "ADJUSTMENT", "TRANSFERIN", "TRANSFEROUT")
_HCPCS: Final = "[A-Za-z][0-9]{4}"
_REASONS: Final = {
    "code_other_system": (
        "the code is of SNOMED CT, RxNorm or CVX, as Synthea writes them: no code of HCPCS, by which lines are audited"
    ),
    "transaction_without_charge": "a transaction before every charge of its claim: whose money it is is not known",
    "transaction_unknown": "a transaction of a type that is not known",
}


class SyntheaReader:
    """Reads Synthea's claims_transactions by its header; the other tables stand beside it or hold no claims."""

    name = "synthea"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """By the header. Raises NotClaims, with its name, for a table of Synthea of which nothing is used."""
        keys = frozenset(plain_key(header) for header in heads_of(con, source).headers)
        if keys >= _TRANSACTIONS:
            return CLAIMS
        for signature, part in _BESIDE:
            if keys >= signature:
                return part
        what = next((what for signature, what in _NOT_CLAIMS if keys >= signature and keys <= _KNOWN), "")
        if what:
            raise NotClaims(
                f"this is Synthea's table of {what}, which holds no claims",
                where=source.name,
                mend="Name claims_transactions, with claims, patients and payers beside it.",
            )
        return None

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`."""
        heads = heads_of(con, source)
        laid = lay_down(con, source, heads, _COLUMNS, workspace)
        fields = dict(_FIELDS)
        body = _ledger(laid)
        noticed: list[tuple[str, str, str]] = []
        people = beside.get(_PATIENTS, ())
        if people:
            relation = gathered(con, [_roll(con, one, workspace) for one in people], workspace)
            noticed = contradictions(con, relation)
            body += f" LEFT JOIN {relation} AS people ON people.person = patientid"
            fields |= {"birth_date": "p_birth", "sex": "p_sex", "death_date": "p_death"}
        headers = beside.get(_CLAIM_HEADERS, ())
        if headers:
            body += f" LEFT JOIN {_once(con, headers, _HEADER_COLUMNS, workspace)} AS header ON header_id = claimid"
            fields |= _OF_HEADERS
            payers = beside.get(_PAYERS, ())
            if payers:
                known = _once(con, payers, _PAYER_COLUMNS, workspace)
                body += f" LEFT JOIN {known} AS insurance ON insurance_id = header_payer"
                fields |= _OF_PAYERS
        lines = Lines(
            body=body,
            fields=fields,
            known=laid.known,
            present=laid.present,
            aside=_ASIDE,
            reasons=_REASONS,
        )
        return stage_lines(
            con,
            laid,
            lines,
            self.name,
            workspace,
            modifier_columns=2,
            noticed=noticed,
            unmapped=tuple(header for header in heads.headers if header.lower() not in laid.known),
            notes=_notes(con, laid, source),
        )


_BY_PAYER: Final = (
    "coalesce(_holder IN ('1', '2') AND method IS DISTINCT FROM 'COPAY', method = 'ECHECK', false)"
)
_AMOUNT: Final = "TRY_CAST({} AS DECIMAL(18,4))"


def _ledger(laid: Laid) -> str:
    """The charges with the money of their run of the ledger, and what belongs to no charge."""
    rows = f"(SELECT *, upper(type) AS _kind, TRY_CAST(chargeid AS HUGEINT) AS _number FROM {laid.relation})"
    runs = (
        "(SELECT *, count(*) FILTER (_kind = 'CHARGE') OVER ledger AS _run, "
        f"last_value(transfertype IGNORE NULLS) OVER ledger AS _holder FROM {rows} "
        "WINDOW ledger AS (PARTITION BY claimid, patientid ORDER BY _number NULLS LAST, pos "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))"
    )
    shares = f"(SELECT *, CASE WHEN _kind = 'PAYMENT' THEN {_BY_PAYER} END AS _by_payer FROM {runs})"
    sums = ", ".join(
        f"{_sum('payments', f'{test} OVER of_charge')} AS {name}"
        for name, test in (("_paid", "FILTER (_by_payer)"), ("_patient", "FILTER (NOT _by_payer)"))
    )
    return (
        f"(SELECT * FROM (SELECT *, {sums} FROM {shares} WINDOW of_charge AS (PARTITION BY claimid, patientid, _run)) "
        f"WHERE _kind = 'CHARGE' OR _run = 0 OR _kind IS NULL OR NOT list_contains({list(_KINDS)}, _kind)) AS charge"
    )


def _sum(column: str, over: str) -> str:
    """SQL: the sum as text; where one of the amounts is no number that text, for the canonical step to refuse."""
    amount = _AMOUNT.format(column)
    odd = f"max(CASE WHEN {amount} IS NULL THEN {column} END) {over}"
    return f"coalesce({odd}, CAST(sum({amount}) {over} AS VARCHAR))"


_ASIDE: Final = (
    f"CASE WHEN _kind IS NULL OR NOT list_contains({list(_KINDS)}, _kind) THEN 'transaction_unknown' "
    "WHEN _kind <> 'CHARGE' THEN 'transaction_without_charge' "
    f"WHEN procedurecode IS NOT NULL AND NOT regexp_full_match(procedurecode, '{_HCPCS}') THEN 'code_other_system' END"
)
_FIELDS: Final = {
    "claim_id": "claimid",
    "line_no": "CASE WHEN _kind = 'CHARGE' THEN _run END",
    "patient_id": "patientid",
    "date_from": "fromdate",
    "date_to": "todate",
    "code": "procedurecode",
    "mod1": "modifier1",
    "mod2": "modifier2",
    "units": "units",
    "charge": "CASE WHEN _kind = 'CHARGE' THEN amount WHEN _kind IS NULL OR _run > 0 THEN amount END",
    "paid": "CASE WHEN _kind = 'CHARGE' THEN _paid WHEN _by_payer OR _kind IS NULL OR _run > 0 THEN payments END",
    "patient_resp": "CASE WHEN _kind = 'CHARGE' THEN _patient END",
}
_HEADER_COLUMNS: Final = {
    "id": "header_id",
    "primarypatientinsuranceid": "header_payer",
    "healthcareclaimtypeid1": "header_type",
    "status1": "header_status",
}
_PAYER_COLUMNS: Final = {"id": "insurance_id", "name": "insurance_name"}
_OF_HEADERS: Final = {
    "payer_id": "nullif(header_payer, '0')",
    "claim_type": "CASE header_type WHEN '1' THEN 'professional' WHEN '2' THEN 'institutional' END",
    "status": "CASE header_status WHEN 'CLOSED' THEN 'paid' WHEN 'BILLED' THEN 'pending' END",
}
_OF_PAYERS: Final = {
    "payer_name": "insurance_name",
    "line_of_business": (
        "CASE WHEN insurance_name IN ('Medicare', 'Dual Eligible') THEN 'medicare' WHEN insurance_name = 'Medicaid' "
        "THEN 'medicaid' WHEN coalesce(insurance_name, 'NO_INSURANCE') = 'NO_INSURANCE' THEN 'other' "
        "ELSE 'commercial' END"
    ),
}


def _roll(con: duckdb.DuckDBPyConnection, source: Source, workspace: Path) -> Roll:
    laid = lay_down(con, source, heads_of(con, source), ("id", "birthdate", "gender", "deathdate"), workspace)
    return Roll(source, laid, "id", "birthdate", "gender", "deathdate")


def _once(
    con: duckdb.DuckDBPyConnection, sources: tuple[Source, ...], columns: Mapping[str, str], workspace: Path
) -> str:
    """Tables of one kind as a relation with one row an `id` and new names: the first that says something."""
    laid = [lay_down(con, one, heads_of(con, one), tuple(columns), workspace) for one in sources]
    every = " UNION ALL ".join(
        f"SELECT *, {number} AS place FROM {one.relation}" for number, one in enumerate(laid)
    )
    rest = ", ".join(
        f"arg_min({name}, (place, pos)) FILTER ({name} IS NOT NULL) AS {new}"
        for name, new in columns.items()
        if name != "id"
    )
    return f"(SELECT id AS {columns['id']}, {rest} FROM ({every}) WHERE id IS NOT NULL GROUP BY id)"


def _notes(con: duckdb.DuckDBPyConnection, laid: Laid, source: Source) -> tuple[str, ...]:
    """How many records of the ledger were what, and what the patients paid, which is no payment of a payer."""
    counts = con.execute(
        f"SELECT coalesce(upper(type), 'no type'), count(*) FROM {laid.relation} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    known = {kind: count for kind, count in counts if kind in _KINDS}
    words = [f"{known.get(kind, 0):,} {kind}" for kind in _KINDS]
    other = sum(count for kind, count in counts if kind not in _KINDS)
    if other:
        words.append(f"{other:,} of other types")
    paid = con.execute(
        f"SELECT coalesce(sum({_AMOUNT.format('_paid')}), 0), coalesce(sum({_AMOUNT.format('_patient')}), 0) "
        f"FROM {_ledger(laid)} WHERE _kind = 'CHARGE'"
    ).fetchone()
    assert paid is not None
    return (
        f"{source.name}: a ledger of {laid.rows:,} transactions ({', '.join(words)}); each CHARGE is a line, "
        "the others are its money",
        f"{source.name}: payers paid ${paid[0]:,.2f} of the charges and patients ${paid[1]:,.2f}",
    )

"""Recognising and staging a file of the CCW."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.rif import institutional, noninstitutional
from auditor.claims.readers.rif.cutting import cut
from auditor.claims.readers.wide import Heads, Laid, heads_of, lay_down, require
from auditor.claims.readers.wide_diagnoses import MIXED, Diagnoses
from auditor.claims.readers.wide_lines import Flag, Lines, columns_in, stage_lines
from auditor.claims.readers.wide_people import CMS_SEX, Roll, contradictions, gathered
from auditor.claims.refusals import NotClaims
from auditor.claims.sources.intake import Source

PATIENTS, HISTORY = "patients", "earlier records of patients"
_MODIFIERS = ("hcpcs_1st_mdfr_cd", "hcpcs_2nd_mdfr_cd", "hcpcs_3rd_mdfr_cd", "hcpcs_4th_mdfr_cd")
_DELETED, _UPDATED = "deleted", "updated_later"
_CHANGES = {
    _DELETED: "the file says that this claim is deleted (DML_IND DELETE)",
    _UPDATED: "a later record of the file updates this claim (DML_IND UPDATE)",
}
_PERSON = {
    "birth_date": "p_birth",
    "sex": "p_sex",
    "death_date": "p_death",
}


_MORE = (
    "dml_ind", "final_action", "clm_from_dt", "clm_thru_dt", "clm_pmt_amt", "rev_cntr_pmt_amt_amt",
    "rev_cntr_prvdr_pmt_amt", "fi_clm_actn_cd", "claim_query_code", "clm_mdcr_non_pmt_rsn_cd", "clm_disp_cd",
    "carr_clm_pmt_dnl_cd", "carr_line_mtus_cd", "carr_line_mtus_cnt", "line_srvc_cnt", "fi_doc_clm_cntl_num",
)  # fmt: skip


@dataclass(frozen=True)
class _Layout:
    """A kind of claims file: the columns that only it has, its fields and diagnoses."""

    name: str
    signature: frozenset[str]
    fields: Mapping[str, str]
    diagnoses: Diagnoses
    flags: tuple[Flag, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are asked for, whether a file has them or not."""
        named = columns_in(
            [*self.fields.values(), *self.diagnoses.fields().values(), self.diagnoses.over("")]
        )
        return tuple(sorted(named | self.signature | set(_MORE)))

    @property
    def institutional(self) -> bool:
        return self.fields is institutional.FIELDS


_LAYOUTS = (
    _Layout(
        "CCW institutional",
        frozenset({"clm_id", "bene_id", "rev_cntr"}),
        institutional.FIELDS,
        institutional.DIAGNOSES,
        (MIXED, institutional.HEADER_PAID, institutional.HEADERS_DIFFER),
    ),
    _Layout(
        "CCW DME",
        frozenset({"clm_id", "bene_id", "line_num", "dmerc_line_supplr_type_cd"}),
        noninstitutional.DME,
        noninstitutional.DIAGNOSES,
        (MIXED, noninstitutional.DENIED_AND_PAID),
    ),
    _Layout(
        "CCW carrier",
        frozenset({"clm_id", "bene_id", "line_num", "line_nch_pmt_amt"}),
        noninstitutional.CARRIER,
        noninstitutional.DIAGNOSES,
        (MIXED, noninstitutional.DENIED_AND_PAID),
    ),
)
_BESIDE = (
    (frozenset({"bene_id", "bene_birth_dt", "bene_sex_ident_cd", "rfrnc_yr"}), PATIENTS),
    (frozenset({"bene_id", "bene_birth_dt", "bene_sex_ident_cd", "efctv_bgn_dt"}), HISTORY),
)
_NOT_CLAIMS = (
    (frozenset({"dml_ind", "pde_id"}), "drug events of Part D (CCW)"),
    (
        frozenset({"bene_id", "carrier_claims", "pde_claims"}),
        "a summary of an export, with counts of claims a person",
    ),
)


class RifReader:
    """Reads the claims files of the CCW by their header, with the files of beneficiaries beside them."""

    name = "rif"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """By the header. Raises NotClaims for drug events and summaries."""
        names = frozenset(heads_of(con, source).names)
        if _layout(names) is not None:
            return CLAIMS
        for signature, part in _BESIDE:
            if names >= signature:
                return part
        for signature, what in _NOT_CLAIMS:
            if names >= signature:
                raise NotClaims(
                    f"this holds {what}, and no claims that are audited",
                    where=source.name,
                    mend="Name the files of claims.",
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
        layout = _layout(frozenset(heads.names))
        if layout is None:
            raise InputRefused("this is no claims file of the CCW", where=source.name)
        laid = _laid(con, source, heads, layout.columns, workspace)
        require(
            laid,
            (
                ("clm_id",),
                ("bene_id",),
                ("clm_from_dt", "line_1st_expns_dt", "rev_cntr_dt"),
                ("hcpcs_cd", "rev_cntr"),
                ("clm_pmt_amt", "line_nch_pmt_amt"),
            ),
            layout.name,
            source.name,
        )
        body = institutional.with_payments(laid.relation) if layout.institutional else laid.relation
        body = layout.diagnoses.over(body)
        fields = {**layout.fields, **layout.diagnoses.fields()}
        noticed: list[tuple[str, str, str]] = []
        rolls = _rolls(con, beside, workspace)
        if rolls:
            people = gathered(con, rolls, workspace)
            noticed = contradictions(con, people)
            body += f" LEFT JOIN {people} AS people ON people.person = bene_id"
            fields.update(_PERSON)
        aside, body = _changes(con, laid, body)
        if layout.institutional:
            aside = f"coalesce({aside}, CASE WHEN _total THEN '{institutional.TOTAL_LINE}' END)"
        lines = Lines(
            body=body,
            fields=fields,
            known=laid.known,
            present=laid.present,
            aside=aside,
            reasons={**_CHANGES, **institutional.REASONS},
            flags=layout.flags,
            stands_for=layout.diagnoses.stands_for,
        )
        return stage_lines(
            con,
            laid,
            lines,
            self.name,
            workspace,
            modifier_columns=sum(name in laid.present for name in _MODIFIERS),
            noticed=noticed,
            date_of_claim="rev_cntr_dt IS NULL" if layout.institutional else "line_1st_expns_dt IS NULL",
            unmapped=tuple(header for header in heads.headers if header.lower() not in laid.known),
        )


def _laid(
    con: duckdb.DuckDBPyConnection, source: Source, heads: Heads, wanted: Sequence[str], workspace: Path
) -> Laid:
    """A file laid down. As delivered nothing is quoted, and a quote is a character like others; exports may quote."""
    if heads.dialect is None or heads.quoted or heads.dialect.delimiter != "|":
        return lay_down(con, source, heads, wanted, workspace)
    return lay_down(con, source, heads, wanted, workspace, quote="", cut=cut)


def _layout(names: frozenset[str]) -> _Layout | None:
    return next((layout for layout in _LAYOUTS if names >= layout.signature), None)


def _rolls(
    con: duckdb.DuckDBPyConnection, beside: Mapping[str, tuple[Source, ...]], workspace: Path
) -> list[Roll]:
    """The files of persons, earlier records first: what is said later is believed."""
    wanted = ("bene_id", "bene_birth_dt", "bene_sex_ident_cd", "death_dt")
    rolls = []
    for source in (*beside.get(HISTORY, ()), *beside.get(PATIENTS, ())):
        laid = _laid(con, source, heads_of(con, source), wanted, workspace)
        sex = CMS_SEX.format("bene_sex_ident_cd", "bene_sex_ident_cd")
        rolls.append(Roll(source, laid, "bene_id", "bene_birth_dt", sex, "death_dt"))
    return rolls


def _changes(con: duckdb.DuckDBPyConnection, laid: Laid, body: str) -> tuple[str, str]:
    """SQL of why a record is not to be taken as it stands, by what later records of the file say of its claim."""
    if "dml_ind" not in laid.present:
        return "NULL", body
    changed = "SELECT 1 FROM {} WHERE dml_ind = '{}' LIMIT 1"
    deletes = con.execute(changed.format(laid.relation, "DELETE")).fetchone() is not None
    updates = con.execute(changed.format(laid.relation, "UPDATE")).fetchone() is not None
    if not deletes and not updates:
        return "NULL", body
    last = (
        "(SELECT bene_id AS c_bene_id, clm_id AS c_clm_id, max(pos) FILTER (dml_ind = 'DELETE') AS _deleted, "
        f"max(pos) FILTER (dml_ind = 'UPDATE') AS _updated FROM {laid.relation} GROUP BY ALL)"
    )
    body += f" LEFT JOIN {last} AS changes ON c_bene_id = bene_id AND c_clm_id = clm_id"
    return (
        f"CASE WHEN pos <= _deleted THEN '{_DELETED}' "
        f"WHEN coalesce(dml_ind, '') <> 'UPDATE' AND pos < _updated THEN '{_UPDATED}' END",
        body,
    )

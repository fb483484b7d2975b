"""Recognising and staging the files of a Claim and Claim Line Feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.cclf import part_a, part_b
from auditor.claims.readers.cclf.files import SUMMARY, File, beyond, file_of, is_summary, laid_down
from auditor.claims.readers.cclf.layouts import BY_NUMBER
from auditor.claims.readers.cclf.people import NUMBER, current_numbers, demographics
from auditor.claims.readers.cclf.summary import counts, differences
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.rif.noninstitutional import DENIED_AND_PAID
from auditor.claims.readers.wide import Laid, require
from auditor.claims.readers.wide_diagnoses import MIXED
from auditor.claims.readers.wide_lines import Flag, Lines, stage_lines
from auditor.claims.readers.wide_people import contradictions
from auditor.claims.refusals import NotClaims
from auditor.claims.sources.intake import Source

_LINES_OF_PART_A = "2"
_MODIFIERS = tuple(f"hcpcs_{n}_mdfr_cd" for n in range(1, 6))
_PERSON = {"birth_date": "p_birth", "sex": "p_sex", "death_date": "p_death"}
_DRUGS = "7"


class CclfReader:
    """Reads a Claim and Claim Line Feed by the places of its dates, or by the names of its columns."""

    name = "cclf"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """By the content. Raises NotClaims for drug events, InputRefused for a layout that is not known."""
        if is_summary(source):
            return SUMMARY
        file = file_of(con, source)
        if file is None:
            return None
        if file.layout.number == _DRUGS:
            raise NotClaims(
                "this holds drug events of Part D (CCLF7), and no claims that are audited",
                where=source.name,
                mend="Name the files of claims.",
            )
        return file.layout.part

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`. Raises InputRefused for revenue lines without the file of their headers."""
        file = file_of(con, source)
        if file is None or file.layout.part != CLAIMS:
            raise InputRefused("this is no file of claim lines of a CCLF", where=source.name)
        feed = _Feed(con, workspace, beside, source)
        laid = laid_down(con, source, file, workspace)
        read = [(file.layout.number, source.name, laid.rows + laid.malformed)]
        numbers = current_numbers(con, feed.of("9"), workspace)
        people = demographics(con, feed.of("8"), numbers, workspace)
        aside, extra = "NULL", list[str]()
        if file.layout.number == _LINES_OF_PART_A:
            body, extra, more = self._part_a(feed, laid)
            read += more
            fields = {name: sql for name, sql in part_a.FIELDS.items() if not feed.leaves_out(name)}
            aside = f"CASE WHEN NOT _has_header THEN '{part_a.NO_HEADER}' WHEN _total THEN '{part_a.TOTAL_LINE}' END"
            flags: tuple[Flag, ...] = (part_a.HEADER_PAID,)
            known, present = feed.known(laid), feed.present(laid)
        elif file.layout.number == "5":
            fields = {**part_b.PHYSICIAN, **part_b.PHYSICIAN_DIAGNOSES.fields()}
            body, flags = part_b.PHYSICIAN_DIAGNOSES.over(laid.relation), (MIXED, DENIED_AND_PAID)
            known, present = laid.known, laid.present
        else:
            fields, body, flags = dict(part_b.SUPPLIER), laid.relation, (DENIED_AND_PAID,)
            known, present = laid.known, laid.present
        require(
            laid,
            (
                ("cur_clm_uniq_id",),
                ("bene_mbi_id", "bene_hic_num"),
                ("clm_from_dt", "clm_line_from_dt"),
                ("clm_line_hcpcs_cd", "clm_line_prod_rev_ctr_cd"),
                ("clm_line_cvrd_pd_amt",),
            ),
            f"CCLF{file.layout.number}",
            source.name,
        )
        body = _with_persons(body, numbers, people)
        noticed = contradictions(con, people) if people else []
        if people:
            fields.update(_PERSON)
        noticed += differences(counts(beside.get(SUMMARY, ())), [*read, *feed.persons_read()])
        lines = Lines(
            body=body,
            fields=fields,
            known=known,
            present=present,
            aside=aside,
            reasons=part_a.REASONS,
            flags=flags,
            order=part_b.ORDER,
            stands_for=part_b.PHYSICIAN_DIAGNOSES.stands_for if file.layout.number == "5" else {},
        )
        return stage_lines(
            con,
            laid,
            lines,
            self.name,
            workspace,
            modifier_columns=sum(name in laid.present for name in _MODIFIERS),
            noticed=noticed,
            aside=extra,
            date_of_claim=_OF_CLAIM[file.layout.number],
            notes=(*beyond(file, source.name), *feed.lacking(file)),
        )

    def _part_a(self, feed: _Feed, laid: Laid) -> tuple[str, list[str], list[tuple[str, str, int]]]:
        """The body of revenue lines with their headers; SELECTs of headers without lines; records read beside."""
        if not feed.of("1"):
            raise InputRefused(
                "these are revenue lines of Part A (CCLF2) without their claim headers (CCLF1)",
                where=feed.source.name,
                why="Which claims were cancelled or adjusted, and what was paid, stands in the headers.",
                mend="Name the CCLF1 file beside it.",
            )
        heads = [feed.laid(one) for one in feed.of("1")]
        procedures = [feed.laid(one) for one in feed.of("3")]
        diagnoses = [feed.laid(one) for one in feed.of("4")]
        headers = part_a.headers(heads)
        body = part_a.with_headers(laid.relation, headers, procedures, diagnoses)
        siblings = feed.siblings(_LINES_OF_PART_A)
        if siblings and siblings[0] is not feed.source:
            return body, [], []
        others = [laid.relation, *(feed.laid(one).relation for one in siblings[1:])]
        beside = [one for number in ("1", "3", "4") for one in feed.of(number)]
        asides = [part_a.without_lines(headers, others), *(one.aside for one in heads if one.aside)]
        return body, asides, [feed.read(one) for one in beside]


_OF_CLAIM = {
    "2": "clm_line_instnl_rev_ctr_dt IS NULL AND clm_line_from_dt IS NULL",
    "5": "clm_line_from_dt IS NULL",
    "6": "clm_line_from_dt IS NULL",
}


@dataclass
class _Feed:
    """The files that stand beside one of claims, each laid down when it is asked for."""

    con: duckdb.DuckDBPyConnection
    workspace: Path
    beside: Mapping[str, tuple[Source, ...]]
    source: Source

    def __post_init__(self) -> None:
        self._laid: dict[str, tuple[File, Laid]] = {}

    def of(self, number: str) -> tuple[Source, ...]:
        """The files of a number of the feed that hold no claim lines."""
        return self.beside.get(BY_NUMBER[number].part, ())

    def siblings(self, number: str) -> list[Source]:
        """The files of claim lines of a number, in the order in which they are read."""
        found = []
        for one in self.beside.get(CLAIMS, ()):
            file = file_of(self.con, one)
            if file is not None and file.layout.number == number:
                found.append(one)
        return found

    def laid(self, source: Source) -> Laid:
        """A file laid down, once."""
        return self._file(source)[1]

    def read(self, source: Source) -> tuple[str, str, int]:
        """Number, name and records of a file."""
        file, laid = self._file(source)
        return file.layout.number, source.name, laid.rows + laid.malformed

    def lacking(self, file: File) -> tuple[str, ...]:
        """Notes of files that would say more of these claims."""
        if file.layout.number != _LINES_OF_PART_A:
            return ()
        of = {"3": "procedures (CCLF3)", "4": "diagnoses (CCLF4)"}
        return tuple(
            f"{self.source.name}: no file of {what} is beside it; its claims are read without them"
            for number, what in of.items()
            if not self.of(number)
        )

    def persons_read(self) -> list[tuple[str, str, int]]:
        """Records of the files of persons, told with the first file of claims alone."""
        claims = self.beside.get(CLAIMS, ())
        if claims and claims[0] is not self.source:
            return []
        return [self.read(one) for number in ("8", "9") for one in self.of(number)]

    def leaves_out(self, field: str) -> bool:
        """Whether the file that holds all of a field's values is not there: some diagnoses alone would mislead."""
        of = {"dx": "4", "poa": "4", "external_dx": "4", "dx_version": "4", "px": "3"}
        number = of.get(field.rstrip("0123456789"))
        return number is not None and not self.of(number)

    def known(self, laid: Laid) -> frozenset[str]:
        """The columns of lines and headers."""
        return laid.known | frozenset(BY_NUMBER["1"].columns)

    def present(self, laid: Laid) -> frozenset[str]:
        """The columns of lines and headers that are there."""
        return laid.present.union(*(self.laid(one).present for one in self.of("1")))

    def _file(self, source: Source) -> tuple[File, Laid]:
        if source.content_sha256 not in self._laid:
            file = file_of(self.con, source)
            assert file is not None
            self._laid[source.content_sha256] = (file, laid_down(self.con, source, file, self.workspace))
        return self._laid[source.content_sha256]


def _with_persons(body: str, numbers: str, people: str) -> str:
    """`body` with _patient, the person's current number, and what is said of the person."""
    joined = f"{body} AS billed"
    patient = NUMBER
    if numbers:
        joined += f" LEFT JOIN {numbers} AS numbers ON numbers.prvs = {NUMBER}"
        patient = f"coalesce(numbers.crnt, {NUMBER})"
    body = f"(SELECT billed.*, {patient} AS _patient FROM {joined}) AS known"
    if people:
        body += f" LEFT JOIN {people} AS people ON people.person = _patient"
    return body

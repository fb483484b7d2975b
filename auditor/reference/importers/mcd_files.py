"""The files of the Medicare Coverage Database that are stored: titles, columns, keys, how their editions answer.

Titles are those of the csv files in the exports of the Medicare Coverage Database (downloads.cms.gov,
medicare-coverage-database/downloads/exports), as a schema generated from them in 2026 gives them; meanings are those of
the data dictionaries that lie in the same archives (LCD, Article and NCD Download Data Dictionary).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from auditor.reference.importers.interface import Answering, Basis
from auditor.reference.importers.titled import Column, Kind, plain

_ID = re.compile(r"\d{1,9}")
_HCPCS = re.compile(r"[0-9A-Z]{5}")
# XX000 stands where a group names no code.
NO_CODE = "XX000"
_ICD10 = re.compile(r"[A-Z](?:\d[0-9A-Z]|[A-Z]\d)(?:\.?[0-9A-Z]{1,4})?|XX000")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?)?")
_ONE_IN_FOUR = 0.25


@dataclass(frozen=True)
class McdFile:
    """One csv file. `name` is its own name without `.csv`.

    `marks` are the titles by which it is told from the others; a `closed` file has no others than its columns, which
    tells a small list from files that happen to hold the same titles. `base`: it always has a row, and a key that
    stands twice is suspicious.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    marks: frozenset[str]
    ignored: frozenset[str] = frozenset()
    answers: Answering = "documents"
    base: bool = False
    closed: bool = False
    basis: Basis = "rebuilt file"
    may_lose: float = _ONE_IN_FOUR
    never_in_force: str = "FALSE"
    table: str = field(default="")

    @property
    def stored(self) -> str:
        """Name of its table in the library."""
        return self.table or f"mcd_{self.name}"

    @property
    def titles(self) -> frozenset[str]:
        """Every title that it may have, plain."""
        return self.ignored | {title for column in self.columns for title in column.titles}


def _column(name: str, kind: Kind = "text", title: str = "", *, needed: bool = False) -> Column:
    return Column(name, (plain(title or name),), kind, _TIME if kind == "date" else None, needed)


def _id(name: str, *, needed: bool = True, blanks: Iterable[str] = ("",)) -> Column:
    return Column(name, (plain(name),), "code", _ID, needed, blanks=frozenset(blanks))


def _document(kind: str) -> tuple[Column, ...]:
    return _id(f"{kind}_id"), _column(f"{kind}_version", "whole", needed=True)


def _texts(*titles: str) -> frozenset[str]:
    """Titles of columns that are not stored."""
    return frozenset(plain(title) for title in titles)


_UPDATED = _column("last_updated", "date")
_CONTRACTOR = (
    _id("contractor_id"),
    _id("contractor_type_id"),
    _column("contractor_version", "whole", needed=True),
)
_TRIPLE = tuple(column.name for column in _CONTRACTOR)
# The AMA's text of a CPT code, kept for a private library only.
_DESCRIPTOR = Column("description", ("longdescription",), optional=True, descriptor=True)

_LCD_TEXTS = _texts(
    "indication", "diagnoses_support", "icd9_dont_support_para", "icd9_dont_support_ast", "diagnoses_dont_support",
    "coding_guidelines", "doc_reqs", "appendices", "util_guide", "source_info", "adv_meeting", "comment_start_dt",
    "comment_end_dt", "notice_start_dt", "rev_hist_num", "history_exp", "last_reviewed_on", "cms_cov_policy",
    "draft_contact", "revenue_para", "thirty_percent", "keywords", "associated_info", "notice_end_dt",
    "draft_released_date", "source_lcd_id", "add_icd10_info", "icd10_doc", "synopsis_changes", "bibliography",
    "summary_of_evidence", "analysis_of_evidence", "mcd_publish_date", "issue", "issue_change", "mac_initiated",
)  # fmt: skip
_ARTICLE_TEXTS = _texts(
    "description", "other_comments", "sad_url", "history_exp", "key_article", "icd9_covered_para",
    "icd9_noncovered_para", "revenue_para", "thirty_percent", "source_article_id", "keywords", "icd10_doc",
    "add_icd10_info", "cms_cov_policy", "reference_article",
)  # fmt: skip
_NCD_TEXTS = _texts(
    "itm_srvc_desc", "indctn_lmtn", "xref_txt", "othr_txt", "trnsmtl_num", "trnsmtl_issnc_dt", "trnsmtl_url",
    "chg_rqst_num", "pblctn_cd", "rev_hstry", "creatd_tmstmp", "last_clrnc_tmstmp", "ncd_keyword", "NCD_AMA",
)  # fmt: skip
_PERSONS = _texts(
    "address1", "address2", "address3", "city", "zipcode", "phone", "fax", "url", "email", "ignore", "cmd_name",
    "cmd_title",
)  # fmt: skip
_BASES = (
    McdFile(
        "lcd",
        "local coverage determinations",
        (
            *_document("lcd"),
            _column("title", needed=True),
            _column("determination_number"),
            _column("display_id", "code"),
            _column("status", "code", needed=True),
            *(
                _column(name, "date")
                for name in (
                    "orig_det_eff_date", "ent_det_end_date", "rev_eff_date", "rev_end_date", "date_retired",
                )
            ),
            _UPDATED,
        ),
        ("lcd_id", "lcd_version"),
        frozenset({"lcdid", "lcdversion", "determinationnumber"}),
        _LCD_TEXTS,
        base=True,
        basis="published layout",
        never_in_force="coalesce(deleted < effective, FALSE)",
    ),
    McdFile(
        "article",
        "articles (billing and coding)",
        (
            *_document("article"),
            _column("title", needed=True),
            _column("article_type", "code"),
            _column("display_id", "code"),
            _column("status", "code", needed=True),
            *(
                _column(name, "date")
                for name in (
                    "article_pub_date", "article_eff_date", "article_end_date", "article_rev_end_date", "date_retired",
                )
            ),
            _UPDATED,
        ),
        ("article_id", "article_version"),
        frozenset({"articleid", "articleversion", "articlepubdate"}),
        _ARTICLE_TEXTS,
        base=True,
        basis="published layout",
        never_in_force="coalesce(deleted < effective, FALSE)",
    ),
    McdFile(
        "ncd_trkg",
        "national coverage determinations",
        (
            _id("ncd_id"),
            _column("ncd_vrsn_num", "whole", needed=True),
            _column("natl_cvrg_type"),
            _column("cvrg_lvl_cd", "code"),
            _column("ncd_mnl_sect", "code"),
            _column("ncd_mnl_sect_title", needed=True),
            _column("ncd_efctv_dt", "date"),
            _column("ncd_impltn_dt", "date"),
            _column("ncd_trmntn_dt", "date"),
            _column("under_rvw"),
            _column("ncd_lab"),
            _column("last_updated", "date", "last_updt_tmstmp"),
        ),
        ("ncd_id", "ncd_vrsn_num"),
        frozenset({"ncdid", "ncdvrsnnum", "ncdmnlsect"}),
        _NCD_TEXTS,
        base=True,
        table="mcd_ncd",
    ),
)  # fmt: skip


def _crosswalk(
    kind: str,
    name: str,
    title: str,
    columns: Sequence[Column],
    key: Sequence[str],
    marks: Sequence[str],
    *ignored: str,
    seen: bool = False,
    closed: bool = False,
) -> McdFile:
    """A file that joins a version of a document with something. `seen`: real rows of it were tested."""
    return McdFile(
        f"{kind}_{name}",
        f"{'LCDs' if kind == 'lcd' else 'articles'}: {title}",
        (*_document(kind), *columns, _UPDATED),
        (f"{kind}_id", f"{kind}_version", *key),
        frozenset({f"{kind}id", f"{kind}version", *(plain(mark) for mark in marks)}),
        _texts(*ignored),
        closed=closed,
        basis="rebuilt file" if seen else "published layout",
    )


def _hcpcs(kind: str, *, seen: bool) -> McdFile:
    return _crosswalk(
        kind, "x_hcpc_code", "their procedure codes",
        (
            Column("hcpc_code_id", ("hcpccodeid",), "code", _HCPCS, needed=True),
            _column("hcpc_code_version", "whole"),
            _column("hcpc_code_group", "whole"),
            _column("range", "code"),
            _DESCRIPTOR,
        ),
        ("hcpc_code_group", "hcpc_code_id", "hcpc_code_version", "range"),
        ("hcpc_code_id", "hcpc_code_group"), "short_description", seen=seen,
    )  # fmt: skip


def _group(kind: str, of: str, title: str, *, note: str = "") -> McdFile:
    """The texts of code groups: they alone say whether groups are joined by AND or by OR."""
    group = f"{of}_group"
    columns = [_column(group, "whole", needed=True), _column("paragraph")]
    if note:
        columns.append(_column(note))
    return _crosswalk(
        kind, f"x_{group}", title, columns, (group,), (group, "paragraph")
    )  # fmt: skip


def _icd10(of: str, title: str, *extra: Column) -> McdFile:
    return _crosswalk(
        "article", f"x_icd10_{of}", title,
        (
            Column("icd10_code_id", ("icd10codeid",), "code", _ICD10, needed=True),
            _column("icd10_code_version", "whole"),
            _column(f"icd10_{of}_group", "whole"),
            _column("range", "code"),
            _column("sort_order", "whole"),
            *extra,
        ),
        (f"icd10_{of}_group", "icd10_code_id", "icd10_code_version", "range"),
        ("icd10_code_id", f"icd10_{of}_group"), "description",
    )  # fmt: skip


def _shared(kind: str, *, seen: bool) -> tuple[McdFile, ...]:
    """The files that LCDs and articles have alike."""
    return (
        _hcpcs(kind, seen=seen),
        _group(kind, "hcpc_code", "groups of procedure codes"),
        _crosswalk(
            kind, "related_documents", "related articles and LCDs",
            (
                _column("related_num", "whole", needed=True),
                _id("r_article_id", needed=False, blanks=("", "0")),
                _column("r_article_version", "whole"),
                _id("r_lcd_id", needed=False, blanks=("", "0")),
                _column("r_lcd_version", "whole"),
                _id("r_contractor_id", needed=False),
            ),
            ("related_num",), ("related_num", "r_article_id", "r_lcd_id"), seen=seen,
        ),
        _crosswalk(
            kind, "related_ncd_documents", "related NCDs",
            (
                _column("related_num", "whole", needed=True),
                _id("r_ncd_id", needed=False, blanks=("", "0")),
                _column("r_ncd_version", "whole"),
            ),
            ("related_num",), ("related_num", "r_ncd_id"), seen=seen,
        ),
        _crosswalk(
            kind, "x_contractor", "contractors", _CONTRACTOR, _TRIPLE, _TRIPLE, "article_type", seen=seen
        ),
        _crosswalk(
            kind, "x_primary_jurisdiction", "states", (_id("state_id"),), ("state_id",), ("state_id",),
            seen=seen, closed=True,
        ),
    )  # fmt: skip


def _codes(name: str, title: str, code: str, *more: Column) -> McdFile:
    """Codes of an article that have no shape of their own; their texts belong to their owners and are dropped."""
    columns = (_column(f"{code}_id", "code", needed=True), _column(f"{code}_version", "whole"), *more)
    key = (*(column.name for column in more if not column.descriptor), f"{code}_id", f"{code}_version")
    return _crosswalk("article", name, title, columns, key, (f"{code}_id",), "description")


def _lookup(name: str, title: str, code: Column, *more: str) -> McdFile:
    """A small list of names, of which the newest answers."""
    text = Column(f"{name.removesuffix('_lookup')}_name", ("description",), needed=True)
    columns = (code, *(_column(column, "code", needed=True) for column in more), text)
    return McdFile(
        name,
        title,
        (*columns, Column("last_updated", ("lastupdated",), "date", _TIME, optional=True)),
        (code.name,),
        frozenset(title for column in columns for title in column.titles),
        answers="rows",
        closed=True,
    )


FILES: tuple[McdFile, ...] = (
    *_BASES,
    *_shared("lcd", seen=True),
    McdFile(
        "lcd_future_retire",
        "LCDs: retirements to come",
        (_id("lcd_id"), _column("retire_dt", "date", needed=True)),
        ("lcd_id",),
        frozenset({"lcdid", "retiredt"}),
        answers="rows",
        closed=True,
        may_lose=1.0,
    ),
    *_shared("article", seen=False),
    _icd10("covered", "diagnoses that support", _column("asterisk", "code")),
    _group("article", "icd10_covered", "groups of supporting diagnoses", note="icd10_covered_ast"),
    _icd10("noncovered", "diagnoses that do not support"),
    _group("article", "icd10_noncovered", "groups of diagnoses that do not support"),
    _codes("x_bill_code", "types of bill", "bill_code"),
    _codes("x_revenue_code", "revenue codes", "revenue_code", _column("range", "code")),
    _codes(
        "x_hcpc_modifier",
        "modifiers",
        "hcpc_modifier_code",
        _column("hcpc_modifier_group", "whole"),
        Column("description", ("description",), optional=True, descriptor=True),
    ),
    McdFile(
        "contractor",
        "contractors",
        (
            *_CONTRACTOR,
            _column("contractor_bus_name"),
            Column("contractor_number", ("contractornumber",), "code", re.compile(r"\d{5}")),
            _column("dmerc_rgn", "code"),
            _id("state_id", needed=False),
            _column("status", "code"),
            _column("status_flag", "code"),
            _id("contractor_subtype_id", needed=False),
            _UPDATED,
        ),
        _TRIPLE,
        frozenset({"contractorid", "contractortypeid", "contractorbusname"}),
        _PERSONS,
        base=True,
    ),
    McdFile(
        "contractor_jurisdiction",
        "states of the contractors",
        (*_CONTRACTOR, _id("state_id"), _column("active_date", "date"), _column("term_date", "date"), _UPDATED),
        (*_TRIPLE, "state_id", "active_date"),
        frozenset({"contractorid", "contractortypeid", "stateid", "activedate"}),
    ),
    _lookup("contractor_type_lookup", "types of contractors", _id("contractor_type_id")),
    _lookup("contractor_subtype_lookup", "subtypes of contractors", _id("contractor_subtype_id")),
    _lookup("state_lookup", "states", _id("state_id"), "state_abbrev"),
)  # fmt: skip

BY_NAME = {file.name: file for file in FILES}


def file_of(titles: Sequence[str]) -> McdFile | None:
    """Which file a header with these plain titles belongs to."""
    seen = frozenset(title for title in titles if title)
    return next(
        (file for file in FILES if file.marks <= seen and (not file.closed or seen <= file.titles)), None
    )

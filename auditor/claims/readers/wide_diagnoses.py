"""Diagnoses of Medicare layouts: each with a version of its own, the principal one apart, one more on the line.

A claim is coded in one version. Where codes of both stand on a claim, those of ICD-10-CM are kept, for no rule may take
a code of ICD-9-CM for one of the other: V10.1 is one of either. (CMS, MLN SE1408: no claim holds both.)

Everything is told column by column: lists made for every row would be most of the cost of reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.claims import forms
from auditor.claims.model import MAX_DIAGNOSES
from auditor.claims.readers.wide_lines import Flag

MIXED = Flag(
    "dx_versions",
    "warning",
    "{} lines are of claims with diagnoses of ICD-9-CM and of ICD-10-CM; those of ICD-9-CM are left out",
    "_mixed",
)
"""To be noticed on a body of :meth:`Diagnoses.over`."""


@dataclass(frozen=True)
class Diagnoses:
    """The columns of diagnoses of a layout, each with the column of its version, or SQL of it.

    `line` is the one to which the line points; `present_on_admission` goes with `claim`, in its order. `other_version`
    is SQL of the version where none is said: `9` or `10`.
    """

    claim: Sequence[tuple[str, str]]
    other_version: str
    principal: tuple[str, str] | None = None
    line: tuple[str, str] | None = None
    present_on_admission: Sequence[str] = ()

    @property
    def last(self) -> int:
        """The number of columns of the claim's diagnoses, the principal one among them; the line's own comes after."""
        return min(len(self.claim) + bool(self.principal), MAX_DIAGNOSES - bool(self.line))

    @property
    def stands_for(self) -> Mapping[str, str]:
        """The column by which a file shows that it has a field of diagnoses.

        All have those of the claim, for the pointer counts the columns that there are.
        """
        found = {f"dx{n}": self.claim[0][0] for n in range(1, self.last + 1 + bool(self.line))}
        if self.line:
            found["dx_ptr"] = self.line[0]
        if self.present_on_admission:
            found["poa"] = self.present_on_admission[0]
        return found

    def over(self, body: str) -> str:
        """The FROM clause `body` with _dx1, _dx2 ... (codes of the claim's version), and what else fields are made of.

        _line is the line's own, _first says that the principal one is the first of the claim or not given, _icd9 and
        _icd10 that codes of that version stand there, _mixed that both do.
        """
        named = {f"_d{n}": pair for n, pair in enumerate(self.claim, start=1)}
        named |= {"_principal": self.principal} if self.principal else {}
        named |= {"_line": self.line} if self.line else {}
        ninth, tenth = (
            " OR ".join(
                f"({code} IS NOT NULL AND {which}{_ninth(version)})" for code, version in named.values()
            )
            for which in ("", "NOT ")
        )
        kept = [
            f"CASE WHEN NOT (_mixed AND {_ninth(v)}) THEN {c} END AS {name}" for name, (c, v) in named.items()
        ]
        kept += [f"CAST(NULL AS VARCHAR) AS {name}" for name in ("_principal", "_line") if name not in named]
        # A principal diagnosis that is not the first is put before the others, which leave it out.
        ordered = ["CASE WHEN _first THEN _d1 ELSE _principal END AS _dx1"]
        for n in range(2, self.last + 1):
            own = f"_d{n}" if n <= len(self.claim) else "NULL"
            ordered.append(f"CASE WHEN _first THEN {own} ELSE nullif(_d{n - 1}, _principal) END AS _dx{n}")
        return (
            f"(SELECT *, {', '.join(ordered)} FROM ("
            "SELECT *, _principal IS NULL OR coalesce(_principal = _d1, false) AS _first FROM ("
            f"SELECT *, {', '.join(kept)} FROM (SELECT *, _icd10 AND _icd9 AS _mixed FROM ("
            f"SELECT *, coalesce({ninth}, false) AS _icd9, coalesce({tenth}, false) AS _icd10 FROM ("
            f"SELECT *, {self.other_version} AS _other FROM {body}))))))"
        )

    def fields(self) -> Mapping[str, str]:
        """The canonical fields over a body of :meth:`over`: the principal diagnosis first, the line's own last."""
        found = {f"dx{n}": f"_dx{n}" for n in range(1, self.last + 1)}
        found["dx_version"] = "CASE WHEN _icd10 THEN '10' WHEN _icd9 THEN '9' END"
        if self.line:
            own = " OR ".join(f"coalesce(_line = _dx{n}, false)" for n in range(1, self.last + 1))
            found[f"dx{self.last + 1}"] = f"CASE WHEN NOT ({own}) THEN _line END"
            # The last colon keeps a single 12 from being read as 1 and 2.
            places = " ".join(
                f"WHEN _dx{n} THEN '{n}{':' if n > 9 else ''}'" for n in range(1, self.last + 1)
            )
            found["dx_ptr"] = f"CASE _line {places} WHEN _line THEN '{self.last + 1}:' END"
        if self.present_on_admission:
            found["poa"] = self._present()
        return found

    def _present(self) -> str:
        """What is said of each diagnosis, in their order, `-` where nothing is."""
        said = [*self.present_on_admission, *["NULL"] * self.last]
        of_principal = " ".join(f"WHEN _d{n} THEN {said[n - 1]}" for n in range(1, len(self.claim) + 1))
        each = []
        for n in range(1, self.last + 1):
            otherwise = said[n - 2] if n > 1 else f"CASE _principal {of_principal} END"
            told = f"coalesce(CASE WHEN _first THEN {said[n - 1]} ELSE {otherwise} END, '-')"
            each.append(f"CASE WHEN _dx{n} IS NOT NULL THEN {told} END")
        some = ", ".join(self.present_on_admission)
        return f"CASE WHEN coalesce({some}) IS NOT NULL THEN concat_ws(',', {', '.join(each)}) END"


def _ninth(version: str) -> str:
    """SQL: true where a code is of ICD-9-CM by the column of its version, or by what holds where that says nothing."""
    return (
        f"CASE WHEN {version} IN ('9', '09') THEN true WHEN {version} IN ('0', '10') THEN false "
        "ELSE _other = '9' END"
    )


def by_date(*days: str) -> str:
    """SQL: the version in force on the first of these dates that is given: ICD-10-CM since 1 October 2015.

    Source: 45 CFR 162.1002, compliance date of ICD-10.
    """
    texts = f"coalesce({', '.join(days)})"
    return f"CASE WHEN {forms.date(texts, forms.day(texts))} < DATE '2015-10-01' THEN '9' ELSE '10' END"


def listed(first: str, *others: str) -> str:
    """SQL: the values of some columns as a list with commas, without those that repeat the first; NULL for none."""
    rest = ", ".join(f"nullif({other}, coalesce({first}, ''))" for other in others)
    return f"nullif(concat_ws(',', {first}{', ' if rest else ''}{rest}), '')"

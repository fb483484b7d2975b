"""From the headers of a file to canonical fields: by name, by synonym, by the user's column map."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.base.errors import InputRefused, UsageError
from auditor.claims.mapping.column_map import ColumnMap, Written, as_column_map, signature
from auditor.claims.model import BY_NAME, NEEDED_ONE_OF, SYNONYMS, plain_key
from auditor.claims.refusals import NotClaims

_NEAR = 0.7
_KNOWN_OF_A_HEADER = 3
"""Known names that show that a first line holds headers; a claim line may hold one such word, such as `paid`."""


FURTHER: Mapping[str, str] = {
    plain_key(name): held
    for held, names in {
        "dx1": "dx diagnosis diagnoses diagnosis_code diagnosis_codes dx_codes dx_code icd10 icd10_code icd10_codes "
        "icd_code icd_codes primary_dx principal_dx primary_diagnosis principal_diagnosis diag diag_code diag_codes",
        "date_from": "dos_start svc_from svc_from_date service_from_dt from_dt date_of_service_from dos_from_date",
        "date_to": "dos_end svc_to svc_to_date service_to_dt to_dt thru_dt date_of_service_to dos_to_date",
        "charge": "billed_chg billed_chgs total_billed chg_amt charge_amt_billed billing_amount total_charge "
        "total_charges total_charge_amount total_charge_amt total_billed_amount total_billed_charges",
        "paid": "ins_paid insurance_paid insurance_payment ins_payment payer_payment insurance_paid_amount",
        "allowed": "ins_allowed insurance_allowed allowable",
        "claim_id": "claim_control_no claim_control_number claim_reference",
        "units": "days_or_units days_units",
        "dx_ptr": "dx_link diag_link linked_dx",
    }.items()
    for name in names.split()
}
"""Names that exports use now and then: taken where no column has a usual name of the field, and one alone has these."""


@dataclass(frozen=True)
class HeaderMap:
    """Which column (0-based) holds which field; a later column of a field fills blanks of an earlier one.

    A field of `columns` without a column is a constant. `written` says how the cells of a field are written where the
    user's map does; `filled` what stands for a blank cell, or a missing column, of a field. `named_providers` are the
    headers of columns taken for an NPI that do not say so: they may hold names (`provider_names`).
    """

    columns: Mapping[str, tuple[int, ...]]
    unmapped: tuple[str, ...]
    written: Mapping[str, Written] = field(default_factory=dict)
    filled: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    named_providers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that lines get a value for."""
        return frozenset(self.columns) | frozenset(self.filled)


def field_of(header: str) -> str | None:
    """The field that a header names, by its name or a synonym, usual or not."""
    key = plain_key(header)
    return SYNONYMS.get(key) or FURTHER.get(key)


def map_headers(headers: Sequence[str], column_map: ColumnMap | Mapping[str, Any], where: str) -> HeaderMap:
    """Map `headers` of the file called `where`; the user's `column_map` comes first.

    A header that is exactly a field's name beats synonyms, and one that says NPI others of that provider; these are
    then listed as unmapped. Raises InputRefused
    when two columns claim one field, a mapped column is absent or a needed field has no column, and UsageError
    when the map names an unknown field.
    """
    said = as_column_map(column_map)
    columns = mapped_by_user(headers, said, where)
    taken = {place for places in columns.values() for place in places} | _ignored(headers, said)
    claims: dict[str, list[int]] = {}
    further: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        key = plain_key(header)
        if place in taken:
            continue
        for names, found in ((SYNONYMS, claims), (FURTHER, further)):
            held = names.get(key)
            if held is not None and held not in columns:
                found.setdefault(held, []).append(place)
    for held, places in claims.items():
        exact = [place for place in places if headers[place].strip().lower() == held]
        chosen = exact or [place for place in places if _says_npi(held, headers[place])] or places
        if len(chosen) > 1:
            both = " and ".join(f"'{headers[place]}' (column {place + 1})" for place in chosen)
            raise InputRefused(
                f"two columns hold {held}: {both}",
                where=where,
                mend=f"Name one of them for {held} in a column map (--map), or drop the other.",
            )
        columns[held] = (chosen[0],)
    for held, places in further.items():
        if held not in columns and len(places) == 1:
            columns[held] = (places[0],)
    numbered = "mod2" in columns and "mod1" not in columns and "modifiers" not in said.fields
    if numbered and is_one_modifier(headers, columns):
        columns["mod1"] = columns.pop(
            "modifiers"
        )  # Modifier, Modifier 2, Modifier 3: the first has no number
    used = {place for places in columns.values() for place in places}
    unmapped = tuple(h.strip() or f"column {n + 1}" for n, h in enumerate(headers) if n not in used)
    named = {
        held: headers[places[0]].strip()
        for held, places in columns.items()
        if held.endswith("_npi") and held not in said.fields and not _says_npi(held, headers[places[0]])
    }
    return with_map(HeaderMap(columns, unmapped, named_providers=named), said, headers, where)


def _says_npi(held: str, header: str) -> bool:
    return held.endswith("_npi") and "npi" in plain_key(header)


def with_map(
    header_map: HeaderMap, column_map: ColumnMap | Mapping[str, Any], headers: Sequence[str], where: str
) -> HeaderMap:
    """`header_map` with what the user's map says beside which column holds what.

    That is: how cells are written, what fills the feed's blanks, and whether the header is the one it was made for.
    """
    said = as_column_map(column_map)
    filled = {name: value for name in ("line_of_business", "payer_id") if (value := str(getattr(said, name)))}
    written = {name: written for name, written in said.fields.items() if not written.is_plain}
    notes = (*header_map.notes, *_differing(said, headers, where))
    return replace(header_map, written=written, filled=filled, notes=notes)


def mapped_by_user(
    headers: Sequence[str], column_map: ColumnMap | Mapping[str, Any], where: str
) -> dict[str, tuple[int, ...]]:
    """The column of every field in the user's map, none for a constant. Raises as `map_headers`."""
    found: dict[str, tuple[int, ...]] = {}
    keys = [header.strip() for header in headers]
    for name, written in as_column_map(column_map).fields.items():
        if name not in BY_NAME:
            near = difflib.get_close_matches(name, BY_NAME, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(
                f"the column map names an unknown field, {name!r}",
                mend=f"See the fields of the claims file.{hint}",
            )
        if written.constant:
            found[name] = ()
            continue
        found[name] = (_first_present(name, written.columns, keys, where),)
    return found


def _first_present(name: str, columns: Sequence[str], keys: Sequence[str], where: str) -> int:
    """The place of the first of `columns` that is among the headers `keys`."""
    for header in columns:
        places = [n for n, key in enumerate(keys) if key == header.strip()]
        places = places or [n for n, key in enumerate(keys) if key and plain_key(key) == plain_key(header)]
        if len(places) > 1:
            raise InputRefused(
                f"two columns are called '{header}', which the column map gives to {name}",
                where=where,
                mend="Rename one of them in the file.",
            )
        if places:
            return places[0]
    near = difflib.get_close_matches(columns[0], [key for key in keys if _may_be_repeated(key)], 1, _NEAR)
    hint = f"; the nearest header found is '{near[0]}'" if near else ""
    named = (
        f"'{columns[0]}'" if len(columns) == 1 else f"one of {len(columns)} columns, the first '{columns[0]}'"
    )
    raise InputRefused(
        f"the column map puts {name} in {named}, which is no column of this file{hint}",
        where=where,
        mend="Correct the column map.",
    )


def _ignored(headers: Sequence[str], said: ColumnMap) -> set[int]:
    ignored = set(map(plain_key, said.ignore))
    return {place for place, header in enumerate(headers) if header.strip() and plain_key(header) in ignored}


def _differing(said: ColumnMap, headers: Sequence[str], where: str) -> tuple[str, ...]:
    """What is said when the header is not the one that the map was made for."""
    if not said.made_for or signature(said.made_for) == signature(headers):
        return ()
    then, now = set(map(plain_key, said.made_for)), set(map(plain_key, headers))
    gone = [f"'{header}'" for header in said.made_for if plain_key(header) not in now]
    new = [
        f"'{header.strip()}'"
        for header in headers
        if plain_key(header) not in then and _may_be_repeated(header)
    ]
    parts = [f"no longer there: {', '.join(gone)}"] * bool(gone) + [f"new: {', '.join(new)}"] * bool(new)
    return (
        f"{where}: the column map was made for another header ({'; '.join(parts) or 'the columns stand otherwise'})",
    )


def require_needed(header_map: HeaderMap, headers: Sequence[str], where: str) -> None:
    """Raise InputRefused, naming every needed field without a column and the nearest header to each."""
    lacking = lacking_of(header_map)
    if not lacking:
        return
    if len(header_map.columns) < _KNOWN_OF_A_HEADER:
        # The first line may hold claims instead of headers: nothing of it is repeated.
        few = f"only {len(header_map.columns)}" if header_map.columns else "none"
        raise NotClaims(
            f"{few} of the {len(headers)} columns has a known name: this is no claims file, or one without a header",
            where=where,
            mend="The first line must name the columns; `auditor claims map` proposes which column holds which field, "
            "and --map takes what it wrote.",
        )
    used = {place for places in header_map.columns.values() for place in places}
    free = [
        header.strip()
        for n, header in enumerate(headers)
        if n not in used and _may_be_repeated(header.strip())
    ]
    parts = []
    for group in lacking:
        near = _nearest(group, free)
        parts.append(" or ".join(group) + (f" (the nearest header found is '{near}')" if near else ""))
    noun = "column" if len(parts) == 1 else "columns"
    raise InputRefused(
        f"this claims file has no {noun} for {'; '.join(parts)}",
        where=where,
        why="Without it no line can be audited.",
        mend="Rename the column, or say in a column map (--map) which one holds it: `auditor claims map` proposes one.",
    )


def is_one_modifier(headers: Sequence[str], columns: Mapping[str, Sequence[int]]) -> bool:
    """Whether the column of modifiers is called by one of them (`Modifier`): it may never hold a second."""
    places = columns.get("modifiers", ())
    return bool(places) and plain_key(headers[places[0]]) in ("modifier", "mod")


def lacking_of(header_map: HeaderMap) -> list[tuple[str, ...]]:
    """The needed fields without a column; of several in a group any one would do."""
    have = header_map.fields
    return [group for group in NEEDED_ONE_OF if not any(name in have for name in group)]


_ANOTHER_PERSON = (
    "subscriber", "subscr", "sbr", "insured", "guarantor", "policyholder", "policy_holder", "responsible", "parent",
    "spouse", "employee", "cardholder",
)  # fmt: skip


def is_of_another_person(header: str) -> bool:
    """Whether a header names another person than the patient: a subscriber's birth date is not the patient's."""
    key = plain_key(header)
    return any(plain_key(word) in key for word in _ANOTHER_PERSON)


def _may_be_repeated(header: str) -> bool:
    """Whether a message may repeat `header`: without a digit it is no number of a person or claim."""
    return bool(header) and not any(character.isdigit() for character in header)


def _nearest(group: Sequence[str], headers: Sequence[str]) -> str | None:
    """The unused header most like a name or synonym of one of the fields, if any is at all like it."""
    best: tuple[float, str] | None = None
    for name in group:
        for word in (name, *BY_NAME[name].synonyms):
            for header in headers:
                if is_of_another_person(header):
                    continue
                score = difflib.SequenceMatcher(None, plain_key(word), plain_key(header)).ratio()
                if score >= _NEAR and (best is None or score > best[0]):
                    best = (score, header)
    return None if best is None else best[1]

"""From the headers of a file to canonical fields: by name, by synonym, by the user's column map."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.base.errors import InputRefused, UsageError
from auditor.claims.model import BY_NAME, NEEDED_ONE_OF, SYNONYMS, plain_key

_NEAR = 0.7
_KNOWN_OF_A_HEADER = 3
"""Known names that show that a first line holds headers; a claim line may hold one such word, such as `paid`."""


@dataclass(frozen=True)
class HeaderMap:
    """Which column (0-based) holds which field; a later column of a field fills blanks of an earlier one."""

    columns: Mapping[str, tuple[int, ...]]
    unmapped: tuple[str, ...]


def map_headers(headers: Sequence[str], column_map: Mapping[str, str], where: str) -> HeaderMap:
    """Map `headers` of the file called `where`; `column_map` goes from field to header and comes first.

    A header that is exactly a field's name beats synonyms, which are then listed as unmapped. Raises InputRefused
    when two columns claim one field, a mapped column is absent or a needed field has no column, and UsageError
    when the map names an unknown field.
    """
    columns = {field: (place,) for field, place in mapped_by_user(headers, column_map, where).items()}
    taken = {place for places in columns.values() for place in places}
    claims: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        field = SYNONYMS.get(plain_key(header))
        if field is not None and field not in columns and place not in taken:
            claims.setdefault(field, []).append(place)
    for field, places in claims.items():
        exact = [place for place in places if headers[place].strip().lower() == field]
        chosen = exact or places
        if len(chosen) > 1:
            names = " and ".join(f"'{headers[place]}' (column {place + 1})" for place in chosen)
            raise InputRefused(
                f"two columns hold {field}: {names}",
                where=where,
                mend=f"Name one of them for {field} in a column map (--map), or drop the other.",
            )
        columns[field] = (chosen[0],)
    used = {place for places in columns.values() for place in places}
    unmapped = tuple(h.strip() or f"column {n + 1}" for n, h in enumerate(headers) if n not in used)
    return HeaderMap(columns, unmapped)


def mapped_by_user(headers: Sequence[str], column_map: Mapping[str, str], where: str) -> dict[str, int]:
    """The column of every field in the user's map. Raises as `map_headers`."""
    found: dict[str, int] = {}
    keys = [header.strip() for header in headers]
    for field, header in column_map.items():
        if field not in BY_NAME:
            near = difflib.get_close_matches(field, BY_NAME, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(
                f"the column map names an unknown field, {field!r}",
                mend=f"See the fields of the claims file.{hint}",
            )
        places = [n for n, key in enumerate(keys) if key == header.strip()]
        places = places or [n for n, key in enumerate(keys) if plain_key(key) == plain_key(header)]
        if not places:
            near = difflib.get_close_matches(header, [key for key in keys if _may_be_repeated(key)], 1, _NEAR)
            hint = f"; the nearest header found is '{near[0]}'" if near else ""
            raise InputRefused(
                f"the column map puts {field} in '{header}', which is no column of this file{hint}",
                where=where,
                mend="Correct the column map.",
            )
        if len(places) > 1:
            raise InputRefused(
                f"two columns are called '{header}', which the column map gives to {field}", where=where
            )
        found[field] = places[0]
    return found


def require_needed(header_map: HeaderMap, headers: Sequence[str], where: str) -> None:
    """Raise InputRefused, naming every needed field without a column and the nearest header to each."""
    lacking = [group for group in NEEDED_ONE_OF if not any(field in header_map.columns for field in group)]
    if not lacking:
        return
    if len(header_map.columns) < _KNOWN_OF_A_HEADER:
        # The first line may hold claims instead of headers: nothing of it is repeated.
        few = f"only {len(header_map.columns)}" if header_map.columns else "none"
        raise InputRefused(
            f"{few} of the {len(headers)} columns has a known name: this is no claims file, or one without a header",
            where=where,
            mend="The first line must name the columns; --map says which column holds which field.",
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
        mend="Rename the column, or say in a column map (--map) which one holds it.",
    )


def _may_be_repeated(header: str) -> bool:
    """Whether a message may repeat `header`: without a digit it is no number of a person or claim."""
    return bool(header) and not any(character.isdigit() for character in header)


def _nearest(group: Sequence[str], headers: Sequence[str]) -> str | None:
    """The unused header most like a name or synonym of one of the fields, if any is at all like it."""
    best: tuple[float, str] | None = None
    for field in group:
        for word in (field, *BY_NAME[field].synonyms):
            for header in headers:
                score = difflib.SequenceMatcher(None, plain_key(word), plain_key(header)).ratio()
                if score >= _NEAR and (best is None or score > best[0]):
                    best = (score, header)
    return None if best is None else best[1]

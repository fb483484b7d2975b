"""The reader of FHIR files: which parts they play, and their claims staged."""

from __future__ import annotations

import hashlib
import mmap
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.fhir.claim import FIELDS
from auditor.claims.readers.fhir.directory import KINDS, Directory
from auditor.claims.readers.fhir.parsing import NoJson, parse
from auditor.claims.readers.fhir.records import Record, cut, records, resources
from auditor.claims.readers.fhir.values import tally
from auditor.claims.readers.fhir.writing import ClaimWriter, Told
from auditor.claims.readers.interface import CLAIMS, NotClaims, Staged
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.state_codes import from_ssa
from auditor.claims.sources.intake import Source

EOB: Final = "ExplanationOfBenefit"
PATIENTS: Final = "patients"
PROVIDERS: Final = "providers"
_TYPE = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z0-9-]{1,64})"')
_EOB_TYPE = re.compile(rb'"resourceType"\s*:\s*"ExplanationOfBenefit"')
_JSON = re.compile(rb"[\[{]\s*[\"{\[\]}]")
"""An object or an array; a table's header may begin with a bracket too, but not so: [Claim ID],[Patient ID]."""
_NAMED: Final = 8
_ALWAYS: Final = frozenset("claim_id line_no patient_id date_from code units modifiers".split())
_ENOUGH: Final = 500
"""Lines among which some would have a modifier. A feed of so many with none has dropped them."""
_OF_CLAIMS: Final = {"item", "patient", "status"}
_LIKE: Final = ("Claim", "ClaimResponse", "CoverageEligibilityRequest", "Invoice")
"""Resource types with the same elements, which are no explanations of benefit."""
_FAULTS: Final = {
    "too_large": ("resource_too_large", "a resource of more than 32 MB"),
    "cut_short": ("file_cut_short", "the file ends in the midst of a resource"),
}


class FhirReader:
    """Reads ExplanationOfBenefit resources; patients and providers in files beside them are looked up."""

    name = "fhir"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """By the resource types in the content, wherever in it they stand. See `Reader.recognises`."""
        if source.parquet or not _is_json(source.path):
            return None
        types = _types(source.path)
        if EOB in types:
            return CLAIMS
        if not types:
            raise NotClaims(
                "this is JSON without a resource type, and so no FHIR",
                where=source.name,
                mend=f"Give {EOB} resources of FHIR, or the claims as a table.",
            )
        like = sorted(name for name in types if name.startswith(EOB))
        if like:
            raise NotClaims(
                f"this is JSON with the resource type {like[0]}, which is none of FHIR",
                where=source.name,
                why="Templates from which explanations of benefit are made have such types and no items.",
                mend=f"Give the {EOB} resources themselves.",
            )
        if "Patient" in types:
            return PATIENTS
        if types & set(KINDS):
            return PROVIDERS
        named = ", ".join(sorted(types - {"Bundle"})[:_NAMED]) or "Bundle"
        raise NotClaims(
            f"this is FHIR without an {EOB} (it has: {named})",
            where=source.name,
            why="Only that resource says what was billed, allowed and paid.",
            mend=f"Give the {EOB} resources, as NDJSON or a Bundle.",
        )

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`. Raises InputRefused when no resource of the file could be read."""
        rows = Rows(workspace, FIELDS)
        told = Told()
        others = [one for part in beside.values() for one in part]
        shared = _known_beside(others, workspace, told)
        directory = Directory(workspace / f"directory-{sum(1 for _ in workspace.iterdir())}", shared)
        try:
            _learn(directory, source.path)
            writer = ClaimWriter(rows, directory, told)
            found = 0
            for record in records(source.path):
                found += _read(record, writer, rows, told)
        finally:
            directory.close()
            shared.close()
        if not told.claims and not rows.aside_count:
            raise InputRefused(
                f"the content names the resource type {EOB} and holds none that could be read",
                where=source.name,
                mend="Export the claims again, as NDJSON.",
            )
        staged = rows.staged(
            con,
            self.name,
            notes=(*_notes(source.name, told), *_map_unused(source.name, options)),
            source_rows=found,
            always=_ALWAYS if rows.line_count < _ENOUGH else _ALWAYS - {"modifiers"},
        )
        if "service_state" not in staged.fields:
            return staged
        # Blue Button writes the number that the Social Security Administration has for a state.
        state = f"{from_ssa('service_state')} AS service_state"
        return replace(staged, select=f"SELECT * REPLACE ({state}) FROM ({staged.select})")


def _read(record: Record, writer: ClaimWriter, rows: Rows, told: Told) -> int:
    """Read one record and return how many resources it held; what cannot be read is set aside."""
    if record.fault:
        code, reason = _FAULTS[record.fault]
        rows.aside(record.position, code, reason)
        rows.diagnose(code, "error", reason, record.position)
        return 1
    values = _parsed(record)
    count = 0
    for value in values:
        if value is None:
            count += 1
            rows.aside(record.position, "row_malformed", "no JSON that can be read")
            continue
        for resource, _ in resources(value[0]):
            count += 1
            kind = resource.get("resourceType")
            if kind == EOB:
                writer.write(record.position, resource, value[1])
            elif (
                type(kind) is str
                and kind.isalnum()
                and not (resource.keys() >= _OF_CLAIMS and kind not in _LIKE)
            ):
                tally(told.other_resources, kind)
            else:
                reason = f"an object that is no {EOB} by its resource type, and may have been meant for one"
                rows.aside(record.position, "type_unknown", reason)
    return count


def _parsed(record: Record) -> list[tuple[Any, bool] | None]:
    """The values of a record, None for what is no JSON: one, or several where lines were joined without their ends."""
    try:
        return [parse(record.raw)]
    except NoJson:
        found: list[tuple[Any, bool] | None] = []
        for part in cut(record.raw):
            try:
                found.append(parse(part.raw))
            except NoJson:
                found.append(None)
        return found if any(found) else [None]


def _known_beside(sources: Sequence[Source], workspace: Path, told: Told) -> Directory:
    """The patients and providers of the files beside, read once however many files of claims there are."""
    key = hashlib.sha256(" ".join(sorted(source.content_sha256 for source in sources)).encode()).hexdigest()
    path = workspace / f"beside-{key[:16]}"
    new = not path.exists()
    directory = Directory(path)
    if new:
        told.beside_unread = sum(_learn(directory, source.path) for source in sources)
        directory.settle()
    return directory


def _learn(directory: Directory, path: Path) -> int:
    """Keep the patients and providers of a file and return how many records are no JSON.

    Records with claims alone are not parsed.
    """
    unread = 0
    for record in records(path):
        if not record.fault and b'"ExplanationOfBenefit"' in record.raw and b'"Bundle"' not in record.raw:
            continue
        for value in [None] if record.fault else _parsed(record):
            if value is None:
                unread += 1
                continue
            for resource, url in resources(value[0]):
                directory.add(resource, url)
    return unread


def _is_json(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(65_536).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    return _JSON.match(head) is not None


def _types(path: Path) -> set[str]:
    """The resource types that a file names, contained ones too; only that of claims where it names it."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if _EOB_TYPE.search(content) is not None:
            return {EOB}
        return {name.decode() for name in {found.group(1) for found in _TYPE.finditer(content)}}


def _notes(name: str, told: Told) -> list[str]:
    notes = [f"{name}: {told.claims:,} explanations of benefit"]
    if told.beside_unread:
        notes.append(f"{told.beside_unread:,} records of the files beside {name} cannot be read")
    if told.other_resources:
        notes.append(f"{name}: resources of other types are not claims: {_counted(told.other_resources)}")
    if told.unread:
        notes.append(
            f"{name}: amounts of categories that are none of charge, allowed and paid are not read: "
            f"{_counted(told.unread)}"
        )
    if told.other_codes:
        notes.append(
            f"{name}: lines whose code is of another system than HCPCS have no code: {_counted(told.other_codes)}"
        )
    if told.header_paid:
        notes.append(
            f"{name}: {told.header_paid:,} claims have a payment of the whole claim and none of their lines; it is "
            "counted once"
        )
    return notes


def _map_unused(name: str, options: ReadOptions) -> list[str]:
    if not options.column_map:
        return []
    return [f"{name}: FHIR names its elements; the column map is not used for it"]


def _counted(counts: Counter[str]) -> str:
    most = [f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    more = f" and {len(most) - _NAMED} more" if len(most) > _NAMED else ""
    return ", ".join(most[:_NAMED]) + more

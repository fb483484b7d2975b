"""From files to rows of `claim_parsed`: recognised by content, staged by a reader, read, and accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.base.progress import Stage
from auditor.claims import canonical, checks, forms, lines, unlabelled
from auditor.claims.feed import InputFile, ReadOptions
from auditor.claims.mapping import date_order, provider_names, single_modifier
from auditor.claims.mapping.column_map import as_column_map
from auditor.claims.readers import CLAIMS, Recognised, Staged, recognise
from auditor.claims.readers.interface import DIAGNOSTICS
from auditor.claims.readers.table import read_error
from auditor.claims.refusals import NoClaimsInIt, NotClaims
from auditor.claims.sources.gather import Found
from auditor.claims.sources.intake import Source, take_in
from auditor.claims.sources.scan import Ahead, count
from auditor.claims.words import literal

_MAPPED = ("plain", "tuva", "xlsx")
"""The readers of tables whose columns a user may map."""
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)


@dataclass(frozen=True)
class Part:
    """What one reading of a source gave: its number and name in `claim_file`, and how it was staged."""

    file_no: int
    name: str
    staged: Staged


class Loading:
    """What has been read so far."""

    def __init__(self, con: duckdb.DuckDBPyConnection, options: ReadOptions) -> None:
        self.con = con
        self.options = options
        self.files: list[InputFile] = []
        self.parts: list[Part] = []
        self.notes: list[str] = []
        self.malformed = 0
        self.charge_aside = self.paid_aside = 0
        self._rows = 0
        self._last: Source | None = None
        self._chosen: set[str] = set()
        self._names: set[str] = set()
        self._passed: list[NotClaims] = []
        canonical.create_parsed(con)
        lines.create_set_aside(con)
        con.execute("CREATE TABLE claim_file (file_no USMALLINT, name VARCHAR, first_row BIGINT)")
        con.execute(
            f"CREATE TABLE claim_diagnostic (source_file VARCHAR, {', '.join(f'{n} {k}' for n, k in DIAGNOSTICS)})"
        )

    @property
    def remittance_files(self) -> tuple[int, ...]:
        """The numbers of the files whose rows are a payer's answers."""
        return tuple(part.file_no for part in self.parts if part.staged.remittance)

    @property
    def total_charges(self) -> dict[int, tuple[str, str]]:
        """Names and headers of charges, by number, of the files whose header speaks of totals or of claims."""
        return {
            part.file_no: (part.name, part.staged.total_charge)
            for part in self.parts
            if part.staged.total_charge
        }

    def read(self, found: Sequence[Found], workspace: Path, stage: Stage, ahead: Ahead | None) -> None:
        """Read all files: first what each is, then the claims, with the files that stand beside them.

        Raises InputRefused for what cannot be read, and when there are no claims at all.
        """
        known: list[Recognised] = []
        seen: dict[int, list[Source]] = {}
        for file in found:
            sources = self._taken(file, workspace, ahead)
            for source in sources:
                # Only content of one size is compared: asking for a hash waits until all of the file was read.
                alike = seen.setdefault(source.path.stat().st_size, [])
                earlier = next((one for one in alike if one.content_sha256 == source.content_sha256), None)
                if earlier is not None:
                    self.notes.append(
                        f"{source.name}: same content as {earlier.name}, which was read already; not read again"
                    )
                    continue
                fetched = file.path.is_relative_to(workspace)
                source = self._named_apart(source, "" if fetched else file.path.absolute().parent.name)
                alike.append(source)
                if file.chosen and len(sources) == 1:
                    self._chosen.add(source.name)
                self.notes.extend(source.notes)
                try:
                    known.extend(recognise(self.con, source, self.options.format))
                except NotClaims as refusal:
                    self._pass_over(source, refusal)
        self._read_known(known, workspace, stage)
        if not self.parts:
            _refuse_all(known, self._passed)

    def _named_apart(self, source: Source, folder: str) -> Source:
        """`source` under a name that no other file has: with its folder's where two folders have one of that name.

        A row's place is told by the name of its file.
        """
        name, number = source.name, 1
        if name in self._names and folder:
            name = f"{folder}/{source.name}"
        while name in self._names:
            number += 1
            name = f"{source.name} ({number})"
        self._names.add(name)
        return source if name == source.name else replace(source, name=name)

    def _taken(self, file: Found, workspace: Path, ahead: Ahead | None) -> list[Source]:
        """The sources of a file; none for one among several that is of no kind that holds claims."""
        try:
            return take_in(file.path, workspace, ahead=ahead)
        except NotClaims as refusal:
            if file.chosen:
                raise
            size = file.path.stat().st_size
            self._tell_passed(file.path.name, count(file.path, lines=False).sha256, size, refusal)
            return []

    def _read_known(self, known: Sequence[Recognised], workspace: Path, stage: Stage) -> None:
        for name in dict.fromkeys(one.reader.name for one in known):
            family = [one for one in known if one.reader.name == name]
            beside: dict[str, tuple[Source, ...]] = {}
            for one in family:
                if one.part != CLAIMS:
                    beside[one.part] = (*beside.get(one.part, ()), one.source)
            claims = [one for one in family if one.part == CLAIMS]
            among = {**beside, CLAIMS: tuple(one.source for one in claims)}
            for one in claims:
                try:
                    self._claims(one, workspace, stage, among)
                except NotClaims as refusal:
                    self._pass_over(one.source, refusal)
            for part, sources in beside.items():
                for source in sources:
                    why = "" if claims else "its claims are not among the files: it was not used"
                    if why:
                        self.notes.append(f"{source.name}: holds {part}; {why}")
                    self.files.append(
                        InputFile(
                            source.name, name, source.sha256, source.bytes, _records(source), 0, part, why
                        )
                    )

    def _claims(
        self,
        one: Recognised,
        workspace: Path,
        stage: Stage,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> None:
        source = one.source
        staged = one.reader.stage(self.con, source, self.options, workspace, beside)
        if as_column_map(self.options.column_map).fields and one.reader.name not in _MAPPED:
            self.notes.append(
                f"{source.name}: the column map was not used: {staged.format} is read by its own names"
            )
        number = len(self.parts)
        rows, staged = self._load(source, staged, number)
        self.notes.extend(unlabelled.find_totals(self.con, number, source.name))
        self.notes.extend(date_order.ambiguous(self.con, staged, number, source.name))
        self.con.execute("INSERT INTO claim_file VALUES (?, ?, ?)", [number, source.name, self._rows])
        self._rows += rows
        self._set_aside(source, staged)
        if staged.diagnostics_select:
            columns = ", ".join([literal(source.name), *(name for name, _ in DIAGNOSTICS)])
            self.con.execute(
                f"INSERT INTO claim_diagnostic SELECT {columns} FROM ({staged.diagnostics_select})"
            )
        self.notes.extend(staged.notes)
        total = rows + staged.malformed
        records = total if staged.source_rows is None else staged.source_rows
        made = InputFile(source.name, staged.format, source.sha256, source.bytes, records, total)
        if self.parts and self._last is source:
            # Claims and remittances of one interchange: two readers share the file.
            shared = self.files.pop()
            made = replace(shared, rows=shared.rows + records, lines=shared.lines + total)
        self._last = source
        self.files.append(made)
        self.parts.append(Part(number, source.name, staged))
        stage.advance(total)

    def _set_aside(self, source: Source, staged: Staged) -> None:
        """Lay down what the reader itself set aside, with its dollars; what came in is counted apart."""
        if not staged.malformed:
            return
        amounts = ", ".join(forms.cents(name, forms.dollars(name)) for name in ("charge", "paid"))
        self.con.execute(
            "INSERT INTO set_aside (source_file, source_pos, reason_code, reason, claim_id, line_no, charge, paid) "
            f"SELECT {literal(source.name)}, source_pos, reason_code, reason, claim_id, line_no, {amounts} "
            f"FROM ({staged.malformed_select})"
        )
        charge, paid = checks.cents_aside(self.con, staged.malformed_select)
        self.charge_aside += charge
        self.paid_aside += paid
        self.malformed += staged.malformed
        reasons = self.con.execute(
            f"SELECT reason_code, count(*) FROM ({staged.malformed_select}) GROUP BY 1 ORDER BY 1"
        ).fetchall()
        for code, rows in reasons:
            are = "row is" if rows == 1 else "rows are"
            says = "malformed and set aside" if code == "row_malformed" else f"set aside ({code})"
            self.notes.append(f"{source.name}: {rows:,} {are} {says}")

    def _load(self, source: Source, staged: Staged, number: int) -> tuple[int, Staged]:
        """Read `staged`; when rows are missing or its dates are of another order, undo it and read it otherwise."""
        while True:
            self.con.execute("BEGIN")
            try:
                rows = canonical.insert_parsed(self.con, staged, number, self.options)
                again = staged.recheck(rows) or self._otherwise(staged, number, source.name)
            except duckdb.Error as error:
                # A damaged Parquet file may end in an error that DuckDB gives no kind.
                if not isinstance(error, _UNREADABLE) and not (
                    source.parquet and type(error) is duckdb.Error
                ):
                    raise
                self.con.execute("ROLLBACK")
                again = staged.recheck(None)
                if again is None:
                    raise read_error(source) from None
            else:
                self.con.execute("COMMIT" if again is None else "ROLLBACK")
                if again is None:
                    return rows, single_modifier.settle(self.con, staged, number)
            staged = again

    def _otherwise(self, staged: Staged, number: int, name: str) -> Staged | None:
        """`staged` as its cells ask for it to be read; None where it was."""
        return date_order.reread(self.con, staged, number, name) or provider_names.reread(
            self.con, staged, number, name
        )

    def _pass_over(self, source: Source, refusal: NotClaims) -> None:
        """Name a file that holds no claims among others that may; one that was named by itself is refused.

        Not so one of a kind that is read, in which only no claim happens to be.
        """
        if isinstance(refusal, NoClaimsInIt):
            self.con.execute(
                "INSERT INTO claim_diagnostic (source_file, name, severity, says) VALUES (?, ?, 'note', ?)",
                [source.name, refusal.diagnostic, refusal.what],
            )
        elif source.name in self._chosen:
            raise refusal
        self._tell_passed(source.name, source.sha256, source.bytes, refusal)

    def _tell_passed(self, name: str, sha256: str, size: int, refusal: NotClaims) -> None:
        self._passed.append(refusal)
        self.notes.append(f"{name}: not read: {refusal.what}")
        self.files.append(InputFile(name, "none", sha256, size, 0, 0, "passed over", refusal.what))

    def require_rows(self) -> None:
        """Raise InputRefused when no file holds a row."""
        claims = [file for file in self.files if file.part == CLAIMS]
        empty = [file.name for file in claims if file.lines == 0]
        if len(empty) == len(claims):
            raise InputRefused(
                "the file has a header and no claim lines",
                where=", ".join(empty),
                mend="Export the claims again.",
            )
        self.notes.extend(f"{name}: has a header and no claim lines" for name in empty)


def _records(source: Source) -> int:
    """Lines of a text that stands beside claims, but for its header; 0 where that number says nothing."""
    return max((source.lines or 1) - 1, 0)


def _refuse_all(known: Sequence[Recognised], passed: Sequence[NotClaims]) -> None:
    """Raise InputRefused: there are files, and no claims in them."""
    without = {one.where for one in passed}
    known = [one for one in known if one.source.name not in without]
    if len(passed) == 1 and not known:
        raise passed[0]
    beside = [f"{one.source.name} holds {one.part}" for one in known]
    raise InputRefused(
        "none of the files holds claims",
        where=", ".join(one.where for one in passed if one.where) or known[0].source.name,
        why="; ".join([*beside, *(one.what for one in passed)][:8]),
        mend="Name the files that hold the claims beside these.",
    )


__all__ = ["Loading", "Part"]

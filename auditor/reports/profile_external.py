"""An output folder made fit for an external auditor: a limited data set with pseudonyms, before anything is rendered.

Transformed at one place: the Parquet files and run.json, from which page, workbook, Markdown and JSON are laid out. So
no renderer ever sees an identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.base.marks import CLOSE, OPEN
from auditor.base.pseudonyms import Pseudonyms
from auditor.reports.free_text import LEAST_TOKEN, WORD_IN_SQL, FreeText, tokens, walked
from auditor.reports.profile import EXTERNAL
from auditor.reports.profile_files import FINDINGS, POLICIES, Rewriting, only_known

_IDENTIFYING: Final = {
    "claim": ("claim_id", "payer_icn", "original_ref"),
    "patient": ("patient_id", "given_patient_id"),
    "number": ("prior_auth",),
}
_PLAIN: Final = frozenset(
    "versions payment_method period counts dollars reconciliation tables descriptors stages engine retired "
    "counsel_header".split()
)
"""Parts of run.json in which nothing of a patient, a claim or a file can stand."""
_TEXTS: Final = frozenset("banners notes remittances diagnostics data_quality superseded coverage".split())
"""Parts in which a file, or a value of one, may be quoted."""
_RULES: Final = frozenset("packs rules overrides".split())
"""Parts that come from rule packs: whoever wrote one may have named a claim or a patient in it."""
_DATED: Final = ("source_file", "source_pos", "count", "byte_offset")


def limited_data_set(
    con: DuckDBPyConnection, folder: Path, run: Mapping[str, Any], pseudonyms: Pseudonyms
) -> dict[str, Any]:
    """Rewrite the Parquet files in `folder` and return the content of run.json, both with pseudonyms.

    `con` is the connection of the run, in which the claims still lie; sentences in the files hold marks
    (`Facts.marked`). A part of `run` that is not known here is left out. The files become other files of the same
    names. Raises InternalCheckFailed when rows would be lost or two numbers share a pseudonym.
    """
    files = {str(item.get("name", "")): f"claims file {n}" for n, item in enumerate(run["inputs"], start=1)}
    files.pop("", None)
    numbered = {name: run[name] for name in _TEXTS | _RULES if name in run}
    text = FreeText(pseudonyms, files, named_in(con, numbered, pseudonyms, folder / FINDINGS))
    rewriting = Rewriting(con, pseudonyms, text)
    only_known(folder)
    for name in POLICIES:
        rewriting.rewrite(folder / name)
    rewriting.close()
    made = {name: _part(name, value, text, pseudonyms) for name, value in run.items() if name in KNOWN}
    return {**made, "profile": {"name": EXTERNAL, "key_check": pseudonyms.hexadecimal("key", "check")}}


KNOWN: Final = _PLAIN | _TEXTS | _RULES | {"run_id", "inputs", "options"}
"""The parts of run.json that a limited data set holds."""


def _part(name: str, value: Any, text: FreeText, pseudonyms: Pseudonyms) -> Any:
    if name == "run_id":
        return pseudonyms.hexadecimal("run", str(value))
    if name == "inputs":
        return [_input(item, text, pseudonyms) for item in value]
    if name == "options":
        return {key: _option(key, item, pseudonyms) for key, item in value.items()}
    if name in _TEXTS:
        return walked(_files_named(value, text), text.cleaned, _DATED)
    return walked(value, text.unnumbered) if name in _RULES else value


def _input(item: Mapping[str, Any], text: FreeText, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """An input file without its name; its hash is keyed, for who holds a small file could try what it was made of."""
    kept = {name: item[name] for name in ("format", "bytes", "rows", "lines", "part") if name in item}
    return {
        "name": text.file(str(item.get("name", ""))),
        **kept,
        "sha256": pseudonyms.hexadecimal("sha256", str(item.get("sha256", "")), 64),
        "why": text.cleaned(str(item.get("why", ""))),
    }


def _option(name: str, value: Any, pseudonyms: Pseudonyms) -> Any:
    """An option; a column map quotes the headings of the feed, and a crosswalk is named by its hash."""
    if name == "column_map":
        return {"given": "withheld in this profile"} if value else {}
    return pseudonyms.hexadecimal("sha256", str(value), 64) if name == "crosswalk" and value else value


def _files_named(value: Any, text: FreeText) -> Any:
    """Plain JSON with labels in place of file names, wherever one is a value of its own."""
    if isinstance(value, Mapping):
        return {
            key: text.file(item)
            if key == "source_file" and isinstance(item, str)
            else _files_named(item, text)
            for key, item in value.items()
        }
    return [_files_named(item, text) for item in value] if isinstance(value, list | tuple) else value


def named_in(
    con: DuckDBPyConnection, parts: Mapping[str, Any], pseudonyms: Pseudonyms, findings: Path | None = None
) -> dict[str, str]:
    """The numbers of claims and patients of the input that stand as a word in some text, with their pseudonyms.

    The texts are those of `parts` of run.json and, without what stands in a mark, those of the `findings`: a table of
    the user's own may have such a number in a row, which then is cited.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE said (word VARCHAR)")
    if words := sorted(tokens(dict(parts))):
        con.execute("INSERT INTO said SELECT unnest(?)", [words])
    if findings is not None and findings.is_file():
        con.execute(f"INSERT INTO said {_SAID_OF_FINDINGS}", {"path": str(findings)})
    found: dict[str, str] = {}
    for kind, columns in _IDENTIFYING.items():
        for column in columns:
            rows = con.execute(
                f"SELECT DISTINCT word FROM said WHERE length(word) >= {LEAST_TOKEN} AND word IN "
                f"(SELECT {column} FROM claim_line UNION ALL SELECT {column} FROM line_withheld) ORDER BY word"
            ).fetchall()
            found |= {word: found.get(word) or pseudonyms.of(kind, word) for (word,) in rows}
    con.execute("DROP TABLE said")
    return found


_SAID_OF_FINDINGS: Final = f"""SELECT DISTINCT word FROM (
    SELECT unnest(regexp_extract_all(said, '{WORD_IN_SQL}')) AS word FROM (
        SELECT regexp_replace(explanation, '{OPEN}[^{CLOSE}]*{CLOSE}', ' ', 'g') AS said
            FROM read_parquet($path, hive_partitioning = false)
        UNION ALL SELECT DISTINCT unnest(reference_rows)."key" FROM read_parquet($path, hive_partitioning = false)
        UNION ALL SELECT DISTINCT unnest(citations).section FROM read_parquet($path, hive_partitioning = false)))
    WHERE regexp_matches(word, '[0-9]')"""

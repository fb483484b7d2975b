"""The ``citations`` of a rule file: documents, and rows of tables found by the row's own values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.parsing import PLACEHOLDER, ConditionParser
from auditor.rules.shapes import flag, known_keys, line_of, nearest, need, sections, text, texts
from auditor.rules.yaml_strict import LineDict, refuse


def citations_of(
    path: Path, data: LineDict, tables: Mapping[str, Mapping[str, str]] = fields.TABLE_FIELDS
) -> tuple[m.Citation, ...]:
    """The ``citations`` block as the model has it; ``tables`` as for the loader. Raises InputRefused."""
    need(path, data, "citations")
    found = []
    for item in sections(path, data, "citations"):
        known_keys(
            path, item,
            (
                "key document section revision url read_at secondary verified verified_note table locator edition "
                "quote"
            ).split(),
        )  # fmt: skip
        table = item.get("table")
        found.append(
            m.Citation(
                key=str(need(path, item, "key")),
                document=text(path, item, "document")
                or ("" if table is None else _title(str(table), tables)),
                section=str(item.get("section") or item.get("locator") or ""),
                revision=str(item.get("revision") or item.get("edition") or ""),
                url=text(path, item, "url"),
                verified=flag(path, item, "verified", table is not None),
                table=table,
                secondary=flag(path, item, "secondary", False),
                read_at=str(item.get("read_at") or ""),
                note=text(path, item, "verified_note"),
            )
        )
    if not found:
        raise refuse(
            path, line_of(data, "citations"), "no citation", "every finding cites its rule", "add one"
        )
    return tuple(found)


def _title(table: str, tables: Mapping[str, Mapping[str, str]]) -> str:
    """What a table is called where its row is cited: a pack's own by the title it has there."""
    own = getattr(tables[table], "title", "") if table in tables else ""
    return str(own) or fields.TABLE_NAMES.get(table, "")


def cited(path: Path, data: LineDict, citations: tuple[m.Citation, ...]) -> tuple[str, ...]:
    """The keys under ``cites``, each of which must be one of the rule's citations. Raises InputRefused."""
    known = [citation.key for citation in citations]
    keys = texts(path, data, "cites")
    for key in keys:
        if key not in known:
            raise refuse(
                path, line_of(data, "cites"), f"citation `{key}` is not known", "`citations:` has no such key",
                nearest(key, known),
            )  # fmt: skip
    return keys


def check_located(path: Path, data: LineDict, parser: ConditionParser) -> None:
    """The citation of a table row: a table of this rule, found by the row's own fields, in the row's own edition.

    Of several rows of one table it is that of the match's own ``table``, for that is what a finding shows. Raises
    InputRefused.
    """
    rows: dict[str, list[str]] = {}
    for role, kind in parser.roles.kinds.items():
        if ":" in kind:
            rows.setdefault(kind.partition(":")[2], []).append(role)
    match = data.get("match")
    own_row = match.get("table") if isinstance(match, LineDict) else None
    if isinstance(own_row, LineDict):
        rows[str(own_row.get("name"))] = [str(own_row.get("as") or own_row.get("name"))]
    rows |= {"coverage": rows["coverage_policy"]} if "coverage_policy" in rows else {}
    for item in sections(path, data, "citations"):
        if item.get("table") is None:
            continue
        at, table = line_of(item, "table"), str(item["table"])
        if table not in rows:
            raise refuse(
                path,
                at,
                f"citation of `{table}` refused",
                "this rule asks no row of it",
                nearest(table, rows),
            )
        for name in PLACEHOLDER.findall(text(path, item, "locator")):
            if name.partition(".")[0] not in rows[table] or name.partition(".")[2] in fields.SAID_ONLY:
                raise refuse(
                    path, line_of(item, "locator"), f"`{{{name}}}` refused", "a row is found by its own fields",
                    f"write {{{rows[table][0]}.FIELD}}",
                )  # fmt: skip
            parser.field(name, line_of(item, "locator"))
        own = [f"{{{role}.edition}}" for role in rows[table]]
        if item.get("edition") not in (None, *own):
            raise refuse(
                path, line_of(item, "edition"), "`edition` refused", "the row in force is cited in its own edition",
                f'write `edition: "{own[0]}"`',
            )  # fmt: skip

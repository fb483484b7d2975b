"""The options that say which claims are meant, how to read them and what to hold them against: of audit and inspect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from auditor.cli.rulesets import PackSource
from auditor.cli.tables_shared import DAY, library_option

if TYPE_CHECKING:
    from auditor.claims.mapping.column_map import ColumnMap
    from auditor.pipeline import AuditOptions

FORMATS = ("auto", "csv", "parquet", "xlsx", "x12", "fhir", "tuva", "rif", "cclf", "desynpuf", "synthea")
LINES_OF_BUSINESS = ("medicare", "medicare_advantage", "medicaid", "commercial", "other")

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("claims", nargs=-1, required=True),
    click.option(
        "--format",
        "file_format",
        type=click.Choice(FORMATS),
        default="auto",
        show_default=True,
        help="Claims format; auto tells it by content.",
    ),
    click.option(
        "--map",
        "column_map",
        type=click.Path(path_type=Path),
        help="Column map: what `auditor claims map` writes.",
    ),
    library_option,
    click.option(
        "--rulesets", multiple=True, type=PackSource(), help="Folder of further rule packs (repeatable)."
    ),
    click.option("--rules", multiple=True, help="Rule id, catalogue id or family to limit to (repeatable)."),
    click.option(
        "--line-of-business",
        type=click.Choice(LINES_OF_BUSINESS),
        default="medicare",
        show_default=True,
        help="For claims that do not name theirs.",
    ),
    click.option("--payer", help="Payer id for claims that do not name theirs."),
    click.option(
        "--crosswalk",
        type=click.Path(path_type=Path),
        help="CSV that joins the numbers of a patient: patient_id, person_id, perhaps payer_id. Nothing else does.",
    ),
    click.option(
        "--provider-scope",
        type=click.Choice(["physician", "group_specialty"]),
        default="physician",
        show_default=True,
        help="Who is the same provider on professional lines.",
    ),
    click.option("--as-of", type=DAY, help="Use only tables published by this date."),
    click.option(
        "--carry-forward", multiple=True, help="Table to use beyond its quarter, named (repeatable)."
    ),
    click.option("--memory", default="4GB", show_default=True, help="Memory limit of the database."),
)


def feed_options(command: _Command) -> _Command:
    """The argument CLAIMS and the options, in the order in which `--help` shows them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def options_of(given: dict[str, Any], **further: Any) -> AuditOptions:
    """The options of an audit from what the command line gave, and ``further`` ones. Raises InputRefused for a map."""
    from auditor.pipeline import AuditOptions

    as_of: datetime | None = given["as_of"]
    return AuditOptions(
        library=given["library"],
        rulesets=tuple(given["rulesets"]),
        rules=tuple(given["rules"]),
        format=given["file_format"],
        column_map=_column_map(given["column_map"]),
        line_of_business=given["line_of_business"],
        payer_id=given["payer"],
        crosswalk=given["crosswalk"],
        provider_scope=given["provider_scope"],
        as_of=as_of.date() if as_of else None,
        carry_forward=frozenset(given["carry_forward"]),
        memory=given["memory"],
        **further,
    )


def _column_map(path: Path | None) -> ColumnMap:
    from auditor.claims.mapping.column_map import NO_MAP
    from auditor.claims.mapping.map_file import read_column_map

    return NO_MAP if path is None else read_column_map(path)

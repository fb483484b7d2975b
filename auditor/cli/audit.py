"""`auditor audit`: options to the pipeline, and a few lines about what came of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.base.errors import InputRefused, UsageError
from auditor.cli.rulesets import PackSource

if TYPE_CHECKING:
    from auditor.claims.column_map import ColumnMap
    from auditor.engine.crew import Crew
    from auditor.pipeline import RunResult

FORMATS = ("auto", "csv", "parquet", "xlsx", "x12", "fhir", "tuva", "rif", "cclf", "desynpuf", "synthea")
LINES_OF_BUSINESS = ("medicare", "medicare_advantage", "medicaid", "commercial", "other")


@click.command()
@click.argument("claims", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write the result to.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="Claims format; auto tells it by content.",
)
@click.option(
    "--map",
    "column_map",
    type=click.Path(path_type=Path),
    help="Column map: what `auditor claims map` writes.",
)
@click.option("--library", type=click.Path(path_type=Path), help="Reference library; it alone is used.")
@click.option(
    "--rulesets",
    multiple=True,
    type=PackSource(),
    help="Folder of further rule packs (repeatable).",
)
@click.option("--rules", multiple=True, help="Rule id, catalogue id or family to limit to (repeatable).")
@click.option(
    "--line-of-business",
    type=click.Choice(LINES_OF_BUSINESS),
    default="medicare",
    show_default=True,
    help="For claims that do not name theirs.",
)
@click.option("--payer", help="Payer id for claims that do not name theirs.")
@click.option(
    "--crosswalk",
    type=click.Path(path_type=Path),
    help="CSV that joins the numbers of a patient: patient_id, person_id, perhaps payer_id. Nothing else joins them.",
)
@click.option(
    "--provider-scope",
    type=click.Choice(["physician", "group_specialty"]),
    default="physician",
    show_default=True,
    help="Who is the same provider on professional lines.",
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Use only tables published by this date.")
@click.option("--carry-forward", multiple=True, help="Table to use beyond its quarter, named (repeatable).")
@click.option(
    "--profile",
    type=click.Choice(["internal", "external", "board"]),
    default="internal",
    show_default=True,
    help="Whom the report is for.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Engine processes.")
@click.option("--memory", default="4GB", show_default=True, help="Memory limit of the database.")
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Where to run.",
)
@click.option(
    "--previous",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Output folder of an earlier audit: say which findings differ from it, and why.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["definite", "probable", "risk"]),
    help="Exit 1 on a finding of this class or a surer one.",
)
@click.option("--key-file", type=click.Path(path_type=Path), help="Key for pseudonyms (external profile).")
@click.option("--no-reports", is_flag=True, help="Write findings and run.json only.")
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
def audit(**given: Any) -> None:
    r"""Audit CLAIMS and write page, workbook and data files.

    CLAIMS are files, folders, patterns ("feed/*.837") or URLs of objects: CSV, Parquet, Excel, X12 837 and 835, FHIR
    ExplanationOfBenefit, Tuva, CMS RIF and CCLF, DE-SynPUF, Synthea; packed with gzip or zip as well. What a file is
    is told by its content.
    """
    _not_yet(given)
    from auditor.engine.crew import Crew

    before = _earlier(given["previous"], given["out"])
    with Crew(given["workers"]) as crew:  # they load beside what is imported next
        result = _audit(given, crew)
    tell_left_out(result.run)
    if not given["quiet"]:
        summarise(result.run, result.folder)
        if before is not None:
            _compare_with(before, result.folder, given["library"])
    if given["fail_on"] and _matched(result.run, given["fail_on"]):
        raise SystemExit(1)


def _earlier(previous: Path | None, out: Path) -> Path | None:
    """The folder of an earlier audit, looked at before this one begins. Raises UsageError when it would be replaced."""
    if previous is None:
        return None
    if previous.resolve() == out.resolve():
        raise UsageError(
            "--previous and --out name the same folder",
            why="the earlier audit would be replaced before it can be compared",
            mend="name another folder for the new one",
        )
    from auditor.review.affected import read_findings, read_run

    read_run(previous)
    read_findings(previous)
    return previous


def _compare_with(previous: Path, folder: Path, library: Path | None) -> None:
    """Print how the run differs from an earlier one. The audit stands, also when that cannot be told."""
    from auditor.cli.compare import print_comparison
    from auditor.reference import Library, default_library
    from auditor.review.compare import compare_runs

    click.echo(f"Compared with {previous.name}:")
    try:
        print_comparison(compare_runs(previous, folder, Library.open(library or default_library())))
    except InputRefused as error:
        click.echo(f"Note: how it differs cannot be told: {error}")


def _audit(given: dict[str, Any], crew: Crew) -> RunResult:
    from auditor.cli.progress import progress_for
    from auditor.pipeline import AuditOptions, run_audit

    as_of: datetime | None = given["as_of"]
    options = AuditOptions(
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
        workers=given["workers"],
        memory=given["memory"],
        reports=not given["no_reports"],
    )
    with progress_for(quiet=given["quiet"]) as progress:
        return run_audit(list(given["claims"]), given["out"], options, progress, crew)


def _not_yet(given: dict[str, Any]) -> None:
    refused = {
        "--profile": given["profile"] != "internal",
        "--engine": given["engine"] != "local",
        "--key-file": given["key_file"] is not None,
    }
    for name, asked in refused.items():
        if asked:
            raise UsageError(
                f"{name} with this value is not built yet",
                why="this version writes the internal profile of one local run",
                mend=f"leave {name} out",
            )


def _column_map(path: Path | None) -> ColumnMap:
    from auditor.claims.column_map import NO_MAP
    from auditor.claims.column_map_file import read_column_map

    return NO_MAP if path is None else read_column_map(path)


def _matched(run: dict[str, Any], wanted: str) -> bool:
    order = ["definite", "probable", "risk"]
    failed = run["counts"]["findings"].get("fail", {})
    return any(failed.get(kind) for kind in order[: order.index(wanted) + 1])


def tell_left_out(run: dict[str, Any]) -> None:
    """Say on stderr, also to who wants quiet, which packs were broken and therefore left out."""
    for pack in run["packs"]:
        if pack["broken"]:
            click.echo(
                f"auditor: the pack {pack['id']} {pack['version']} is broken and was left out; what it would have "
                f"looked for was not evaluated. {pack['broken']}",
                err=True,
            )


def summarise(run: dict[str, Any], folder: Path) -> None:
    """Print what was audited, what was found and where the reports are."""
    counts, money = run["counts"], run["dollars"]
    failed, at_risk = counts["findings"].get("fail", {}), counts["findings_at_risk"]

    def found(kind: str) -> int:
        return sum(counts["findings"].get(kind, {}).values())

    joined = f", {counts['lines_joined']:,} joined as remittances" if counts.get("lines_joined") else ""
    click.echo(
        f"{counts['lines_read']:,} claim lines read: {counts['lines_audited']:,} audited, "
        f"{counts['lines_superseded']:,} superseded, {counts['lines_set_aside']:,} set aside{joined}; dollars tie out."
    )
    click.echo(
        f"Potential overpayment, claims-evident: ${float_free(money['over_definite'])} in "
        f"{failed.get('definite', 0) - at_risk.get('definite', 0):,} findings. Record needed: "
        f"${float_free(money['over_probable'])} in {failed.get('probable', 0) - at_risk.get('probable', 0):,}. "
        f"At risk, never added: ${float_free(money['at_risk'])} in {sum(at_risk.values()):,}."
    )
    click.echo(
        f"Bypassed by modifier: {found('bypassed'):,}. Suppressed: {found('suppressed'):,}. Evaluators compared on "
        f"{run['engine']['checked']:,} cases, {run['engine']['disagreements']} differences."
    )
    for banner in run["banners"]:
        click.echo(f"Note: {banner}")
    for name in ("audit.html", "audit.xlsx", "findings.parquet"):
        if (folder / name).exists():
            click.echo(f"  {folder / name}")


def float_free(text: str) -> str:
    """Dollars with thousands separators, from decimal text."""
    whole, _, cents = text.partition(".")
    return f"{int(whole):,}.{cents or '00'}"

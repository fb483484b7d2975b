"""`auditor audit`: options to the pipeline, and a few lines about what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.base.errors import InputRefused, UsageError
from auditor.cli.dress_options import dress_of, dress_options
from auditor.cli.feed_options import feed_options, options_of

if TYPE_CHECKING:
    from auditor.engine.crew import Crew
    from auditor.pipeline import RunResult
    from auditor.reports.dress import Dress


@click.command()
@feed_options
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write the result to.")
@click.option(
    "--profile",
    type=click.Choice(["internal", "external", "board"]),
    default="internal",
    show_default=True,
    help="Whom the report is for: internal has full identifiers, external pseudonyms, board aggregates only.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Engine processes.")
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
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="Key of the pseudonyms of --profile external and board; a new one is written there if there is none.",
)
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose only line is the password that encrypts audit.xlsx (needs auditor[password]).",
)
@dress_options
@click.option("--no-reports", is_flag=True, help="Write findings and run.json only.")
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
def audit(**given: Any) -> None:
    r"""Audit CLAIMS and write page, workbook and data files.

    CLAIMS are files, folders, patterns ("feed/*.837") or URLs of objects: CSV, Parquet, Excel, X12 837 and 835, FHIR
    ExplanationOfBenefit, Tuva, CMS RIF and CCLF, DE-SynPUF, Synthea; packed with gzip or zip as well. What a file is
    is told by its content.
    """
    _refuse(given)
    from auditor.engine.crew import Crew

    given["dress"] = _dress(given)
    before = _earlier(given["previous"], given["out"])
    given["password"] = _password(given["password_file"], reports=not given["no_reports"])
    with Crew(given["workers"]) as crew:  # they load beside what is imported next
        result = _audit(given, crew)
    tell_left_out(result.run)
    if not given["quiet"]:
        summarise(result.run, result.folder)
        if given["password"]:
            click.echo("Note: audit.xlsx is encrypted; the other files of the folder are not.")
        if before is not None:
            _compare_with(before, result.folder, given["library"])
    if given["fail_on"] and _matched(result.run, given["fail_on"]):
        raise SystemExit(1)


def _earlier(previous: Path | None, out: Path) -> Path | None:
    """The folder of an earlier audit, looked at before this one begins. Raises UsageError when it cannot serve."""
    if previous is None:
        return None
    if previous.resolve() == out.resolve():
        raise UsageError(
            "--previous and --out name the same folder",
            why="the earlier audit would be replaced before it can be compared",
            mend="name another folder for the new one",
        )
    from auditor.review.affected import read_findings, read_run

    profile = (read_run(previous).get("profile") or {}).get("name", "internal")
    if profile != "internal":
        raise UsageError(
            f"--previous names an audit under the {profile} profile",
            why="findings are compared by their ids, which that profile replaced or left out",
            mend="name the folder of the internal audit",
        )
    read_findings(previous)
    return previous


def _dress(given: dict[str, Any]) -> Dress | None:
    """The look asked for, read before the audit begins; None when none is, for its modules are slow to load."""
    look = {name: given[name] for name in ("theme", "templates", "counsel_header")}
    return None if all(value is None for value in look.values()) else dress_of(**look)


def _password(file: Path | None, *, reports: bool) -> str | None:
    """The password of the workbook, read before the audit begins. Raises UsageError when there is none to use."""
    if file is None:
        return None
    if not reports:
        raise UsageError(
            "--password-file is of no use without reports", mend="leave one of the two options out"
        )
    from auditor.reports.sealing import read_password

    return read_password(file)


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
    from auditor.pipeline import run_audit

    options = options_of(
        given,
        workers=given["workers"],
        reports=not given["no_reports"],
        profile=given["profile"],
        key=_key(given["key_file"], given["out"]),
        dress=given["dress"],
        previous=given["previous"],
        password=given["password"],
    )
    with progress_for(quiet=given["quiet"]) as progress:
        return run_audit(list(given["claims"]), given["out"], options, progress, crew)


def _key(key_file: Path | None, out: Path) -> bytes | None:
    from auditor.base.pseudonyms import key_from

    return None if key_file is None else key_from(key_file, out)


def _refuse(given: dict[str, Any]) -> None:
    if given["engine"] != "local":
        raise UsageError(
            "--engine with this value is not built yet",
            why="this version runs on one machine",
            mend="leave --engine out",
        )
    if given["profile"] == "internal" and given["key_file"] is not None:
        raise UsageError(
            "--key-file without pseudonyms",
            why="the internal profile holds the numbers themselves",
            mend="leave it out, or ask for --profile external or board",
        )
    if given["profile"] != "internal" and given["previous"] is not None:
        raise UsageError(
            f"--previous with --profile {given['profile']}",
            why="findings are compared by their ids, which this profile replaces or leaves out",
            mend="compare internal audits, and make the report for others beside",
        )


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
    definite = failed.get("definite", 0) - at_risk.get("definite", 0)
    read = f"{counts['lines_read']:,} claim {'line' if counts['lines_read'] == 1 else 'lines'} read"
    click.echo(
        f"{read}: {counts['lines_audited']:,} audited, {counts['lines_superseded']:,} superseded, "
        f"{counts['lines_set_aside']:,} set aside{joined}; dollars tie out."
    )
    click.echo(
        f"Potential overpayment, claims-evident: ${float_free(money['over_definite'])} in "
        f"{definite:,} {'finding' if definite == 1 else 'findings'}. Record needed: "
        f"${float_free(money['over_probable'])} in {failed.get('probable', 0) - at_risk.get('probable', 0):,}. "
        f"At risk, never added: ${float_free(money['at_risk'])} in {sum(at_risk.values()):,}."
    )
    click.echo(
        f"Bypassed by modifier: {found('bypassed'):,}. Suppressed: {found('suppressed'):,}. Evaluators compared on "
        f"{run['engine']['checked']:,} cases, {run['engine']['disagreements']} differences."
    )
    for banner in run["banners"]:
        click.echo(f"Note: {banner}")
    for name in ("audit.html", "audit.xlsx", "audit.md", "audit.json", "findings.parquet"):
        if (folder / name).exists():
            click.echo(f"  {folder / name}")


def float_free(text: str) -> str:
    """Dollars with thousands separators, from decimal text."""
    whole, _, cents = text.partition(".")
    return f"{int(whole):,}.{cents or '00'}"

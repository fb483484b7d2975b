"""`auditor report letter | memo | sixty-day | extract`: documents made from the output folder of a finished audit."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.dress_options import dress_of, dress_options

if TYPE_CHECKING:
    from auditor.reports.letters.run_folder import RunFolder

DAY = click.DateTime(["%Y-%m-%d"])
_CLASSES = ("definite", "probable", "risk")
_VERDICTS = ("fail", "bypassed", "suppressed", "not_evaluated")

_folder_argument = click.argument(
    "folder", metavar="RUN_DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
_out_option = click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write.")
_rules_option = click.option(
    "--rule", "rules", multiple=True, metavar="ID", help="Only this rule (repeatable)."
)


def _opened(folder: Path) -> RunFolder:
    from auditor.reports.letters.run_folder import read_run_folder

    return read_run_folder(folder)


@click.group()
def report() -> None:
    """Letters, memos, worksheets and extracts from a finished audit."""


@report.command()
@_folder_argument
@click.option("--provider", required=True, metavar="NPI", help="The provider, as the report counts it.")
@click.option(
    "--fill",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file with texts for the blanks: provider_name, rights, signed_by ...",
)
@_out_option
@dress_options
def letter(folder: Path, provider: str, fill: Path | None, out: Path, **look: Any) -> None:
    """Write the review results letter to a provider (a page; a draft until it is signed).

    It has the elements of CMS PIM chapter 3, section 3.6.4; what the claims do not tell is a marked blank, which --fill
    or the reader of the page fills.
    """
    from auditor.base.output_file import output_file
    from auditor.base.resources import resource_dir
    from auditor.reports.letters.blanks import read_fill
    from auditor.reports.letters.provider_letter import provider_letter
    from auditor.reports.letters.rendering import write_letter

    run = _opened(folder)
    made = provider_letter(run, provider, read_fill(fill), fill.name if fill else "")
    dress = dress_of(**look, otherwise=run.counsel)
    with output_file(out) as path:
        write_letter(made, path, resource_dir("templates"), dress)
    blanks = sum(blank.open for blank in made.blanks.values())
    state = "signed" if made.signed else f"a draft with {blanks} open blanks"
    click.echo(f"{out}: {len(made.claims):,} claims, {state}.")


@report.command()
@_folder_argument
@_rules_option
@_out_option
@dress_options
def memo(folder: Path, rules: tuple[str, ...], out: Path, **look: Any) -> None:
    """Write the findings memo: for each rule criteria, condition, cause, effect, recommendation (a page).

    Cause and recommendation are drafts for the auditor to confirm. Without --rule all rules with findings stand in it.
    """
    from auditor.base.output_file import output_file
    from auditor.base.resources import resource_dir
    from auditor.reports.letters.memo import findings_memo
    from auditor.reports.letters.rendering import write_memo

    run = _opened(folder)
    made = findings_memo(run, rules)
    dress = dress_of(**look, otherwise=run.counsel)
    with output_file(out) as path:
        write_memo(made, path, resource_dir("templates"), dress)
    rules_told = f"{len(made.rules):,} {'rule' if len(made.rules) == 1 else 'rules'}"
    click.echo(f"{out}: {rules_told}; causes and recommendations are drafts.")


@report.command("sixty-day")
@_folder_argument
@_rules_option
@click.option("--provider", default="", metavar="NPI", help="Only findings of this provider.")
@click.option("--credible-information", type=DAY, help="When credible information was at hand.")
@click.option(
    "--identified",
    type=DAY,
    help="When the overpayment was identified: a legal conclusion, never the tool's.",
)
@click.option("--investigation-start", type=DAY, help="When the investigation of related overpayments began.")
@click.option("--investigation-end", type=DAY, help="When it was concluded and the amounts were calculated.")
@click.option("--cost-report-due", type=DAY, help="When a corresponding cost report is due.")
@_out_option
@dress_options
def sixty_day(folder: Path, rules: tuple[str, ...], provider: str, out: Path, **given: Any) -> None:
    """Write the 60-day worksheet (42 CFR 401.305) as a page, or as a workbook with formulas when --out ends in .xlsx.

    The dates are arithmetic on what you enter; nothing is declared identified, and without dates nothing is computed.
    """
    from auditor.base.output_file import output_file
    from auditor.base.resources import resource_dir
    from auditor.reports.letters.rendering import write_worksheet
    from auditor.reports.letters.sixty_day import sixty_day_worksheet
    from auditor.reports.letters.sixty_day_book import write_worksheet_book

    run = _opened(folder)
    look = {name: given.pop(name) for name in ("theme", "templates", "counsel_header")}
    made = sixty_day_worksheet(run, _entered(given), rules, provider)
    dress = dress_of(**look, otherwise=run.counsel)
    with output_file(out) as path:
        if out.suffix.lower() == ".xlsx":
            write_worksheet_book(made, path, dress)
        else:
            write_worksheet(made, path, resource_dir("templates"), dress)
    due = f"report and return by {made.clock.deadline}" if made.clock.deadline else "no date is computed"
    click.echo(f"{out}: {len(made.lines):,} findings in {len(made.groups):,} groups; {due}.")


def _entered(given: dict[str, datetime | None]) -> Any:
    from auditor.reports.letters.clock import Entered

    days: dict[str, date | None] = {name: value.date() if value else None for name, value in given.items()}
    return Entered(**days)


@report.command()
@_folder_argument
@_rules_option
@click.option(
    "--provider", "providers", multiple=True, metavar="NPI", help="Only this provider (repeatable)."
)
@click.option(
    "--class", "classes", multiple=True, type=click.Choice(_CLASSES), help="Only this class (repeatable)."
)
@click.option(
    "--verdict",
    "verdicts",
    multiple=True,
    type=click.Choice(_VERDICTS),
    help="Only this verdict (repeatable).",
)
@click.option("--columns", default="", metavar="NAME,...", help="Columns, in this order; `all` for all.")
@click.option("--bom", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
@_out_option
def extract(
    folder: Path, rules: tuple[str, ...], providers: tuple[str, ...], classes: tuple[str, ...],
    verdicts: tuple[str, ...], columns: str, bom: bool, out: Path,
) -> None:  # fmt: skip
    """Write findings as CSV; no cell can become a formula."""
    from auditor.base.output_file import output_file
    from auditor.reports.letters.chosen import Chosen, provider_entry, rule_ids
    from auditor.reports.letters.extract import COLUMNS, columns_named, write_extract

    run = _opened(folder)
    for npi in providers:
        provider_entry(run.document, npi)
    chosen = Chosen(
        rule_ids(run.document, rules), frozenset(providers), frozenset(classes), frozenset(verdicts)
    )
    named = [name.strip() for name in columns.split(",") if name.strip()]
    wanted = columns_named(list(COLUMNS) if named == ["all"] else named)
    with output_file(out) as path:
        number = write_extract(run, path, chosen, wanted, bom=bom)
    click.echo(f"{out}: {number:,} {'finding' if number == 1 else 'findings'}, {len(wanted)} columns.")

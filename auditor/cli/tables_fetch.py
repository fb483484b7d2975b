"""`auditor tables fetch`: CMS's files downloaded into the library's folder of downloads, then imported."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.base.errors import UsageError
from auditor.cli.progress import progress_for
from auditor.cli.tables_shared import library_option, print_table
from auditor.reference import default_library, import_files

if TYPE_CHECKING:
    from auditor.base.progress import Progress
    from auditor.reference.fetch import Fetched
    from auditor.reference.sources import Source

_DOWNLOADS = "downloads"


@click.command("fetch")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]")
@library_option
@click.option(
    "--edition", metavar="PERIOD", help="Which edition: 2026Q3, FY2026, ... as the source writes it."
)
@click.option(
    "--url", "urls", multiple=True, help="A file by its address, where CMS named it otherwise (repeatable)."
)
@click.option("--sha256", help="The checksum that the file must have (one file).")
@click.option("--proxy", help="Address of a proxy (default: HTTPS_PROXY and its like).")
@click.option("--accept-ama-terms", is_flag=True, help="Record that you accept the AMA's terms for CPT.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder for the files.")
@click.option("--no-import", is_flag=True, help="Download only.")
@click.option("--published", type=click.DateTime(["%Y-%m-%d"]), help="As in `tables import`.")
@click.option("--accept", is_flag=True, help="As in `tables import`.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
def fetch(
    sources: tuple[str, ...],
    library: Path | None,
    edition: str | None,
    urls: tuple[str, ...],
    sha256: str | None,
    proxy: str | None,
    accept_ama_terms: bool,
    into: Path | None,
    no_import: bool,
    published: datetime | None,
    accept: bool,
    quiet: bool,
) -> None:
    """Download official files and import them. Without SOURCE: what can be fetched.

    A download that broke off goes on where it stopped. CMS changes the names of its files from quarter to quarter:
    where an address is wrong, give it with --url, or download in a browser and use `auditor tables import FILE`.
    """
    from auditor.reference.addresses import file_name
    from auditor.reference.sources import find
    from auditor.reference.terms import AMA_TERMS, accept_terms

    place = library or default_library()
    if accept_ama_terms:
        click.echo(AMA_TERMS.text)
        for link in AMA_TERMS.links:
            click.echo(f"  {link}")
        accept_terms(place, datetime.now(UTC))
        click.echo("Your acceptance is on record in the library.")
    if not sources and not urls:
        if not accept_ama_terms:
            _print_sources()
        return
    wanted: list[tuple[str, Source | None]] = [(url, None) for url in urls]
    for name in sources:
        source = find(name)
        wanted += [(url, source) for url in source.urls(edition)]
        if not source.verified(edition):
            click.echo(
                f"The address of {source.name} {source.label(edition)} follows the pattern of others and was never "
                f"seen; if it is not found, see {source.page}"
            )
    names = [file_name(url) for url, _ in wanted]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two addresses end in {', '.join(twice)}",
            why="The second file would take the place of the first",
            mend="Fetch them one by one, each --into a folder of its own",
        )
    if sha256 is not None and len(wanted) != 1:
        raise UsageError(f"--sha256 is for one file, and {len(wanted)} were asked for")
    with progress_for(sys.stderr, quiet=quiet) as progress:
        got = _fetch_all(wanted, into or place / _DOWNLOADS, place, sha256, proxy, progress)
        for file in got:
            click.echo(f"{file.path.name}: {file.bytes:,} bytes, sha256 {file.sha256}{_how(file)}")
        if no_import:
            return
        reports = import_files(
            place,
            [file.path for file in got],
            published=None if published is None else published.date(),
            accept=accept,
            progress=progress,
        )
    for report in reports:
        state = "already in the library" if report.already else f"{report.edition.rows:,} rows imported"
        click.echo(f"{report.edition.table} {report.edition.edition} ({report.edition.edition_id}): {state}")


def _fetch_all(
    wanted: list[tuple[str, Source | None]],
    folder: Path,
    library: Path,
    sha256: str | None,
    proxy: str | None,
    progress: Progress,
) -> list[Fetched]:
    from auditor.reference.fetch import fetch as download

    return [
        download(
            url,
            folder,
            source=source,
            own_url=source is None,
            library=library,
            sha256=sha256,
            proxy=proxy,
            progress=progress,
        )
        for url, source in wanted
    ]


def _how(file: Fetched) -> str:
    if file.unchanged:
        return " (unchanged since it was fetched)"
    return f" (went on from byte {file.resumed_from:,})" if file.resumed_from else ""


def _print_sources() -> None:
    from auditor.reference.sources import SOURCES

    print_table(
        ("source", "what", "AMA terms", "addresses", "page"),
        [
            (
                source.name,
                source.title,
                "needed" if source.ama else "-",
                "by hand" if source.by_hand else "known",
                source.page,
            )
            for source in SOURCES.values()
        ],
    )

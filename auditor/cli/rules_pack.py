"""`auditor rules pack`, `keygen`, `verify`, `install` and `packs`: packs in one signed file, and which there are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.base.errors import InputRefused, UsageError
from auditor.cli.rulesets import PackSource

if TYPE_CHECKING:
    from auditor.rules.pack_archive import Archive
    from auditor.rules.pack_reading import Reading
    from auditor.rules.pack_signers import Signers

_FILE = click.Path(path_type=Path)
_TRUST = click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="PUBKEY",
    help="Public key file or fingerprint of a signer to trust (repeatable).",
)


@click.command()
@click.argument("folder", type=_FILE)
@click.option("--out", required=True, type=_FILE, help="File to write; it ends in .audpack.")
@click.option("--key", required=True, type=_FILE, help="Private key, as `auditor rules keygen` writes it.")
@click.option(
    "--rulesets", multiple=True, type=PackSource(), help="A pack that this one depends on (repeatable)."
)
@click.option("--untested", is_flag=True, help="Sign it without lint and without running its cases.")
def pack(folder: Path, out: Path, key: Path, rulesets: tuple[Path, ...], untested: bool) -> None:
    """Build one signed file of the pack in FOLDER, for another site to verify and install.

    The same folder and key give the same bytes. Exit 3 when the pack could not be used (its first error is named), when
    lint finds an error, or when one of its own cases does not hold.
    """
    from auditor.workbench.pack_proving import prove
    from auditor.workbench.packing import build_pack, check_pack

    check_pack(folder, out, key)
    if not untested:
        prove(folder, rulesets)
    made = build_pack(folder, out, key)
    if _others_may_read(key):
        click.echo(
            f"Note: {key.name} can be read by others on this system, and whoever reads it can sign in your name. "
            "Give it the mode 600.",
            err=True,
        )
    info = made.info
    click.echo(
        f"{out.name}: pack {info.name}, {made.files:,} files, {info.rules:,} rules, {info.overrides:,} overrides."
    )
    click.echo(f"Hash of the pack: {info.hash}")
    click.echo(f"Signed by:        {made.signer}")
    for name in made.left_out:
        click.echo(f"Note: {name} is no part of a pack and was left out.")


@click.command()
@click.option("--out", required=True, type=_FILE, help="File for the private key; the public one gets .pub.")
def keygen(out: Path) -> None:
    """Make a pair of keys to sign packs with.

    Keep the private key to yourself. Give the public key, or its fingerprint, to those who install your packs, by
    another way than the packs.
    """
    from auditor.workbench.packing import write_keys

    fingerprint = write_keys(out)
    click.echo(f"Private key: {out.name} (keep it to yourself)")
    click.echo(f"Public key:  {out.name}.pub")
    click.echo(f"Fingerprint: {fingerprint}")


@click.command()
@click.argument("file", type=_FILE)
@_TRUST
def verify(file: Path, trusted: tuple[str, ...]) -> None:
    """Check a single-file pack: nothing in it changed since it was signed, and by whom.

    Exit 0 when it is intact and its signer is trusted here; 1 when it is intact and nobody has said who the signer is;
    3 when it is unsigned, changed or not a pack.
    """
    from auditor.rules.pack_archive import read_archive
    from auditor.rules.pack_signers import signers_known

    archive = read_archive(file)
    _print_archive(archive, file)
    home = _home(None)
    how, why_not = _how_trusted(archive, trusted, home, signers_known(home))
    if not how:
        click.echo(
            f"The signature holds. It is of the key {archive.signer}, {why_not}."
            if why_not
            else "The signature holds. Who the signer is, nobody has said here: see --trust."
        )
        raise SystemExit(1)
    click.echo(f"The signature holds, and the signer is {how}.")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--into", type=_FILE, help="Folder of installed packs, in place of the user's own.")
@_TRUST
@click.option(
    "--accept-signer",
    metavar="FINGERPRINT",
    help="Accept the signer with this fingerprint, now and for later packs; it is recorded.",
)
def install(file: Path, into: Path | None, trusted: tuple[str, ...], accept_signer: str | None) -> None:
    """Verify a single-file pack and lay it beside those installed, older versions too.

    Afterwards `--rulesets ID` or `--rulesets ID@VERSION` uses it. Nothing in a pack is ever run. Exit 3 for one that is
    unsigned, changed, of an unknown signer, of another signer than the versions of it that are installed, or that this
    version of auditor cannot read.
    """
    from auditor.rules import pack_store
    from auditor.rules.pack_archive import read_archive
    from auditor.rules.pack_signers import accept_signer as remember
    from auditor.rules.pack_signers import read_signers
    from auditor.rules.pack_signing import is_fingerprint

    archive, home = read_archive(file), _home(into)
    known = read_signers(home)
    if accept_signer is not None and not is_fingerprint(accept_signer.lower()):
        raise UsageError(
            "that is no fingerprint",
            where="--accept-signer",
            why="a fingerprint is 64 characters from 0 to 9 and a to f",
            mend="ask the publisher for it, by another way than the pack",
        )
    accepted = accept_signer is not None and accept_signer.lower() == archive.signer
    how, why_not = ("", "") if accepted else _how_trusted(archive, trusted, home, known)
    if not accepted and not how:
        raise InputRefused(
            "pack refused: its signer is not " + ("the one trusted for it" if why_not else "known") + " here",
            where=file.name,
            why=f"it is signed with the key {archive.signer}, {why_not or 'which nobody has accepted'}",
            mend="ask the publisher for the fingerprint by another way than the pack; if it is that one, install with "
            + ("" if archive.signer in known.distrusted else "--trust PUBKEY or ")
            + "--accept-signer FINGERPRINT",
        )
    _refuse_unreadable(archive)
    entry, new = pack_store.install(archive, home)
    if accepted:
        remember(home, archive.signer, archive.facts.publisher)
    click.echo(
        f"Pack {entry.id} {entry.version} {'is installed' if new else 'was installed already, with this content'}. "
        f"Use it with --rulesets {entry.id}@{entry.version}."
    )
    if into is not None:
        click.echo("Note: packs of another folder are found when AUDITOR_RULES names it.")


@click.command()
@click.argument("signer", metavar="FINGERPRINT")
@click.option("--into", type=_FILE, help="Folder of installed packs, in place of the user's own.")
def distrust(signer: str, into: Path | None) -> None:
    """Trust a signer no longer, by fingerprint or public key file: what it signed verifies no more.

    Packs installed from it stay, and are told as those of an unknown signer. `auditor rules install --accept-signer`
    takes it back.
    """
    from auditor.rules.pack_signers import distrust_signer
    from auditor.rules.pack_signing import trusted_fingerprint
    from auditor.rules.pack_store import installed

    home = _home(into)
    try:
        key = trusted_fingerprint(signer)
    except UsageError as error:
        error.where = "FINGERPRINT"
        raise
    distrust_signer(home, key)
    click.echo(f"The key {key} is not trusted from now on.")
    for entry in installed(home):
        if entry.signer == key:
            click.echo(f"Note: {entry.id} {entry.version} was installed with it, and is still there.")


@click.command()
@click.option(
    "--rulesets",
    multiple=True,
    type=PackSource(),
    help="Further folder, single-file pack or installed pack to list (repeatable).",
)
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="How to print."
)
def packs(rulesets: tuple[Path, ...], shape: str) -> None:
    """List the packs that come with the program, those installed, and what is wrong with the broken ones."""
    import tempfile

    from auditor.base.resources import resource_dir
    from auditor.rules.pack_sources import read_installed, read_source
    from auditor.rules.pack_store import installed

    with tempfile.TemporaryDirectory(prefix="auditor-packs-") as scratch:
        found = [
            reading
            for given in (resource_dir("rulesets"), *rulesets)
            for reading in read_source(given, Path(scratch))
        ]
        found += [read_installed(entry) for entry in installed(_home(None))]
    rows = [_row(reading) for reading in found]
    if shape == "json":
        click.echo(json.dumps(rows, indent=1))
        return
    for line in _lines(rows):
        click.echo(line)
    for row in rows:
        if row["broken"]:
            click.echo(f"Pack {row['id']} {row['version']} is broken: {row['broken']}", err=True)


def _lines(rows: Iterable[dict[str, Any]]) -> Iterable[str]:
    for row in rows:
        state = "broken" if row["broken"] else row["source"]
        signed = f"{row['signature']} {row['signer'][:16]}".strip() if row["signer"] else "not signed"
        if row["signature"] == "bundled":
            signed = "comes with the program"
        yield (
            f"{row['id']:<28} {row['version']:<10} {state:<10} {row['rules']:>4} rules {row['overrides']:>3} overrides "
            f"  {row['hash'][:16]:<16}  {signed:<32}  {row['title']}"
        ).rstrip()


def _row(reading: Reading) -> dict[str, Any]:
    info = reading.info
    return {
        "id": info.id,
        "version": info.version,
        "title": info.facts.title,
        "publisher": info.facts.publisher,
        "invented": info.facts.invented,
        "source": info.source,
        "rules": info.rules,
        "overrides": info.overrides,
        "hash": info.hash,
        "signature": info.signature.state,
        "signer": info.signature.signer,
        "broken": info.broken,
    }


def _home(into: Path | None) -> Path:
    from auditor.rules.pack_store import rules_home

    return into if into is not None else rules_home()


def _how_trusted(archive: Archive, trusted: Iterable[str], home: Path, known: Signers) -> tuple[str, str]:
    """Why the signer is trusted, in words, else empty; and what stands against it, where anything does."""
    from auditor.rules.pack_signing import trusted_fingerprint
    from auditor.rules.pack_store import signers_before

    named = archive.signer in {trusted_fingerprint(given) for given in trusted}
    if named and archive.signer not in known.distrusted:
        return "one that you named", ""
    before = signers_before(home, archive.facts.id)
    found = known.of_file(archive.signer, archive.facts.id, before)
    return ("one that was accepted here before", "") if found.state == "verified" else ("", found.why)


def _others_may_read(key: Path) -> bool:
    """Whether the mode of a private key lets others than its owner at it."""
    return os.name == "posix" and bool(key.stat().st_mode & 0o077)


def _print_archive(archive: Archive, file: Path) -> None:
    facts = archive.facts
    click.echo(f"{file.name}: pack {facts.id} {facts.version}, {facts.title}")
    click.echo(f"Publisher, by its own word: {facts.publisher}")
    if facts.invented:
        click.echo("The payer is invented.")
    click.echo(f"Files: {len(archive.files):,}")
    click.echo(f"Hash of the pack: {archive.hash}")
    click.echo(f"Signed by:        {archive.signer}")


def _refuse_unreadable(archive: Archive) -> None:
    """A pack that this version cannot read is not installed. Raises its first error."""
    import tempfile

    from auditor.rules.pack_files import find_packs
    from auditor.rules.pack_reading import read_pack
    from auditor.rules.pack_store import unpack

    with tempfile.TemporaryDirectory(prefix="auditor-packs-") as scratch:
        folder = Path(scratch) / archive.facts.id
        unpack(archive.files, folder)
        error = read_pack(find_packs(folder)[0], "file").error
        if error is not None:
            raise error

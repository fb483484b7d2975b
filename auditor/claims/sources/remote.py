"""Objects in a store, by their URL: fetched whole to the run's own folder before they are read.

What the user names is fetched, and nothing else: no extension of DuckDB is installed, no address is followed to a host
without encryption. An https:// object streams to disk. Objects of S3, Google and Azure come through DuckDB's extensions
where the user has them, with DuckDB's stored secrets or the credentials of the environment. Messages name an object by
the last part of its path: addresses may hold a password or a signature.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.words import literal

_SCHEMES: Final = {
    "s3": "httpfs", "s3a": "httpfs", "s3n": "httpfs", "gs": "httpfs", "gcs": "httpfs", "r2": "httpfs",
    "az": "azure", "azure": "azure", "abfss": "azure",
    "https": "", "http": "",
}  # fmt: skip
"""Schemes of URLs and the extension of DuckDB that reads them; none for what is fetched without."""
# A path of the system's takes one of the two slashes away.
_URL: Final = re.compile(rf"({'|'.join(_SCHEMES)}):/{{1,2}}(?=[^/])", re.IGNORECASE)
_HELD: Final = 256 << 20
"""Bytes up to which an object that DuckDB reads is copied as it is, in memory; a larger one streams by its rows."""
_BLOCK: Final = 1 << 20
_TIME_OUT: Final = 60.0
_REDIRECTS: Final = 5
_NO_DELIMITER: Final = "\x01\x02\x03\x04"
_AWAY: Final = "Copy the object to this machine and name the copy."


def is_remote(text: str) -> bool:
    """Whether `text` is the URL of an object in a store: s3://, gs://, r2://, az://, abfss://, https://."""
    return _URL.match(text) is not None


def shown(url: str) -> str:
    """What messages call the object: the last part of its path, without user, password, host and query."""
    name = Path(unquote(urlsplit(_whole(url)).path)).name
    return name if name.strip(".") else "the object"


def fetch(url: str, workspace: Path) -> Path:
    """Bring one object to a folder of its own in `workspace`, under its own name.

    Raises InputRefused when DuckDB lacks the extension (with the command that installs it), when the object is not
    there, access is refused, or the connection breaks off; and for a pattern of objects.
    """
    url = _whole(url)
    scheme = url.partition(":")[0].lower()
    name = shown(url)
    if set("*?[") & set(urlsplit(url).path) and _SCHEMES[scheme]:
        raise InputRefused(
            "patterns of objects are not followed",
            where=name,
            mend="Name each object, or copy the folder here.",
        )
    workspace.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(prefix="object-", dir=workspace)) / re.sub(r"[^\w.\- ]", "_", name)[-120:]
    if _SCHEMES[scheme]:
        _by_duckdb(url, scheme, target, name)
    else:
        _by_http(url, target, name)
    return target


def _whole(url: str) -> str:
    """`url` with both its slashes."""
    return _URL.sub(lambda found: f"{found[1].lower()}://", url, count=1)


def _by_http(url: str, target: Path, name: str) -> None:
    import httpx  # slow to load, seldom needed

    try:
        with (
            httpx.Client(timeout=_TIME_OUT, follow_redirects=False) as client,
            target.open("wb") as out,
        ):
            for _ in range(_REDIRECTS):
                _require_encryption(url, name)
                with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer:
                    if answer.is_redirect:
                        url = str(answer.url.join(answer.headers["location"]))
                        continue
                    _require_found(answer.status_code, name)
                    size = answer.headers.get("content-length", "")
                    _require_room(int(size) if size.isdecimal() else 0, target, name)
                    done = 0
                    for block in answer.iter_raw(_BLOCK):
                        out.write(block)
                        done += len(block)
                    if size.isdecimal() and done != int(size):
                        raise _broken_off(name)
                    return
            raise InputRefused("the address leads from one to another without end", where=name, mend=_AWAY)
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        raise _broken_off(name) from None


def _require_encryption(url: str, name: str) -> None:
    """Claims travel encrypted; only this machine itself is asked otherwise."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = False
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        raise InputRefused(
            "the address is not encrypted (http)", where=name, why="Claims would travel in the open.",
            mend="Use https, or copy the file to this machine.",
        )  # fmt: skip


def _require_found(status: int, name: str) -> None:
    if status == 200:
        return
    if status in (401, 403):
        raise _no_access(name)
    if status in (404, 410):
        raise _not_there(name)
    raise InputRefused(
        f"the store answered with status {status}", where=name, mend=f"Try again later. {_AWAY}"
    )


def _require_room(size: int, target: Path, name: str) -> None:
    if size > shutil.disk_usage(target.parent).free:
        raise InputRefused(
            f"the object has {size:,} bytes, for which there is no room on the disk", where=name,
            mend="Set TMPDIR to a folder with room.",
        )  # fmt: skip


def _by_duckdb(url: str, scheme: str, target: Path, name: str) -> None:
    with _connection(target.parent) as con:
        _load(con, _SCHEMES[scheme], name)
        try:
            _use_credentials(con, scheme)  # an error may repeat them
            row = con.execute(f"SELECT size FROM read_blob({literal(url)})").fetchone()
            if row is None:
                raise _not_there(name)
            _require_room(int(row[0]), target, name)
            if row[0] <= _HELD:
                _copy_held(con, url, target)
            else:
                _copy_by_rows(con, url, target, name)
        except duckdb.Error as error:
            raise _told(str(error), name) from None


@contextmanager
def _connection(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection apart from the run's: what it loads and knows does not outlast the fetch."""
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(folder / "spill"),
            "memory_limit": "1GB",
            "threads": 2,
        }
    )
    try:
        con.execute("SET enable_progress_bar = false")
        yield con
    finally:
        con.close()


def _load(con: duckdb.DuckDBPyConnection, extension: str, name: str) -> None:
    try:
        con.execute(f"LOAD {extension}")
    except duckdb.Error:
        raise InputRefused(
            f"DuckDB {duckdb.__version__} has no {extension} extension here, which reads objects of this store",
            where=name,
            mend=f"Install it once: python -c \"import duckdb; duckdb.execute('INSTALL {extension}')\". {_AWAY}",
        ) from None


def _use_credentials(con: duckdb.DuckDBPyConnection, scheme: str) -> None:
    """DuckDB's stored secrets where there are any for the store; else those of the environment; else none."""
    kind = {"az": "azure", "azure": "azure", "abfss": "azure", "gs": "gcs", "gcs": "gcs", "r2": "r2"}.get(
        scheme, "s3"
    )
    try:
        stored = con.execute("SELECT count(*) FROM duckdb_secrets() WHERE type = ?", [kind]).fetchone()
    except duckdb.Error:
        stored = None
    if stored is not None and stored[0]:
        return
    said = _secret_of_environment(kind)
    if said:
        con.execute(f"CREATE SECRET claims ({said})")
    elif kind in ("s3", "azure"):
        try:
            if kind == "s3":
                con.execute("LOAD aws")
            con.execute(f"CREATE SECRET claims (TYPE {kind}, PROVIDER credential_chain)")
        except duckdb.Error:
            return  # an object that is open to all needs none


def _secret_of_environment(kind: str) -> str:
    """The parts of CREATE SECRET that the usual variables of the environment give; nothing where they are not set."""
    have = os.environ.get
    if kind == "azure":
        text = have("AZURE_STORAGE_CONNECTION_STRING", "")
        return f"TYPE azure, CONNECTION_STRING {literal(text)}" if text else ""
    names = {
        "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        "gcs": ("GCS_ACCESS_KEY_ID", "GCS_SECRET_ACCESS_KEY"),
    }.get(kind)
    if names is None or not all(have(name) for name in names):
        return ""
    parts = [f"TYPE {kind}", f"KEY_ID {literal(have(names[0]))}", f"SECRET {literal(have(names[1]))}"]
    if kind == "s3":
        region = have("AWS_REGION") or have("AWS_DEFAULT_REGION")
        token, endpoint = have("AWS_SESSION_TOKEN"), have("AWS_ENDPOINT_URL_S3") or have("AWS_ENDPOINT_URL")
        parts += [f"SESSION_TOKEN {literal(token)}"] * bool(token) + [f"REGION {literal(region)}"] * bool(
            region
        )
        if endpoint:
            told = urlsplit(endpoint)
            _require_encryption(endpoint, "the endpoint of the store")
            parts += [
                f"ENDPOINT {literal(told.netloc)}",
                "URL_STYLE 'path'",
                f"USE_SSL {'true' if told.scheme == 'https' else 'false'}",
            ]
    return ", ".join(parts)


def _copy_held(con: duckdb.DuckDBPyConnection, url: str, target: Path) -> None:
    """Write the object's bytes as they are."""
    row = con.execute(f"SELECT content FROM read_blob({literal(url)})").fetchone()
    target.write_bytes(b"" if row is None else row[0])


def _copy_by_rows(con: duckdb.DuckDBPyConnection, url: str, target: Path, name: str) -> None:
    """Write a large object as it streams by: the rows of a Parquet file, the lines of a text, unpacked from gzip."""
    try:
        con.execute(f"SELECT 1 FROM parquet_metadata({literal(url)}) LIMIT 1")
        select, form = (
            f"SELECT * FROM read_parquet({literal(url)}, hive_partitioning = false)",
            "FORMAT parquet",
        )
    except duckdb.Error:
        if name.lower().endswith((".zip", ".xlsx", ".xlsm")):
            raise InputRefused(
                f"an archive of more than {_HELD >> 20} MB is not fetched", where=name, mend=_AWAY
            ) from None
        packed = ", compression = 'gzip'" if name.lower().endswith(".gz") else ""
        select = (
            f"SELECT line FROM read_csv({literal(url)}, hive_partitioning = false, auto_detect = false, "
            f"header = false, quote = '', escape = '', delim = {literal(_NO_DELIMITER)}, "
            f"max_line_size = 16777216, columns = {{'line': 'VARCHAR'}}{packed})"
        )
        form = f"FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER {literal(_NO_DELIMITER)}"
    con.execute(f"COPY ({select}) TO {literal(target)} ({form})")


def _told(message: str, name: str) -> InputRefused:
    """The refusal that an error of DuckDB's comes to. Its own words hold the address and are not repeated."""
    if re.search(r"\b40[13]\b|forbidden|denied|credential|unauthori", message, re.IGNORECASE):
        return _no_access(name)
    if re.search(r"\b404\b|not found|no files found|does not exist", message, re.IGNORECASE):
        return _not_there(name)
    return _broken_off(name)


def _no_access(name: str) -> InputRefused:
    return InputRefused(
        "the store refuses access to the object", where=name,
        mend="Give credentials: a stored secret of DuckDB (CREATE PERSISTENT SECRET), or those that the store's own "
        "tools take from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION).",
    )  # fmt: skip


def _not_there(name: str) -> InputRefused:
    return InputRefused("there is no such object in the store", where=name, mend="Check the address.")


def _broken_off(name: str) -> InputRefused:
    return InputRefused(
        "the object could not be fetched to its end",
        where=name,
        mend=f"Check the address and the network. {_AWAY}",
    )

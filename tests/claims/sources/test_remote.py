import gzip
import http.server
import re
import threading

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.sources import remote

TEXT = b'a,b\r\n1,"x\n2"\n\n\nlast'


class Store(http.server.BaseHTTPRequestHandler):
    """Answers as a store of objects does: whole objects, parts of them, and refusals by their path."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    asked: list[tuple[str, str, bool]]
    url: str

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        path = self.path.partition("?")[0]
        self.asked.append((self.command, self.path, "Authorization" in self.headers))
        status = {"/locked": 403, "/busy": 503, "/away": 302, "/round": 302}.get(path, 200)
        content = self.objects.get(path, b"")
        if status == 200 and path not in self.objects:
            status = 404
        first, last = 0, len(content) - 1
        part = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if part and status == 200:
            first, last, status = int(part[1]), min(int(part[2] or last), last), 206
        sent = content[first : last + 1]
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent) + (10 if path == "/cut" else 0)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        if status == 302:
            self.send_header("Location", "http://example.invalid/x" if path == "/away" else "/round")
        self.end_headers()
        if body:
            self.wfile.write(sent)
        if path == "/cut":
            self.close_connection = True


@pytest.fixture
def store():
    class Own(Store):
        objects = {"/b/claims.csv": TEXT, "/cut": b"half"}  # noqa: RUF012
        asked = []  # noqa: RUF012

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Own.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield Own
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("text", "answer"),
    [("s3://b/k.csv", True), ("S3://b/k", True), ("s3:/b/k", True), ("gs://b/k", True), ("az://c/k", True),
     ("https://h/k", True), ("claims.csv", False), ("s3/claims.csv", False), ("c:/claims.csv", False),
     ("ftp://h/k", False), ("s3:", False)],
)  # fmt: skip
def test_urls_of_stores_are_told_from_paths(text, answer):
    assert remote.is_remote(text) is answer


def test_an_object_streams_to_a_file_of_its_own_name(store, tmp_path):
    paths = [remote.fetch(f"{store.url}/b/claims.csv?signature=secret", tmp_path) for _ in range(2)]
    assert [path.name for path in paths] == ["claims.csv", "claims.csv"]
    assert paths[0] != paths[1]
    assert paths[0].read_bytes() == TEXT


@pytest.mark.parametrize(
    ("path", "says"),
    [("/none.csv", "no such object"), ("/locked", "refuses access"), ("/busy", "status 503"),
     ("/cut", "to its end"), ("/away", "not encrypted"), ("/round", "without end")],
)  # fmt: skip
def test_what_cannot_be_fetched_is_refused_without_its_address(store, tmp_path, path, says):
    with pytest.raises(InputRefused, match=says) as caught:
        remote.fetch(f"{store.url.replace('127', 'user:pass77@127')}{path}?token=pass77", tmp_path)
    assert "pass77" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def test_an_address_without_encryption_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="not encrypted"):
        remote.fetch("http://example.invalid/claims.csv", tmp_path)


def test_a_pattern_of_objects_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="Name each object"):
        remote.fetch("s3://b/*.csv", tmp_path)


@pytest.mark.parametrize(("url", "extension"), [("s3://b/k.csv", "httpfs"), ("az://c/k.csv", "azure")])
def test_a_missing_extension_gives_the_command_and_installs_nothing(tmp_path, monkeypatch, url, extension):
    empty = duckdb.connect(
        config={
            "extension_directory": str(tmp_path / "none"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    monkeypatch.setattr(duckdb, "connect", lambda **_: empty)
    with pytest.raises(InputRefused, match=rf"execute\('INSTALL {extension}'\)"):
        remote.fetch(url, tmp_path)
    assert not list(tmp_path.glob("none/**/*.duckdb_extension"))


@pytest.fixture
def by_duckdb(tmp_path, monkeypatch):
    """Copies a local file by the way of an object in a store, without an extension."""
    monkeypatch.setattr(remote, "_load", lambda *_: None)
    monkeypatch.setattr(remote, "_use_credentials", lambda *_: None)

    def copy(name, content):
        (tmp_path / "there").mkdir()
        (tmp_path / "here").mkdir()
        source, target = tmp_path / "there" / name, tmp_path / "here" / name
        source.write_bytes(content)
        remote._by_duckdb(str(source), "s3", target, name)
        return target

    return copy


def test_an_object_of_a_store_is_copied_as_it_is(by_duckdb):
    assert by_duckdb("a.csv", TEXT).read_bytes() == TEXT


def test_a_large_text_streams_by_its_lines(by_duckdb, monkeypatch):
    monkeypatch.setattr(remote, "_HELD", 3)
    content = "a,b\n1,\"x\x1f2'\n\n3,é~,\n\\N\nNULL".encode()
    assert by_duckdb("a.csv", content).read_bytes() == content + b"\n"


def test_a_large_text_in_gzip_streams_by_its_lines(by_duckdb, monkeypatch):
    monkeypatch.setattr(remote, "_HELD", 3)
    assert gzip.decompress(by_duckdb("a.csv.gz", gzip.compress(b"a,b\n1,2\n")).read_bytes()) == b"a,b\n1,2\n"


def test_a_large_parquet_file_streams_by_its_rows(by_duckdb, monkeypatch, tmp_path):
    monkeypatch.setattr(remote, "_HELD", 3)
    pq.write_table(pa.table({"a": [1, 2, 3]}), tmp_path / "x.parquet")
    got = by_duckdb("a.parquet", (tmp_path / "x.parquet").read_bytes())
    assert pq.read_table(got).to_pydict() == {"a": [1, 2, 3]}


def test_a_large_archive_is_refused(by_duckdb, monkeypatch):
    monkeypatch.setattr(remote, "_HELD", 3)
    with pytest.raises(InputRefused, match="an archive of more than"):
        by_duckdb("a.zip", b"PK\x03\x04....")


def test_an_object_that_is_not_there_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(remote, "_load", lambda *_: None)
    monkeypatch.setattr(remote, "_use_credentials", lambda *_: None)
    with pytest.raises(InputRefused, match="no such object"):
        remote._by_duckdb(str(tmp_path / "absent.csv"), "s3", tmp_path / "a.csv", "a.csv")


def test_credentials_come_from_the_environment(monkeypatch):
    for name in ("AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "it's")
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert remote._secret_of_environment("s3") == (
        "TYPE s3, KEY_ID 'key', SECRET 'it''s', REGION 'us-west-2'"
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://store.example:9000")
    assert remote._secret_of_environment("s3").endswith(
        "ENDPOINT 'store.example:9000', URL_STYLE 'path', USE_SSL true"
    )
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert remote._secret_of_environment("s3") == ""


def test_an_object_is_fetched_from_a_store_with_the_extension_where_there_is_one(
    store, tmp_path, monkeypatch
):
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as con:
        try:
            con.execute("LOAD httpfs")
        except duckdb.Error:
            pytest.skip(f"DuckDB {duckdb.__version__} has no httpfs extension here")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.url)
    assert remote.fetch("s3://b/claims.csv", tmp_path).read_bytes() == TEXT
    assert all(authorised for _, _, authorised in store.asked)
    with pytest.raises(InputRefused, match="no such object"):
        remote.fetch("s3://b/none.csv", tmp_path)


@pytest.mark.parametrize("url", ["https://h/a/..", "https://h/", "s3://b/."])
def test_an_object_without_a_name_of_its_own_is_the_object(url):
    assert remote.shown(url) == "the object"

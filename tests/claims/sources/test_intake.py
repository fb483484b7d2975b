import bz2
import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.claims.sources.intake import Limits, blank_lines, take_in
from auditor.claims.sources.scan import count_ahead

TEXT = b"claim_id,line_no\nC,1\nC,2\n"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_csv", ".csv"), content)
    return out.getvalue()


@pytest.fixture
def take(tmp_path):
    def run(content: bytes, name: str = "claims.csv", limits: Limits | None = None):
        path = tmp_path / name
        path.write_bytes(content)
        workspace = tmp_path / "workspace"
        workspace.mkdir(exist_ok=True)
        return take_in(path, workspace, limits)

    return run


def test_plain_text_is_read_where_it_lies(take, tmp_path):
    [source] = take(TEXT)
    assert source.path == tmp_path / "claims.csv"
    assert (source.bytes, source.lines, source.parquet) == (len(TEXT), 3, False)
    assert source.sha256 == source.content_sha256


@pytest.mark.parametrize(
    "content", [TEXT, TEXT + b'"C",3\n', TEXT.decode().encode("utf-16"), TEXT + b"\xc4,1\n"]
)
def test_a_file_counted_ahead_is_told_of_as_any(content, tmp_path):
    path = tmp_path / "claims.csv"
    path.write_bytes(content)
    [usual] = take_in(path, tmp_path)
    [source] = take_in(path, tmp_path, ahead=count_ahead([path]))
    told = ("lines", "sha256", "content_sha256", "bytes", "ascii", "quotes", "notes")
    assert [getattr(source, name) for name in told] == [getattr(usual, name) for name in told]
    assert (source.lines is None) == (b'"' in content)


def test_gzip_and_zip_give_their_content_and_the_hash_of_both(take):
    [packed] = take(gzip.compress(TEXT), "a.bin")
    [plain] = take(TEXT)
    assert packed.path.read_bytes() == TEXT
    assert packed.content_sha256 == plain.content_sha256 != packed.sha256
    first, second = take(zipped(**{"a.csv": TEXT, "dir/b.csv": TEXT + b"C,3\n", "__MACOSX/c": b"x"}), "b.zip")
    assert [first.name, second.name] == ["b.zip/a.csv", "b.zip/b.csv"]
    assert first.content_sha256 == plain.content_sha256


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_encodings_are_told_from_the_bytes(take, encoding):
    text = "claim_id,line_no\nÄ1,1\n" * 3
    [source] = take(text.encode(encoding))
    assert source.path.read_text(encoding="utf-8-sig") == text
    assert source.notes == ()


def test_bytes_that_are_no_utf8_are_read_as_windows_1252_and_noted(take):
    [source] = take(b"claim_id,name\n" + b"A,x\n" * 500_000 + "C,Müller – €\n".encode("cp1252") + b"D,\x81\n")
    tail = source.path.read_text(encoding="utf-8").splitlines()[-2:]
    assert tail == ["C,Müller – €", "D,�"]
    assert source.notes == ("claims.csv: not valid UTF-8; read as Windows-1252",)


def test_a_character_cut_by_a_block_is_still_utf8(take):
    [source] = take(b"a" * ((1 << 20) - 1) + "é,b\nc,d\n".encode())
    assert source.notes == ()


def test_lines_are_not_counted_where_quotes_may_hold_line_ends(take):
    assert take(b'a,b\n"1\n2",3\n')[0].lines is None
    assert take(b"a,b\n1,2")[0].lines == 2


@pytest.mark.parametrize(
    ("text", "blanks"), [(b"a\nb\n", 0), (b"a\n\nb\n", 1), (b"\n\na\r\n\r\nb\n\n\n", 5),
                         (b"x" * (1 << 20) + b"\n\n\nb", 2),
                         (b"x" * ((1 << 20) - 1) + b"\n\n\nb", 2)]
)  # fmt: skip
def test_blank_lines(tmp_path, text, blanks):
    path = tmp_path / "t"
    path.write_bytes(text)
    assert blank_lines(path) == blanks


REFUSED = {
    "empty": (b"", "empty"),
    "empty gzip": (gzip.compress(b""), "empty"),
    "truncated gzip": (gzip.compress(TEXT * 1000)[:-20], "cut short"),
    "gzip of a few bytes": (gzip.compress(TEXT)[:12], "cut short"),
    "damaged gzip": (gzip.compress(TEXT)[:10] + b"\xff" * 40, "damaged"),
    "truncated zip": (zipped(a_csv=TEXT * 100)[:-30], "damaged or cut short"),
    "zip that points before its beginning": (
        (lambda made: made[:-6] + b"\xff\xff\xff\x0f" + made[-2:])(zipped(a_csv=TEXT * 100)),
        "damaged or cut short",
    ),
    "empty zip": (zipped(), "no file"),
    "nested archive": (gzip.compress(gzip.compress(TEXT)), "another archive"),
    "XML": (b"<?xml version='1.0'?><a/>", "XML"),
    "PDF": (b"%PDF-1.7 ...", "PDF"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Excel"),
    "R": (bz2.compress(b"RDX2\nX\n" + b"\0" * 50), "data file of R"),
    "R, gzip": (gzip.compress(b"RDX3\nX\n" + b"\0" * 50), "data file of R"),
    "bzip2": (bz2.compress(TEXT * 50), "bzip2"),
    "damaged bzip2": (b"BZh91AY" + b"\1" * 50, "bzip2"),
    "zstd": (b"\x28\xb5\x2f\xfd" + b"\1" * 90, "zstd"),
    "OpenDocument": (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
    "noise": (bytes(range(256)) * 40, "unknown kind"),
    "NUL bytes": (b"\0" * 5000, "unknown kind"),
    "damaged UTF-16": (b"\xff\xfe" + "a,b\n".encode("utf-16-le") + b"\x00\xd8\n\x00", "damaged"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_in_one_paragraph(take, content, message):
    with pytest.raises(InputRefused, match=message) as caught:
        take(content)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("claims.csv: ")


def test_a_workbook_and_an_interchange_are_taken_in_as_they_are(take):
    [book] = take(zipped(**{"[Content_Types].xml": b"<x/>"}), "claims.xlsx")
    assert book.xlsx and not book.parquet
    [x12] = take(b"ISA\x1d00\x1d" + b"\x1d".join([b" "] * 14) + b"\x1cGS\x1dHC\x1c" * 40, "claims.txt")
    assert not x12.xlsx and not x12.parquet
    assert not take(b'{"resourceType": "Bundle"}')[0].xlsx


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "claims.csv")
    with pytest.raises(InputRefused, match="not a regular file"):
        take_in(tmp_path / "claims.csv", tmp_path)
    with pytest.raises(InputRefused, match="not a regular file"):
        take_in(Path(os.devnull), tmp_path)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="no such file"):
        take_in(tmp_path / "nothing.csv", tmp_path)
    with pytest.raises(InputRefused, match="folder"):
        take_in(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (gzip.compress(b"a,b\n" * 300_000), Limits(ratio=20, grace=1000)),
        (zipped(a_csv=b"a,b\n" * 300_000), Limits(ratio=20, grace=1000)),
        (gzip.compress(b"\0" * 20_000_000), Limits()),
        (gzip.compress(bytes(range(256)) * 100), Limits(bytes=1000)),
        (zipped(a_csv=b"1234567890" * 60, b_csv=b"1234567890" * 60), Limits(bytes=1000)),
    ],
)
def test_decompression_bombs_are_stopped(take, tmp_path, content, limits):
    with pytest.raises(InputRefused, match="bomb"):
        take(content, limits=limits)
    left = sum(path.stat().st_size for path in (tmp_path / "workspace").iterdir())
    assert left <= 1000


def test_a_zip_of_too_many_files_is_refused(take):
    with pytest.raises(InputRefused, match="3 files"):
        take(zipped(a=b"1", b=b"1", c=b"1"), limits=Limits(members=2))


def test_a_zip_under_a_password_is_refused(take):
    content = bytearray(zipped(a_csv=TEXT))
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    content[6] |= 1
    with pytest.raises(InputRefused, match="password"):
        take(bytes(content))


def test_no_message_holds_the_folder_of_the_file(tmp_path: Path):
    with pytest.raises(InputRefused) as caught:
        take_in(tmp_path / "nothing.csv", tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_what_windows_leaves_in_a_zip_is_no_member(tmp_path):
    packed = tmp_path / "claims.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/Thumbs.db", b"\xd0\xcf\x11\xe0")
        archive.writestr("in/claims.csv", "claim_id\n1\n")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    assert [source.name for source in take_in(packed, workspace)] == ["claims.zip/claims.csv"]


def test_an_archive_with_a_damaged_name_is_refused(tmp_path):
    """Found by fuzzing: the name says that it is UTF-8, and is not."""
    path = tmp_path / "claims.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("\u00e4.csv", "claim_id\n")
    path.write_bytes(path.read_bytes().replace("\u00e4.csv".encode(), b"\x8e\x8e.csv"))
    with pytest.raises(InputRefused):
        take_in(path, tmp_path)


def test_a_member_without_a_name_is_read_as_any_other(tmp_path):
    """Found by fuzzing."""
    path = tmp_path / "claims.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "claim_id\n1\n")
    raw = bytearray(path.read_bytes())
    central = raw.index(b"PK\x01\x02")
    for at in (28, 29):  # the length of the name, in the directory at the end
        raw[central + at] = 0
    del raw[central + 46]
    end = raw.index(b"PK\x05\x06")
    raw[end + 12 : end + 16] = (end - central).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert zipfile.ZipFile(path).namelist() == [""]
    with pytest.raises(InputRefused):
        take_in(path, tmp_path)

import duckdb
import pytest

from auditor.base.errors import UsageError
from auditor.claims import confine, open_connection, small_connection


def test_memory_threads_and_folder_are_set(tmp_path):
    con = open_connection("500MB", 1, tmp_path / "spill")
    names = ("memory_limit", "threads", "temp_directory", "autoinstall_known_extensions")
    values = [con.execute(f"SELECT current_setting('{name}')").fetchone() for name in names]
    assert values[0] == ("476.8 MiB",)
    assert values[1:] == [(1,), (str(tmp_path / "spill"),), (False,)]


@pytest.mark.parametrize("memory", ["a lot", "", "4", "-1GB", "10%", "4 gigs"])
def test_nonsense_memory_is_a_usage_error(tmp_path, memory):
    with pytest.raises(UsageError, match=r"^--memory: .*amount of memory"):
        open_connection(memory, 1, tmp_path)


@pytest.mark.parametrize("memory", ["1KB", "50MB", "0GB", "150 MiB"])
def test_memory_that_no_audit_can_live_in_is_a_usage_error(tmp_path, memory):
    with pytest.raises(UsageError, match=r"^--memory: .*less memory than an audit needs"):
        open_connection(memory, 1, tmp_path)


def test_a_confined_database_reaches_no_file_but_in_the_folders_named(tmp_path):
    for name in ("mine", "yours"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text("a\n1\n")
    con = open_connection("500MB", 1, tmp_path / "spill")
    confine(con, [tmp_path / "mine"])
    con.execute(f"COPY (SELECT 1 AS a) TO '{tmp_path}/mine/b.parquet' (FORMAT parquet)")
    assert con.execute(f"SELECT a FROM read_csv('{tmp_path}/mine/a.csv')").fetchall() == [(1,)]
    for query in (
        f"SELECT * FROM read_csv('{tmp_path}/yours/a.csv')",
        f"COPY (SELECT 1 AS a) TO '{tmp_path}/yours/b.csv'",
        f"ATTACH '{tmp_path}/yours/b.db' AS b",
    ):
        with pytest.raises(duckdb.PermissionException):
            con.cursor().execute(query)
    with pytest.raises(duckdb.InvalidInputException):
        con.execute("SET enable_external_access = true")
    assert not (tmp_path / "yours" / "b.csv").exists()


def test_the_database_of_a_case_reaches_no_file(tmp_path):
    with pytest.raises(duckdb.PermissionException):
        small_connection().execute(f"COPY (SELECT 1) TO '{tmp_path}/a.csv'")

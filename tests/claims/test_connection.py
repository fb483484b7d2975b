import pytest

from auditor.base.errors import UsageError
from auditor.claims import open_connection


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

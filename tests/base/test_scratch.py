import os
import tempfile
import time

from auditor.base.scratch import MARK, scratch_folder


def test_the_folder_of_a_dead_run_goes_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, fresh, other = (
        tmp_path / "auditor-deadbeef",
        tmp_path / "auditor-freshone",
        tmp_path / "auditor-findings",
    )
    for folder in (dead, fresh, other):
        folder.mkdir()
        if folder is not other:
            (folder / MARK).touch()
        (folder / "spilled").write_text("claims")
    old = time.time() - 3600
    for folder in (dead, other):
        os.utime(folder, (old, old))
    with scratch_folder() as living:
        os.utime(living, (old, old))
        assert not dead.exists()
        assert fresh.exists() and other.exists()
        with scratch_folder() as second:
            assert living.exists() and second != living
        assert not second.exists()
    assert not living.exists()

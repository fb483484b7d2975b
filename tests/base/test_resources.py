"""Rule packs and templates are found in a wheel, in a checkout, and where the user points."""

import pytest

from auditor.base import resources
from auditor.base.errors import UsageError


@pytest.fixture
def installation(tmp_path, monkeypatch):
    package = tmp_path / "auditor"
    package.mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    return tmp_path


def test_a_checkout_has_them_beside_the_package(installation):
    templates = installation / "reports" / "templates"
    templates.mkdir(parents=True)
    assert resources.resource_dir("templates") == templates


def test_a_wheel_has_them_inside_and_that_copy_wins(installation):
    (installation / "rulesets").mkdir()
    bundled = installation / "auditor" / "_bundled" / "rulesets"
    bundled.mkdir(parents=True)
    assert resources.resource_dir("rulesets") == bundled


def test_the_folder_that_the_user_names_comes_first(installation, tmp_path):
    (installation / "rulesets").mkdir()
    own = tmp_path / "own"
    own.mkdir()
    assert resources.resource_dir("rulesets", own) == own


def test_a_named_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        resources.resource_dir("rulesets", tmp_path / "missing")


def test_an_installation_without_them_says_so(installation):
    with pytest.raises(UsageError, match="no rulesets"):
        resources.resource_dir("rulesets")


def test_the_digest_of_the_code_changes_with_any_source_file(installation):
    package = installation / "auditor"
    (package / "a.py").write_bytes(b"x = 1\n")
    (package / "room").mkdir()
    (package / "room" / "b.py").write_bytes(b"y = 2\n")
    digest = resources.code_digest.__wrapped__
    first = digest()
    (package / "note.txt").write_text("no code", encoding="utf-8")
    (package / "a.py").write_bytes(b"x = 1\r\n")
    assert digest() == first
    (package / "room" / "b.py").write_bytes(b"y = 3\n")
    second = digest()
    (package / "room" / "b.py").rename(package / "room" / "c.py")
    assert len({first, second, digest()}) == 3

"""Installed packs: side by side by version, complete or not there, and not used once they were changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules import pack_store
from auditor.rules.pack_archive import Archive, read_archive
from auditor.rules.pack_signers import accept_signer, distrust_signer, read_signers, signers_known
from auditor.rules.pack_store import (
    find_installed,
    install,
    installed,
    rules_home,
)
from auditor.rules.packs import load_packs
from auditor.workbench.packing import build_pack, write_keys
from tests.rules.pack_making import make_pack, rule_text


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key"
    write_keys(path)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUDITOR_RULES", str(tmp_path / "home"))
    return tmp_path / "home"


def archive(
    tmp_path: Path, key: Path, version: str = "1.0.0", code: str = "99213", name: str = "acme"
) -> Archive:
    folder = make_pack(tmp_path / f"{name}-{version}-{code}", name, version, one=rule_text("A-1", code=code))
    out = folder.parent / f"{folder.name}.audpack"
    build_pack(folder, out, key)
    return read_archive(out)


def test_versions_lie_side_by_side_and_the_newest_release_answers_to_the_id(
    tmp_path: Path, home: Path, key: Path
) -> None:
    for version in ("1.10.0", "1.9.0", "2.0.0-rc.1"):
        entry, new = install(archive(tmp_path, key, version), home)
        assert new and (entry.folder / "one.yaml").is_file()
    assert [entry.version for entry in installed(home)] == ["1.9.0", "1.10.0", "2.0.0-rc.1"]
    newest, named = find_installed(home, "acme"), find_installed(home, "acme@1.9.0")
    assert (
        newest is not None and newest.version == "1.10.0" and named is not None and named.version == "1.9.0"
    )
    assert find_installed(home, "acme@3.0.0") is None and find_installed(home, "other") is None
    (info,) = load_packs([Path("acme@1.9.0")]).packs
    assert (info.version, info.source, info.signature.state) == ("1.9.0", "installed", "verified")
    assert load_packs([Path("acme")]).packs[0].version == "1.10.0"
    assert load_packs([Path("acme@2.0.0-rc.1")]).packs[0].version == "2.0.0-rc.1"


def test_a_pack_of_which_there_is_no_release_answers_with_its_newest_draft(
    tmp_path: Path, home: Path, key: Path
) -> None:
    for version in ("2.0.0-rc.1", "2.0.0-rc.2+build-7"):
        install(archive(tmp_path, key, version), home)
    found = find_installed(home, "acme")
    assert found is not None and found.version == "2.0.0-rc.2+build-7"


def test_the_same_pack_twice_changes_nothing_and_another_under_its_version_is_refused(
    tmp_path: Path, home: Path, key: Path
) -> None:
    first = archive(tmp_path, key)
    install(first, home)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert install(first, home)[1] is False
    with pytest.raises(InputRefused, match="other content") as caught:
        install(archive(tmp_path, key, code="99214"), home)
    assert caught.value.exit_code == 3
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_an_install_that_fails_leaves_nothing(
    tmp_path: Path, home: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack_store, "unpack", full)
    with pytest.raises(InputRefused, match="cannot be installed") as caught:
        install(archive(tmp_path, key), home)
    assert "No space left" in caught.value.why
    assert installed(home) == [] and [path for path in home.rglob("*") if path.is_file()] == []
    assert not list((home / "acme").iterdir())


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path, key: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputRefused, match="cannot be installed"):
        install(archive(tmp_path, key), tmp_path / "file")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda place: (place / "pack" / "one.yaml").write_text(rule_text("A-2"), "utf-8"), "as it was signed"),
        (lambda place: (place / "pack" / "two.yaml").write_text(rule_text("A-2"), "utf-8"), "was added"),
        (lambda place: (place / "pack" / "one.yaml").unlink(), "was removed"),
        (lambda place: (place / "manifest.json").write_text("{}", "utf-8"), "not that of its manifest"),
        (lambda place: (place / "signature.json").unlink(), "signature.json"),
        (lambda place: (place / "pack" / "pack.yaml").unlink(), "pack.yaml"),
        (lambda place: (place / "pack" / "x.yaml").symlink_to("/etc/passwd"), "link"),
    ],
)  # fmt: skip
def test_an_installed_pack_that_was_changed_is_broken(
    tmp_path: Path, home: Path, key: Path, change: object, said: str
) -> None:
    entry, _ = install(archive(tmp_path, key), home)
    change(entry.place)  # type: ignore[operator]
    good = make_pack(tmp_path / "good", "good", g=rule_text("G-1"))
    found = load_packs([good, Path("acme")], isolate=True)
    assert [rule.id for rule in found.rules] == ["G-1"] and said in found.broken[0].broken


def test_an_installed_pack_that_was_moved_to_another_version_is_broken(
    tmp_path: Path, home: Path, key: Path
) -> None:
    entry, _ = install(archive(tmp_path, key), home)
    entry.place.rename(entry.place.with_name("9.0.0"))
    with pytest.raises(InputRefused, match="changed after it was signed") as caught:
        load_packs([Path("acme")])
    assert caught.value.where == "acme@9.0.0" and "it is acme 1.0.0" in caught.value.why


def test_signers_are_remembered_by_fingerprint(tmp_path: Path) -> None:
    assert read_signers(tmp_path).accepted == {}
    accept_signer(tmp_path, "a" * 64, "Acme")
    accept_signer(tmp_path, "b" * 64, "Other")
    accept_signer(tmp_path, "a" * 64, "Somebody else")
    assert read_signers(tmp_path).accepted == {"a" * 64: "Acme", "b" * 64: "Other"}
    distrust_signer(tmp_path, "b" * 64)
    known = read_signers(tmp_path)
    assert known.accepted == {"a" * 64: "Acme"} and known.distrusted == {"b" * 64}
    accept_signer(tmp_path, "b" * 64, "Other again")
    assert (
        read_signers(tmp_path).accepted["b" * 64] == "Other again" and not read_signers(tmp_path).distrusted
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"signers": 1}',
        '{"signers": {"x": "y"}}',
        '{"signers": {}, "distrusted": ["x"]}',
        '{"signers": {}, "distrusted": 1}',
        "[" * 100_000,
    ],
)
def test_a_damaged_list_of_signers_is_refused_where_it_would_be_written(tmp_path: Path, content: str) -> None:
    (tmp_path / "signers.json").write_text(content, encoding="utf-8")
    for ask in (
        read_signers,
        lambda home: accept_signer(home, "a" * 64, "A"),
        lambda home: distrust_signer(home, "a" * 64),
    ):
        with pytest.raises(InputRefused, match=r"signers.json"):
            ask(tmp_path)
    assert signers_known(tmp_path).unreadable and (tmp_path / "signers.json").read_text("utf-8") == content


def test_where_no_list_of_signers_can_be_written_it_says_which_folder_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"signers.json cannot be written") as caught:
        accept_signer(tmp_path / "file" / "home", "a" * 64, "A")
    assert caught.value.mend == "make the folder of the installed packs writable"


# ---- who signed an installed pack ----------------------------------------------------------------------


@pytest.fixture
def second(tmp_path: Path) -> Path:
    write_keys(tmp_path / "second")
    return tmp_path / "second"


def swapped(tmp_path: Path, home: Path, key: Path, other: Path, record: bool = True) -> Archive:
    """The installed pack taken out, and the same version with other content signed by another key put in."""
    entry, _ = install(archive(tmp_path, key), home)
    made = archive(tmp_path, other, code="99214")
    for name, content in made.files.items():
        (entry.folder / name).write_bytes(content)
    (entry.place / "manifest.json").write_bytes(made.listing)
    (entry.place / "signature.json").write_bytes(made.signature)
    if not record:
        (entry.place / "installed.json").unlink()
    return made


@pytest.mark.parametrize("accepted", [False, True])
def test_an_installed_pack_that_was_signed_again_by_another_is_of_an_unknown_signer(
    tmp_path: Path, home: Path, key: Path, second: Path, accepted: bool
) -> None:
    made = swapped(tmp_path, home, key, second)
    if accepted:
        accept_signer(home, made.signer, "Another publisher")
    found = load_packs([Path("acme")])
    assert (
        found.packs[0].signature.state == "unknown signer" and found.packs[0].signature.signer == made.signer
    )
    (note,) = found.notes
    assert made.signer in note and "signed again since" in note and archive(tmp_path, key).signer in note


def test_without_a_record_of_the_install_the_accepted_signers_decide(
    tmp_path: Path, home: Path, key: Path, second: Path
) -> None:
    made = swapped(tmp_path, home, key, second, record=False)
    assert load_packs([Path("acme")]).packs[0].signature.state == "unknown signer"
    accept_signer(home, made.signer, "Acme")
    assert load_packs([Path("acme")]).packs[0].signature.state == "verified"


def test_a_key_that_is_no_longer_trusted_verifies_nothing(tmp_path: Path, home: Path, key: Path) -> None:
    made = archive(tmp_path, key)
    install(made, home)
    accept_signer(home, made.signer, "Acme")
    file = tmp_path / "acme-1.0.0-99213.audpack"
    for source in (Path("acme"), file):
        assert load_packs([source]).packs[0].signature.state == "verified"
    distrust_signer(home, made.signer)
    for source in (Path("acme"), file):
        found = load_packs([source])
        assert found.packs[0].signature.state == "unknown signer" and "distrusted" in found.notes[0]


def test_a_damaged_list_of_signers_ends_no_reading_and_vouches_for_nobody(
    tmp_path: Path, home: Path, key: Path
) -> None:
    install(archive(tmp_path, key), home)
    (home / "signers.json").write_text("{", encoding="utf-8")
    for source in (Path("acme"), tmp_path / "acme-1.0.0-99213.audpack"):
        found = load_packs([source])
        assert found.packs[0].signature.state == "unknown signer" and len(found.rules) == 1
        assert "signers.json cannot be read" in found.notes[0]


def test_a_file_of_an_accepted_signer_does_not_speak_for_the_pack_of_another(
    tmp_path: Path, home: Path, key: Path, second: Path
) -> None:
    first = archive(tmp_path, key)
    install(first, home)
    other = archive(tmp_path, second, "2.0.0")
    accept_signer(home, other.signer, "Another publisher")
    found = load_packs([tmp_path / "acme-2.0.0-99213.audpack"])
    assert found.packs[0].signature.state == "unknown signer" and first.signer in found.notes[0]


# ---- what a name means ---------------------------------------------------------------------------------


def test_a_folder_and_an_installed_pack_of_one_name_are_not_taken_for_each_other(
    tmp_path: Path, home: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(archive(tmp_path, key), home)
    make_pack(tmp_path / "here" / "acme", "acme", "9.9.9", one=rule_text("A-9"))
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(InputRefused, match="folder here and an installed pack") as caught:
        load_packs([Path("acme")], isolate=True)
    assert "./acme" in caught.value.mend and "acme@1.0.0" in caught.value.mend
    assert load_packs([Path("acme").absolute()]).packs[0].version == "9.9.9"
    assert load_packs([Path("acme@1.0.0")]).packs[0].source == "installed"
    make_pack(tmp_path / "here" / "acme@1.0.0", "acme", "9.9.9", one=rule_text("A-9"))
    assert load_packs([Path("acme@1.0.0")]).packs[0].source == "installed"


@pytest.mark.parametrize("files", [[], ["README.md"], ["pack.yaml", "README.md"]])
def test_a_folder_without_a_rule_is_not_passed_over_in_silence(tmp_path: Path, files: list[str]) -> None:
    folder = make_pack(tmp_path / "mine", "mine" if "pack.yaml" in files else None)
    if "README.md" in files:
        (folder / "README.md").write_text("# Mine\n", encoding="utf-8")
    good = make_pack(tmp_path / "good", "good", g=rule_text("G-1"))
    with pytest.raises(InputRefused, match="rule folder refused") as caught:
        load_packs([good, folder], isolate=True)
    assert caught.value.why == "there is no rule in it" and caught.value.where == "mine"


def test_a_rule_file_named_as_a_pack_is_answered_with_its_folder(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "mine", "mine", one=rule_text("A-1"))
    with pytest.raises(InputRefused, match="rule folder refused") as caught:
        load_packs([folder / "one.yaml"], isolate=True)
    assert "name its folder" in caught.value.mend and "mine" in caught.value.mend


def test_the_packs_lie_where_the_user_says_else_beside_the_library() -> None:
    assert rules_home({"AUDITOR_RULES": "mine"}) == Path("mine")
    named = {"XDG_DATA_HOME": "data", "LOCALAPPDATA": "data", "AUDITOR_LIBRARY": "elsewhere"}
    assert rules_home(named).parts[-2:] == ("auditor", "rules")


# ---- a file named directly -----------------------------------------------------------------------------


def test_a_file_may_be_used_without_installing_it_and_its_signer_is_told(
    tmp_path: Path, home: Path, key: Path
) -> None:
    made = archive(tmp_path, key)
    file = tmp_path / "acme-1.0.0-99213.audpack"
    found = load_packs([file])
    (info,) = found.packs
    assert (info.source, info.signature.state, info.signature.signer) == (
        "file",
        "unknown signer",
        made.signer,
    )
    assert [rule.id for rule in found.rules] == ["A-1"] and any(made.signer in note for note in found.notes)
    accept_signer(home, made.signer, "Acme")
    again = load_packs([file])
    assert again.packs[0].signature.state == "verified" and again.notes == () and again.hash == found.hash


def test_a_changed_file_is_a_broken_pack_and_the_others_go_on(tmp_path: Path, home: Path, key: Path) -> None:
    archive(tmp_path, key)
    file = tmp_path / "acme-1.0.0-99213.audpack"
    file.write_bytes(file.read_bytes().replace(b"99213", b"99214"))
    good = make_pack(tmp_path / "good", "good", g=rule_text("G-1"))
    found = load_packs([file, good], isolate=True)
    assert [rule.id for rule in found.rules] == ["G-1"]
    assert found.broken[0].signature.state == "broken" and "damaged" in found.broken[0].broken


def test_the_unpacked_file_stays_as_long_as_the_caller_keeps_the_folder(
    tmp_path: Path, home: Path, key: Path
) -> None:
    archive(tmp_path, key)
    file = tmp_path / "acme-1.0.0-99213.audpack"
    (tmp_path / "scratch").mkdir()
    load_packs([file], scratch=tmp_path / "scratch")
    assert [path.name for path in (tmp_path / "scratch").rglob("*.yaml")] != []

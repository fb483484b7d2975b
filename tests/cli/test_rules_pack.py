"""`auditor rules keygen, pack, verify, install, packs`: from a folder at one site to an audit at another."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from auditor.cli.main import main
from tests.rules.pack_making import make_pack, rule_text
from tests.workbench.lint.lint_world import LINE


class Site:
    """A folder with a key, a pack and the packs installed there."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path, self._capsys = path, capsys
        self.out = self.err = ""

    def run(self, *words: object) -> int:
        code = main(["rules", *map(str, words)])
        told = self._capsys.readouterr()
        self.out, self.err = told.out, told.err
        return code

    def built(
        self, name: str = "acme", version: str = "1.0.0", code: str = "99213", key: str = "key"
    ) -> Path:
        folder = make_pack(
            self.path / f"{name}-{version}-{code}", name, version, one=rule_text("A-1", code=code)
        )
        out = self.path / f"{folder.name}.audpack"
        assert self.run("pack", folder, "--out", out, "--key", self.path / key, "--untested") == 0
        return out


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Site:
    monkeypatch.setenv("AUDITOR_RULES", str(tmp_path / "home"))
    found = Site(tmp_path, capsys)
    assert found.run("keygen", "--out", tmp_path / "key") == 0
    return found


def fingerprint(site: Site) -> str:
    site.run("verify", site.built("other"))
    return next(line for line in site.out.splitlines() if line.startswith("Signed by")).split()[-1]


def test_a_pack_is_built_verified_installed_and_used(site: Site) -> None:
    file, public = site.built(), site.path / "key.pub"
    assert site.run("verify", file, "--trust", public) == 0 and "signer is one that you named" in site.out
    assert site.run("install", file, "--trust", public) == 0 and "--rulesets acme@1.0.0" in site.out
    for name in ("acme", "acme@1.0.0", file):
        assert site.run("list", "--rulesets", name) == 0 and "A-1 " in site.out
    assert site.run("packs", "--format", "json") == 0
    rows = {row["id"]: row for row in json.loads(site.out)}
    assert rows["auditor-base"]["source"] == "bundled" and rows["auditor-base"]["rules"] > 20
    assert (rows["acme"]["source"], rows["acme"]["signature"]) == ("installed", "verified")
    assert len(rows["acme"]["signer"]) == len(rows["acme"]["hash"]) == 64
    assert site.run("packs") == 0 and "acme " in site.out and rows["acme"]["hash"][:16] in site.out


def test_who_verifies_without_a_key_learns_that_the_signer_is_not_known(site: Site) -> None:
    assert site.run("verify", site.built()) == 1 and "nobody has said" in site.out


def test_an_unknown_signer_is_refused_until_accepted_and_then_remembered(site: Site) -> None:
    signer, file = fingerprint(site), site.built()
    assert site.run("install", file) == 3 and signer in site.err and "--accept-signer" in site.err
    assert site.run("install", file, "--accept-signer", "f" * 64) == 3
    assert site.run("install", file, "--accept-signer", "yes") == 2
    assert not (site.path / "home").exists()
    assert site.run("install", file, "--accept-signer", signer) == 0
    assert site.run("install", site.built(version="1.1.0")) == 0
    assert site.run("verify", file) == 0 and "accepted here before" in site.out


def test_an_accepted_signer_does_not_publish_under_the_name_of_another(site: Site) -> None:
    first, ours = fingerprint(site), site.built()
    assert site.run("keygen", "--out", site.path / "second") == 0
    theirs, own = site.built(version="2.0.0", key="second"), site.built("other", "2.0.0", key="second")
    assert site.run("install", ours, "--accept-signer", first) == 0
    site.run("verify", own)
    second = next(line for line in site.out.splitlines() if line.startswith("Signed by")).split()[-1]
    assert site.run("install", own, "--accept-signer", second) == 0
    assert site.run("install", theirs) == 3
    assert "the installed versions of acme are signed with the key " + first in site.err
    assert not (site.path / "home" / "acme" / "2.0.0").exists()
    assert site.run("verify", theirs) == 1 and first in site.out
    assert site.run("install", theirs, "--trust", site.path / "second.pub") == 0
    assert site.run("verify", theirs) == 0


def test_a_distrusted_key_verifies_and_installs_nothing_until_it_is_accepted_again(site: Site) -> None:
    signer, file = fingerprint(site), site.built()
    assert site.run("install", file, "--accept-signer", signer) == 0
    assert site.run("distrust", "nobody") == 2 and "FINGERPRINT" in site.err
    assert site.run("distrust", signer) == 0 and "acme 1.0.0 was installed with it" in site.out
    assert site.run("packs", "--format", "json") == 0
    rows = {row["id"]: row["signature"] for row in json.loads(site.out)}
    assert rows["acme"] == "unknown signer"
    assert site.run("verify", file) == 1 and "distrusted" in site.out
    later = site.built(version="1.1.0")
    for words in ((), ("--trust", site.path / "key.pub")):
        assert site.run("install", later, *words) == 3 and "distrusted" in site.err
        assert "--trust PUBKEY" not in site.err
    assert site.run("install", later, "--accept-signer", signer) == 0
    assert site.run("verify", file) == 0


def test_a_damaged_list_of_signers_stops_an_install_and_no_verification(site: Site) -> None:
    file = site.built()
    (site.path / "home").mkdir()
    (site.path / "home" / "signers.json").write_text("{", encoding="utf-8")
    assert site.run("verify", file) == 1 and "signers.json cannot be read" in site.out
    assert site.run("verify", file, "--trust", site.path / "key.pub") == 0
    assert site.run("install", file, "--trust", site.path / "key.pub") == 3 and "signers.json" in site.err
    assert [path.name for path in (site.path / "home").iterdir()] == ["signers.json"]


def test_the_folder_beside_an_installed_pack_of_its_name_is_written_as_a_path(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.run("install", site.built(), "--trust", site.path / "key.pub") == 0
    make_pack(site.path / "here" / "acme", "acme", one=rule_text("A-9"))
    monkeypatch.chdir(site.path / "here")
    assert site.run("list", "--rulesets", "acme") == 3 and "./acme" in site.err and "acme@1.0.0" in site.err
    assert site.run("list", "--rulesets", "./acme") == 0 and "A-9 " in site.out
    assert site.run("list", "--rulesets", "acme/") == 0 and "A-9 " in site.out
    assert site.run("list", "--rulesets", "acme@1.0.0") == 0 and "A-1 " in site.out
    monkeypatch.chdir(site.path / "here" / "acme")
    assert site.run("list", "--rulesets", ".") == 0 and "A-9 " in site.out


@pytest.mark.slow
def test_a_pack_is_signed_once_lint_and_its_own_cases_have_nothing_against_it(site: Site) -> None:
    folder, out = site.path / "proved", site.path / "proved.audpack"
    words = ("pack", folder, "--out", out, "--key", site.path / "key")
    make_pack(folder, "proved", **{"MOD-GOOD-001_good": LINE.replace("severity: low", "severity: low ")})
    assert site.run(*words) == 0 and out.exists()
    out.unlink()
    make_pack(
        folder,
        "proved",
        **{"MOD-GOOD-001_good": LINE.replace("[{rule: MOD-GOOD-001,", "[{rule: MOD-GOOD-002,")},
    )
    assert site.run(*words) == 3 and not out.exists()
    assert "A repeat in a hospital is flagged" in site.err and "--untested" in site.err
    assert site.run(*words, "--untested") == 0 and out.exists()
    out.unlink()
    make_pack(folder, "proved", **{"MOD-GOOD-001_good": LINE.split("tests:")[0]})
    assert site.run(*words) == 3 and not out.exists() and "R501" in site.err and "line " in site.err


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_private_key_that_others_may_read_is_told(site: Site) -> None:
    site.built()
    assert site.err == ""
    (site.path / "key").chmod(0o640)
    site.built(version="1.1.0")
    assert "key can be read by others" in site.err


def test_a_trusted_key_is_not_remembered(site: Site) -> None:
    assert site.run("install", site.built(), "--trust", site.path / "key.pub") == 0
    assert site.run("install", site.built(version="1.1.0")) == 3
    assert site.run("install", site.built(version="1.1.0"), "--trust", "nobody") == 2


def test_another_content_under_an_installed_version_is_refused(site: Site) -> None:
    public = site.path / "key.pub"
    assert site.run("install", site.built(), "--trust", public) == 0
    assert site.run("install", site.built(), "--trust", public) == 0 and "already" in site.out
    assert (
        site.run("install", site.built(code="99214"), "--trust", public) == 3 and "other content" in site.err
    )


def test_a_pack_may_be_installed_elsewhere(site: Site) -> None:
    elsewhere = site.path / "elsewhere"
    assert site.run("install", site.built(), "--trust", site.path / "key.pub", "--into", elsewhere) == 0
    assert (elsewhere / "acme" / "1.0.0" / "pack" / "one.yaml").is_file() and "AUDITOR_RULES" in site.out


def test_a_changed_file_is_exit_3_everywhere(site: Site) -> None:
    file = site.built()
    file.write_bytes(file.read_bytes().replace(b"99213", b"99214"))
    for words in (
        ("verify", file),
        ("install", file, "--trust", site.path / "key.pub"),
        ("list", "--rulesets", file),
    ):
        assert site.run(*words) == 3 and "damaged" in site.err, words
    assert site.run("packs", "--rulesets", file) == 0 and "is broken" in site.err and "damaged" in site.err


def test_a_pack_that_this_program_cannot_read_is_not_installed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_pack(site.path / "late", "late", more="requires_auditor: 9.0.0\n", a=rule_text("L-1"))
    out = site.path / "late.audpack"
    words = ("pack", folder, "--out", out, "--key", site.path / "key", "--untested")
    assert site.run(*words) == 3 and "9.0.0" in site.err
    monkeypatch.setattr("auditor.rules.pack_manifest.__version__", "9.0.0")
    assert site.run(*words) == 0
    monkeypatch.undo()
    monkeypatch.setenv("AUDITOR_RULES", str(site.path / "home"))
    assert site.run("install", out, "--trust", site.path / "key.pub") == 3 and "9.0.0" in site.err
    assert not (site.path / "home").exists()


def test_a_broken_pack_is_listed_beside_the_others(site: Site) -> None:
    bad = make_pack(site.path / "bad", "bad", a="id: [\n", b=rule_text("B-1"))
    assert site.run("packs", "--rulesets", bad) == 0
    assert "auditor-base" in site.out and "broken" in site.out
    assert "bad 1.0.0 is broken: a.yaml, line 2" in site.err
    assert site.run("list", "--rulesets", bad) == 3 and "a.yaml, line 2" in site.err


def test_a_key_is_never_written_over(site: Site) -> None:
    before = (site.path / "key").read_bytes()
    assert site.run("keygen", "--out", site.path / "key") == 2
    assert (site.path / "key").read_bytes() == before

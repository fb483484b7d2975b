"""What a user may choose of a report's look: the header of counsel and where templates come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import UsageError
from auditor.reports.dress import COUNSEL, UNDRESSED, Dress, counsel_header


@pytest.mark.parametrize("given", [None, "", "  "])
def test_without_a_text_the_usual_words_stand(given: str | None) -> None:
    assert counsel_header(given) == COUNSEL


def test_an_own_text_is_kept() -> None:
    assert counsel_header(" Privileged – work product ") == "Privileged – work product"


@pytest.mark.parametrize("given", ["two\nlines", "a\tb", "x" * 161])
def test_what_is_no_line_of_text_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="no line of text"):
        counsel_header(given)


def test_a_file_taken_for_a_text_is_noticed(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.touch()
    with pytest.raises(UsageError, match="--counsel-header=TEXT"):
        counsel_header(str(claims))


def test_own_templates_come_first(tmp_path: Path) -> None:
    own = Path("reports/templates")
    assert UNDRESSED.template_dirs(own) == (own,)
    assert Dress(templates=tmp_path).template_dirs(own) == (tmp_path, own)

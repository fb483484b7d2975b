"""Names of roles in queries: nothing but a name gets into one."""

from __future__ import annotations

import pytest

from auditor.matching.sql import alias


def test_a_role_is_called_by_its_name() -> None:
    assert alias("column_1") == "r_column_1"


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a.b", "A", 'a"', "a--", "1 UNION"])
def test_what_is_no_name_gets_into_no_query(name: str) -> None:
    with pytest.raises(ValueError, match="name of a role"):
        alias(name)

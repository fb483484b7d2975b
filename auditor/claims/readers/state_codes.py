"""States as Medicare files write them, numbers of the Social Security Administration or of FIPS, in two letters."""

from __future__ import annotations

_SSA = (
    "01 AL 02 AK 03 AZ 04 AR 05 CA 06 CO 07 CT 08 DE 09 DC 10 FL 11 GA 12 HI 13 ID 14 IL 15 IN 16 IA 17 KS 18 KY 19 LA "
    "20 ME 21 MD 22 MA 23 MI 24 MN 25 MS 26 MO 27 MT 28 NE 29 NV 30 NH 31 NJ 32 NM 33 NY 34 NC 35 ND 36 OH 37 OK 38 OR "
    "39 PA 40 PR 41 RI 42 SC 43 SD 44 TN 45 TX 46 UT 47 VT 48 VI 49 VA 50 WA 51 WV 52 WI 53 WY"
)
_FIPS = (
    "01 AL 02 AK 04 AZ 05 AR 06 CA 08 CO 09 CT 10 DE 11 DC 12 FL 13 GA 15 HI 16 ID 17 IL 18 IN 19 IA 20 KS 21 KY 22 LA "
    "23 ME 24 MD 25 MA 26 MI 27 MN 28 MS 29 MO 30 MT 31 NE 32 NV 33 NH 34 NJ 35 NM 36 NY 37 NC 38 ND 39 OH 40 OK 41 OR "
    "42 PA 44 RI 45 SC 46 SD 47 TN 48 TX 49 UT 50 VT 51 VA 53 WA 54 WV 55 WI 56 WY 60 AS 66 GU 69 MP 72 PR 78 VI"
)


def _letters(x: str, table: str) -> str:
    words = table.split()
    cases = " ".join(
        f"WHEN '{code}' THEN '{state}'" for code, state in zip(words[::2], words[1::2], strict=True)
    )
    return (
        f"CASE WHEN regexp_full_match({x}, '[A-Za-z]{{2}}') THEN {x} "
        f"WHEN regexp_full_match({x}, '[0-9]{{1,2}}') THEN CASE lpad({x}, 2, '0') {cases} END END"
    )


def from_ssa(x: str) -> str:
    """SQL: two letters of the text `x`, which has them or a number of the SSA; NULL for another."""
    return _letters(x, _SSA)


def from_fips(x: str) -> str:
    """SQL: two letters of the text `x`, which has them or a number of FIPS 5-2; NULL for another."""
    return _letters(x, _FIPS)

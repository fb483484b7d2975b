"""What a line was paid where a payment stands for more than its own line, from SEMANTICS (Feeds 3, Money)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

Row = Mapping[str, str]


def settled(rows: Sequence[Row], readable: Callable[[Row], bool] = bool) -> list[Row]:
    """The rows with every payment on its line.

    One payment on an institutional claim of several lines, the others blank, is shared by charge among the lines that
    the payer did not deny, or among all where it denied all; elsewhere a blank payment beside a paid line is a payment
    of nothing. Rows that are not `readable` are no lines.
    """
    claims: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        if not readable(row):
            continue
        names = ("payer_id", "claim_id", "frequency_code", "original_ref", "payer_icn")
        claims[tuple((row.get(name) or "").strip() for name in names)].append(position)
    result = [dict(row) for row in rows]
    for positions in claims.values():
        positions.sort(key=lambda at: int(rows[at].get("line_no") or 0))
        paid = [at for at in positions if (rows[at].get("paid") or "").strip()]
        if not paid or len(paid) == len(positions):
            continue
        kinds = {(rows[at].get("claim_type") or "").strip().lower() for at in positions}
        whole = Decimal(rows[paid[0]]["paid"])
        if len(paid) == 1 and kinds <= {"institutional", "i"} and whole > 0:
            open_ = [at for at in positions if not denied(rows[at])] or positions
            for at in positions:
                result[at]["paid"] = "0.00"
            for at, cents in zip(open_, shares(int(whole * 100), charges(rows, open_)), strict=True):
                result[at]["paid"] = str(Decimal(cents) / 100)
        else:
            for at in set(positions) - set(paid):
                result[at]["paid"] = "0.00"
    return list(result)


def denied(row: Row) -> bool:
    """Whether the payer denied the line, in the words of the files that the twin reads."""
    return (row.get("denied") or "").strip().lower() in {"true", "1", "y", "yes"}


def charges(rows: Sequence[Row], positions: Sequence[int]) -> list[int]:
    """Charges in cents, or one each where there are none."""
    found = [max(0, int(Decimal((rows[at].get("charge") or "").strip() or "0") * 100)) for at in positions]
    return found if any(found) else [1] * len(found)


def shares(whole: int, weights: Sequence[int]) -> list[int]:
    """Whole cents by weight; what is left goes to the largest remainders, the first of equals."""
    total = sum(weights)
    found = [whole * weight // total for weight in weights]
    left = whole - sum(found)
    order = sorted(range(len(weights)), key=lambda at: (-(whole * weights[at] % total), at))
    for at in order[:left]:
        found[at] += 1
    return found

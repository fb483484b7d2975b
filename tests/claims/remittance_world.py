"""A feed of many cases that is read once: a case is known by the beginning of its claim numbers."""

from __future__ import annotations

from dataclasses import replace

from auditor.claims import open_connection, read_claims, reconcile
from tests.claims.remittance_pairs import Claim, Line, Remittance, bill, pay

TWO = Claim(lines=(Line(control="A1"), Line("99214", 20_000, 15_000, control="A2")))
BOTH = [(1, 8_000), (2, 15_000)]
NEITHER = [(1, None), (2, None)]
LATER = "20240301"


class World:
    """A feed of all cases. `case` puts one in and returns the beginning of its claim numbers."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.remittances: list[Remittance] = []
        self.cases = 0

    def case(self, claims, *remittances):
        self.cases += 1
        mark = f"W{self.cases:02d}"

        def named(claim):
            ref = mark + claim.ref if claim.ref else ""
            return replace(claim, id=mark + claim.id, icn=mark + claim.icn, ref=ref)

        self.claims += map(named, claims)
        for one in remittances:
            said = one if isinstance(one, Remittance) else Remittance((one,))
            self.remittances.append(replace(said, claims=tuple(map(named, said.claims))))
        return mark

    def read(self, folder):
        """Read the claims and the remittances of all cases, and hold the accounts against what was sent."""
        (folder / "claims.837").write_text(bill(*self.claims))
        (folder / "answers.835").write_text(pay(*self.remittances))
        con = open_connection("1GB", 2, folder / "spill")
        feed = read_claims(con, [folder / "claims.837", folder / "answers.835"])
        seen = Seen(con, feed, reconcile(con, feed))
        sent = sum(claim.payment for one in self.remittances for claim in one.claims)
        assert seen.tie.paid_in == sent
        assert seen.tie.paid_audited + seen.tie.paid_superseded + seen.tie.paid_set_aside == sent
        services = sum(len(claim.lines) or 1 for one in self.remittances for claim in one.claims)
        shared = sum(bool(claim.cas and claim.lines) for one in self.remittances for claim in one.claims)
        assert seen.tie.lines_read == sum(len(claim.lines) for claim in self.claims) + services + shared
        return seen


class Seen:
    """What became of the feed."""

    def __init__(self, con, feed, tie) -> None:
        self.con, self.feed, self.tie = con, feed, tie

    def lines(self, mark, what="line_no, paid", state="audited"):
        return self.con.execute(
            f"SELECT {what} FROM claim_line WHERE starts_with(claim_id, ?) AND state = ? ORDER BY line_id",
            [mark, state],
        ).fetchall()

    def paid(self, mark):
        return [paid for _, paid in self.lines(mark)]

    def aside(self, mark, what="reason_code"):
        return self.con.execute(
            f"SELECT {what} FROM set_aside WHERE starts_with(claim_id, ?) ORDER BY ALL", [mark]
        ).fetchall()

    def superseded(self, mark):
        return self.con.execute(
            "SELECT reason, paid FROM superseded WHERE starts_with(claim_id, ?) ORDER BY ALL", [mark]
        ).fetchall()

    def unmatched(self, mark):
        return self.con.execute(
            "SELECT side, why FROM remittance_unmatched WHERE starts_with(claim_id, ?) ORDER BY ALL", [mark]
        ).fetchall()

    def joined(self, mark):
        return self.con.execute(
            "SELECT reason, count(*) FROM claim_joined WHERE starts_with(claim_id, ?) AND state = 'joined' "
            "GROUP BY 1 "
            "ORDER BY 1", [mark]
        ).fetchall()  # fmt: skip

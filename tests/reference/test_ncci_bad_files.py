"""NCCI files that were cut, spoilt or misnamed: refused as they are, imported with `accept` and then on record."""

import datetime as dt
import io
import zipfile

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from tests.reference.layouts import PTP_ROWS, ptp_text, zipped

PTP = "ccipra-v302r0-f1.txt"


def accepted(desk, path, fact, **options):
    """Refused with this fact; then imported with `accept`, with the fact on record."""
    before = desk.visible()
    with pytest.raises(InputRefused, match=fact) as refused:
        desk.take(path, **options)
    assert "\n" not in str(refused.value)
    assert desk.visible() == before
    edition = desk.take(path, accept=True, **options)[0].edition
    assert len(edition.accepted) == 1
    assert edition.remarks[-1] == f"accepted on import: {edition.accepted[0]}"
    return edition


def test_a_file_of_several_encodings_is_read_line_by_line(desk):
    names = ("Ménière", "Friedländer", "Sjögren", "plain")
    rows = [(*row[:6], why) for row, why in zip(PTP_ROWS, names, strict=True)]
    lines = ptp_text(rows).splitlines(keepends=True)
    content = b"".join(line.encode("utf-8" if number % 2 else "cp1252") for number, line in enumerate(lines))
    report = desk.take(desk.write(PTP, content))[0]
    assert {row[0] for row in desk.rows(report, "rationale")} == set(names)
    assert report.edition.rejected == {}


def many(count, zeros=None, *, start=10000):
    """PTP rows in force, of which `zeros` have indicator 0."""
    zeros = count if zeros is None else zeros
    return [
        (f"{start + n}", "99999", "", "20100101", "*", "0" if n < zeros else "1", "x") for n in range(count)
    ]


def test_a_file_named_for_a_later_quarter_is_refused(desk):
    desk.take(desk.write(PTP, ptp_text()))
    path = desk.write("ccipra-v303r0-f1.txt", ptp_text(header=()))
    edition = accepted(desk, path, "its rows are all those of the edition 2024Q3 .*is its name right")
    assert edition.edition == "2024Q4"


def test_a_file_named_for_an_earlier_quarter_is_refused(desk):
    path = desk.write(PTP, ptp_text([("45385", "45378", "", "20241001", "*", "0", "x")]))
    accepted(desk, path, "take effect after the edition's quarter")


@pytest.mark.parametrize("count", [125, 75])
def test_a_change_of_a_quarter_of_the_rows_passes(desk, count):
    desk.take(desk.write(PTP, ptp_text(many(100))))
    assert desk.take(desk.write("ccipra-v303r0-f1.txt", ptp_text(many(count))))[0].edition.accepted == ()


@pytest.mark.parametrize(("count", "told"), [(126, r"\+26%"), (74, "-26%")])
def test_a_greater_change_is_suspicious(desk, count, told):
    desk.take(desk.write(PTP, ptp_text(many(100))))
    path = desk.write("ccipra-v303r0-f1.txt", ptp_text(many(count)))
    accepted(desk, path, rf"{count} rows where the edition 2024Q3 .* has 100 \({told}\)")


def test_a_change_of_the_indicators_is_suspicious_above_a_tenth(desk):
    desk.take(desk.write(PTP, ptp_text(many(100, 50))))
    sound = desk.take(desk.write("ccipra-v303r0-f1.txt", ptp_text(many(100, 60))))[0].edition
    assert sound.accepted == ()
    path = desk.write("ccipra-v310r0-f1.txt", ptp_text(many(100, 71)))
    with pytest.raises(
        InputRefused, match=r"indicator 0 is 71% of the rows, in the edition 2024Q4 .* it is 60%"
    ):
        desk.take(path)
    assert len(desk.take(path, accept=True)[0].edition.accepted) == 2


def test_two_files_of_one_quarter_need_the_day_of_publication(desk):
    desk.take(desk.write(PTP, ptp_text()))
    path = desk.write(PTP, ptp_text(PTP_ROWS[:3]))
    with pytest.raises(InputRefused, match="--published YYYY-MM-DD"):
        desk.take(path, accept=True)
    later = desk.take(path, published=dt.date(2024, 8, 1))[0].edition
    assert [e.edition_id for e in Library.open(desk.library).editions()][-1] == later.edition_id


ODD = {
    "effective date is after": [("45385", "45378", "", "20240101", "20230101", "0", "x")],
    "in force together": [*PTP_ROWS, ("45385", "45378", "", "20200101", "*", "1", "x")],
    "both directions": [*PTP_ROWS, ("45378", "45385", "", "20200101", "*", "1", "x")],
    "pair a code with itself": [*PTP_ROWS, ("45385", "45385", "", "20100101", "*", "0", "x")],
}


@pytest.mark.parametrize("fact", ODD)
def test_impossible_edits_are_refused_unless_accepted(desk, fact):
    accepted(desk, desk.write(PTP, ptp_text(ODD[fact])), fact)


def test_quarterly_changes_are_no_table(desk):
    text = 'CPT notice\nColumn 1\tColumn 2\t"Modifier\nIndicator"\n45385\t45378\t0\n'
    with pytest.raises(InputRefused, match="no table known here"):
        desk.take(desk.write("medicare-ncci-2026q3-practitioner-quarterly-additions.txt", text))


@pytest.mark.parametrize("member", ["../ccipra-v302r0-f1.txt", "a\\..\\..\\x.txt"])
def test_an_archive_with_a_name_that_leads_out_is_refused(desk, member):
    path = desk.zip("edits.zip", {PTP: ptp_text().encode(), member: ptp_text().encode()})
    with pytest.raises(InputRefused, match="leads out of its folder"):
        desk.take(path, accept=True)
    assert desk.visible() == []


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_cut_archive_is_refused(desk, share):
    content = zipped({PTP: ptp_text(many(2000)).encode()})
    with pytest.raises(InputRefused, match="damaged or cut short"):
        desk.take(desk.write("edits.zip", content[: int(len(content) * share)]), accept=True)
    assert desk.visible() == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused_unless_they_are_the_same(desk):
    def archive(second):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as opened:
            opened.writestr(PTP, ptp_text())
            opened.writestr(PTP, second)
        return out.getvalue()

    with pytest.raises(InputRefused, match="two different files are the same part"):
        desk.take(desk.write("edits.zip", archive(ptp_text(PTP_ROWS[:2]))), accept=True)
    report = desk.take(desk.write("edits.zip", archive(ptp_text())))[0]
    assert (report.edition.rows, len(report.skipped)) == (4, 1)

"""Separators: told by the ISA, held against what follows, guessed where there is none."""

from __future__ import annotations

import pytest

from auditor.claims.readers.x12.delimiters import from_isa, guessed, interchanges, looks_like_x12
from tests.claims.readers.x12.files import ISA, claim, text, whole


def told(content: str):
    found = from_isa(content)
    assert found is not None
    return found.element, found.component, found.repetition, found.terminator


@pytest.mark.parametrize(
    ("element", "component", "terminator"),
    [("*", ":", "~"), ("|", "^", "~"), ("^", ":", "'"), ("~", "^", "_"), ("\x1d", "\x1f", "\x1c"), ("\t", "|", "\n"),
     ("§", ":", "~"), ("+", ":", "'")],
)  # fmt: skip
def test_any_mark_may_separate(element: str, component: str, terminator: str):
    repeat = "!"
    content = text(whole(claim()), element, component, terminator, repeat)
    assert told(content) == (element, component, repeat, terminator)


def test_line_ends_are_one_terminator_whatever_they_are():
    for ends in ("\n", "\r\n"):
        assert told(text(whole(claim()), terminator=ends))[3] == "\n"
    assert told(text(whole(claim()), terminator="\r"))[3] == "\r"


def test_before_5010_there_is_no_repetition_separator():
    assert told(text([ISA.replace("*^*", "*U*"), *whole(claim())[1:]]))[2] == ""


def test_an_isa_of_another_width_is_counted_and_said():
    narrow = ISA.replace("*00*          *", "*00**", 1)
    found = from_isa(text([narrow, *whole(claim())[1:]]))
    assert found is not None
    assert (found.element, found.component, found.terminator) == ("*", ":", "~")
    assert [name for name, _ in found.oddities] == ["isa_widths"]


def test_an_isa_with_an_element_too_few_ends_before_its_group():
    short = ISA.replace("*00*          *", "*", 1)
    found = from_isa(text([short, *whole(claim())[1:]]))
    assert found is not None
    assert (found.element, found.component, found.terminator) == ("*", ":", "~")
    assert [name for name, _ in found.oddities] == ["isa_damaged"]


def test_a_line_break_inside_the_isa_is_no_terminator():
    content = text(whole(claim()), terminator="~")
    assert told(content[:80] + "\r\n" + content[80:])[3] == "~"


def test_a_terminator_that_the_segments_do_not_use_is_put_right_and_said():
    content = text(whole(claim()), terminator="\n").replace(":\n", ":~\n", 1)
    found = from_isa(content)
    assert found is not None
    assert found.terminator == "\n"
    assert [name for name, _ in found.oddities] == ["terminator_differs"]


def test_a_component_separator_that_the_segments_do_not_use_is_put_right_and_said():
    content = text([ISA, *(segment.replace(":", ">") for segment in whole(claim())[1:])])
    found = from_isa(content)
    assert found is not None
    assert found.component == ">"
    assert [name for name, _ in found.oddities] == ["component_differs"]


def test_without_an_isa_separators_are_guessed():
    for element, component, terminator in (("*", ":", "~\n"), ("|", ">", "'"), ("*", "^", "\n")):
        found = guessed(text(whole(claim())[1:], element, component, terminator))
        assert found is not None
        assert (found.element, found.component, found.terminator) == (element, component, terminator[:1])
        assert found.guessed


def test_text_that_is_no_x12_has_no_separators():
    assert guessed("claim_id,line_no,patient_id\n1,2,3\n") is None


@pytest.mark.parametrize(
    "content",
    ["claim_id,line_no,code\nC1,1,99213\n", '{"resourceType": "Bundle"}', "ST|REF|NM1\n1|2|3\n",
     "BENE_ID|CLM_ID|LINE\n-1|-2|1\n",
     "Lisa*00*said that the ISA*was*late", ""],
)  # fmt: skip
def test_other_content_is_not_taken_for_x12(content: str):
    assert not looks_like_x12(content)


def test_x12_is_known_with_and_without_its_isa():
    assert looks_like_x12(text(whole(claim())))
    assert looks_like_x12(text(whole(claim())[1:]))
    assert looks_like_x12("a word before\n" + text(whole(claim())))
    assert looks_like_x12(text(whole(claim())).lower())


def test_a_person_called_isa_begins_no_interchange():
    segments = whole("NM1*QC*1*LISA*00*ISA", "NM1*IL*1*DOE*ISA*00****MI*M1", claim())
    assert interchanges(text(segments)) == [0]


def test_a_second_interchange_is_found_where_the_first_lacks_its_last_terminator():
    once = text(whole(claim()), terminator="~")
    assert interchanges(once[:-1] + once) == [0, len(once) - 1]


@pytest.mark.parametrize("blank", ["\n", "\t", "\r\n"])
def test_blanks_without_end_are_gone_through_once(blank: str):
    # Gone through once for each of them, these take hours.
    assert not looks_like_x12("REF*" + blank * 30_000)
    assert from_isa("ISA*00*" + blank * 30_000) is None

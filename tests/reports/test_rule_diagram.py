"""The diagram of a rule: well-formed, escaped, told in text, inside its frame, at home in a page and as a file."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.rule_diagram import WIDTH, diagram, diagram_file, wrapped

STEPS: list[dict[str, Any]] = [
    {"kind": "lines", "title": "The line", "text": ["medicare"]},
    {"kind": "table", "title": "A table", "text": ["the row in force"]},
    {"kind": "conditions", "title": "All of these hold", "text": ["a", "b"]},
    {"kind": "bypass", "title": "Bypassed when", "text": ["c"]},
    {"kind": "finding", "title": "XMPL-1 on the line", "text": []},
    {"kind": "exposure", "title": "Potential overpayment", "text": ["the whole"]},
]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300)


@given(
    TEXTS,
    st.lists(
        st.tuples(st.sampled_from(["lines", "bypass", "odd"]), TEXTS, st.lists(TEXTS, max_size=3)), max_size=5
    ),
)
def test_any_text_gives_a_well_formed_drawing_inside_its_frame(
    rule: str, given_steps: list[tuple[str, str, list[str]]]
) -> None:
    steps = [{"kind": kind, "title": title, "text": text} for kind, title, text in given_steps]
    drawn = diagram("x", rule, steps)
    if not steps:
        assert drawn == ""
        return
    svg = ElementTree.fromstring(drawn)
    _, _, wide, high = map(float, str(svg.get("viewBox")).split())
    for box in svg.iter("rect"):
        x, y = float(box.get("x", "nan")), float(box.get("y", "nan"))
        assert x >= 0 and x + float(box.get("width", "nan")) <= wide == WIDTH
        assert y >= 0 and y + float(box.get("height", "nan")) <= high
    assert len(list(svg.iter("rect"))) == len(steps)


def test_it_names_itself_and_is_told_in_text() -> None:
    svg = ElementTree.fromstring(diagram("flow-1", "A rule", STEPS))
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "flow-1-t flow-1-d")
    assert (svg[0].tag, svg[0].text) == ("title", "A rule, step by step")
    assert svg[1].tag == "desc" and "All of these hold: a; b" in str(svg[1].text)
    assert "style=" not in diagram("flow-1", "A rule", STEPS)


def test_what_leads_aside_is_set_in_and_dashed() -> None:
    svg = ElementTree.fromstring(diagram("x", "A rule", STEPS))
    left = {str(group.get("class")): float(group[0].get("x", "nan")) for group in svg.iter("g")}
    assert left["bypass"] > left["lines"] == left["finding"]
    assert len([path for path in svg.iter("path") if path.get("class") == "aside"]) == 1


def test_what_belongs_under_a_text_is_set_in_under_it_and_stays_in_its_room() -> None:
    long = "a condition of some length " * 9
    steps = [
        {
            "kind": "conditions",
            "title": "All",
            "text": ["one of:", f"– {long}", f"– – {long}", "– " * 40 + "deep"],
        }
    ]
    svg = ElementTree.fromstring(diagram("x", "A rule", steps))
    lines = [str(text.text) for text in svg.iter("text")][1:]
    depth = [len(line) - len(line.lstrip("\N{NO-BREAK SPACE}")) for line in lines if "– " in line]
    assert lines[0] == "· one of:" and depth == [5, 10, 20]
    assert max(map(len, lines)) <= 84


def test_as_a_file_it_brings_its_own_style_for_light_dark_and_print() -> None:
    text = diagram_file("A rule", STEPS)
    svg = ElementTree.fromstring(text)
    assert svg.tag == "{http://www.w3.org/2000/svg}svg" and "http" not in text.replace(
        "http://www.w3.org/2000/svg", ""
    )
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    assert text == diagram_file("A rule", STEPS)


@given(TEXTS, st.integers(5, 90))
def test_lines_are_no_longer_than_their_room_and_lose_no_letter(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert all(len(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())

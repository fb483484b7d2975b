"""What holds of every file: claims come back as they were written, and no damage loses one without a word."""

from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.claims.readers.x12.transactions import kinds_of
from tests.claims.readers.x12.files import (
    BILLING,
    SUBSCRIBER,
    claim,
    group,
    interchange,
    read,
    source_of,
    stage,
    text,
    transaction,
    whole,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
CODES = st.text(DIGITS + LETTERS, min_size=5, max_size=5)
WORDS = st.text(DIGITS + LETTERS, min_size=1, max_size=12)
MODIFIERS = st.lists(st.text(DIGITS + LETTERS, min_size=2, max_size=2), max_size=4)
DAYS = st.dates(min_value=date(1900, 1, 1)).map(lambda day: day.strftime("%Y%m%d"))
DIAGNOSES = st.lists(st.text(DIGITS + LETTERS, min_size=3, max_size=7), min_size=1, max_size=12)


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "code": draw(CODES), "mods": draw(MODIFIERS), "cents": draw(st.integers(0, 10**8)),
        "units": str(draw(st.integers(1, 999))),
        "pos": draw(st.sampled_from(("", "11", "22"))), "day": draw(DAYS),
        "control": draw(st.one_of(st.just(""), WORDS)),
        "pointers": draw(st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True)),
    }  # fmt: skip


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "id": draw(WORDS), "member": draw(WORDS), "frequency": draw(st.sampled_from("178")), "dx": draw(DIAGNOSES),
        "lines": draw(st.lists(lines(), min_size=1, max_size=5)), "birth": draw(DAYS),
        "sex": draw(st.sampled_from("FMU")),
    }  # fmt: skip


def written(one: dict[str, Any]) -> list[str]:
    """The segments of a claim and its subscriber."""
    made = ["HL*2*1*22*0", "SBR*P*18*******MB", f"NM1*IL*1*A*B****MI*{one['member']}"]
    made += [f"DMG*D8*{one['birth']}*{one['sex']}", SUBSCRIBER[-1]]
    total = dollars(sum(line["cents"] for line in one["lines"]))
    made.append(f"CLM*{one['id']}*{total}***11:B:{one['frequency']}*Y*A*Y*Y")
    listed = [f"{'ABF' if place else 'ABK'}:{code}" for place, code in enumerate(one["dx"])]
    made.append("*".join(["HI", *listed]))
    for place, line in enumerate(one["lines"], 1):
        composite = ":".join(("HC", line["code"], *line["mods"]))
        pointers = ":".join(map(str, line["pointers"]))
        made.append(f"LX*{place}")
        made.append(f"SV1*{composite}*{dollars(line['cents'])}*UN*{line['units']}*{line['pos']}**{pointers}")
        made.append(f"DTP*472*D8*{line['day']}")
        made.extend([f"REF*6R*{line['control']}"] if line["control"] else [])
    return made


def expected(one: dict[str, Any], place: int) -> dict[str, Any]:
    """What a line must come back as."""
    line = one["lines"][place]
    return {
        "claim_id": one["id"], "patient_id": one["member"], "birth_date": one["birth"], "sex": one["sex"],
        "frequency_code": one["frequency"], "line_no": str(place + 1), "code": line["code"],
        "charge": dollars(line["cents"]),
        "units": line["units"], "pos": line["pos"] or "11", "date_from": line["day"],
        "dx_ptr": ":".join(map(str, line["pointers"])),
        **({"line_control_no": line["control"]} if line["control"] else {}),
        **{f"mod{n}": mod for n, mod in enumerate(line["mods"], 1)},
        **{f"dx{n}": code for n, code in enumerate(one["dx"], 1)},
    }  # fmt: skip


SEPARATORS = st.sampled_from(
    [("*", ":", "~"), ("*", ":", "~\n"), ("|", ">", "'"), ("~", "^", "_"), ("*", ">", "\n"), ("\x1d", "\x1f", "\x1c"),
     ("^", "<", "\r\n"), ("+", "!", "~\r\n")]
)  # fmt: skip


@given(
    made=st.lists(st.lists(claims(), min_size=1, max_size=4), min_size=1, max_size=3), separators=SEPARATORS
)
@settings(deadline=None, max_examples=30)
def test_any_claims_come_back_as_they_were_written(
    made: list[list[dict[str, Any]]], separators: tuple[str, str, str]
):
    transactions = [
        transaction(*(written(one) for one in part), levels=BILLING, control=f"{number:04d}")
        for number, part in enumerate(made, 1)
    ]
    found = read(text(interchange(group(*transactions)), *separators, repeat="%"))
    flat = [(one, place) for part in made for one in part for place in range(len(one["lines"]))]
    kept = set(expected(made[0][0], 0)) | {f"mod{n}" for n in range(1, 5)} | {f"dx{n}" for n in range(1, 13)}
    kept |= {"line_control_no"}
    assert [{name: row[name] for name in kept if name in row} for row in found.rows] == [
        expected(one, place) for one, place in flat
    ]
    assert set(found.names) <= {"rendering_is_billing"}
    assert found.aside == []
    assert found.records == sum(len(part) for part in made)


THREE = text(whole(*(claim(clm=f"CLM*C{number}*100***11:B:1*Y*A*Y*Y") for number in (1, 2, 3)))).encode()


@given(place=st.integers(0, len(THREE) - 1), byte=st.binary(max_size=2))
@settings(deadline=None, max_examples=300)
def test_no_damaged_byte_of_a_file_loses_a_claim_without_a_word(place: int, byte: bytes):
    found = read(THREE[:place] + byte + THREE[place + 1 :])
    assert len(found.rows) + len(found.aside) >= 3
    if len(found.rows) < 3:
        assert {name for name in found.names if name != "rendering_is_billing"} | {
            one[1] for one in found.aside
        }


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_file_from_which_pieces_are_missing_gives_claims_a_refusal_or_errors_never_nothing(
    data: st.DataObject,
):
    chance = random.Random(data.draw(st.integers(0, 10**6)))
    content = bytearray(THREE)
    for _ in range(chance.randrange(1, 8)):
        place = chance.randrange(len(content))
        content[place : place + chance.randrange(120)] = bytes(
            chance.choices(b"~*:\nACLM019", k=chance.randrange(4))
        )
    found = read(bytes(content))
    if found.rows or found.aside:
        return
    with TemporaryDirectory() as folder:
        source = source_of(bytes(content) or b"\n", Path(folder))
        kinds = kinds_of(source)
        if kinds is not None and kinds.claims:
            with pytest.raises(InputRefused):
                stage(bytes(content), Path(folder))
        else:
            # Nothing that a reader of claims takes: whoever asked is told that the content is of unknown kind.
            assert kinds is None or not re.search(rb"~\s*CLM\*", content)

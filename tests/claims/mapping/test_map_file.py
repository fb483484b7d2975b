import pytest

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import ColumnMap, Split, Written, as_column_map
from auditor.claims.mapping.map_file import read_column_map, written_out


@pytest.fixture
def load(tmp_path):
    def run(text):
        path = tmp_path / "map.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_column_map(path)

    return run


LONG = """\
version: 1
made_for: {header: abc, columns: [A, B]}
feed:
  line_of_business: medicaid
  payer_id: 0012
  delimiter: ";"
ignore: [Paid By Patient]
fields:
  claim_id: 07
  code: {column: [CPT, Proc Code], split: {separator: " - ", part: 1}}
  date_from: {column: DOS, date_format: DD/MM/YYYY}
  charge: {column: Billed, decimal: ","}
  pos: {constant: 11}
"""


def test_the_long_form_says_all_it_can(load):
    told = load(LONG)
    assert told.fields == {
        "claim_id": Written(("07",)),
        "code": Written(("CPT", "Proc Code"), split=Split(" - ", 1)),
        "date_from": Written(("DOS",), date_format="DD/MM/YYYY"),
        "charge": Written(("Billed",), decimal=","),
        "pos": Written(constant="11"),
    }
    assert (told.line_of_business, told.payer_id, told.delimiter) == ("medicaid", "0012", ";")
    assert (told.ignore, told.made_for, told.name) == (("Paid By Patient",), ("A", "B"), "map.yaml")


def test_the_short_form_stays_a_field_and_its_column_a_line(load):
    assert load("code: CPT\nunits: no\n").fields == {"code": Written(("CPT",)), "units": Written(("no",))}


def test_what_is_recorded_gives_the_same_map_again(load):
    told = load(LONG)
    assert as_column_map(told.recorded()) == told
    assert load("code: CPT\n").recorded() == {"code": "CPT"}
    assert as_column_map({}) == ColumnMap()


@pytest.mark.parametrize("text", [LONG, "code: 'a \"b\" # \\\\ c: d'\n", "code: [x, '1']\n"])
def test_what_is_written_out_is_read_back_the_same(load, text):
    told = load(text)
    assert load(written_out(told, {"code": "so it\nseems"}, ["a remark"])) == told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unitz: a\n", r"line 1: .*unknown field, 'unitz'.*Did you mean units"),
        ("code: a\ncode: b\n", "line 2: the column map says code twice"),
        ("fields:\n  code: a\n  units: b\n  code: c\n", "line 4: fields says code twice"),
        ("code: a\nfields: {code: b}\n", "the field code is mapped twice"),
        ("code: {colum: a}\n", r"line 1: code knows no 'colum'.*Did you mean column"),
        ("code: {}\n", "neither a column nor a constant"),
        ("code: {column: a, constant: b}\n", "has a column and a constant"),
        ("code:\n", "code is given no column"),
        ("code: {date_format: YYYY, column: a}\n", "code is no date"),
        ("date_from: {column: a, date_format: later}\n", "the date_format of date_from is none"),
        ("birth_date: {column: a, date_format: DD/MM/YY}\n", "does not tell the century"),
        ("charge: {column: a, decimal: x}\n", "a point or a comma"),
        ("code: {column: a, decimal: ','}\n", "code is no amount"),
        ("code: {column: a, split: {part: 1}}\n", "needs separator and part"),
        ("code: {column: a, split: {separator: ',', part: 0}}\n", "from 1"),
        ("paid: {constant: 5}\n", "paid cannot be the same for every line"),
        ("line_no: {constant: 1}\n", "or write {constant: position}"),
        ("feed: {line_of_business: medicar}\ncode: a\n", "none that is known.*Known: medicare"),
        ("feed: {delimiter: x}\ncode: a\n", "the delimiter is none that is read"),
        ("feed: {payer: x}\ncode: a\n", "knows no 'payer'.*Did you mean payer_id"),
        ("version: 2\ncode: a\n", "of a version that this program does not read"),
        ("ignore: [a]\ncode: A\n", "also one to ignore"),
        ("- a\n- b\n", "is no list of `name: value` lines"),
        ("a,b,c\n1,2,3\n", "is no list of `name: value` lines"),
        ("code: 'a\n", "line 2: the column map is not readable YAML"),
        ("", "the column map is empty"),
        ("fields: {}\n", "the column map maps nothing"),
        (b"code: \xff\n", "not written in UTF-8"),
        ("code: " + "a" * 1_000_001, "far too long"),
        ("code: {column: {a: b}}\n", "not one word"),
    ],
)
def test_each_fault_is_named_with_its_line(load, text, says):
    with pytest.raises(InputRefused, match=says) as caught:
        load(text)
    assert str(caught.value).startswith("map.yaml")


def test_a_map_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputRefused, match=r"absent.yaml: the column map cannot be read"):
        read_column_map(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("more", "said"),
    [("charge: Fee\npaid: Fee", "charge and paid"), ("modifiers: M\nmod1: M", "modifiers and mod1")],
)
def test_one_column_is_no_two_amounts_and_no_two_modifiers(tmp_path, more, said):
    path = tmp_path / "map.yaml"
    path.write_text(f"claim_id: A\n{more}\n")
    with pytest.raises(InputRefused, match=f"line 3: {said} are given one column"):
        read_column_map(path)


def test_one_column_may_be_two_providers_or_parts(tmp_path):
    path = tmp_path / "map.yaml"
    split = "{{column: M, split: {{separator: '/', part: {}}}}}"
    path.write_text(f"billing_npi: N\nrendering_npi: N\nmod1: {split.format(1)}\nmod2: {split.format(2)}\n")
    assert set(read_column_map(path).fields) == {"billing_npi", "rendering_npi", "mod1", "mod2"}

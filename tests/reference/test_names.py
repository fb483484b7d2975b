import pytest

from auditor.base.errors import InputRefused
from auditor.reference.names import name_facts


@pytest.mark.parametrize(
    ("name", "quarter", "revision"),
    [
        ("ccipra-v302r0-f1.TXT", "2024Q3", 0),
        ("CCIOPH-V300R1-F2.xlsx", "2024Q1", 1),
        ("ccipra-v322r0-f1.txt", "2026Q3", 0),
        ("medicare-ncci-2024q3-practitioner-ptp-edits.zip", "2024Q3", None),
        ("AOC_V2024Q2-MCR.txt", "2024Q2", None),
        ("MCR_MUE_PractitionerServices_Eff_07-01-2024.csv", "2024Q3", None),
        ("MCR_MUE_DMESupplierServices_Eff_10-01-2023.csv", "2023Q4", None),
        ("q4-2023 edits.txt", "2023Q4", None),
        ("edits.txt", None, None),
        ("v304r0.txt", None, None),
        ("invoice-20240730.txt", None, None),
    ],
)
def test_a_name_tells_quarter_and_revision(name, quarter, revision):
    facts = name_facts([name])
    assert (facts.period, facts.revision) == (quarter, revision)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("ccipra-v302r0-f1.txt", "practitioner"),
        ("ccioph-v302r0-f1.txt", "hospital"),
        ("MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.csv", "hospital"),
        ("MCR_MUE_DMESupplierServices_Eff_07-01-2024.csv", "dme"),
        ("edits.txt", None),
        ("hospital-and-practitioner.zip", None),
    ],
)
def test_a_name_tells_the_setting_when_it_names_exactly_one(name, setting):
    assert name_facts([name]).setting == setting


def test_the_innermost_name_decides_setting_and_part():
    facts = name_facts(["ccioph-v302r0-f2.txt", "practitioner-f1.zip"])
    assert (facts.setting, facts.part) == ("hospital", 2)


def test_an_archive_lends_its_part_and_quarter_to_a_silent_member():
    facts = name_facts(["edits.txt", "ccipra-v302r0-f3.zip"])
    assert (facts.part, facts.period) == (3, "2024Q3")


def test_names_that_contradict_each_other_are_refused():
    with pytest.raises(InputRefused, match="2024Q1, 2024Q3"):
        name_facts(["ccipra-v302r0-f1.txt", "2024q1-edits.zip"])


@pytest.mark.parametrize(
    ("name", "medicaid"), [("MCD_MUE_2024q3.csv", True), ("medicaid-ptp.zip", True), ("MCR_MUE.csv", False)]
)
def test_medicaid_names_are_known(name, medicaid):
    assert name_facts([name]).medicaid is medicaid

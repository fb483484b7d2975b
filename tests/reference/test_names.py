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
        ("medicaid-ncci-q1-2026-ptp-edits-practitioner-services.zip", "2026Q1", None),
        ("medicaid-ncci-2026-q3-ptp-edits-durable-medical-equipment.zip", "2026Q3", None),
        ("medicaid-ncci-2026-q3-r1-mue-edits-practitioner-services.zip", "2026Q3", 1),
        ("medicare-ncci-2026-q4-hospital-ptp-edits-ccioph-v323r0-f1.zip", "2026Q4", 0),
        ("medicare-ncci-2026-q2-dme-supplier-services-mue-table.zip", "2026Q2", None),
        ("MCD-MUE-PractitionerServices-Effective_07012026.txt", "2026Q3", None),
        ("add-code-edits-medicare-effective-06012026.zip", "2026Q2", None),
        ("x-effective-13012026.txt", None, None),
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
        ("medicaid-ncci-2026-q3-ptp-edits-durable-medical-equipment.zip", "dme"),
        ("medicare-ncci-2026-q2-dme-supplier-services-mue-table.zip", "dme"),
        ("medicare-ncci-2026-q2-facility-outpatient-hospital-services-mue-table.zip", "hospital"),
        ("MCD-MUE-PRA-v2019q1-F1-D.txt", "practitioner"),
        ("MCD-MUE-OPH-v2019q1-F1-D.txt", "hospital"),
        ("MCD-PTP-DME-v2019q1-F1-D.txt", "dme"),
        ("prada.txt", None),
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
    ("names", "medicaid", "medicare"),
    [
        (["MCD_MUE_2024q3.csv"], True, False),
        (["medicaid-ptp.zip"], True, False),
        (["MCR_MUE.csv"], False, True),
        (["ccipra-v302r0-f1.txt"], False, True),
        (["edits.txt"], False, False),
        (["edits.txt", "medicaid-ncci-2026-q3-ptp-edits-practitioner-services.zip"], True, False),
        (["MCR_MUE.csv", "medicaid and medicare.zip"], False, True),
        (["mue.csv", "medicaid and medicare.zip"], False, False),
        # The Medicare Coverage Database.
        (["mcd.zip"], False, False),
        (["article.csv", "all_article_csv.zip", "MCD 2026.zip"], False, False),
        (["ccipra-v302r0-f1.txt", "mcd.zip"], False, True),
    ],
)
def test_the_programme_is_what_the_innermost_name_states(names, medicaid, medicare):
    facts = name_facts(names)
    assert (facts.medicaid, facts.medicare) == (medicaid, medicare)


def test_a_part_may_stand_in_brackets():
    assert name_facts(["PTP edits (f2).xlsx"]).part == 2

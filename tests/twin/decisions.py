"""Where the documents leave room, what the twin takes; each of them one line, so that a decision can be changed."""

from __future__ import annotations

import datetime as dt

MEDICARE = frozenset({"medicare", "medicare_advantage"})
IN_SCOPE = MEDICARE | {"medicaid"}
FEE_FOR_SERVICE = frozenset({"medicare"})
PROFESSIONAL = frozenset({"practitioner"})
PROFESSIONAL_AND_HOSPITAL = frozenset({"practitioner", "outpatient_hospital"})

# Medicaid follows the NCCI by law; a Medicare Advantage plan by its contract, which is not at hand.
DEFINITE_LINES_OF_BUSINESS = frozenset({"medicare", "medicaid"})
# PTP-10 was a rule of the Part B professional system (catalogue 3.17).
PTP_10_LINES_OF_BUSINESS = FEE_FOR_SERVICE
# "Medicare FFS" (catalogue 3.18).
MUE_04_LINES_OF_BUSINESS = FEE_FOR_SERVICE

# Medicaid NCCI has no add-on code edits of its own.
ADDON_LINES_OF_BUSINESS = MEDICARE
ADDON_SETTINGS = PROFESSIONAL_AND_HOSPITAL
OPEN_LIST_SETTINGS = PROFESSIONAL_AND_HOSPITAL  # AOC-02
CRITICAL_CARE_SETTINGS = PROFESSIONAL  # AOC-05
# The settings and the types of add-on code for which AOC-03 can be definite.
CASCADE_DEFINITE_IN = PROFESSIONAL
CASCADE_DEFINITE_TYPES = frozenset({"1"})
# Change Request 7501, which the add-on rules cite, took effect on this day.
ADDON_RULES_BEGAN = dt.date(2013, 4, 1)

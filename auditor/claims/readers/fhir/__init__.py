"""FHIR ExplanationOfBenefit: what a payer tells a member or an agency of an adjudicated claim.

STU3 Blue Button, R4 CARIN Consumer Directed Payer Data Exchange (C4BB), and the R4 of CMS's beneficiary FHIR data
server (BFD) in both of its shapes; NDJSON as bulk exports write it, Bundles, arrays and single resources.
"""

from __future__ import annotations

from auditor.claims.readers.fhir.reader import FhirReader

__all__ = ["FhirReader"]

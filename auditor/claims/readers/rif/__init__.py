"""Research Identifiable Files of the Chronic Conditions Warehouse, pipe-separated, with or without DML_IND.

Layout: CCW data dictionaries of the FFS claims (carrier, DME, inpatient, outpatient, SNF, HHA, hospice) and of the
master beneficiary summary; the columns as CMS's Beneficiary FHIR Data server receives them (beneficiary-fhir-data).
"""

from __future__ import annotations

from auditor.claims.readers.rif.reader import RifReader

__all__ = ["RifReader"]

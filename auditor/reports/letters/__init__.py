"""Documents made from a finished audit, for one provider, one rule or one deadline, by way of its `AuditDocument`.

The letter to a provider, the findings memo, the 60-day worksheet and the extract of findings say nothing that page and
workbook do not say: they are laid out from the same document, and their sums are held against its totals.
"""

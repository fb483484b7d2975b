"""An independent computation of the ptp, mue and addon findings, written apart from the product."""

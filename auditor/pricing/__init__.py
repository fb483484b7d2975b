"""What a service is worth: fees of the physician fee schedule and of payers, and what of them is due."""

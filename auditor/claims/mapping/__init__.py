"""Which column of a table holds which field: names, column maps, and the proposal of one."""

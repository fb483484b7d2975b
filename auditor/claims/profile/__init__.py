"""What a feed holds, in counts and sums, for `auditor claims inspect`."""

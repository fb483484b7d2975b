"""Statistics of providers against their peers: indicators of risk, never findings of fact."""

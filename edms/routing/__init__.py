"""Consideration, resolutions, assignments, reports, control, acquaintance. Knows nothing of services or drafting."""

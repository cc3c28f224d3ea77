"""The people: organisations, units, positions, officials, roles, substitution, sign-in."""

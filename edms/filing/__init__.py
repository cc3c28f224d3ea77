"""File plan (nomenclature of cases) and case files. Knows nothing of retention or routing."""

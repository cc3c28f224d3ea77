"""Figures and lists for those who answer for the register: as spreadsheets, and later as statistics."""

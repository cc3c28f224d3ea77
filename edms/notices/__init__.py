"""Telling people: notices on the desk. Never a letter's content."""

"""Telling people: notices on the desk, and by mail. Never a letter's content."""

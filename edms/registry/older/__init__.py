"""Older journals: compared with a register, and taken over into it with their own numbers and days."""

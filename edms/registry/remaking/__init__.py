"""Scans made anew: divided, joined, put in order. What they were made of stays, and the act can be taken back."""

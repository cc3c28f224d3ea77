"""The fictional municipality: its papers, its people, its past, and the journey of one letter."""

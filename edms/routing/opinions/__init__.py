"""Opinions: what an executor asks of others before she answers. It stays beside the letter and never leaves with it."""

"""Signatures: asked, prepared, signed, embedded, raised to B-LTA; refused or failed with a reason; and verdicts.

Refuses to sign anything but the bytes that were shown, any content that can act or change by itself, and with a
certificate whose revocation nobody can ask about. Never keeps a PIN, never lets a half-signed file out.
"""

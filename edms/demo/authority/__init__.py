"""The demo's certification authority: root, issuing CA, people, seals, time stamps, OCSP and CRL on the loopback.

Everything here says "Demo – not a real certificate" in its subject. The keys lie beside the demo's data and are worth
nothing: no validator outside trusts the root. Real installations name their own time-stamp authority and trust roots.
"""

from edms.demo.authority.make import Authority, make, open_authority, revoke
from edms.demo.authority.plan import Holder
from edms.demo.authority.serving import Inside, Serving, serve

__all__ = [
    "Authority",
    "Holder",
    "Inside",
    "Serving",
    "make",
    "open_authority",
    "revoke",
    "serve",
]

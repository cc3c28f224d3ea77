"""The ledger: every act on the register is a leaf of an RFC 9162 tree, so that nothing can be altered unseen.

Acts are added in their own transaction, placed within seconds, sealed by signed checkpoints, and proved by receipts
that anyone can check without us. It refuses to change or remove what was added.
"""

from __future__ import annotations

from edms.ledger.log import Leaf, append, erase, sequence, size, waiting

__all__ = ["Leaf", "append", "erase", "sequence", "size", "waiting"]

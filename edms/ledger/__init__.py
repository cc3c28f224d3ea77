"""The ledger: every act on the register is a leaf of an RFC 9162 Merkle tree. Knows no room."""

from edms.ledger.leaves import append

__all__ = ["append"]

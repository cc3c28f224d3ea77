"""The ledger: every act on the register is a leaf of an RFC 9162 tree, so that nothing can be altered unseen.

Acts are added in their own transaction, placed within seconds, sealed by signed checkpoints, and proved by receipts
that anyone can check without us. It refuses to change or remove what was added.
"""

from __future__ import annotations

from edms.ledger.auditing import Difference, Verdict, verify
from edms.ledger.checkpoints import Checkpoint, checkpoint, latest
from edms.ledger.facts import Reader, untold, verify_facts
from edms.ledger.keys import Signer, load_signer, load_verifier, make_key
from edms.ledger.log import APPEND, NEXT_LEAF, Leaf, Made, append, erase, make, sequence, size, waiting
from edms.ledger.notes import Statement, Verifier
from edms.ledger.notes import read as read_note
from edms.ledger.proofs import Proof, consistency, inclusion, inclusions, root_of
from edms.ledger.receipts import Proved, growth, proved, receipt

__all__ = [
    "APPEND",
    "NEXT_LEAF",
    "Checkpoint",
    "Difference",
    "Leaf",
    "Made",
    "Proof",
    "Proved",
    "Reader",
    "Signer",
    "Statement",
    "Verdict",
    "Verifier",
    "append",
    "checkpoint",
    "consistency",
    "erase",
    "growth",
    "inclusion",
    "inclusions",
    "latest",
    "load_signer",
    "load_verifier",
    "make",
    "make_key",
    "proved",
    "read_note",
    "receipt",
    "root_of",
    "sequence",
    "size",
    "untold",
    "verify",
    "verify_facts",
    "waiting",
]

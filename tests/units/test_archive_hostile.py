"""Receipts and packages made to break whoever checks them: refused in words, in bounded room."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edms import ledger
from edms.archive.package.checking import check
from edms.archive.package.found import MOST_FAULTS
from edms.errors import Corrupt
from edms.ledger import leaves, tree
from edms.ledger.keys import Signer
from edms.ledger.notes import Statement, write

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SIGNER = Signer("edms-test.example/ledger", Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a forger").digest()))
SALT = b"s" * 16
DEEP = "[" * 200_000


def receipt(leaf: str, **more: Any) -> dict[str, Any]:
    """A receipt of a leaf under the forger's own key, who signs whatever he likes."""
    statement = Statement(SIGNER.verifier.origin, 1, tree.leaf_hash(leaf.encode()), AT)
    note = write(statement, SIGNER.verifier.key_id, SIGNER.sign(statement))
    salt = base64.b64encode(SALT).decode()
    return {"leaf": leaf, "position": 0, "proof": [], "checkpoint": note, "salt": salt, "facts": {}, **more}


def entry(facts: Any) -> str:
    committed = hashlib.sha256(SALT + leaves.canonical(facts)).hexdigest()
    return json.dumps({"v": 1, "act": "document:registered", "org": 1, "at": "x", "commitment": committed})


HOSTILE = {
    "deep leaf": receipt(DEEP),
    "a list for a leaf": receipt('["commitment"]'),
    "endless place": receipt(entry({}), position=json.loads("1e999")),
    "a list for facts": receipt(entry(["number"]), facts=["number"]),
    "a text for facts": receipt(entry("number"), facts="number"),
    "half a letter": receipt(entry({}), facts={"number": "\ud800"}),
    "no act": receipt(json.dumps({"commitment": leaves.commitment(SALT, {})})),
    "proof of no hashes": receipt(entry({}), proof=[[]]),
}


def test_a_receipt_of_ones_own_is_read() -> None:
    said = ledger.proved(receipt(entry({"number": "1"}), facts={"number": "1"}), SIGNER.verifier)
    assert (said.act, said.position, said.facts) == ("document:registered", 0, {"number": "1"})
    assert ledger.proved(receipt(entry({}), salt=None), SIGNER.verifier).facts is None


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_receipt_is_refused_in_words(told: dict[str, Any]) -> None:
    with pytest.raises(Corrupt):
        ledger.proved(told, SIGNER.verifier)


def test_a_package_full_of_faults_is_told_in_a_thousand(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as target:
        for number in range(3 * MOST_FAULTS):
            target.writestr(f"top/data/{number}", b"")
    assert len(check(tmp_path / "package.zip").faults) == MOST_FAULTS

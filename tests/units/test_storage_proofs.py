"""What proves a content, beside another implementation of the same standard; without its secret; and in parts."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edms.errors import NotFound, Unavailable
from edms.storage.proofs import Leaves, Promise, Proofs, all_of, promise_of

PIECES = [secrets.token_bytes(size) for size in (1 << 10, 1, 4097)]


def promised(proofs: Proofs) -> Promise:
    made = proofs.begin()
    for piece in PIECES:
        made.update(piece)
    return made.promise()


def test_the_tag_is_gmac_with_the_id_as_nonce() -> None:
    secret = secrets.token_bytes(32)
    found = promised(Proofs(lambda: secret))
    assert found.tag == AESGCM(secret).encrypt(bytes.fromhex(found.ident)[:12], b"", b"".join(PIECES)).hex()
    assert promise_of(found.key) == found and secret.hex() not in found.key


def test_bytes_found_for_the_tag_alone_or_for_the_hash_alone_are_refused() -> None:
    proofs = Proofs()
    right, other = promised(proofs), proofs.begin().promise()
    assert all_of(proofs.of(right.key), PIECES) == all_of(proofs.whole(right.key), PIECES) == 1024 + 1 + 4097
    assert all_of(proofs.of(right.key), PIECES[:2]) is None
    assert all_of(proofs.of(replace(right, tag=other.tag).key), PIECES) is None
    for wrong in (replace(right, tag=other.tag), replace(right, sha256=other.sha256)):
        assert all_of(proofs.whole(wrong.key), PIECES) is None


def test_where_the_secret_is_away_reading_is_proved_by_the_hash_and_nothing_is_stored() -> None:
    def away() -> bytes:
        raise Unavailable("access.key_missing")

    key, lost = promised(Proofs()).key, Proofs(away)
    for check in (lost.of, lost.whole):
        assert all_of(check(key), PIECES) and all_of(check(key), PIECES[:1]) is None
    with pytest.raises(Unavailable):
        lost.begin()


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "ab/cd/" + "0" * 32 + "-" + "0" * 64 + "-" + "0" * 40])
def test_what_is_no_key_is_not_there(key: str) -> None:
    with pytest.raises(NotFound):
        promise_of(key)


def test_pieces_are_proved_each_in_its_place() -> None:
    whole, leaves = secrets.token_bytes(10), Leaves(4)
    for at in range(0, 10, 4):
        leaves.add(whole[at : at + 4])
    assert leaves.match(whole, 0) and leaves.match(whole[4:], 1) and leaves.match(whole[8:], 2)
    assert not leaves.match(whole[4:8], 0) and not leaves.match(whole[8:9], 2) and not leaves.match(whole[4:], 2)
    assert not leaves.match(whole + b"more", 0)

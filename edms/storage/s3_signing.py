"""What a request tells of its body, so that the store can compare, and how it is signed.

A request is signed with the hash of its body. Where we know that already, the client need not read all of it for it.

What is written carries its SHA-256 for the store to compare (`x-amz-checksum-sha256`): that header is signed as the body's
hash too, so a store that looks at the one or at the other notices every byte that is not ours.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from functools import cache
from typing import Any

from edms.storage.proofs import promise_of

CHECKSUM = "x-amz-checksum-sha256"
_NAME = "s3v4-of-a-known-body"


def sign_what_is_known(client: Any) -> None:
    """From now on this client signs contents by the hash that is told with them."""
    _register()
    client.meta.events.register("choose-signer.s3.PutObject", lambda **_about: _NAME)


@cache
def _register() -> None:
    from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth

    class KnownBody(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
        def payload(self, request: Any) -> str:
            told = request.headers.get(CHECKSUM)
            return b64decode(told).hex() if told else str(super().payload(request))

    AUTH_TYPE_MAPS[_NAME] = KnownBody


def checksum(key: str) -> str:
    """The hash in the key as a store checks it, so that what the line damaged is not even kept."""
    return b64encode(bytes.fromhex(promise_of(key).sha256)).decode()


def md5(part: bytes) -> str:
    """What the line did not damage, the store itself checks; every store knows it."""
    return b64encode(hashlib.md5(part, usedforsecurity=False).digest()).decode()

"""A content's hash is computed once: the client that sends it signs with the hash it is told."""

from __future__ import annotations

import io
from base64 import b64encode
from hashlib import sha256
from typing import Any

from botocore.awsrequest import AWSResponse
from pydantic import SecretStr

from edms.storage.s3_client import Place, connect

WHOLE = b"a letter" * 1000


class Watched(io.BytesIO):
    """Tells how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def sent(**values: Any) -> tuple[Any, int]:
    """The request as it would go over the line, and how many bytes of the body were read to make it."""
    client = connect(Place("contents", "http://127.0.0.1:1", "us-east-1", SecretStr("who"), SecretStr("secret")))
    caught: list[tuple[Any, int]] = []
    body = Watched(WHOLE)

    def keep(request: Any, **_about: Any) -> AWSResponse:
        caught.append((request, body.taken))
        raw = io.BytesIO()
        raw.stream = lambda *_: iter([b""])  # type: ignore[attr-defined]
        return AWSResponse(request.url, 200, {}, raw)

    client.meta.events.register("before-send.s3", keep)
    client.put_object(Bucket="contents", Key="letter", Body=body, **values)
    return caught[0]


def test_content_whose_hash_is_told_is_signed_without_reading_it() -> None:
    hashed = sha256(WHOLE)
    request, taken = sent(ChecksumSHA256=b64encode(hashed.digest()).decode())
    assert taken == 0
    assert request.headers["X-Amz-Content-SHA256"] == hashed.hexdigest().encode()
    assert b"x-amz-checksum-sha256;x-amz-content-sha256" in request.headers["Authorization"]


def test_content_without_a_hash_is_signed_by_its_own() -> None:
    request, taken = sent()
    assert taken == len(WHOLE)
    assert request.headers["X-Amz-Content-SHA256"] == sha256(WHOLE).hexdigest().encode()

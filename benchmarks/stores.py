"""Contents in a bucket beside bare boto3 on the same server (versitygw), in turns: reading proved bytes, writing with reading back.

The limit is a bare client that takes what it gets; beside it stands one that hashes what it reads, as ours does: whoever
does not cannot know what came.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.report import Report, median, timed
from edms.storage.port import PIECE
from edms.storage.s3 import S3Store
from tests.services import s3_servers

SIZES = {"1 MiB": (1 << 20, 60), "64 MiB": (64 << 20, 5)}
"""What is stored, and how many times; the first time of each is not counted."""


def run(report: Report) -> None:
    """Every size, both ways; nothing where the server cannot be had."""
    if lacking := s3_servers.missing("versitygw"):
        report.note(f"contents in a bucket: not measured, {lacking}")
        return
    with s3_servers.running("versitygw") as server, tempfile.TemporaryDirectory(prefix="edms-stores-") as spool:
        store = server.store(Path(spool))
        for name, (size, times) in SIZES.items():
            _compare(report, store, server.client(), name, os.urandom(size), times)


def _compare(report: Report, store: S3Store, bare: Any, name: str, whole: bytes, times: int) -> None:
    bucket, put, get, bare_put, bare_get, hashed = store.place.bucket, [], [], [], [], []
    alone: list[float] = []
    for n in range(times + 1):
        key = f"bare-{name}-{n}".replace(" ", "")
        turns: list[tuple[list[float], Callable[[], object]]] = [
            (bare_put, lambda key=key: bare.upload_fileobj(io.BytesIO(whole), bucket, key)),
            (bare_get, lambda key=key: _read(bare.get_object(Bucket=bucket, Key=key)["Body"])),
            (hashed, lambda key=key: _read(bare.get_object(Bucket=bucket, Key=key)["Body"], sha256())),
        ]
        for into, act in turns:
            with timed(into):
                act()
        with timed(put):
            ours = store.put(io.BytesIO(whole), limit=len(whole)).key
        with timed(get), store.open(ours) as reader:
            _read(reader)
        with timed(alone):
            sha256(whole)
        for each in (put, get, bare_put, bare_get, hashed, alone):
            if n == 0:
                each.clear()
    mib, what = len(whole) / (1 << 20), f"a content of {name} in a bucket"
    proved, plain = median(hashed), median(bare_get)
    both = median([a + b for a, b in zip(bare_put, bare_get, strict=True)])
    both_proved = median([a + b for a, b in zip(bare_put, hashed, strict=True)])
    for name_of, ours_took, beside, limit, bar in (
        (f"{what}, read and proved", median(get), "bare get", plain, ">= 85 %"),
        (f"{what}, read and proved", median(get), "bare get, hashed", proved, ""),
        (f"{what}, written and read back", median(put), "bare put and get", both, ">= 85 %"),
        (f"{what}, written and read back", median(put), "bare put and get, hashed", both_proved, ""),
    ):
        report.row(name_of, mib / ours_took, "MiB/s", beside, mib / limit, limit / ours_took, bar)
    report.row(f"SHA-256 alone of {name}", mib / median(alone), "MiB/s", "bare get", mib / plain, plain / median(alone))


def _read(body: Any, hashed: Any = None) -> int:
    """To its end in pieces, as it goes to a browser."""
    size = 0
    while piece := body.read(PIECE):
        size += len(piece)
        if hashed is not None:
            hashed.update(piece)
    return size

"""Contents in a bucket beside bare boto3 on the same server (versitygw), in turns: reading proved bytes, writing with reading back.

The limit is a bare client that takes what it gets. Beside it stand the same client with the tag of what it reads, as ours
does, and with SHA-256: whoever looks at nothing cannot know what came, so the first of them is the floor of every proof.
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
from edms.storage.proofs import all_of
from edms.storage.s3 import S3Store
from tests.services import s3_servers

SIZES = {"1 MiB": (1 << 20, 60), "64 MiB": (64 << 20, 45)}
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
    bucket, key = store.place.bucket, ""
    some = store.put(io.BytesIO(b"for its id"), limit=10).key
    acts: dict[str, Callable[[], object]] = {
        "bare put": lambda: bare.upload_fileobj(io.BytesIO(whole), bucket, key),
        "bare get": lambda: _read(bare.get_object(Bucket=bucket, Key=key)["Body"]),
        "bare get, tag": lambda: _read(bare.get_object(Bucket=bucket, Key=key)["Body"], store.proofs.of(some)),
        "bare get, SHA-256": lambda: _read(bare.get_object(Bucket=bucket, Key=key)["Body"], sha256()),
        "put": lambda: store.put(io.BytesIO(whole), limit=len(whole)),
        "tag alone": lambda: all_of(store.proofs.of(some), [whole]),
        "SHA-256 alone": lambda: sha256(whole),
    }
    took: dict[str, list[float]] = {each: [] for each in (*acts, "get")}
    for n in range(times + 1):
        key = f"bare-{len(whole)}-{n}"  # a new one each time: over an older version a store takes longer
        for each, act in acts.items():
            with timed(took[each]):
                made = act()
            if each == "put":
                with timed(took["get"]), store.open(made.key) as reader:  # type: ignore[attr-defined]
                    _read(reader)
        if n == 0:
            for seconds in took.values():
                seconds.clear()
    mib, what = len(whole) / (1 << 20), f"a content of {name} in a bucket"
    read, written = f"{what}, read and proved", f"{what}, written and read back"
    took["bare put and get"] = _both(took["bare put"], took["bare get"])
    took["bare put and get, SHA-256"] = _both(took["bare put"], took["bare get, SHA-256"])
    for row, ours, beside, bar in (
        (read, "get", "bare get", ">= 85 %"),
        (read, "get", "bare get, tag", ""),
        (read, "get", "bare get, SHA-256", ""),
        (written, "put", "bare put and get", ">= 85 %"),
        (written, "put", "bare put and get, SHA-256", ""),
        (f"{name} read by bare boto3, tag of it: the floor", "bare get, tag", "bare get", ""),
        (f"{name} read by bare boto3, SHA-256 of it", "bare get, SHA-256", "bare get", ""),
        (f"tag alone of {name}", "tag alone", "bare get", ""),
        (f"SHA-256 alone of {name}", "SHA-256 alone", "bare get", ""),
    ):
        mine, limit = median(took[ours]), median(took[beside])
        report.row(row, mib / mine, "MiB/s", beside, mib / limit, limit / mine, bar)


def _both(first: list[float], second: list[float]) -> list[float]:
    return [a + b for a, b in zip(first, second, strict=True)]


def _read(body: Any, hashed: Any = None) -> int:
    """To its end in pieces, as it goes to a browser."""
    size = 0
    while piece := body.read(PIECE):
        size += len(piece)
        if hashed is not None:
            hashed.update(piece)
    return size

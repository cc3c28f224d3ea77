"""The content store in a bucket of an S3-compatible store.

A stream is first gathered in a private file without a name, because the key carries the hash, a repeated request needs
the bytes again, and a bucket that locks by itself would keep half-finished objects for years. Then it goes over in
parts, is read back and compared. Nothing the store says is taken for proof: every byte handed out is checked against
what its key promises, ranges against tags of pieces that come from a whole which was proved.
"""

from __future__ import annotations

import io
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from edms import clock
from edms.errors import EdmsError, NotFound, RuleBroken, Unavailable
from edms.storage.locks import Abilities, Lock, Trial, Wall
from edms.storage.port import (
    PIECE,
    Found,
    Health,
    Progress,
    Source,
    Stored,
    corrupt,
    pieces,
    proving,
)
from edms.storage.proofs import KEY, Check, Leaves, Proofs, Secret, all_of, promise_of
from edms.storage.s3_body import Body
from edms.storage.s3_client import HEALTH_SECONDS, Place, answering, connect
from edms.storage.s3_signing import checksum, md5
from edms.storage.s3_trials import abilities_in, try_everything
from edms.storage.spool import gathered

AT_ONCE = 128 << 20
"""A content up to this size goes over in one request: a store that joins parts writes all of it twice."""
PART = 8 << 20
"""A larger content goes over in parts of this size, one in memory at a time."""
MOST_PARTS = 9_000
ABORT_PAUSES = (0.0, 0.3, 1.0)  # seconds
LEAF = 256 << 10
"""Ranges are read and proved in pieces of this size."""
MOST_PROVED = 4 << 20
"""Bytes of the tags of pieces that are remembered, 16 for each 256 KiB of a content: of 64 GiB of contents."""


class S3Store:
    """Contents as objects of one bucket, which should keep versions and locks (`edms storage probe` tells)."""

    def __init__(self, place: Place, *, spool: Path, secret: Secret | None = None) -> None:
        self.place, self.client, self.proofs = place, connect(place), Proofs(secret)
        self._asking = connect(place, seconds=HEALTH_SECONDS, tries=1)
        self._spool = spool
        self._proved: OrderedDict[str, tuple[int, Leaves]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, stream: Source, *, limit: int, on_progress: Progress | None = None) -> Stored:
        made = self.proofs.begin()
        with gathered(pieces(stream, limit=limit, on_progress=on_progress), self._spool, made) as (whole, size):
            promise = made.promise()
            self._send(promise.key, whole, size)
        return Stored(promise.key, promise.sha256, size)

    def take_over(self, key: str, stream: Source) -> None:
        check = self.proofs.whole(key)
        with gathered(iter(lambda: stream.read(PIECE), b""), self._spool, check) as (whole, size):
            if not check.holds():
                raise corrupt(key)
            self._send(key, whole, size)

    def open(self, key: str) -> BinaryIO:
        check = self.proofs.of(key)
        return proving(cast(BinaryIO, self._body(key)), key, check)

    def range(self, key: str, start: int, length: int) -> bytes:
        size, leaves = self._proof(key)
        stop = min(start + length, size)
        if start >= stop:
            return b""
        first, last = start // LEAF, (stop - 1) // LEAF
        body = self._body(key, first * LEAF, min(size, (last + 1) * LEAF))
        with body:
            got = b"".join(iter(lambda: body.read(PIECE), b""))
        if not leaves.match(got, first):
            raise corrupt(key)
        return got[start - first * LEAF : stop - first * LEAF]

    def size(self, key: str) -> int:
        promise_of(key)
        return int(self._head(key)["ContentLength"])

    def verify(self, key: str, *, sha256: str, size: int) -> None:
        if sha256 != promise_of(key).sha256:
            raise corrupt(key)
        self._compare(key, self.proofs.whole(key), size)

    def delete(self, key: str) -> None:
        promise_of(key)
        self._erase(self.client, key)

    def lock(self, key: str, until: datetime) -> Lock:
        self._need_locks()
        lock = self.lock_of(key).extended(until)
        with answering(key):
            retention = {"Mode": "COMPLIANCE", "RetainUntilDate": lock.until}
            self.client.put_object_retention(Bucket=self.place.bucket, Key=key, Retention=retention)
        return self._proved_lock(key, lock)

    def hold(self, key: str, held: bool) -> Lock:
        self._need_locks()
        before = self.lock_of(key)
        with answering(key):
            status = {"Status": "ON" if held else "OFF"}
            self.client.put_object_legal_hold(Bucket=self.place.bucket, Key=key, LegalHold=status)
        return self._proved_lock(key, Lock(before.until, held))

    def lock_of(self, key: str) -> Lock:
        promise_of(key)
        return _lock_in(self._head(key))

    @cached_property
    def abilities(self) -> Abilities:
        return abilities_in(self.trials())

    def trials(self) -> list[Trial]:
        return try_everything(self.client, self.place)

    def walk(self) -> Iterator[Found]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.place.bucket)
        with answering():
            for page in pages:
                for each in page.get("Contents", ()):
                    if KEY.fullmatch(each["Key"]):
                        yield Found(each["Key"], each["Size"], each["LastModified"].astimezone(UTC))

    def health(self) -> Health:
        try:
            with answering():
                self._asking.head_bucket(Bucket=self.place.bucket)
        except EdmsError as error:
            return Health(False, None, "storage.refused" if isinstance(error, NotFound) else error.message)
        return Health(True, None)

    def sweep(self, *, older_than: float) -> int:
        removed, line = 0, clock.now() - timedelta(seconds=older_than)
        pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.place.bucket)
        with answering():
            for page in pages:
                for each in page.get("Uploads", ()):
                    if each["Initiated"] < line:
                        self._abort(self.client, each)
                        removed += 1
        return removed

    def _send(self, key: str, whole: IO[bytes], size: int) -> None:
        """Over the line, back again, and compared; what failed or does not compare is taken away."""
        try:
            with answering(key):
                if size <= AT_ONCE:
                    body = whole.read() if size <= PART else whole
                    self.client.put_object(Bucket=self.place.bucket, Key=key, Body=body, ChecksumSHA256=checksum(key), **self.place.encrypting)  # fmt: skip
                else:
                    self._send_parts(key, whole, size)
            self._compare(key, self.proofs.of(key), size)
        except EdmsError:
            # A write without an answer may have been done. Nobody knows this key: what stays is swept as an orphan.
            with suppress(EdmsError):
                self._erase(self._asking, key)
            raise

    def _send_parts(self, key: str, whole: IO[bytes], size: int) -> None:
        part_size, sent = max(PART, -(-size // MOST_PARTS)), []
        try:
            upload = self.client.create_multipart_upload(Bucket=self.place.bucket, Key=key, **self.place.encrypting)
            name = {"Bucket": self.place.bucket, "Key": key, "UploadId": upload["UploadId"]}
            for number, part in enumerate(iter(lambda: whole.read(part_size), b""), start=1):
                made = self.client.upload_part(**name, PartNumber=number, Body=part, ContentMD5=md5(part))
                sent.append({"ETag": made["ETag"], "PartNumber": number})
            self.client.complete_multipart_upload(**name, MultipartUpload={"Parts": sent})
        except BaseException:
            self._give_up(key)
            raise
        if upload["ResponseMetadata"].get("RetryAttempts"):
            self._give_up(key)

    def _give_up(self, key: str) -> None:
        """Abort every upload under this key, which is nobody else's; where the store is away, its sweep does it later.

        A beginning that was answered too late was begun again, and nobody was told the name of the first. A store that
        still swallows a broken part may refuse at first: it is asked again.
        """
        for pause in ABORT_PAUSES:
            time.sleep(pause)
            with suppress(EdmsError), answering(key):
                begun = self._asking.list_multipart_uploads(Bucket=self.place.bucket, Prefix=key).get("Uploads", ())
                if not begun:
                    return
                for each in begun:
                    self._abort(self._asking, each)

    def _abort(self, client: Any, upload: Any) -> None:
        with suppress(NotFound), answering(upload["Key"]):
            client.abort_multipart_upload(Bucket=self.place.bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    def _body(self, key: str, start: int = 0, stop: int | None = None) -> Body:
        return Body(self.client, self.place.bucket, key, start, stop)

    def _head(self, key: str) -> Any:
        with answering(key):
            return self.client.head_object(Bucket=self.place.bucket, Key=key)

    def _compare(self, key: str, check: Check, size: int) -> None:
        """Read all of it. Errors: Corrupt when it is not what was promised."""
        with self._body(key) as body:
            if all_of(check, iter(lambda: body.read(PIECE), b"")) != size:
                raise corrupt(key)

    def _proof(self, key: str) -> tuple[int, Leaves]:
        """Size and tags of the pieces of a content that was read whole and proved; read now unless remembered."""
        check, leaves, size = self.proofs.of(key), Leaves(LEAF), 0
        with self._lock:
            if known := self._proved.get(key):
                self._proved.move_to_end(key)
                return known
        with io.BufferedReader(self._body(key), LEAF) as body:
            for piece in iter(lambda: body.read(LEAF), b""):
                check.update(piece)
                leaves.add(piece)
                size += len(piece)
        if not check.holds():
            raise corrupt(key)
        with self._lock:
            self._proved[key] = proof = (size, leaves)
            while sum(len(known) for _, known in self._proved.values()) > MOST_PROVED or len(self._proved) > 10_000:
                self._proved.popitem(last=False)
        return proof

    def _erase(self, client: Any, key: str) -> None:
        """Every version, and every mark that one was erased; none of them while one is locked."""
        one = {"Bucket": self.place.bucket, "Key": key}
        with answering(key):
            pages = list(client.get_paginator("list_object_versions").paginate(Bucket=self.place.bucket, Prefix=key))
        versions = [each["VersionId"] for page in pages for each in page.get("Versions", ()) if each["Key"] == key]
        marks = [each["VersionId"] for page in pages for each in page.get("DeleteMarkers", ()) if each["Key"] == key]
        for version in versions:
            self._version_lock(client, one, version).allow_erasing()
        for version in (*versions, *marks):
            try:
                with answering(key):
                    client.delete_object(**one, VersionId=version)
            except NotFound:
                continue
            except Unavailable:
                self._version_lock(client, one, version).allow_erasing()  # locked since we looked
                raise

    def _version_lock(self, client: Any, one: dict[str, str], version: str) -> Lock:
        try:
            with answering(one["Key"]):
                return _lock_in(client.head_object(**one, VersionId=version))
        except NotFound:
            return Lock()

    def _need_locks(self) -> None:
        if self.abilities.wall is not Wall.STORE:
            raise RuleBroken("storage.cannot_lock")

    def _proved_lock(self, key: str, wanted: Lock) -> Lock:
        """The lock as the store now tells it: never less than was asked."""
        now = self.lock_of(key)
        if now.held != wanted.held or (wanted.until and (now.until is None or now.until < wanted.until)):
            raise Unavailable("storage.lock_not_kept")
        return now


def _lock_in(head: Any) -> Lock:
    until = head.get("ObjectLockRetainUntilDate")
    return Lock(until.astimezone(UTC) if until else None, head.get("ObjectLockLegalHoldStatus") == "ON")

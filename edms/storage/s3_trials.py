"""What an S3-compatible store really does: each promise is tried with the service's own access, and so is breaking it.

What is tried lies under `.probe/`, which no content's key can be. A tried lock ends after a minute or two; what it kept
is removed by the next probe.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import md5, sha256
from typing import Any

from edms import clock
from edms.errors import EdmsError, Unavailable
from edms.storage.locks import Abilities, Trial, Wall
from edms.storage.s3_client import Place, answering, code_of

PREFIX = ".probe/"
LOCK_SECONDS = 60
PROVING_THE_WALL = ("lock", "erase", "bypass", "weaken", "shorten", "extend", "hold", "hidden")


def try_everything(client: Any, place: Place) -> list[Trial]:
    """Every trial in its order. Errors: Unavailable when the store does not answer or knows us not."""
    with answering():
        client.head_bucket(Bucket=place.bucket)
    tried = _Tries(client, place)
    tried.clear()
    found = [tried.versions(), tried.condition(), tried.checksum(), tried.encryption(), *tried.walls(), tried.erasing()]
    tried.clear()
    return found


def abilities_in(trials: list[Trial]) -> Abilities:
    """What may be claimed after these trials."""
    passed = {trial.what for trial in trials if trial.passed}
    wall = Wall.STORE if passed.issuperset((*PROVING_THE_WALL, "versions")) else Wall.NONE
    return Abilities(wall, versions="versions" in passed, encrypts="encryption" in passed)


class _Tries:
    def __init__(self, client: Any, place: Place) -> None:
        self.client, self.place = client, place

    def versions(self) -> Trial:
        """Overwriting keeps what was there."""
        key = self._key()
        first = self._write(key, b"first")
        self._write(key, b"second")
        kept = False
        if first not in (None, "null"):
            kept = not self._refused(self.client.get_object, Key=key, VersionId=first)
        return _trial("versions", kept)

    def condition(self) -> Trial:
        """A write "only if there is nothing" is refused where there is something."""
        key = self._key()
        self._write(key, b"first")
        return _trial("condition", self._refused(self.client.put_object, Key=key, Body=b"second", IfNoneMatch="*"))

    def checksum(self) -> Trial:
        """Bytes that are not what their checksum says are refused."""
        wrong = {"ChecksumSHA256": b64encode(sha256(b"other").digest()).decode()}
        return _trial("checksum", self._refused(self.client.put_object, Key=self._key(), Body=b"bytes", **wrong))

    def encryption(self) -> Trial:
        """The store says that what it wrote is encrypted, as the settings want it."""
        key = self._key()
        if self._refused(self.client.put_object, Key=key, Body=b"x", **self.place.encrypting):
            return _trial("encryption", False)
        with answering(key):
            head = self.client.head_object(Bucket=self.place.bucket, Key=key)
        return _trial("encryption", bool(head.get("ServerSideEncryption")))

    def walls(self) -> list[Trial]:
        """A lock, and each way around it; without a lock there is nothing to break."""
        key = self._key()
        version = self._write(key, b"locked")
        one = {"Key": key, **({"VersionId": version} if version else {})}
        until = self._their_clock + timedelta(seconds=LOCK_SECONDS)

        def retain(mode: str, seconds: int, **more: Any) -> bool:
            """Was it refused?"""
            wanted = {"Mode": mode, "RetainUntilDate": until + timedelta(seconds=seconds)}
            return self._refused(self.client.put_object_retention, **one, Retention=wanted, **more)

        if version in (None, "null") or retain("COMPLIANCE", 0) or self._until(one) is None:
            return [_trial("lock", False)]
        bypass = {"BypassGovernanceRetention": True}
        tried = [
            _trial("lock", True),
            _trial("erase", self._stays(one, lambda: self._refused(self.client.delete_object, **one))),
            _trial("bypass", self._stays(one, lambda: self._refused(self.client.delete_object, **one, **bypass))),
            _trial("weaken", retain("GOVERNANCE", 0, **bypass)),
            _trial("shorten", retain("COMPLIANCE", -30) and (self._until(one) or until) >= until),
            _trial("extend", not retain("COMPLIANCE", 30) and (self._until(one) or until) > until),
            # Erasing by name hides it behind a mark; the version must still be there.
            _trial("hidden", self._stays(one, lambda: not self._refused(self.client.delete_object, Key=key))),
        ]
        return [*tried, self._holding()]

    def erasing(self) -> Trial:
        """What is not locked can be erased for good."""
        key = self._key()
        version = self._write(key, b"to be erased")
        one = {"Key": key, **({"VersionId": version} if version else {})}
        self._refused(self.client.delete_object, **one)
        return _trial("erasing", self._refused(self.client.get_object, **one))

    def clear(self) -> None:
        """Remove what probes left, as far as their locks have ended."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.place.bucket, Prefix=PREFIX)
        with answering():
            for page in pages:
                for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    self._refused(self.client.delete_object, Key=each["Key"], VersionId=each["VersionId"])

    def _holding(self) -> Trial:
        """A hold without an end: it keeps while it is on, and lets go when it is lifted."""
        key = self._key()
        one = {"Key": key, "VersionId": self._write(key, b"held")}

        def hold(status: str) -> bool:
            return not self._refused(self.client.put_object_legal_hold, **one, LegalHold={"Status": status})

        if not hold("ON"):
            return _trial("hold", False)
        kept = self._stays(one, lambda: self._refused(self.client.delete_object, **one))
        lifted = hold("OFF") and not self._refused(self.client.delete_object, **one)
        return _trial("hold", kept and lifted)

    def _key(self) -> str:
        return PREFIX + secrets.token_hex(16)

    def _write(self, key: str, body: bytes) -> str | None:
        """Write, remember the store's clock, and give the version."""
        check = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        with answering(key):
            made = self.client.put_object(Bucket=self.place.bucket, Key=key, Body=body, ContentMD5=check)
        told = made["ResponseMetadata"]["HTTPHeaders"].get("date")
        self._their_clock = parsedate_to_datetime(told) if told else clock.now()
        version: str | None = made.get("VersionId")
        return version

    def _refused(self, act: Callable[..., Any], **values: Any) -> bool:
        """Did the store say no? Errors: Unavailable when it said nothing, or that it is broken."""
        from botocore.exceptions import ClientError

        try:
            with answering():
                try:
                    act(Bucket=self.place.bucket, **values)
                except ClientError as error:
                    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
                    if status < 500 or status == 501 or code_of(error) == "NotImplemented":
                        return True
                    raise
        except EdmsError as error:
            raise Unavailable("storage.unavailable") from error
        return False

    def _stays(self, one: dict[str, Any], attack: Callable[[], bool]) -> bool:
        """The attack went as it should, and the version can still be read."""
        return attack() and not self._refused(self.client.get_object, **one)

    def _until(self, one: dict[str, Any]) -> datetime | None:
        with answering():
            until: datetime | None = self.client.head_object(Bucket=self.place.bucket, **one).get(
                "ObjectLockRetainUntilDate"
            )
        return until


def _trial(what: str, passed: bool) -> Trial:
    return Trial(what, passed, f"storage.trial_{what}_{'passed' if passed else 'failed'}")

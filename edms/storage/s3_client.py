"""The line to an S3-compatible store: a client made of our settings alone, and its refusals in our words.

boto3 is loaded here, when the client is made: processes without such a store never load it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import SecretStr

from edms.errors import EdmsError, NotFound, Unavailable
from edms.storage.s3_signing import sign_what_is_known

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5
"""For a connection to be made."""
HEALTH_SECONDS = 3
"""For the answer to "are you there": readiness asks often and must not wait."""

_GONE = {"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404", "NotFound"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507", "InsufficientCapacity", "StorageFull"}
_REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "401", "403", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed"}  # fmt: skip

_NOT_OFFERED = {"NotImplemented", "InvalidRequest", "InvalidArgument", "InvalidEncryptionAlgorithmError"}


@dataclass(frozen=True)
class Place:
    """Where the bytes are: bucket, address and how to sign in. Without an endpoint it is Amazon's of the region."""

    bucket: str
    endpoint: str | None
    region: str
    access_key: SecretStr
    secret_key: SecretStr
    seconds: int = 20
    """For an answer once connected, or for the next bytes of it."""
    encryption: str | None = None
    encryption_key: str | None = None

    @property
    def encrypting(self) -> dict[str, str]:
        """What a write says about encryption on the server."""
        if self.encryption is None:
            return {}
        key = {"SSEKMSKeyId": self.encryption_key} if self.encryption_key else {}
        return {"ServerSideEncryption": self.encryption, **key}


def connect(place: Place, *, seconds: int | None = None, tries: int = 2) -> Any:
    """A client for the place; nothing is sent yet. `tries` of each request, waiting a little in between."""
    import boto3
    from botocore.config import Config

    habits = Config(
        signature_version="s3v4",
        # Newer defaults send and want checksums that older stores refuse, or save into the object.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=min(CONNECT_SECONDS, seconds or CONNECT_SECONDS),
        read_timeout=seconds or place.seconds,
        retries={"mode": "standard", "total_max_attempts": tries},
        max_pool_connections=32,
        s3={"addressing_style": "path" if place.endpoint else "auto"},
        ignore_configured_endpoint_urls=True,
    )
    session = boto3.session.Session(
        aws_access_key_id=place.access_key.get_secret_value(),
        aws_secret_access_key=place.secret_key.get_secret_value(),
        region_name=place.region,
    )
    client = session.client("s3", endpoint_url=place.endpoint, config=habits)
    sign_what_is_known(client)
    return client


@contextmanager
def answering(key: str = "") -> Iterator[None]:
    """What the store refuses, or fails to answer, is said in our words: NotFound of the key, or Unavailable."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        raise refusal(error, key) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        log.warning("store does not answer", reason=type(error).__name__)
        raise Unavailable("storage.unavailable") from error


def make_bucket(place: Place) -> bool:
    """Make the bucket with Object Lock, and so with versions; False where there is one already. Errors: Unavailable."""
    from botocore.exceptions import ClientError

    client = connect(place)
    with answering():
        try:
            client.head_bucket(Bucket=place.bucket)
            return False
        except ClientError as error:
            if code_of(error) not in _GONE | {"NoSuchBucket"}:
                raise
        # Outside its first region Amazon wants to be told where; nobody else does.
        where = {"LocationConstraint": place.region}
        asked = {} if place.endpoint or place.region == "us-east-1" else {"CreateBucketConfiguration": where}
        client.create_bucket(Bucket=place.bucket, ObjectLockEnabledForBucket=True, **asked)
    return True


def code_of(error: Any) -> str:
    """The store's own word for why it refused."""
    return str(error.response.get("Error", {}).get("Code", ""))


def refusal(error: Any, key: str) -> EdmsError:
    """Our error for the store's refusal."""
    code = code_of(error)
    if code in _GONE:
        return NotFound("storage.no_such_content", key=key)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    log.warning("store refused", code=code, status=status)
    if code in _FULL or status == 507:
        return Unavailable("storage.full")
    if code in _NOT_OFFERED or status == 501:
        return Unavailable("storage.not_offered")
    return Unavailable("storage.refused" if code in _REFUSED else "storage.unavailable")

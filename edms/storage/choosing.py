"""Which store the settings choose, and both while contents are moved from one to the other."""

from __future__ import annotations

from typing import Literal

from edms.config import PREFIX, Settings
from edms.errors import Invalid
from edms.storage.folder import FolderStore
from edms.storage.moving import MovingStore
from edms.storage.port import ContentStore
from edms.storage.proofs import Secret
from edms.storage.s3 import S3Store
from edms.storage.s3_client import Place

Name = Literal["folder", "s3"]


def chosen(settings: Settings, secret: Secret | None) -> ContentStore:
    """The store of this service, which proves contents with its secret; None only to try the place, also before setup.

    Errors: Invalid, naming missing settings.
    """
    if settings.store_before in (None, settings.store):
        return named(settings, settings.store, secret)
    return MovingStore(named(settings, settings.store, secret), named(settings, settings.store_before, secret))


def named(settings: Settings, name: Name, secret: Secret | None) -> ContentStore:
    """The folder, or the bucket, of these settings. Errors: Invalid."""
    if name == "folder":
        return FolderStore(settings.contents_dir, secret=secret)
    return S3Store(place_of(settings), spool=settings.data_dir / "spool", secret=secret)


def place_of(settings: Settings) -> Place:
    """Where the bucket is and how to sign in. Errors: Invalid."""
    bucket, access, secret = settings.s3_bucket, settings.s3_access_key, settings.s3_secret_key
    if bucket is None or access is None or secret is None:
        needed = {"s3_bucket": bucket, "s3_access_key": access, "s3_secret_key": secret}
        missing = [PREFIX + name.upper() for name, value in needed.items() if value is None]
        raise Invalid("config.invalid", fields=dict.fromkeys(missing, "config.needed_for_s3"))
    return Place(
        bucket, settings.s3_endpoint, settings.s3_region, access, secret,
        seconds=settings.s3_timeout_seconds, encryption=settings.s3_sse, encryption_key=settings.s3_sse_key,
    )  # fmt: skip

"""Whom a signature needs outside: a time-stamp authority (RFC 3161) and those who answer for revocation (OCSP, CRL)."""

from __future__ import annotations

from typing import Protocol

from asn1crypto import cms
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko_certvalidator.fetchers.api import FetcherBackend

from edms.errors import Unavailable
from edms.signing.fetching import TIMEOUT, Bounded


class Outside(Protocol):
    """Time stamps and revocation answers. The demo has one within the process (`edms.demo.authority.Inside`)."""

    def timestamper(self) -> TimeStamper:
        """Whom to ask for a time stamp. Errors: Unavailable when none is configured."""
        ...

    def fetchers(self) -> FetcherBackend:
        """Whom to ask for OCSP answers and CRLs."""
        ...


class Internet:
    """The outside over HTTP: addresses of OCSP and CRL stand in the certificates, that of time stamps is a setting."""

    def __init__(self, tsa_url: str | None) -> None:
        self._tsa_url = tsa_url

    def timestamper(self) -> TimeStamper:
        """The time-stamp authority of the settings."""
        if not self._tsa_url:
            raise Unavailable("signing.no_time_authority")
        return _Authority(self._tsa_url, timeout=TIMEOUT)  # type: ignore[no-untyped-call]

    def fetchers(self) -> FetcherBackend:
        """OCSP and CRL, bounded."""
        return Bounded()


class _Authority(RequestsHTTPTimeStamper):
    """A time-stamp authority, asked as those who answer for revocation are: through the same proxies, and without the
    TLS roots that pyHanko's other client loads anew for each question, also where the address is plain HTTP.
    """

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A time stamp. It also tells how large they are and whose: what pyHanko would ask for one more, often paid, for."""
        token = await super().async_timestamp(message_digest, md_algorithm)
        self._register_dummy(md_algorithm, token)  # type: ignore[no-untyped-call]
        return token

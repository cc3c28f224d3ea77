"""Whom a signature needs outside: a time-stamp authority (RFC 3161) and those who answer for revocation (OCSP, CRL)."""

from __future__ import annotations

from typing import Protocol

from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
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
        stamper: TimeStamper = HTTPTimeStamper(self._tsa_url, timeout=TIMEOUT)
        return stamper

    def fetchers(self) -> FetcherBackend:
        """OCSP and CRL, bounded."""
        return Bounded()

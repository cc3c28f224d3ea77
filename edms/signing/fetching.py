"""Asking over HTTP about revocation, bounded: an answer is read so far and no farther, and nobody sends us on.

The addresses stand in certificates. Of OCSP and lists they are used only once a trusted root vouches for the chain.
Where an issuer's own certificate is said to lie nobody goes at all: that is asked before anything is proven, so anybody
who makes herself a certificate could send this machine anywhere within our walls (SSRF). Issuers come with the
signature, with its owner's key, or lie among what is trusted.
"""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import AsyncGenerator, Awaitable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import requests
from asn1crypto import cms, crl, x509
from pyhanko_certvalidator.fetchers.api import CertificateFetcher, FetcherBackend, Fetchers, FetchLimits
from pyhanko_certvalidator.fetchers.common_utils import FetchBudget
from pyhanko_certvalidator.fetchers.requests_fetchers.crl_client import RequestsCRLFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.ocsp_client import RequestsOCSPFetcher

TIMEOUT = 10  # seconds for one question; the job comes again
WHOLE = 60.0  # seconds for a whole answer, however slowly it drips
LARGEST = 32 * 1024 * 1024  # bytes: a country's list of revoked certificates
LIMITS = FetchLimits(max_requests=40)
_PIECE = 64 * 1024
_NONE: tuple[x509.Certificate, ...] = ()


class Bounded(FetcherBackend):
    """OCSP and CRL, a bounded number of questions for one signature."""

    def get_fetchers(self) -> Fetchers:
        """Fetchers with a count of their own."""
        budget = FetchBudget(LIMITS)
        return Fetchers(
            _Ocsp(per_request_timeout=TIMEOUT, budget=budget),
            _Crls(per_request_timeout=TIMEOUT, budget=budget),  # type: ignore[no-untyped-call]
            Nowhere(),
        )

    async def close(self) -> None:
        """There is nothing to close."""


class Nowhere(CertificateFetcher):
    """Fetches no certificate."""

    async def fetch_cert_issuers(
        self, cert: x509.Certificate | cms.AttributeCertificateV2
    ) -> AsyncGenerator[x509.Certificate, None]:
        """None."""
        for issuer in _NONE:
            yield issuer

    async def fetch_crl_issuers(self, certificate_list: crl.CertificateList) -> AsyncGenerator[x509.Certificate, None]:
        """None."""
        for issuer in _NONE:
            yield issuer

    def fetched_certs(self) -> Iterable[x509.Certificate]:
        """None."""
        return []


@dataclass(frozen=True)
class Told:
    """An answer, read whole."""

    content: bytes


class _Asking:
    """How the library's fetchers speak HTTP, in place of their own."""

    user_agent: str
    per_request_timeout: int

    def _get(self, url: str, *, acceptable_content_types: Collection[str]) -> Awaitable[Told]:
        return to_thread(self._asked, "GET", url, None, {"Accept": ",".join(acceptable_content_types)})

    def _post(
        self, url: str, data: bytes, *, content_type: str, acceptable_content_types: Collection[str]
    ) -> Awaitable[Told]:
        headers = {"Accept": ",".join(acceptable_content_types), "Content-Type": content_type}
        return to_thread(self._asked, "POST", url, data, headers)

    def _asked(self, method: str, url: str, data: bytes | None, headers: dict[str, Any]) -> Told:
        """Errors: RequestException, which the library tells as its own."""
        until = time.monotonic() + WHOLE
        asked = requests.request(
            method, url, data=data, headers={**headers, "User-Agent": self.user_agent},
            timeout=self.per_request_timeout, allow_redirects=False, stream=True,
        )  # fmt: skip
        with asked as answer:
            if answer.status_code != 200:
                raise requests.RequestException(f"status {answer.status_code}")
            body = bytearray()
            for piece in answer.iter_content(_PIECE):
                body += piece
                if len(body) > LARGEST or time.monotonic() > until:
                    raise requests.RequestException("too long")
            return Told(bytes(body))


class _Ocsp(_Asking, RequestsOCSPFetcher):  # type: ignore[misc]
    """OCSP, bounded."""


class _Crls(_Asking, RequestsCRLFetcher):  # type: ignore[misc]
    """Lists of revoked certificates, bounded."""

"""The demo's authority at work: on a loopback port for the running system, or inside the process for the demo's past.

`Inside` asks no network and follows `edms.clock`, so that a letter of last winter carries last winter's time stamp.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from asn1crypto import cms, crl, ocsp, tsp, x509
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, PKIArchitecture, ServiceLabel
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.authority import Authority as Issuer
from pyhanko_certvalidator.errors import CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers.api import (
    CRLFetcher,
    FetcherBackend,
    Fetchers,
    OCSPFetcher,
)
from pyhanko_certvalidator.fetchers.common_utils import format_ocsp_request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from edms import clock
from edms.demo.authority.make import Authority, open_authority
from edms.demo.authority.plan import NAME
from edms.signing.fetching import Nowhere


class Answers:
    """The WSGI application; it reads the authority again when its state changed (a revocation, a new person)."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._read = (0, 0)
        self._animator: Animator | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._current()(environ, start_response)
        return answer

    def _current(self) -> Animator:
        state = self._data_dir / "authority" / "authority.json"
        with self._lock:
            changed = (state.stat().st_mtime_ns, state.stat().st_ino)
            if self._animator is None or changed != self._read:
                authority = open_authority(self._data_dir)
                if authority is None:
                    raise FileNotFoundError(state)
                architectures = AnimatorArchStore({ArchLabel(NAME): authority.architecture()})
                self._animator = Animator(architectures, with_web_ui=False, allow_time_override=False)
                self._read = changed
            return self._animator


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the demo's terminal shows the journey, not each OCSP question."""


class Serving:
    """A serving authority. `close()` stops it; as a context manager it closes itself."""

    def __init__(self, server: BaseWSGIServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, name="demo-authority", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve(authority: Authority, port: int | None = None) -> Serving:
    """Answer OCSP, CRL and time-stamp questions on 127.0.0.1, by default on the port of the authority's address."""
    logging.getLogger("certomancer").setLevel(logging.CRITICAL)
    wanted = port if port is not None else urlsplit(authority.address).port or 80
    return Serving(
        make_server(
            "127.0.0.1",
            wanted,
            Answers(authority.folder.parent),
            threaded=True,
            request_handler=_Quiet,
        )
    )


class Inside:
    """The authority asked within the process, at the instant of `edms.clock`. An `edms.signing.outside.Outside`."""

    def __init__(self, authority: Authority) -> None:
        self._pki = authority.architecture()
        self.down = False  # tests switch the outside off

    def timestamper(self) -> TimeStamper:
        """The time stamps."""
        return _Stamper(self)

    def fetchers(self) -> FetcherBackend:
        """OCSP and CRL."""
        return _Backend(self)

    def asked(self) -> PKIArchitecture:
        """The PKI that answers. Errors: OSError when switched off."""
        if self.down:
            raise ConnectionRefusedError("switched off")
        return self._pki


class _Stamper(TimeStamper):
    def __init__(self, inside: Inside) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._inside = inside

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        services = self._inside.asked().service_registry
        return services.summon_timestamper(ServiceLabel("tsa"), _whole(clock.now())).request_tsa_response(req)


class _Ocsp(OCSPFetcher):
    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._got: dict[bytes, ocsp.OCSPResponse] = {}

    async def fetch(self, cert: x509.Certificate | cms.AttributeCertificateV2, authority: Issuer) -> ocsp.OCSPResponse:
        if not isinstance(cert, x509.Certificate) or not cert.ocsp_urls:
            raise OCSPFetchError("No URLs to fetch OCSP responses from")
        try:
            services = self._inside.asked().service_registry
        except OSError as error:
            raise OCSPFetchError("no answer") from error
        question = format_ocsp_request(cert, authority, certid_hash_algo="sha1", request_nonces=True)
        responder = services.summon_responder(ServiceLabel("issuing"), _whole(clock.now()))
        answer = responder.build_ocsp_response(question)
        self._got[cert.issuer_serial] = answer
        return answer

    def fetched_responses(self) -> Iterable[ocsp.OCSPResponse]:
        return list(self._got.values())

    def fetched_responses_for_cert(
        self, cert: x509.Certificate | cms.AttributeCertificateV2
    ) -> Iterable[ocsp.OCSPResponse]:
        found = self._got.get(cert.issuer_serial)
        return [found] if found is not None else []


class _Crls(CRLFetcher):
    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._got: dict[bytes, list[crl.CertificateList]] = {}

    async def fetch(
        self,
        cert: x509.Certificate | cms.AttributeCertificateV2,
        *,
        use_deltas: Any = None,
    ) -> Iterable[crl.CertificateList]:
        if not isinstance(cert, x509.Certificate) or not cert.crl_distribution_points:
            return []
        try:
            pki = self._inside.asked()
        except OSError as error:
            raise CRLFetchError("no answer") from error
        by_root = cert.issuer == pki.get_cert(CertLabel("root")).subject
        found = pki.service_registry.get_crl(ServiceLabel("root" if by_root else "issuing"), _whole(clock.now()))
        self._got[cert.issuer_serial] = [found]
        return [found]

    def fetched_crls(self) -> Iterable[crl.CertificateList]:
        return [each for several in self._got.values() for each in several]

    def fetched_crls_for_cert(
        self, cert: x509.Certificate | cms.AttributeCertificateV2
    ) -> Iterable[crl.CertificateList]:
        return self._got[cert.issuer_serial]


class _Backend(FetcherBackend):
    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def get_fetchers(self) -> Fetchers:
        return Fetchers(_Ocsp(self._inside), _Crls(self._inside), Nowhere())


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)

"""Who is asked outside, and how much of an answer is read: certificates are written by strangers, lines are open."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from asn1crypto import x509
from cryptography import x509 as made_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import NameOID
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import CRLFetchError, OCSPFetchError

from edms import clock
from edms.demo.authority import Inside
from edms.errors import RuleBroken
from edms.signing import fetching, raising
from edms.signing.container import fill
from edms.signing.outside import Internet
from edms.signing.owner import Owner
from edms.signing.verdicts import Level
from tests import signatures as s


@dataclass
class Canary:
    """A server that notes who came; it sends on, or answers without end."""

    address: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    seen = Canary()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.asked.append(self.path)
            if self.path.startswith("/endless"):
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"x" * 65536)
                except OSError:
                    return
            self.send_response(302 if self.path.startswith("/on") else 200)
            self.send_header("Location", "/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield seen
    server.shutdown()
    server.server_close()


def certificate(
    key: ec.EllipticCurvePrivateKey, *, issuer: str = "", ocsp: str = "", lists: str = ""
) -> x509.Certificate:
    """A certificate that nobody vouches for, with these addresses in it."""
    now = clock.now()
    built = (
        made_x509.CertificateBuilder()
        .subject_name(made_x509.Name([made_x509.NameAttribute(NameOID.COMMON_NAME, "stranger")]))
        .issuer_name(made_x509.Name([made_x509.NameAttribute(NameOID.COMMON_NAME, "unknown")]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )
    named = [(Access.CA_ISSUERS, issuer), (Access.OCSP, ocsp)]
    access = [made_x509.AccessDescription(kind, made_x509.UniformResourceIdentifier(url)) for kind, url in named if url]
    if access:
        built = built.add_extension(made_x509.AuthorityInformationAccess(access), critical=False)
    if lists:
        point = made_x509.DistributionPoint([made_x509.UniformResourceIdentifier(lists)], None, None, None)
        built = built.add_extension(made_x509.CRLDistributionPoints([point]), critical=False)
    return x509.Certificate.load(built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


def test_a_key_that_somebody_made_herself_sends_this_machine_nowhere(canary: Canary) -> None:
    """Anybody may install a key; where its certificate's issuer is said to lie, perhaps within our walls, nobody goes."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = Owner(certificate(key, issuer=f"{canary.address}/inside", ocsp=f"{canary.address}/inside"))
    reserved = s.prepared()
    signature = own.signature(reserved.digest, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
    signed = fill(reserved.pdf, reserved.start, reserved.end, signature)

    class Half:
        timestamper, fetchers = Inside(s.authority()).timestamper, Internet(None).fetchers

    with pytest.raises(RuleBroken) as refused:
        made = raising.raise_further(
            signed, field="Signature1", level=Level.B, wanted=Level.LTA, outside=Half(), roots=s.roots()
        )
        assert made.held_up is None
    assert refused.value.message == "signing.certificate_untrusted"
    assert canary.asked == []


@pytest.mark.parametrize("way", ["/on", "/endless"])
def test_who_is_asked_about_revocation_cannot_send_on_nor_answer_without_end(
    canary: Canary, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over plain HTTP anybody on the line may answer in the authority's place."""
    monkeypatch.setattr(fetching, "LARGEST", 1 << 20)
    key = ec.generate_private_key(ec.SECP256R1())
    asked = certificate(key, ocsp=canary.address + way, lists=f"{canary.address}{way}.crl")
    fetchers = Internet(None).fetchers().get_fetchers()
    issuer = AuthorityWithCert(s.roots()[0])
    with pytest.raises(OCSPFetchError):
        asyncio.run(fetchers.ocsp_fetcher.fetch(asked, issuer))
    with pytest.raises(CRLFetchError):
        asyncio.run(fetchers.crl_fetcher.fetch(asked))
    assert sorted(canary.asked) == [way, f"{way}.crl"]

"""A signature raised to B-LTA, step by step as the workers do it, beside bare pyHanko with the same key kept open.

The demo's authority answers on the loopback from a process of its own, so that its work is not counted as ours.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from benchmarks.report import Report, median
from edms import clock
from edms.demo import authority as authorities
from edms.demo.authority import Authority, Holder
from edms.demo.running import free_port
from edms.drafting.paper import Letter, Office, letter
from edms.signing import container, trust
from edms.signing.keys import Pkcs12
from edms.signing.outside import Internet
from edms.signing.raising import raise_to_lta

Key = RSAPrivateKey | EllipticCurvePrivateKey
PIN, TRIES = "2580-secret", 15
SERVE = """
import sys, time
from pathlib import Path
from edms.demo import authority
with authority.serve(authority.open_authority(Path(sys.argv[1]))):
    print("ready", flush=True)
    time.sleep(3600)
"""


def run(report: Report) -> None:
    """Both in turn, each on the same page; wall and processor time of this process."""
    tries = TRIES * (4 if report.full else 1)
    with _authority() as authority:
        page = letter(
            Letter(
                Office("ქვემოს მერია", "ქვემო", "0350", "a@b.example"),
                "ka",
                "გზის შესახებ",
                "გაცნობებთ.",
                "დავითი",
                "მერი",
            )
        ).pdf
        outside = Internet(authority.tsa_url)
        ours = _ours(authority, page, outside)
        bare = _bare(authority, page, outside)
        times: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
        for act in (ours, bare):
            act()  # warm: libraries, caches
        for _ in range(tries):
            for name, act in (("ours", ours), ("bare", bare)):
                wall, cpu = time.perf_counter(), time.process_time()
                act()
                times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    for place, what in ((0, "wall"), (1, "processor")):
        mine, peer = (median([each[place] * 1000 for each in times[name]]) for name in ("ours", "bare"))
        report.row(f"a B-LTA signature, {what}", mine, "ms", "bare pyHanko, key kept", peer, mine / peer, "<= 1.5 x")


@contextmanager
def _authority() -> Iterator[Authority]:
    with tempfile.TemporaryDirectory(prefix="edms-bench-authority-") as name:
        address = f"http://127.0.0.1:{free_port(0)}"
        since = clock.now().replace(microsecond=0) - timedelta(days=400)
        made = authorities.make(Path(name), [Holder("mayor", "დავით მაისურაძე", "ქვემო", PIN)], address, since=since)
        served = subprocess.Popen([sys.executable, "-c", SERVE, name], stdout=subprocess.PIPE)
        try:
            assert served.stdout is not None
            if served.stdout.readline().strip() != b"ready":
                raise RuntimeError("the authority did not come up")
            yield made
        finally:
            served.terminate()
            served.wait()


def _ours(authority: Authority, page: bytes, outside: Internet) -> Callable[[], bytes]:
    """Reserve, sign the hash with the key opened once, fill and raise; the same bytes at every step as in the office."""
    opened, roots = Pkcs12(authority.pkcs12("mayor").read_bytes()).opened(PIN), trust.load(authority.trust_dir)

    def act() -> bytes:
        reserved = container.reserve(page, field="Signature1", at=clock.now(), name="დავით მაისურაძე")
        signature = opened.signature(reserved.digest)
        return raise_to_lta(
            reserved.pdf, reserved.start, reserved.end, signature, field="Signature1", outside=outside, roots=roots
        ).pdf

    return act


class _Kept(signers.Signer):
    """pyHanko's signer over an opened key."""

    def __init__(self, key: Key, certificate: x509.Certificate, chain: list[x509.Certificate]) -> None:
        known = SimpleCertificateStore()
        known.register_multiple(chain)
        super().__init__(signing_cert=certificate, cert_registry=known, embed_roots=False)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        return self._key.sign(data, ECDSA(SHA256()))


def _bare(authority: Authority, page: bytes, outside: Internet) -> Callable[[], bytes]:
    key, certificate, others = pkcs12.load_key_and_certificates(authority.pkcs12("mayor").read_bytes(), PIN.encode())
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey) or certificate is None:
        raise RuntimeError("the demo's people have RSA or elliptic keys")
    chain = [x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in others]
    signer = _Kept(key, x509.Certificate.load(certificate.public_bytes(Encoding.DER)), chain)
    roots = list(trust.load(authority.trust_dir))

    def act() -> bytes:
        context = ValidationContext(
            trust_roots=roots, allow_fetching=True, fetcher_backend=outside.fetchers(), revocation_mode="require"
        )
        meta = signers.PdfSignatureMetadata(
            field_name="Signature1", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES,
            embed_validation_info=True, use_pades_lta=True, validation_context=context,
        )  # fmt: skip

        async def steps() -> bytes:
            try:
                made = await signers.async_sign_pdf(
                    IncrementalPdfFileWriter(BytesIO(page)), meta, signer, timestamper=outside.timestamper()
                )
                return made.getvalue()  # type: ignore[no-any-return]
            finally:
                await context.aclose()

        return asyncio.run(steps())

    return act

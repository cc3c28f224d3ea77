"""What a signature costs beside bare pyHanko with the same key kept open: processor time and the whole resumable act.

For P-256 and RSA-3072, at each level: in memory, and step by step with the bytes in the store between the steps, as
the office does it. Then a batch with one worker and with two. The demo's authority answers on the loopback from a
process of its own, so that its work is not counted as ours; what it took is told, since on two cores it is felt.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from benchmarks.report import Report, median
from edms import clock
from edms.demo import authority as authorities
from edms.demo.authority import Authority, Holder, open_authority
from edms.demo.running import free_port
from edms.drafting.paper import Letter, Office, letter
from edms.signing import container, trust
from edms.signing.keys import Opened, Pkcs12
from edms.signing.outside import Internet
from edms.signing.raising import raise_further, raise_to_lta
from edms.signing.verdicts import Level
from edms.storage.folder import FolderStore

Key = RSAPrivateKey | EllipticCurvePrivateKey
Act = Callable[[], bytes]
PIN, TRIES, BATCH = "2580-secret", 9, 24
NAME = "დავით მაისურაძე"
FIELD = "Signature1"
LIMIT = 64 * 1024 * 1024
KINDS = {"P-256": "mayor", "RSA-3072": "rsa"}
SERVE = """
import sys, time
from pathlib import Path
from edms.demo import authority
with authority.serve(authority.open_authority(Path(sys.argv[1]))):
    print("ready", flush=True)
    time.sleep(3600)
"""


@dataclass(frozen=True)
class Served:
    """The authority, the process that answers for it, and the page that is signed."""

    authority: Authority
    process: int
    page: bytes

    @property
    def outside(self) -> Internet:
        """It, over HTTP."""
        return Internet(self.authority.tsa_url)

    def seconds(self) -> float:
        """Processor seconds of the authority so far."""
        fields_ = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields_[11]) + int(fields_[12])) / os.sysconf("SC_CLK_TCK")


def run(report: Report) -> None:
    """Every kind of key and level in turn, ours and bare alternating; then the batch."""
    tries = TRIES * (4 if report.full else 1)
    with _authority() as served, tempfile.TemporaryDirectory(prefix="edms-bench-store-") as place:
        for kind, code in KINDS.items():
            opened = Pkcs12(served.authority.pkcs12(code).read_bytes()).opened(PIN)
            for level in Level:
                acts = {
                    "ours": _ours(served, opened, level),
                    "act": _act(served, opened, level, FolderStore(Path(place))),
                    "bare": _bare(served, code, level),
                }
                wall, cpu = _measured(acts, tries)
                name, limit = f"{kind}, {level.value}", "bare pyHanko, key kept"
                report.row(
                    f"{name}: processor", cpu["ours"], "ms", limit, cpu["bare"], cpu["ours"] / cpu["bare"], "<= 1.15 x"
                )
                beyond = wall["act"] - 1.15 * wall["bare"]
                report.row(f"{name}: the whole act, resumable at each step", wall["act"], "ms", limit, wall["bare"])
                report.row(f"{name}: of that beyond 1.15 times bare", beyond, "ms", bar="<= 60 ms")
        _batch(report, served, 100 if report.full else BATCH)


def _measured(acts: dict[str, Act], tries: int) -> tuple[dict[str, float], dict[str, float]]:
    """Medians in milliseconds: wall, and processor of this process."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for act in acts.values():
        act()  # warm: libraries, caches
    for _ in range(tries):
        for name, act in acts.items():
            wall, cpu = time.perf_counter(), time.process_time()
            act()
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    wall_, cpu_ = ({name: median([each[n] * 1000 for each in of]) for name, of in times.items()} for n in (0, 1))
    return wall_, cpu_


def _batch(report: Report, served: Served, many: int) -> None:
    """Many letters signed by one PIN; their raising by one worker and by two."""
    opened = Pkcs12(served.authority.pkcs12("mayor").read_bytes()).opened(PIN)
    letters = []
    for _ in range(many):
        reserved = container.reserve(served.page, field=FIELD, at=clock.now(), name=NAME)
        letters.append((reserved.pdf, reserved.start, reserved.end, opened.signature(reserved.digest)))
    rates, loads = {}, {}
    for workers in (1, 2):
        with ProcessPoolExecutor(
            workers, initializer=_at_work, initargs=(str(served.authority.folder.parent),)
        ) as pool:
            list(pool.map(_raised, letters[: 2 * workers]))  # warm
            began, before = time.perf_counter(), served.seconds()
            list(pool.map(_raised, letters))
            took = time.perf_counter() - began
            rates[workers], loads[workers] = many / took, 100 * (served.seconds() - before) / took
    name = f"{many} letters raised to B-LTA by two workers"
    report.row(name, rates[2], "a second", "by one", rates[1], rates[2] / rates[1], ">= 1.4 x")
    report.row("the authority's own load meanwhile, of one core", loads[2], "%", "with one worker", loads[1])


_here: Authority | None = None


def _at_work(folder: str) -> None:
    global _here
    _here = open_authority(Path(folder))


def _raised(made: tuple[bytes, int, int, bytes]) -> int:
    if _here is None:
        raise RuntimeError("no authority")
    outside, roots = Internet(_here.tsa_url), trust.load(_here.trust_dir)
    return len(raise_to_lta(*made, field=FIELD, outside=outside, roots=roots).pdf)


@contextmanager
def _authority() -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="edms-bench-authority-") as name:
        address = f"http://127.0.0.1:{free_port(0)}"
        since = clock.now().replace(microsecond=0) - timedelta(days=400)
        keys = Path(name) / "authority" / "keys"
        keys.mkdir(parents=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        (keys / "rsa.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        holders = [Holder(code, NAME, "ქვემო", PIN) for code in KINDS.values()]
        made = authorities.make(Path(name), holders, address, since=since)
        process = subprocess.Popen([sys.executable, "-c", SERVE, name], stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != b"ready":
                raise RuntimeError("the authority did not come up")
            office = Office("ქვემოს მერია", "ქვემო", "0350", "a@b.example")
            page = letter(Letter(office, "ka", "გზის შესახებ", "გაცნობებთ.", "დავითი", "მერი")).pdf
            yield Served(made, process.pid, page)
        finally:
            process.terminate()
            process.wait()


def _ours(served: Served, opened: Opened, level: Level) -> Act:
    """Reserve, sign the hash with the key opened once, fill or raise: in memory."""
    outside, roots = served.outside, trust.load(served.authority.trust_dir)

    def act() -> bytes:
        reserved = container.reserve(served.page, field=FIELD, at=clock.now(), name=NAME)
        signature = opened.signature(reserved.digest)
        filled = container.fill(reserved.pdf, reserved.start, reserved.end, signature)
        return raise_further(filled, field=FIELD, level=Level.B, wanted=level, outside=outside, roots=roots).pdf

    return act


def _act(served: Served, opened: Opened, level: Level, store: FolderStore) -> Act:
    """The same as the office does it: after each step the bytes are safe in the store, and read from there for the next."""
    outside, roots = served.outside, trust.load(served.authority.trust_dir)

    def kept(pdf: bytes) -> bytes:
        with store.open(store.put(BytesIO(pdf), limit=LIMIT).key) as stream:
            return stream.read()

    def act() -> bytes:
        reserved = container.reserve(served.page, field=FIELD, at=clock.now(), name=NAME)
        prepared = kept(reserved.pdf)
        signature = opened.signature(container.digest(prepared, reserved.start, reserved.end))
        embedded = kept(container.fill(prepared, reserved.start, reserved.end, signature))
        if level is Level.B:
            return embedded
        return kept(raise_further(embedded, field=FIELD, level=Level.B, wanted=level, outside=outside, roots=roots).pdf)

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


def _bare(served: Served, code: str, level: Level) -> Act:
    packed = served.authority.pkcs12(code).read_bytes()
    key, certificate, others = pkcs12.load_key_and_certificates(packed, PIN.encode())
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey) or certificate is None:
        raise RuntimeError("the demo's people have RSA or elliptic keys")
    chain = [x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in others]
    signer = _Kept(key, x509.Certificate.load(certificate.public_bytes(Encoding.DER)), chain)
    roots, outside = list(trust.load(served.authority.trust_dir)), served.outside
    url = served.authority.tsa_url
    timed, answered = level is not Level.B, level in (Level.LT, Level.LTA)

    def act() -> bytes:
        context = ValidationContext(
            trust_roots=roots, allow_fetching=True, fetcher_backend=outside.fetchers(), revocation_mode="require"
        )
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, name=NAME,
            embed_validation_info=answered, use_pades_lta=level is Level.LTA, validation_context=context if answered else None,
        )  # fmt: skip

        async def steps() -> bytes:
            try:
                made = await signers.async_sign_pdf(
                    IncrementalPdfFileWriter(BytesIO(served.page)), meta, signer,
                    timestamper=HTTPTimeStamper(url) if timed else None,
                )  # fmt: skip
                return made.getvalue()  # type: ignore[no-any-return]
            finally:
                await context.aclose()

        return asyncio.run(steps())

    return act

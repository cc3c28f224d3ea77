"""Keys of every kind for tests: a file, a token (SoftHSM), a signing service of either version, a card at a browser.

Their certificates are the test authority's, one with an elliptic key and one with RSA. Nobody here is real.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import warnings
from atexit import register
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from asn1crypto import x509
from certomancer.registry import CertomancerConfig
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edms.demo.authority import Authority, Holder, make
from edms.demo.authority.plan import plan
from edms.signing.devices import Service
from edms.signing.owner import Owner
from edms.signing.tokens import Place
from tests import signatures as s

PIN = "token-2580-secret"
RSA = Holder("rsa", "ნინო ბერიძე", "ქვემოს მუნიციპალიტეტი", s.PIN)
SEAL = Holder("seal", "ქვემოს მუნიციპალიტეტის მერია", "ქვემოს მუნიციპალიტეტის მერია", s.PIN, seal=True)
CODES = ("mayor", "rsa", "seal")
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
SOFTHSM = next((Path(each) for each in LIBRARIES if Path(each).exists()), None)


@cache
def authority() -> Authority:
    """The tests' authority with somebody who has an RSA key, and a seal."""
    known = s.authority()
    folder = known.folder
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "keys" / "rsa.pem").write_bytes(_pem(key))
    return make(folder.parent, [RSA, SEAL], known.address)


def owner(code: str) -> Owner:
    """Somebody's certificate with its chain."""
    of = authority()
    return Owner(x509.Certificate.load(of.certificate(code)), [x509.Certificate.load(of.certificate("issuing"))])


@cache
def private(code: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """Somebody's key itself, as a card would hold it."""
    return load_pem_private_key((authority().folder / "keys" / f"{code}.pem").read_bytes(), None)  # type: ignore[return-value]


def key_bytes(code: str) -> list[bytes]:
    """The secret of somebody's key in the shapes in which it could leak."""
    key = private(code)
    numbers = key.private_numbers()
    secret = numbers.private_value if isinstance(key, ec.EllipticCurvePrivateKey) else numbers.d  # type: ignore[union-attr]
    raw = secret.to_bytes((secret.bit_length() + 7) // 8, "big")
    return [raw, raw.hex().encode(), base64.b64encode(raw)[:-4], str(secret).encode()]


def raw(code: str, digest: bytes) -> bytes:
    """What a card answers: a raw signature over a hash; ECDSA's two numbers side by side."""
    key = private(code)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, padding.PKCS1v15(), Prehashed(SHA256()))
    return key.sign(digest, ec.ECDSA(Prehashed(SHA256())))


def need_softhsm() -> Path:
    """The library, or a loud skip."""
    if SOFTHSM is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 (package softhsm2) is not installed: keys in tokens are NOT tested here")
    return SOFTHSM


@cache
def softhsm() -> Path:
    """The library with tokens in a folder of its own: made once, since it reads settings and folder only when loaded."""
    library = need_softhsm()
    folder = Path(tempfile.mkdtemp(prefix="edms-test-tokens-"))
    register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for code in CODES:
        key = authority().folder / "keys" / f"{code}.pkcs8"
        key.write_bytes(_pem(private(code)))
        label = f"{code} card"
        _util("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "so-" + PIN)
        _util("--import", str(key), "--token", label, "--label", "sign", "--id", "A1", "--pin", PIN)
    for code in CODES:
        with pkcs11.lib(str(library)).get_token(token_label=f"{code} card").open(user_pin=PIN, rw=True) as session:
            for ident, name, of in ((b"\xa1", "sign", code), (b"\xb1", "issuer", "issuing")):
                _certificate(session, ident, name, authority().certificate(of))
    return library


def _certificate(session: Any, ident: bytes, name: str, raw: bytes) -> None:
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.LABEL: name,
            pkcs11.Attribute.ID: ident,
            pkcs11.Attribute.SUBJECT: x509.Certificate.load(raw).subject.dump(),
            pkcs11.Attribute.VALUE: raw,
        }
    )


def token(code: str) -> Place:
    """Where somebody's key lies in a token of her own, with its certificate and the one that issued it."""
    return Place(softhsm(), f"{code} card", "", "sign")


def _util(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@contextmanager
def dummy_service() -> Iterator[Service]:
    """Certomancer's service of version 1.0.4, which insists on pinned hashes; ten at once."""
    from aiohttp import web
    from csc_dummy.csc_dummy_server import CSCWithCertomancer

    of = authority()
    described = plan(of.holders, since=of.since, address=of.address)
    config = CertomancerConfig(described, key_search_dir=str(of.folder), config_search_dir=str(of.folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", web.NotAppKeyWarning)  # it is older than the advice
        app = CSCWithCertomancer(config)
    app.register_routes()
    loop, up, port = asyncio.new_event_loop(), threading.Event(), []

    async def start() -> web.AppRunner:
        runner = web.AppRunner(app.app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.append(site._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]
        up.set()
        return runner

    def work() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert up.wait(20)
    try:
        yield Service(url=f"http://127.0.0.1:{port[0]}", name="Dummy")
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)


class OwnService:
    """A service of our own for what the other one lacks: version 2, PINs, bearer tokens, and faults of every kind."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.fault = ""  # silent, slow, nonsense, elsewhere, wrong, short, huge, disabled, revoked
        self.fault_at = ""  # the part of the address at which it happens
        self.after = 0  # questions there that still go well
        self.most = 10
        self.pinned: dict[str, list[str]] = {}
        self.code = ""  # of one use, asked for beside the PIN where it is not empty
        self.meanwhile: Callable[[str], None] = lambda what: None  # what happens elsewhere while it is asked

    def answer(self, path: str, asked: dict[str, Any], bearer: str) -> tuple[int, Any]:
        """One question."""
        version, _, what = path.removeprefix("/csc/").partition("/")
        self.heard.append((what, asked))
        self.meanwhile(what)
        if bearer != "Bearer bearer-secret":
            return 401, {"error": "invalid_token"}
        if what == "info":
            return 200, {"name": "Own", "specs": "2.0.0.2"}
        code = str(asked.get("credentialID", "")).removeprefix("demo/")
        if what == "credentials/info":
            return 200, self._info(version, code)
        hashes = asked["hashes" if version == "v2" else "hash"]
        if what == "credentials/authorize":
            given = asked.get("PIN") or next((e["value"] for e in asked.get("authData", []) if e["id"] == "PIN"), "")
            if given != PIN:
                return 400, {"error": "invalid_pin", "error_description": "The PIN is invalid"}
            code = asked.get("OTP") or next((e["value"] for e in asked.get("authData", []) if e["id"] == "OTP"), "")
            if code != self.code:
                return 400, {"error": "invalid_otp", "error_description": "The OTP is invalid"}
            self.code = "another" if self.code else ""
            sad = f"sad-{len(self.pinned)}"
            self.pinned[sad] = hashes
            return 200, {"SAD": sad, "expiresIn": 60}
        if self.pinned.pop(asked["SAD"], None) != hashes:  # once, and for these alone
            return 400, {"error": "invalid_request"}
        made = [base64.b64encode(raw(code, base64.b64decode(each))).decode() for each in hashes]
        if self.fault == "wrong" and self._strikes(what):
            made = [base64.b64encode(b"\x01" * 384).decode() for _ in made]
        return 200, {"signatures": made}

    def _info(self, version: str, code: str) -> dict[str, Any]:
        chain = [base64.b64encode(authority().certificate(each)).decode() for each in (code, "issuing")]
        algorithm = "1.2.840.113549.1.1.11" if code == "rsa" else "1.2.840.10045.4.3.2"
        status = "disabled" if self.fault == "disabled" else "enabled"
        told = {"key": {"status": status, "algo": [algorithm], "len": 3072}, "cert": {"certificates": chain}}
        told |= {"SCAL": "2", "multisign": self.most}
        if self.fault == "revoked" and self._strikes("credentials/info"):
            told["cert"]["status"] = "revoked"
        asks = ["PIN", "OTP"] if self.code else ["PIN"]
        if version == "v2":
            return told | {"auth": {"mode": "explicit", "objects": [{"type": "Password", "id": each} for each in asks]}}
        return told | {"authMode": "explicit", **{each: {"presence": "true"} for each in asks}}

    def _strikes(self, what: str) -> bool:
        if self.fault_at and self.fault_at not in what:
            return False
        self.after -= 1
        return self.after < 0

    def struck(self, what: str) -> str:
        """The fault of this question, empty where it goes well."""
        return self.fault if self.fault not in ("", "wrong", "disabled", "revoked") and self._strikes(what) else ""


@contextmanager
def own_service(version: str = "v2", *, seconds: float = 5) -> Iterator[tuple[OwnService, Service]]:
    """It, listening, and how it is listed."""
    played = OwnService()

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            fault = played.struck(self.path)
            if fault == "silent":
                self.close_connection = True
                return
            if fault == "slow":
                stopped.wait(seconds * 3)
                return
            status, told = played.answer(self.path, asked, self.headers.get("Authorization", ""))
            body = {
                "nonsense": b"<html>Welcome</html>",
                "short": b'{"signatures": []}',
                "huge": b'"' + b"x" * 3_000_000,
            }
            self.send_response(307 if fault == "elsewhere" else status)
            if fault == "elsewhere":
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            sent = body.get(fault, json.dumps(told).encode())
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            return

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    secret = authority().folder / "bearer"
    secret.write_text("bearer-secret\n")
    try:
        yield (
            played,
            Service(
                url=f"http://127.0.0.1:{server.server_port}",
                version=version,
                secret_file=secret,
                seconds=seconds,
                name="Own",
            ),
        )
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def middleware(offer: dict[str, Any], code: str, *, skip: int = 0) -> dict[str, Any]:
    """What the program at a card does: it signs each hash it is shown, and gives the certificate along."""
    signed = [
        {"item": each["item"], "signature": base64.b64encode(raw(code, base64.b64decode(each["hash"]))).decode()}
        for each in offer["items"][skip:]
    ]
    for each in offer["items"]:
        assert hashlib.sha256(base64.b64decode(each["data"])).digest() == base64.b64decode(each["hash"])
    certificate = base64.b64encode(authority().certificate(code)).decode()
    return {"state": offer["state"], "certificate": certificate, "signatures": signed}


def _pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

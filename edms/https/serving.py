"""The certificate that the server shows: the given one, or its own, renewed before its end without a restart."""

from __future__ import annotations

import fcntl
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edms import clock
from edms.config import Settings
from edms.errors import Invalid, Unavailable
from edms.https import authority, names
from edms.https.authority import Authority

RENEW_BEFORE = timedelta(days=30)
LOOK_EVERY = 600.0  # seconds between two looks at the files and the date
CERTIFICATE, KEY = "server.crt", "server.key"


@dataclass(frozen=True)
class Shown:
    """What the server shows: its certificate with its chain, its key, when it ends, for which names it holds."""

    certificate: Path
    key: Path
    until: datetime
    names: tuple[str, ...]
    left_out: tuple[str, ...] = field(default=())  # names that its own authority may not vouch for


def folder_of(settings: Settings) -> Path:
    """Where the service's own authority lies."""
    return settings.keys_dir / "https"


def shown(settings: Settings) -> Shown:
    """The certificate as it is now. Errors: Invalid (settings) for files that are no certificate and key of each other."""
    if settings.https == "given":
        if settings.https_certificate is None or settings.https_key is None:
            raise Invalid(fields={"EDMS_HTTPS_CERTIFICATE": "https.files_missing"})
        return _read(settings.https_certificate, settings.https_key)
    folder = folder_of(settings)
    return _read(folder / CERTIFICATE, folder / KEY)


def ready(settings: Settings) -> Shown:
    """See to it that there is a certificate: the own one is made when there is none, nears its end, or misses a name."""
    if settings.https == "given":
        return shown(settings)
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        wanted = names.here(settings.https_names)
        issuer = authority.known(folder)
        if issuer is None or issuer.certificate.not_valid_after_utc - clock.now() < RENEW_BEFORE:
            issuer = authority.make(folder, wanted, "edms")
        covered = issuer.covers(wanted)
        left_out = tuple(text for text in wanted.texts if text not in covered.texts)
        present = _present(settings, issuer)
        if (
            present is None
            or present.until - clock.now() < RENEW_BEFORE
            or not set(covered.texts) <= set(present.names)
        ):
            chain, key = issuer.issue(covered)
            authority.write(folder / KEY, key)
            authority.write(folder / CERTIFICATE, chain)
            present = shown(settings)
    return Shown(present.certificate, present.key, present.until, present.names, left_out)


def own_authority(settings: Settings) -> Authority:
    """The service's own authority. Errors: Unavailable where there is none."""
    found = authority.known(folder_of(settings)) if settings.https == "own" else None
    if found is None:
        raise Unavailable("https.no_authority")
    return found


class Contexts:
    """The TLS context for each new connection: kept, and made anew when the certificate was."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._marks: tuple[int, int] = (0, 0)
        self._look_at = 0.0

    def context(self) -> ssl.SSLContext:
        """The present one. Errors: Invalid."""
        with self._lock:
            if self._context is None or time.monotonic() >= self._look_at:
                self._look()
            if self._context is None:
                raise Unavailable("https.no_certificate")
            return self._context

    def _look(self) -> None:
        self._look_at = time.monotonic() + LOOK_EVERY
        now = ready(self._settings)
        marks = (now.certificate.stat().st_mtime_ns, now.key.stat().st_mtime_ns)
        if self._context is None or marks != self._marks:
            self._context, self._marks = context_of(now), marks


def context_of(now: Shown) -> ssl.SSLContext:
    """A server's context with this certificate: TLS 1.2 and later."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(now.certificate, now.key)
    return made


def _present(settings: Settings, issuer: Authority) -> Shown | None:
    """The own certificate, if it is there, whole, and of this authority."""
    try:
        found = shown(settings)
        certificate = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        certificate.verify_directly_issued_by(issuer.certificate)
    except Exception:
        return None  # whatever is wrong with it: it is made anew
    return found


def _read(certificate: Path, key: Path) -> Shown:
    try:
        held = x509.load_pem_x509_certificate(certificate.read_bytes())
        own = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise Invalid(fields={"EDMS_HTTPS_CERTIFICATE": "https.files_unreadable"}) from None
    if own.public_key() != held.public_key():
        raise Invalid(fields={"EDMS_HTTPS_KEY": "https.key_of_another"})
    try:
        said = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        called = (*said.get_values_for_type(x509.DNSName), *map(str, said.get_values_for_type(x509.IPAddress)))
    except x509.ExtensionNotFound:
        called = ()
    return Shown(certificate, key, held.not_valid_after_utc, called)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes certificates."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

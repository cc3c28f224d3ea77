"""What the tests of signing share: a demo authority, a letter's page, and a way to sign it. Nobody here is real."""

from __future__ import annotations

import shutil
import tempfile
from atexit import register
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from edms import clock
from edms.demo.authority import Authority, Holder, Inside, make
from edms.drafting.paper import Letter, Office, SignatureMark, letter, signature_mark
from edms.signing import container, trust
from edms.signing.container import Box, Mark, Reserved
from edms.signing.keys import Pkcs12
from edms.signing.raising import raise_to_lta
from edms.signing.trust import Roots

PIN = "2580-secret"
MAYOR = Holder("mayor", "დავით მაისურაძე", "ქვემოს მუნიციპალიტეტი", PIN)
CLERK = Holder("clerk", "Անի Սարգսյան", "ქვემოს მუნიციპალიტეტი", PIN)
NOBODY_ASKS = Holder("nobody", "No Addresses", "Kvemo", PIN, addresses=False)
OFFICE = Office(
    "ქვემოს მუნიციპალიტეტის მერია", "ქ. ქვემო, თავისუფლების მოედანი 1", "0350 22 33 44", "post@kvemo.example"
)


@cache
def authority() -> Authority:
    """The authority that every test trusts unless it says otherwise."""
    return fresh_authority()


def fresh_authority() -> Authority:
    """An authority of its own, for tests that revoke or distrust."""
    folder = Path(tempfile.mkdtemp(prefix="edms-test-authority-"))
    register(shutil.rmtree, folder, ignore_errors=True)
    began = clock.now().replace(microsecond=0) - timedelta(days=400)
    return make(folder, [MAYOR, CLERK, NOBODY_ASKS], "http://127.0.0.1:1", since=began)


def roots(of: Authority | None = None) -> Roots:
    """What is trusted."""
    return trust.load((of or authority()).trust_dir)


def signer(code: str = "mayor", of: Authority | None = None) -> Pkcs12:
    """Somebody's PKCS#12."""
    return Pkcs12((of or authority()).pkcs12(code).read_bytes())


@cache
def page() -> bytes:
    """A letter's page as it is shown to the signer."""
    values = Letter(
        OFFICE, "ka", "გზის შესახებ", "გაცნობებთ, რომ გზა შეკეთდება **2027 წელს**.", "დავით მაისურაძე", "მერი"
    )
    return letter(values).pdf


@cache
def face() -> bytes:
    """The visible face of a signature."""
    return signature_mark(
        SignatureMark("ka", MAYOR.name, "მერი", OFFICE.name, date(2026, 11, 24), "https://kvemo.example/v/1")
    )


def prepared(
    pdf: bytes | None = None, *, field: str = "Signature1", visible: bool = True, at_height: float = 100
) -> Reserved:
    """The page with an empty container."""
    place = Mark(Box(0, 300, at_height, 300 + 260, at_height + 76), face()) if visible else None
    return container.reserve(pdf or page(), field=field, at=clock.now(), name=MAYOR.name, place=place)


def signed_b(pdf: bytes | None = None, *, code: str = "mayor", field: str = "Signature1") -> bytes:
    """Signed to B-B only."""
    reserved = prepared(pdf, field=field)
    (signature,) = signer(code).sign([reserved.digest], pin=PIN, at=clock.now())
    return container.fill(reserved.pdf, reserved.start, reserved.end, signature)


def signed_lta(
    pdf: bytes | None = None, *, code: str = "mayor", field: str = "Signature1", of: Authority | None = None,
    at_height: float = 100,
) -> bytes:  # fmt: skip
    """Signed to B-LTA by an authority within the process."""
    source = of or authority()
    reserved = prepared(pdf, field=field, at_height=at_height)
    (signature,) = signer(code, source).sign([reserved.digest], pin=PIN, at=clock.now())
    outside = Inside(source)
    return raise_to_lta(
        reserved.pdf, reserved.start, reserved.end, signature, field=field, outside=outside, roots=roots(source)
    ).pdf

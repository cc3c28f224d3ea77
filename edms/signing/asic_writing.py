"""Writing signed containers: ASiC-E with CAdES (ETSI EN 319 162-1), a manifest of the files and a signature over it.

Whoever signs is a `Signer` like any other: it is given one hash, that of the manifest. The signature goes up to B-LT,
so that the container validates with nobody to ask for as long as the signer's certificate lasts. Without a signer the
manifest gets a time stamp alone, which says that these files existed then, and in whose hands is not said.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from asn1crypto import cms, crl, ocsp, x509
from lxml import etree

from edms import clock
from edms.errors import Unavailable
from edms.signing import asking, cades, raising
from edms.signing.asic import ASIC
from edms.signing.container import HASH
from edms.signing.grounds import Grounds
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.xades import DS

MEDIA = "application/vnd.etsi.asic-e+zip"
MANIFEST = "META-INF/ASiCManifest001.xml"
SIGNATURE = "META-INF/signature001.p7s"
STAMP = "META-INF/timestamp001.tst"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_SAME_DATE = (1980, 1, 1, 0, 0, 0)
_OCSP_INSIDE = "1.3.6.1.5.5.7.16.2"  # id-ri-ocsp-response, RFC 5940
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\/]+')


@dataclass(frozen=True)
class Part:
    """A file of a container."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Laid:
    """A container before its signature. `digest` is what is signed: the hash of the manifest."""

    parts: Sequence[Part]
    manifest: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the manifest."""
        return hashlib.new(HASH, self.manifest).digest()


def lay(parts: Sequence[Part], *, signed: bool = True) -> Laid:
    """List the files; each gets a name that stands only once. `signed` False: for a time stamp alone."""
    named = [Part(name, part.media_type, part.content) for name, part in zip(_names(parts), parts, strict=True)]
    root = etree.Element(f"{ASIC}ASiCManifest", nsmap={"asic": ASIC[1:-1], "ds": DS[1:-1]})
    mime = "application/pkcs7-signature" if signed else "application/vnd.etsi.timestamp-token"
    etree.SubElement(root, f"{ASIC}SigReference", URI=SIGNATURE if signed else STAMP, MimeType=mime)
    for part in named:
        told = etree.SubElement(root, f"{ASIC}DataObjectReference", URI=quote(part.name), MimeType=part.media_type)
        etree.SubElement(told, f"{DS}DigestMethod", Algorithm=_SHA256)
        digest = hashlib.sha256(part.content).digest()
        etree.SubElement(told, f"{DS}DigestValue").text = base64.b64encode(digest).decode()
    return Laid(named, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def signed(laid: Laid, signature: bytes, *, outside: Outside, roots: Roots) -> bytes:
    """The container with the signature (CMS, B-B) over its manifest, raised to B-LT.

    Errors: Unavailable while time stamps or answers about revocation cannot be had.
    """
    return _packed(laid, SIGNATURE, _raised(laid, signature, outside=outside, roots=roots))


def stamped(laid: Laid, *, outside: Outside, roots: Roots) -> bytes:
    """The container with a time stamp over its manifest. Errors: Unavailable."""
    stamper = outside.timestamper()
    token = asyncio.run(raising.run(stamper.async_timestamp(laid.digest, HASH), raising.context(outside, roots)))
    return _packed(laid, STAMP, token.dump())


def _raised(laid: Laid, signature: bytes, *, outside: Outside, roots: Roots) -> bytes:
    known = raising.context(outside, roots)
    with_time = asyncio.run(raising.run(raising.stamped(signature, outside.timestamper()), known))
    content = cms.ContentInfo.load(with_time)
    held = content["content"]
    beside: Mapping[str, bytes] = {"manifest": laid.manifest}
    findings = cades.findings(held, beside, Grounds(roots, clock.now()), name="manifest.p7s")
    answers = asking.ask(findings, outside, roots)
    if not answers:
        raise Unavailable("signing.revocation_silent")
    chains = [each for finding in findings for each in (*finding.chain[:-1], *finding.stamp_chain[:-1])]
    added = {der: x509.Certificate.load(base64.b64decode(der)) for der in chains}
    given = {each.chosen.sha256 for each in held["certificates"]}
    fresh = [each for each in added.values() if each.sha256 not in given]
    held["certificates"] = cms.CertificateSet([*held["certificates"], *fresh])
    held["crls"] = cms.RevocationInfoChoices(
        [
            *(cms.RevocationInfoChoice("crl", crl.CertificateList.load(each)) for each in answers.crls),
            *(_answer(each) for each in answers.ocsps),
        ]
    )
    held["version"] = "v5"  # RFC 5652, 5.1: there are answers of another form
    made: bytes = content.dump(force=True)
    return made


def _answer(der: bytes) -> cms.RevocationInfoChoice:
    told = {"other_rev_info_format": _OCSP_INSIDE, "other_rev_info": ocsp.OCSPResponse.load(der)}
    return cms.RevocationInfoChoice("other", cms.OtherRevocationInfoFormat(told))


def _packed(laid: Laid, name: str, proof: bytes) -> bytes:
    """The same files give the same bytes, the signature aside. The type stands first and plain (EN 319 162-1, A.1)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "mimetype", MEDIA.encode(), packed=False)
        for part in laid.parts:
            _put(archive, part.name, part.content)
        _put(archive, MANIFEST, laid.manifest)
        _put(archive, name, proof)
    return made.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes, *, packed: bool = True) -> None:
    entry = zipfile.ZipInfo(name, _SAME_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    archive.writestr(entry, content)


def _names(parts: Sequence[Part]) -> list[str]:
    """The names of the files, of whatever script, none a path and none twice."""
    names: list[str] = []
    for part in parts:
        plain = _FORBIDDEN.sub("_", part.name).strip(". ") or "file"
        plain = plain if plain.upper() != "META-INF" and plain != "mimetype" else f"_{plain}"
        stem, suffix = PurePosixPath(plain).stem, PurePosixPath(plain).suffix
        name, number = plain, 2
        while name.casefold() in {each.casefold() for each in names}:
            name, number = f"{stem} ({number}){suffix}", number + 1
        names.append(name)
    return names

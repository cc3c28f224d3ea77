"""Writing signed containers: ASiC-E with CAdES (ETSI EN 319 162-1), a manifest of the files and a signature over it.

Whoever signs is a `Signer` like any other: it is given one hash, that of the manifest. The signature goes up to B-LTA
(`asic_archiving`), so that the container validates with nobody to ask, and can be carried on. Without a signer the
manifest gets a time stamp alone, which says that these files existed then, and in whose hands is not said.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from asn1crypto import cms
from lxml import etree

from edms import clock
from edms.errors import Corrupt
from edms.signing import asic_archiving, cades, cms_answering, raising
from edms.signing.algorithms import Algorithms
from edms.signing.asic_files import ASIC
from edms.signing.container import HASH
from edms.signing.examination import examine
from edms.signing.grounds import Grounds
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Level
from edms.signing.xades import DS

MEDIA = "application/vnd.etsi.asic-e+zip"
MANIFEST = "META-INF/ASiCManifest001.xml"
SIGNATURE = "META-INF/signature001.p7s"
STAMP = "META-INF/timestamp001.tst"
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
    mime = "application/pkcs7-signature" if signed else asic_archiving.STAMP_MEDIA
    etree.SubElement(root, f"{ASIC}SigReference", URI=SIGNATURE if signed else STAMP, MimeType=mime)
    for part in named:
        told = etree.SubElement(root, f"{ASIC}DataObjectReference", URI=quote(part.name), MimeType=part.media_type)
        asic_archiving.refer(told, part.content)
    return Laid(named, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def signed(
    laid: Laid, signature: bytes, *, outside: Outside, roots: Roots, algorithms: Algorithms | None = None
) -> bytes:
    """The container with the signature (CMS, B-B) over its manifest, raised to B-LTA and judged as anybody else would.

    Errors: Unavailable while time stamps or answers about revocation cannot be had; RuleBroken of the certificate;
    Corrupt when our own check does not pass it.
    """
    files = {**_files(laid), SIGNATURE: _raised(laid, signature, outside=outside, roots=roots)}
    made = asic_archiving.pack(asic_archiving.archived(files, outside=outside, roots=roots))
    verdict = examine(made, roots, at=clock.now(), algorithms=algorithms)
    if verdict.bottom is not Bottom.PASSED or verdict.level is not Level.LTA:
        raise Corrupt("signing.own_signature_not_passed", reason=verdict.sub_indication or verdict.reason)
    return made


def stamped(laid: Laid, *, outside: Outside, roots: Roots) -> bytes:
    """The container with a time stamp over its manifest. Errors: Unavailable."""
    stamper = outside.timestamper()
    token = asyncio.run(raising.run(stamper.async_timestamp(laid.digest, HASH), raising.context(outside, roots)))
    return asic_archiving.pack({**_files(laid), STAMP: token.dump()})


def _raised(laid: Laid, signature: bytes, *, outside: Outside, roots: Roots) -> bytes:
    """To B-LT: a time stamp over the signature, and what answers for the certificates of both."""
    known = raising.context(outside, roots)
    content = cms.ContentInfo.load(asyncio.run(raising.run(raising.stamped(signature, outside.timestamper()), known)))
    beside: Mapping[str, bytes] = {"manifest": laid.manifest}
    findings = cades.findings(content["content"], beside, Grounds(roots, clock.now()), name="manifest.p7s")
    return cms_answering.answered(content, findings, outside=outside, roots=roots)


def _files(laid: Laid) -> dict[str, bytes]:
    return {"mimetype": MEDIA.encode(), **{each.name: each.content for each in laid.parts}, MANIFEST: laid.manifest}


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

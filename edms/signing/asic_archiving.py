"""Archive time stamps of signed containers (ASiC-E with CAdES; ETSI EN 319 162-1, 4.4.3 and A.7): one more manifest,
of all files there are, and a time stamp over it. The newest is always called the same, the earlier ones bear numbers.

No file is touched: a further stamp lies over the earlier manifest and its stamp too. Each stamp brings what answers for
who gave it, so that the next, or a check in thirty years, need ask nobody about the last.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from urllib.parse import quote

from lxml import etree

from edms.errors import Corrupt
from edms.signing import cms_answering, raising
from edms.signing.asic_files import ARCHIVE, ASIC, unpacked
from edms.signing.container import HASH
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.xades import DS

STAMP_MEDIA = "application/vnd.etsi.timestamp-token"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_SAME_DATE = (1980, 1, 1, 0, 0, 0)
_NUMBER = re.compile(r"(?:ASiCArchiveManifest|timestamp)(\d+)\.")


def carried_on(container: bytes, *, outside: Outside, roots: Roots) -> bytes:
    """The container under a further archive time stamp. Errors: Unavailable, RuleBroken; Corrupt when it is no container."""
    files = unpacked(container)
    if files is None:
        raise Corrupt("signing.bytes_changed")
    return pack(archived(files, outside=outside, roots=roots))


def archived(files: Mapping[str, bytes], *, outside: Outside, roots: Roots) -> dict[str, bytes]:
    """The files with an archive manifest and its time stamp; the newest manifest before takes a number."""
    number = max((int(each) for name in files for each in _NUMBER.findall(name)), default=0) + 1
    earlier = f"META-INF/ASiCArchiveManifest{number:03d}.xml"
    stamp = f"META-INF/timestamp{number:03d}.tst"
    kept = {earlier if name == ARCHIVE else name: whole for name, whole in files.items()}
    manifest = _listing(kept, stamp, earlier)
    digest = hashlib.new(HASH, manifest).digest()
    stamping = outside.timestamper().async_timestamp(digest, HASH)
    token = asyncio.run(raising.run(stamping, raising.context(outside, roots)))
    asked = [cms_answering.of_stamp(token["content"], roots)]
    return {**kept, ARCHIVE: manifest, stamp: cms_answering.answered(token, asked, outside=outside, roots=roots)}


def pack(files: Mapping[str, bytes]) -> bytes:
    """The same files give the same bytes. The type stands first and plain (EN 319 162-1, A.1)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda each: each != "mimetype"):
            entry = zipfile.ZipInfo(name, _SAME_DATE)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return made.getvalue()


def _listing(files: Mapping[str, bytes], stamp: str, earlier: str) -> bytes:
    root = etree.Element(f"{ASIC}ASiCManifest", nsmap={"asic": ASIC[1:-1], "ds": DS[1:-1]})
    etree.SubElement(root, f"{ASIC}SigReference", URI=stamp, MimeType=STAMP_MEDIA)
    for name, whole in files.items():
        if name == "mimetype":
            continue
        reference = etree.SubElement(root, f"{ASIC}DataObjectReference", URI=quote(name))
        if name == earlier:
            reference.set("Rootfile", "true")
        refer(reference, whole)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def refer(reference: etree._Element, whole: bytes) -> None:
    """Write the hash of a file under its reference."""
    etree.SubElement(reference, f"{DS}DigestMethod", Algorithm=SHA256)
    digest = hashlib.sha256(whole).digest()
    etree.SubElement(reference, f"{DS}DigestValue").text = base64.b64encode(digest).decode()

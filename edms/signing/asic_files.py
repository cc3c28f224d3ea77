"""The files of a container by name, and what its manifests say of them (ETSI EN 319 162-1, A.4 and A.7)."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote

from edms.signing import cms_judging as judging
from edms.signing import xades

MOST_FILES = 1_000
MOST_BYTES = 512 << 20
LONGEST_NAME = 1_000
_LEADS_OUT = re.compile(r"(^|[/\\])\.{1,2}([/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f\x7f]")
ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
ARCHIVE = "META-INF/ASiCArchiveManifest.xml"
"""The newest archive manifest; those before it have a number in their names."""
ARCHIVES = re.compile(r"META-INF/ASiCArchiveManifest[^/]*\.xml", re.I)
CMS = re.compile(r"META-INF/[^/]*signature[^/]*\.p7[sm]", re.I)
MANIFEST = re.compile(r"META-INF/ASiCManifest[^/]*\.xml", re.I)
STAMP = re.compile(r"META-INF/[^/]*timestamp[^/]*\.tst", re.I)


@dataclass(frozen=True)
class Listed:
    """What a manifest names: which files, by which hashes; is one missing, is one other than its hash says?"""

    names: tuple[str, ...]
    hashes: frozenset[str]
    missing: bool
    wrong: bool


def unpacked(content: bytes) -> dict[str, bytes] | None:
    """The files of a container by name; None when it holds too much, or names that another program may read otherwise.

    Errors: what zipfile raises.
    """
    files: dict[str, bytes] = {}
    room = MOST_BYTES
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MOST_FILES or not _told_apart([entry.filename for entry in entries]):
            return None
        if sum(entry.file_size for entry in entries) > MOST_BYTES:  # no more of an entry than it says is read
            return None
        for entry in entries:
            with archive.open(entry) as packed:
                files[entry.filename] = whole = packed.read(room + 1)
            room -= len(whole)
            if room < 0:
                return None
    return files


def _told_apart(names: list[str]) -> bool:
    """Is each a name within the container, and another than all others also where letter case and accents are one?

    Else what is judged here and what a person unpacks elsewhere may be two different files.
    """
    if len({unicodedata.normalize("NFC", name).casefold() for name in names}) < len(names):
        return False
    return not any(_LEADS_OUT.search(name) or len(name) > LONGEST_NAME for name in names)


def signs(manifest: bytes) -> str | None:
    """The signature or time stamp that a manifest belongs to."""
    reference = xades.parsed(manifest).find(f"{ASIC}SigReference")
    return unquote(reference.get("URI") or "") if reference is not None else None


def listed(manifest: bytes, files: Mapping[str, bytes]) -> Listed:
    """What a manifest says of the files. Errors: ValueError for a hash that is weak or unknown, what a parser raises."""
    names, hashes, missing, wrong = [], set(), False, False
    for reference in xades.parsed(manifest).iterfind(f"{ASIC}DataObjectReference"):
        name = unquote(reference.get("URI") or "")
        names.append(name)
        if name not in files:
            missing = True
            continue
        algorithm = reference.find(f"{xades.DS}DigestMethod").get("Algorithm").rpartition("#")[2]
        hashes.add(algorithm)
        told = (reference.findtext(f"{xades.DS}DigestValue") or "").strip()
        wrong = wrong or not hmac.compare_digest(_digest(files[name], algorithm), told)
    return Listed(tuple(names), frozenset(hashes), missing, wrong)


def _digest(content: bytes, algorithm: str) -> str:
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise ValueError("weak or unknown hash")
    return judging.as_base64(hashlib.new(algorithm, content).digest())

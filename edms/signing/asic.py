"""Signed containers, ASiC-S and ASiC-E (ETSI EN 319 162): their signatures in CAdES or XAdES, and what they leave out.

A file in the container that a signature does not cover is said: adding one is the simplest forgery of all.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from urllib.parse import unquote

from edms.signing import cades, xades
from edms.signing import cms_judging as judging
from edms.signing.grounds import Grounds
from edms.signing.verdicts import FILES_UNSIGNED, SIGNED_FILE_MISSING, STAMP_ONLY, UNREADABLE, UNSIGNED, Bottom, Finding

MOST_FILES = 1_000
MOST_BYTES = 512 << 20
ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
_XML = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.I)
_CMS = re.compile(r"META-INF/[^/]*signature[^/]*\.p7[sm]", re.I)
_MANIFEST = re.compile(r"META-INF/ASiCManifest[^/]*\.xml", re.I)
_STAMP = re.compile(r"META-INF/[^/]*timestamp[^/]*\.tst", re.I)


def findings(content: bytes, grounds: Grounds) -> tuple[Finding, ...] | str:
    """Each signature of a container, or the reason why there is none to judge. Errors: what zipfile raises."""
    files = _unpacked(content)
    if files is None:
        return UNREADABLE
    signed = {name: whole for name, whole in files.items() if name != "mimetype" and not name.startswith("META-INF/")}
    found: list[Finding] = []
    for name, whole in files.items():
        if _XML.fullmatch(name):
            found += xades.findings(whole, files, grounds)
        elif _CMS.fullmatch(name):
            found += _cms(name, whole, files, signed, grounds)
    if not found:
        return STAMP_ONLY if any(_STAMP.fullmatch(name) for name in files) else UNSIGNED
    return tuple(_over_all(each, signed) for each in found)


def _over_all(each: Finding, signed: Mapping[str, bytes]) -> Finding:
    """A container is what each of its signatures is over, whole. Else who signs a file of her own beside another's
    letter would pass both off as signed by both."""
    if each.bottom is Bottom.PASSED and not set(signed) <= set(each.covers):
        return judging.unclear(each, "SIG_CONSTRAINTS_FAILURE", FILES_UNSIGNED)
    return each


def _cms(
    name: str, whole: bytes, files: Mapping[str, bytes], signed: Mapping[str, bytes], grounds: Grounds
) -> tuple[Finding, ...]:
    """A CMS over the one file of an ASiC-S, or over the manifest that names the files of an ASiC-E."""
    message = cades.read(whole)
    if message is None:
        return (Finding(name, Bottom.INDETERMINATE, UNREADABLE, "GENERIC"),)
    manifest = next((each for each in files if _MANIFEST.fullmatch(each) and _signs(files[each]) == name), None)
    if manifest is None:
        only = signed if len(signed) == 1 else {}
        # There is nothing else that it could be over: if the hash differs, the file was changed.
        renamed = {name.rpartition(".")[0]: whole for whole in only.values()}
        found = cades.findings(message, renamed, grounds, name=name)
        return tuple(replace(each, covers=tuple(only) if each.covers else ()) for each in found)
    found = cades.findings(message, {name.rpartition(".")[0]: files[manifest]}, grounds, name=name)
    told, missing, wrong = _listed(files[manifest], files)
    found = tuple(replace(each, covers=told) for each in found)
    if wrong:
        return tuple(judging.failed(each, "HASH_FAILURE") for each in found)
    if missing:
        return tuple(judging.unclear(each, "SIGNED_DATA_NOT_FOUND", SIGNED_FILE_MISSING) for each in found)
    return found


def _signs(manifest: bytes) -> str | None:
    """The signature that a manifest belongs to."""
    reference = xades.parsed(manifest).find(f"{ASIC}SigReference")
    return unquote(reference.get("URI") or "") if reference is not None else None


def _listed(manifest: bytes, files: Mapping[str, bytes]) -> tuple[tuple[str, ...], bool, bool]:
    """The files that a manifest names: which, is one missing, is one other than its hash says?"""
    names, missing, wrong = [], False, False
    for reference in xades.parsed(manifest).iterfind(f"{ASIC}DataObjectReference"):
        name = unquote(reference.get("URI") or "")
        names.append(name)
        if name not in files:
            missing = True
            continue
        algorithm = reference.find(f"{xades.DS}DigestMethod").get("Algorithm").rpartition("#")[2]
        told = (reference.findtext(f"{xades.DS}DigestValue") or "").strip()
        wrong = wrong or not hmac.compare_digest(_digest(files[name], algorithm), told)
    return tuple(names), missing, wrong


def _digest(content: bytes, algorithm: str) -> str:
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise ValueError("weak or unknown hash")
    return judging.as_base64(hashlib.new(algorithm, content).digest())


def _unpacked(content: bytes) -> dict[str, bytes] | None:
    """The files of a container by name; None when it holds two of one name, or too much."""
    files: dict[str, bytes] = {}
    room = MOST_BYTES
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MOST_FILES or len({entry.filename for entry in entries}) < len(entries):
            return None
        for entry in entries:
            with archive.open(entry) as packed:
                files[entry.filename] = whole = packed.read(room + 1)
            room -= len(whole)
            if room < 0:
                return None
    return files

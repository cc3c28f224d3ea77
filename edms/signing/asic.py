"""Signed containers, ASiC-S and ASiC-E (ETSI EN 319 162): their signatures in CAdES or XAdES, and what they leave out.

A file in the container that a signature does not cover is said: adding one is the simplest forgery of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from edms.signing import asic_archives, cades, xades
from edms.signing import cms_judging as judging
from edms.signing.asic_archives import Archived
from edms.signing.asic_files import CMS, MANIFEST, STAMP, listed, signs, unpacked
from edms.signing.grounds import Grounds
from edms.signing.verdicts import (
    FILES_UNSIGNED,
    MOST_SIGNATURES,
    SIGNED_FILE_MISSING,
    STAMP_ONLY,
    UNREADABLE,
    UNSIGNED,
    Bottom,
    Finding,
    Form,
    Level,
    TooMany,
)

_XML = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.I)


def findings(content: bytes, grounds: Grounds) -> tuple[Finding, ...] | str:
    """Each signature of a container, or the reason why there is none to judge. Errors: TooMany, what zipfile raises."""
    files = unpacked(content)
    if files is None:
        return UNREADABLE
    signed = {name: whole for name, whole in files.items() if name != "mimetype" and not name.startswith("META-INF/")}
    if sum(bool(_XML.fullmatch(name) or CMS.fullmatch(name)) for name in files) > MOST_SIGNATURES:
        raise TooMany
    archive: Archived | None = None
    with suppress(Exception):  # what was made for a parser proves nothing
        archive = asic_archives.archived(files, grounds)
    found: list[Finding] = []
    for name, whole in files.items():
        if _XML.fullmatch(name):
            over = archive.stamps if archive is not None else ()
            found += [replace(each, stamps=(*each.stamps, *over)) for each in xades.findings(whole, files, grounds)]
        elif CMS.fullmatch(name):
            found += _cms(name, whole, files, signed, grounds, archive)
        if len(found) > MOST_SIGNATURES:
            raise TooMany
    if not found:
        return STAMP_ONLY if any(STAMP.fullmatch(name) for name in files) else UNSIGNED
    return tuple(_over_all(each, signed) for each in found)


def _over_all(each: Finding, signed: Mapping[str, bytes]) -> Finding:
    """A container is what each of its signatures is over, whole. Else who signs a file of her own beside another's
    letter would pass both off as signed by both."""
    if each.bottom is Bottom.PASSED and not set(signed) <= set(each.covers):
        return judging.unclear(each, "SIG_CONSTRAINTS_FAILURE", FILES_UNSIGNED)
    return each


def _cms(
    name: str,
    whole: bytes,
    files: Mapping[str, bytes],
    signed: Mapping[str, bytes],
    grounds: Grounds,
    archive: Archived | None,
) -> tuple[Finding, ...]:
    """A CMS over the one file of an ASiC-S, or over the manifest that names the files of an ASiC-E."""
    message = cades.read(whole)
    if message is None:
        return (Finding(name, Bottom.INDETERMINATE, UNREADABLE, "GENERIC"),)
    manifest = next((each for each in files if MANIFEST.fullmatch(each) and signs(files[each]) == name), None)
    if manifest is None:
        only = signed if len(signed) == 1 else {}
        # There is nothing else that it could be over: if the hash differs, the file was changed.
        renamed = {name.rpartition(".")[0]: whole for whole in only.values()}
        found = cades.findings(message, renamed, grounds, name=name)
        return tuple(replace(each, covers=tuple(only) if each.covers else ()) for each in found)
    told = listed(files[manifest], files)
    later = archive.stamps if archive is not None else ()
    if archive is not None and not archive.names >= {name, manifest, *told.names}:
        archive = None  # it lies over something else
    since = archive.since if archive is not None else None
    over = {name.rpartition(".")[0]: files[manifest]}
    found = cades.findings(message, over, grounds, name=name, since=since, later=later)
    found = tuple(_archived(replace(each, covers=told.names, form=Form.ASICE), archive, grounds) for each in found)
    if told.wrong:
        return tuple(judging.failed(each, "HASH_FAILURE") for each in found)
    if told.missing:
        return tuple(judging.unclear(each, "SIGNED_DATA_NOT_FOUND", SIGNED_FILE_MISSING) for each in found)
    return found


def _archived(finding: Finding, archive: Archived | None, grounds: Grounds) -> Finding:
    """B-LTA where what answers for the signature's certificates lies under a stamp that holds."""
    if archive is None or finding.level is not Level.LT:
        return finding
    return replace(judging.archived(finding, archive.last, grounds.roots), level=Level.LTA)

"""A further archive time stamp inside CMS signatures (ETSI EN 319 122-1, 5.5), beside their file or in an ASiC-S.

Nothing that is there changes: each signer of the CMS gets one more attribute. Each stamp brings what answers for who gave
it, so that the next, or a check in thirty years, need ask nobody about the last.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

from asn1crypto import cms, core, parser

from edms.errors import Corrupt, RuleBroken
from edms.signing import asic_archiving, cades, cms_answering, cms_archives, raising
from edms.signing import cms_judging as judging
from edms.signing.asic_files import CMS, MANIFEST, unpacked
from edms.signing.cms_archives import HashIndex
from edms.signing.container import HASH
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.verdicts import SIGNED_FILE_MISSING


def carried_on(signed: bytes, beside: Mapping[str, bytes], *, name: str = "", outside: Outside, roots: Roots) -> bytes:
    """The CMS, or the container of one file and its CMS, under a further archive time stamp.

    Errors: Unavailable; RuleBroken when the file that was signed is not there; Corrupt for what is neither.
    """
    if not signed.startswith(b"PK"):
        return stamped(signed, beside, name=name, outside=outside, roots=roots)
    files = unpacked(signed)
    if files is None:
        raise Corrupt("signing.bytes_changed")
    inside = {each: whole for each, whole in files.items() if each != "mimetype" and not each.startswith("META-INF/")}
    after = {
        each: stamped(whole, inside, name=each, outside=outside, roots=roots) if CMS.fullmatch(each) else whole
        for each, whole in files.items()
    }
    return asic_archiving.pack(after)


def lies_inside(container: bytes) -> bool:
    """Is it a container whose signatures take their archive stamps themselves: one file and its CMS, without a manifest?"""
    files = unpacked(container) or {}
    return any(map(CMS.fullmatch, files)) and not any(map(MANIFEST.fullmatch, files))


def stamped(signed: bytes, beside: Mapping[str, bytes], *, name: str, outside: Outside, roots: Roots) -> bytes:
    """A CMS with one more archive time stamp for each of its signers. Errors: as above."""
    whole = cms.ContentInfo.load(cades.der(signed))
    held = whole["content"]
    made = []
    for alone, signer in zip(judging.singly(held), held["signer_infos"], strict=True):
        content = cades.signed_bytes(alone, beside, name)
        if content is None:
            raise RuleBroken(SIGNED_FILE_MISSING)
        index = _index(held, signer)
        digest = cms_archives.imprint(held, signer, content, index, HASH)
        stamping = outside.timestamper().async_timestamp(digest, HASH)
        token = asyncio.run(raising.run(stamping, raising.context(outside, roots)))
        asked = [cms_answering.of_stamp(token["content"], roots)]
        _add(token["content"]["signer_infos"][0], cms_archives.INDEX, index.dump())
        der = cms_answering.answered(token, asked, outside=outside, roots=roots)
        _add(signer, cms_archives.ARCHIVE, der)
        made.append(signer)
    held["signer_infos"] = cms.SignerInfos(made)
    after: bytes = whole.dump()
    return after


def _index(held: cms.SignedData, signer: cms.SignerInfo) -> HashIndex:
    certificates, answers, attributes = (
        [hashlib.new(HASH, part).digest() for part in parts] for parts in cms_archives.beside(held, signer)
    )
    told = {"certificates": certificates, "answers": answers, "attributes": attributes}
    return HashIndex({"algorithm": {"algorithm": HASH}, **told})


def _add(signer: cms.SignerInfo, kind: str, value: bytes) -> None:
    """One more unsigned attribute, its value as it is."""
    told = core.ObjectIdentifier(kind).dump() + parser.emit(0, 1, 17, value)
    attribute = cms.CMSAttribute.load(parser.emit(0, 1, 16, told))
    signer["unsigned_attrs"] = cms.CMSAttributes([*(signer["unsigned_attrs"] or ()), attribute])

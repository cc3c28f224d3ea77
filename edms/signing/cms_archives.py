"""Archive time stamps inside a CMS signature (archive-time-stamp-v3, ETSI EN 319 122-1, 5.5.2 and 5.5.3).

Such a stamp is over the signed bytes, the signature, and the hashes of what lies unsigned beside it: certificates,
answers, earlier stamps. It lists these hashes itself, so that more can be added later without touching it. The newest is
judged now, each before it at the time of the one after; the first tells since when all of it is proven.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp
from pyhanko.sign.validation.policy_decl import LocalKnowledge

from edms.signing import cms_judging as judging
from edms.signing import stamp_facts
from edms.signing.grounds import Grounds
from edms.signing.stamp_facts import Lying
from edms.signing.verdicts import Bottom, Over, Stamp

ARCHIVE = "0.4.0.1733.2.4"
INDEX = "0.4.0.19122.1.5"
MOST_STAMPS = 100


class _Hashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class HashIndex(core.Sequence):  # type: ignore[misc]
    """ATSHashIndexV3: by which algorithm, and the hashes of what the stamp lies over beside the signature itself."""

    _fields = [
        ("algorithm", algos.DigestAlgorithm),
        ("certificates", _Hashes),
        ("answers", _Hashes),
        ("attributes", _Hashes),
    ]


@dataclass(frozen=True)
class Archived:
    """All of it existed so `since` then, by the `last` stamp and those before it; `brought` is what they all lie over.

    `stamps` are the facts of all, from the oldest to the newest.
    """

    since: datetime
    brought: LocalKnowledge | None
    last: cms.SignedData
    stamps: tuple[Stamp, ...]


def is_archived(signer: cms.SignerInfo) -> bool:
    """Does the signature carry such a stamp?"""
    return any(each["type"].dotted == ARCHIVE for each in signer["unsigned_attrs"] or ())


def archived(signed_data: cms.SignedData, content: bytes, grounds: Grounds) -> Archived | None:
    """What the archive stamps of the one signer prove; None when there are none, or one does not hold."""
    signer = signed_data["signer_infos"][0]
    stamps = sorted(_stamps(signer), key=lambda each: _info(each)["gen_time"].native, reverse=True)
    if not 0 < len(stamps) <= MOST_STAMPS:
        return None
    kept = {kind: set(range(len(parts))) for kind, parts in enumerate(beside(signed_data, signer))}
    lying: list[tuple[Lying, str]] = []
    for stamp in stamps:
        index = _index(stamp)
        if index is None:
            return None
        by = str(index["algorithm"]["algorithm"].native)
        for kind, parts in enumerate(beside(signed_data, signer)):
            listed = {each.native for each in index[("certificates", "answers", "attributes")[kind]]}
            hashes = [judging.digest_of(part, by) for part in parts]
            if not listed <= set(hashes):
                return None  # something is gone that it lay over
            kept[kind] &= {number for number, each in enumerate(hashes) if each in listed}
        algorithm = str(_info(stamp)["message_imprint"]["hash_algorithm"]["algorithm"].native)
        whole = imprint(signed_data, signer, content, index, algorithm)
        lying.append((Lying(Over.ARCHIVE, stamp, {algorithm: whole}.__getitem__), by))
    facts = stamp_facts.judged([each for each, _ in reversed(lying)], grounds, _knowledge(signed_data, stamps))
    moment = grounds
    for (_, by), fact in zip(lying, reversed(facts), strict=True):
        believed = moment.algorithms.judged([by], moment.at)
        if fact.bottom is not Bottom.PASSED or fact.at is None or not believed:
            return None
        moment = moment.moved(fact.at)
    if not _over_time_stamps(signer, kept[2]):
        return None
    return Archived(moment.at, judging.inside(_only(signed_data, kept[0], kept[1])), stamps[0], facts)


def beside(signed_data: cms.SignedData, signer: cms.SignerInfo) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """What lies unsigned beside a signature, as it is hashed: certificates, answers, values of attributes."""
    return (
        [each.dump() for each in signed_data["certificates"] or ()],
        [each.dump() for each in signed_data["crls"] or ()],
        [each["type"].dump() + value.dump() for each in signer["unsigned_attrs"] or () for value in each["values"]],
    )


def imprint(
    signed_data: cms.SignedData, signer: cms.SignerInfo, content: bytes, index: HashIndex, algorithm: str
) -> bytes:
    """The hash over which such a stamp is given; `content` are the signed bytes, wherever they lie."""
    parts = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    whole = hashlib.new(algorithm, signed_data["encap_content_info"]["content_type"].dump())
    whole.update(hashlib.new(algorithm, content).digest())
    for part in parts:
        whole.update(signer[part].dump())
    whole.update(index.dump())
    return whole.digest()


def _stamps(signer: cms.SignerInfo) -> Iterator[cms.SignedData]:
    for each in signer["unsigned_attrs"] or ():
        if each["type"].dotted == ARCHIVE:
            for value in each["values"]:
                yield cms.ContentInfo.load(value.dump())["content"]


def _info(stamp: cms.SignedData) -> tsp.TSTInfo:
    return stamp["encap_content_info"]["content"].parsed


def _index(stamp: cms.SignedData) -> HashIndex | None:
    for each in stamp["signer_infos"][0]["unsigned_attrs"] or ():
        if each["type"].dotted == INDEX:
            found: HashIndex = HashIndex.load(each["values"][0].dump())
            return found
    return None


def _over_time_stamps(signer: cms.SignerInfo, kept: set[int]) -> bool:
    """Do they all lie over the signature's own time stamps? One that came later proves nothing of an earlier time."""
    number = 0
    for each in signer["unsigned_attrs"] or ():
        for _ in each["values"]:
            if each["type"].native == judging.TIME_STAMP and number not in kept:
                return False
            number += 1
    return True


def _only(signed_data: cms.SignedData, certificates: set[int], answers: set[int]) -> cms.SignedData:
    """The signed data with nothing else beside it than these."""
    alone = cms.SignedData.load(signed_data.untag().dump())
    for name, kept, kind in (
        ("certificates", certificates, cms.CertificateSet),
        ("crls", answers, cms.RevocationInfoChoices),
    ):
        if alone[name]:
            alone[name] = kind([each for number, each in enumerate(signed_data[name]) if number in kept])
    return alone


def _knowledge(signed_data: cms.SignedData, stamps: list[cms.SignedData]) -> LocalKnowledge:
    """What the signature and its stamps say about certificates, of each other too."""
    found: dict[str, list[Any]] = {"known_ocsps": [], "known_crls": [], "known_certs": []}
    for held in (signed_data, *stamps):
        told = judging.inside(held)
        for part, values in found.items():
            values += getattr(told, part) if told is not None else []
        found["known_certs"] += judging.certificates_of(held)
    return LocalKnowledge(**found)

"""Every time stamp of a signed file as a fact of its own: what it lies over, who gave it, when, by which chain, does it hold.

The newest stamp is judged now, each before it at the time of the one after, for that one proves that it was there then.
One that does not hold proves nothing for those before it: they are judged as if it were not there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from asn1crypto import cms
from pyhanko.sign.validation.ades import ades_timestamp_validation
from pyhanko.sign.validation.policy_decl import LocalKnowledge

from edms.signing import cms_judging as judging
from edms.signing.algorithms import names_of
from edms.signing.grounds import Grounds
from edms.signing.keys import card_of
from edms.signing.trust import chain_of
from edms.signing.verdicts import REASONS, UNDECIDED, Bottom, Over, Stamp


@dataclass(frozen=True)
class Lying:
    """A time stamp where it lies. `imprint` gives the hash that it has to be over, by the name of an algorithm."""

    over: Over
    token: cms.SignedData
    imprint: Callable[[str], bytes]
    whole: bool = True  # False: it leaves out a part of what it should be over


def over_signature(signed_data: cms.SignedData) -> list[Lying]:
    """The stamps over the value of a CMS signature."""
    value = signed_data["signer_infos"][0]["signature"].native
    return [Lying(Over.SIGNATURE, each, over_bytes(value)) for each in judging.stamps_of(signed_data)]


def over_bytes(content: bytes) -> Callable[[str], bytes]:
    """The hash of bytes by the name of an algorithm."""
    return lambda algorithm: hashlib.new(algorithm, content).digest()


def judged(
    lying: Sequence[Lying], grounds: Grounds, brought: LocalKnowledge | None, later: Sequence[Stamp] = ()
) -> tuple[Stamp, ...]:
    """The facts of these stamps, given from the oldest to the newest; `later` are those over all of them, judged before."""
    since = min((each.at for each in later if each.bottom is Bottom.PASSED and each.at is not None), default=grounds.at)
    moment, made = grounds.moved(since), []
    for each in reversed(lying):
        stamp = _one(each, moment, brought)
        if stamp.bottom is Bottom.PASSED and stamp.at is not None:
            moment = grounds.moved(stamp.at)
        made.append(stamp)
    return tuple(reversed(made))


def _one(lying: Lying, grounds: Grounds, brought: LocalKnowledge | None) -> Stamp:
    stamp = Stamp(lying.over, Bottom.INDETERMINATE, UNDECIDED, "GENERIC")
    with suppress(Exception):  # bytes made for a parser may make it raise anything: what was read so far is told
        stamp = _described(stamp, lying.token, grounds)
        if not lying.whole:
            return _told(stamp, Bottom.FAILED, "HASH_FAILURE")
        told = asyncio.run(
            ades_timestamp_validation(lying.token, grounds.spec(brought), lying.imprint, timing_info=grounds.timing)
        )
        bottom, sub = judging.BOTTOM[told.ades_subindic.status], str(told.ades_subindic.standard_name)
        if bottom is Bottom.PASSED and (told.api_status is None or stamp.at is None or stamp.at > grounds.at):
            return _told(stamp, Bottom.INDETERMINATE, "NO_POE")
        return _told(stamp, bottom, sub)
    return stamp


def _described(stamp: Stamp, token: cms.SignedData, grounds: Grounds) -> Stamp:
    stamp = replace(stamp, at=token["encap_content_info"]["content"].parsed["gen_time"].native)
    known = judging.certificates_of(token)
    signer = judging.signer_certificate(token, known)
    if signer is None:
        return stamp
    card, chain = card_of(signer), chain_of(signer, known, grounds.roots)
    issuers = tuple(card_of(each).name for each in chain[1:]) or (card.issuer,)
    stamp = replace(
        stamp, who=card.name, issuers=issuers, serial=card.serial, valid_until=card.valid_until,
        chain=judging.as_text(chain),
    )  # fmt: skip
    with suppress(Exception):  # one without a known algorithm is told so by its verdict
        return replace(stamp, algorithms=tuple(names_of(token, signer)))
    return stamp


def _told(stamp: Stamp, bottom: Bottom, sub: str) -> Stamp:
    return replace(stamp, bottom=bottom, sub_indication=sub, reason=REASONS.get(sub, UNDECIDED))

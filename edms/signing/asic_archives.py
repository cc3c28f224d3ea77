"""Judging the archive time stamps of a container: since when its files are proven to be as they are.

The newest stamp is judged now, each before it at the time of the one after; the first tells since when. A file that one
of them does not name, or names with another hash, is not proven by any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from asn1crypto import cms
from pyhanko.sign.validation.policy_decl import LocalKnowledge

from edms.signing import asic_files, cades, stamp_facts, xades
from edms.signing import cms_judging as judging
from edms.signing.grounds import Grounds
from edms.signing.stamp_facts import Lying
from edms.signing.verdicts import Bottom, Over, Stamp

MOST_STAMPS = 100


@dataclass(frozen=True)
class Archived:
    """These files existed so `since` then, by the `last` stamp and those before it; `names` is empty where one of the
    stamps does not hold. `stamps` are the facts of all, from the oldest to the newest.
    """

    since: datetime
    names: frozenset[str]
    last: cms.SignedData
    stamps: tuple[Stamp, ...]


def archived(files: Mapping[str, bytes], grounds: Grounds) -> Archived | None:
    """What the archive stamps prove; None when there are none."""
    names, found, broken = frozenset(files), [], False
    for manifest in _manifests(files):
        stamp = _stamp(files, manifest)
        listed = asic_files.listed(files[manifest], files)
        whole = not listed.missing and not listed.wrong
        if stamp is None:
            broken = True
            continue
        found.append((Lying(Over.ARCHIVE, stamp, stamp_facts.over_bytes(files[manifest]), whole), listed))
        names &= frozenset(listed.names)
    if not found:
        return None
    facts = stamp_facts.judged([lying for lying, _ in reversed(found)], grounds, _brought(files))
    moment = grounds
    for (_, listed), fact in zip(found, reversed(facts), strict=True):
        believed = moment.algorithms.judged(sorted(listed.hashes), moment.at)
        if fact.bottom is not Bottom.PASSED or fact.at is None or not believed:
            broken = True
            break
        moment = moment.moved(fact.at)
    return Archived(moment.at, frozenset() if broken else names, found[0][0].token, facts)


def _manifests(files: Mapping[str, bytes]) -> Iterator[str]:
    """The archive manifests, the newest first: each names the one before it as its root file."""
    held = sorted(filter(asic_files.ARCHIVES.fullmatch, files))
    name = asic_files.ARCHIVE if asic_files.ARCHIVE in files else held[-1] if held else None
    seen: set[str] = set()
    while name is not None and name in files and name not in seen and len(seen) < MOST_STAMPS:
        yield name
        seen.add(name)
        told = list(xades.parsed(files[name]).iterfind(f"{asic_files.ASIC}DataObjectReference"))
        named = [unquote(each.get("URI") or "") for each in told if each.get("Rootfile") in ("true", "1")]
        name = next((each for each in named if asic_files.ARCHIVES.fullmatch(each)), None)


def _stamp(files: Mapping[str, bytes], manifest: str) -> cms.SignedData | None:
    signature = asic_files.signs(files[manifest])
    return cades.read(files[signature]) if signature is not None and signature in files else None


def _brought(files: Mapping[str, bytes]) -> LocalKnowledge:
    """What the signatures and stamps of the container say about certificates, of each other too."""
    found: dict[str, list[Any]] = {"known_ocsps": [], "known_crls": [], "known_certs": []}
    for name, whole in files.items():
        held = cades.read(whole) if asic_files.CMS.fullmatch(name) or asic_files.STAMP.fullmatch(name) else None
        told = judging.inside(held) if held is not None else None
        for part, values in found.items():
            values += getattr(told, part) if told is not None else []
        found["known_certs"] += judging.certificates_of(held) if held is not None else []
    return LocalKnowledge(**found)

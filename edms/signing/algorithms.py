"""Until when an algorithm can be believed: a table (ETSI TS 119 312, SOG-IS), read from a file and asked by name.

A signature made with an algorithm past its date proves nothing by itself: somebody could have made it afterwards. It
holds when a time stamp from before that date, itself made with one that holds, says that it existed then.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, keys, x509
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy

from edms.errors import Invalid

LARGEST = 256 * 1024
SHIPPED = Path(__file__).with_name("algorithms.toml")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """An algorithm with keys of at least so many bits, and the day from which it is no longer believed; None: no end."""

    name: str
    bits: int
    until: datetime | None


class Algorithms(AlgorithmUsagePolicy):
    """The table, in the form that the signature library asks it in."""

    def __init__(self, text: str) -> None:
        self.text = text
        told = tomllib.loads(text)
        self.source = str(told["source"])
        self._lines = sorted((_line(each) for each in told["algorithm"]), key=lambda line: line.bits)

    def until(self, name: str) -> datetime | None:
        """The end of "sha256" or "rsa-3072"; None: none is set. What the table does not know ended long ago."""
        stem, _, bits = name.partition("-")
        found = [line for line in self._lines if line.name == stem and line.bits <= int(bits or 0)]
        return found[-1].until if found else _LONG_AGO

    def first_end(self, names: Iterable[str]) -> datetime | None:
        """The earliest end among these."""
        return min((end for name in names if (end := self.until(name)) is not None), default=None)

    def judged(self, names: Sequence[str], moment: datetime | None) -> AlgorithmUsageConstraint:
        """May all of these be believed at `moment`? Without one: at any time at all."""
        ends = [end for name in names if (end := self.until(name)) is not None]
        over = [end for end in ends if moment is None or end <= moment]
        if not over:
            return AlgorithmUsageConstraint(allowed=True)
        end = min(over)
        # Without a date the library calls it weak for good: no proof of earlier existence can help.
        return AlgorithmUsageConstraint(allowed=False, not_allowed_after=None if end == _LONG_AGO else end)

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        """A hash."""
        return self.judged([hash_name(algo)], moment)

    def signature_algorithm_allowed(
        self, algo: algos.SignedDigestAlgorithm, moment: datetime | None, public_key: keys.PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        """A signature: its hash and its key. Where the key is not told, only the hash."""
        return self.judged(signature_names(algo, public_key), moment)


@cache
def shipped() -> Algorithms:
    """The table that comes along."""
    return Algorithms(SHIPPED.read_text(encoding="utf-8"))


def load(path: Path | None) -> Algorithms:
    """The table of a file; the shipped one without. Errors: Invalid when it is no such table."""
    if path is None:
        return shipped()
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("too large")
        return Algorithms(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid("signing.algorithms_unreadable", name=path.name) from error


def names_of(signed_data: cms.SignedData, certificate: x509.Certificate) -> tuple[str, ...]:
    """What the one signature of a CMS rests on."""
    signer = signed_data["signer_infos"][0]
    found = [hash_name(signer["digest_algorithm"])]
    found += signature_names(signer["signature_algorithm"], certificate.public_key)
    return tuple(dict.fromkeys(found))


def hash_name(algorithm: algos.DigestAlgorithm) -> str:
    """As the table calls it."""
    return str(algorithm["algorithm"].native)


def signature_names(algorithm: algos.SignedDigestAlgorithm, public_key: keys.PublicKeyInfo | None) -> list[str]:
    """The same of a signature: its hash, where the algorithm names one, and its key with its size."""
    try:
        stem = str(algorithm.signature_algo)
    except ValueError:
        stem = str(algorithm["algorithm"].native)
    stem = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa_pss"}.get(stem, stem)
    found = []
    if stem not in ("ed25519", "ed448"):
        with suppress(ValueError):  # then it is named beside the signature, and looked at there
            found.append(str(algorithm.hash_algo))
        if public_key is None:
            return found
        stem = f"{stem}-{public_key.bit_size}"
    return [*found, stem]


def _line(told: Mapping[str, Any]) -> Line:
    until = told.get("until")
    if until is not None and not isinstance(until, date):
        raise ValueError("no day")
    return Line(str(told["name"]), int(told.get("bits", 0)), datetime.combine(until, time(), UTC) if until else None)

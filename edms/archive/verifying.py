"""Does a package hold, with nobody asked? Its files and structure, every signature, every receipt of the ledger.

The look at the package happens in a child without network, as with every file from elsewhere; each signed file is judged
in one of its own, with the answers about revocation that the package brings.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edms import ledger
from edms.archive import vouching
from edms.archive.package.found import Fault, Found, Signed, heard
from edms.archive.vouching import Heard
from edms.errors import Corrupt, Invalid
from edms.ledger import Verifier
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import run
from edms.signing import validation
from edms.signing.algorithms import Algorithms
from edms.signing.grounds import Answers
from edms.signing.trust import Roots
from edms.signing.verdicts import TOO_LARGE, Bottom, Verdict, undecided

LOOK = "edms.archive.package.checking:look"
LIMITS = Limits(cpu_seconds=4 * 3600, wall_seconds=8 * 3600.0, memory_bytes=1536 * MIB)
HEAR = "edms.archive.hearing:answers"
HEARING = Limits(cpu_seconds=60, wall_seconds=120.0, memory_bytes=1024 * MIB)
LARGEST_RECEIPT = 4 * MIB
LARGEST_EVIDENCE = 64 * MIB
PIECE = 1 << 20


@dataclass(frozen=True)
class Judged:
    """A signed paper of the package: what its check says now, and what was said when it was packed."""

    signed: Signed
    verdict: Verdict


@dataclass
class Verified:
    """What came of it. `key` is what the receipts were checked with, `key_given` whether it came from outside; `erased`
    are receipts that no longer say what they are of."""

    found: Found
    judged: list[Judged] = field(default_factory=list)
    receipts: int = 0
    erased: int = 0
    key: str | None = None
    key_given: bool = False

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with it."""
        return self.found.faults

    @property
    def undecided(self) -> list[Judged]:
        """Signatures of which nobody can say from here whether they hold."""
        return [each for each in self.judged if each.verdict.bottom is Bottom.INDETERMINATE]


def verify(
    path: Path, *, roots: Roots, algorithms: Algorithms, key: Verifier | None = None, at: datetime | None = None
) -> Verified:
    """Check a package. `key` is the office's, known from elsewhere; without it the one in the package is used."""
    said, outcome = run(LOOK, [path], limits=LIMITS)
    found = heard(said)
    if outcome.reason is not None:
        found.faults.append(Fault(path.name, "archive.fault.unreadable", {"why": outcome.reason}))
    verified = Verified(found)
    if found.faults:
        return verified  # what the package says of itself is not to be relied on
    with zipfile.ZipFile(path) as opened:
        _receipts(opened, verified, key)
        for signed in found.signed:
            _signature(opened, verified, signed, roots, algorithms, at)
    return verified


def _receipts(opened: zipfile.ZipFile, verified: Verified, given: Verifier | None) -> None:
    found = verified.found
    own = _key(opened, found.key)
    verifier = given or own
    verified.key_given = given is not None
    if verifier is None:
        if found.receipts or found.cards:
            found.faults.append(Fault(found.key or "", "archive.fault.no_key"))
        return
    verified.key = verifier.text
    if own is not None and own.raw != verifier.raw:
        found.faults.append(Fault(found.key or "", "archive.fault.other_key"))
    proved: list[list[Heard]] = [[] for _ in found.cards]
    for receipt in found.receipts:
        try:
            said = ledger.proved(_json(opened, receipt.path, LARGEST_RECEIPT), verifier)
        except Corrupt as error:
            found.faults.append(Fault(receipt.path, error.message, error.values))
            continue
        proved[receipt.card].append(Heard(receipt, said))
        verified.receipts += said.facts is not None
        verified.erased += said.facts is None
    for card, known in zip(found.cards, proved, strict=True):
        found.faults += vouching.doubted(card, known, found.records)


def _key(opened: zipfile.ZipFile, path: str | None) -> Verifier | None:
    if path is None or opened.getinfo(path).file_size > LARGEST_RECEIPT:
        return None
    try:
        return ledger.load_verifier(opened.read(path).decode("ascii"))
    except (Invalid, UnicodeDecodeError):
        return None


def _json(opened: zipfile.ZipFile, path: str, most: int) -> Mapping[str, Any]:
    """Errors: Corrupt for what is none."""
    if opened.getinfo(path).file_size <= most:
        try:
            told = json.loads(opened.read(path))
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict):
            return told
    raise Corrupt("ledger.receipt_unreadable")


def _signature(
    opened: zipfile.ZipFile, verified: Verified, signed: Signed, roots: Roots, algorithms: Algorithms, at: datetime | None
) -> None:  # fmt: skip
    parts = [signed.path, *(path for _, path in signed.beside)]
    if sum(opened.getinfo(part).file_size for part in parts) > validation.LARGEST:
        verified.judged.append(Judged(signed, undecided(TOO_LARGE)))
        return
    with tempfile.TemporaryDirectory(prefix="edms-package-") as folder:
        paper = _taken(opened, signed.path, Path(folder, "signed"))
        beside = [
            (name, _taken(opened, path, Path(folder, f"beside-{number}")))
            for number, (name, path) in enumerate(signed.beside)
        ]
        judged = validation.judge(
            paper,
            roots,
            at=at,
            beside=beside,
            name=signed.name,
            algorithms=algorithms,
            answers=_answers(opened, signed, Path(folder, "evidence")),
        )
    verified.judged.append(Judged(signed, judged.verdict))
    if judged.verdict.bottom is Bottom.FAILED and signed.verdict != Bottom.FAILED:
        values = {"name": signed.name, "why": judged.verdict.reason}
        verified.found.faults.append(Fault(signed.path, "archive.fault.signature", values))


def _taken(opened: zipfile.ZipFile, path: str, to: Path) -> Path:
    with opened.open(path) as source, to.open("wb") as target:
        shutil.copyfileobj(source, target, PIECE)
    return to


def _answers(opened: zipfile.ZipFile, signed: Signed, to: Path) -> Answers:
    """What was heard about revocation when it was checked; nothing where that cannot be read within its limits."""
    there = opened.NameToInfo.get(signed.evidence)
    if there is None or there.file_size > LARGEST_EVIDENCE:
        return Answers()
    said, _ = run(HEAR, [_taken(opened, signed.evidence, to)], limits=HEARING)
    return Answers.from_json(said[0]) if len(said) == 1 else Answers()

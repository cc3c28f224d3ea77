"""What a look at a package found: what is wrong, and which signatures and receipts it brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_FAULTS = 1_000


@dataclass(frozen=True)
class Fault:
    """What is wrong: where, and as a message of the catalogue."""

    path: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Signed:
    """A signed paper: its path in the ZIP, under which name it was signed, what was said of it, what that rested on.

    `beside` are the other papers of its letter, name and path: what a signature without its file may be over.
    """

    path: str
    name: str
    verdict: str
    checked_at: str
    evidence: str
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Card:
    """What a letter's card says, by field; of its papers path, hash, and whether each bears a signature to be judged."""

    number: str
    told: Mapping[str, str]
    papers: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True)
class Receipt:
    """A receipt of the ledger: its path in the ZIP, the act, the hash of the paper it is about, and which card it stands on."""

    path: str
    act: str
    sha256: str
    card: int


@dataclass
class Found:
    """What the look at a package found."""

    ident: str = ""
    files: int = 0
    size: int = 0
    letters: int = 0
    faults: list[Fault] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    records: str = ""  # the path of the cards
    key: str | None = None  # the path of the public key it brings


def told(found: Found) -> Iterator[dict[str, Any]]:
    """As JSON, part by part: from the child that looked."""
    yield {
        "ident": found.ident, "files": found.files, "size": found.size, "letters": found.letters, "key": found.key,
        "records": found.records,
    }  # fmt: skip
    for fault in found.faults[:MOST_FAULTS]:
        yield {"fault": [fault.path, fault.message, {name: str(value) for name, value in fault.values.items()}]}
    for signed in found.signed:
        yield {"signed": [signed.path, signed.name, signed.verdict, signed.checked_at, signed.evidence, signed.beside]}
    for card in found.cards:
        yield {"card": [card.number, dict(card.told), card.papers]}
    for receipt in found.receipts:
        yield {"receipt": [receipt.path, receipt.act, receipt.sha256, receipt.card]}


def heard(said: list[dict[str, Any]]) -> Found:
    """What the child said."""
    found = Found()
    for part in said:
        if "ident" in part:
            found.ident, found.files, found.size = part["ident"], part["files"], part["size"]
            found.letters, found.key, found.records = part["letters"], part["key"], part["records"]
        elif "fault" in part:
            found.faults.append(Fault(*part["fault"]))
        elif "signed" in part:
            path, name, verdict, checked_at, evidence, others = part["signed"]
            beside = tuple((called, where) for called, where in others)
            found.signed.append(Signed(path, name, verdict, checked_at, evidence, beside))
        elif "card" in part:
            number, words, papers = part["card"]
            found.cards.append(Card(number, words, tuple((where, sha256, own) for where, sha256, own in papers)))
        else:
            found.receipts.append(Receipt(*part["receipt"]))
    return found

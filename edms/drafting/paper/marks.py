"""The two marks set onto a letter at the signer's act: number and date in their place, and the face of the signature.

They are one-page PDFs of exactly their place's size, so that they are drawn there without being scaled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.press import Place, Sheet, press, press_all

REGISTRATION_MM = (78, 13)
SIGNATURE_MM = (92, 27)


@dataclass(frozen=True)
class RegistrationMark:
    """Number and date. `framed` for papers without a place of their own: then it is a stamp with the office's name."""

    language: str
    number: str
    day: date
    office: str = ""
    framed: bool = False


@dataclass(frozen=True)
class SignatureMark:
    """Who signed. `address` is the page where the paper can be checked, `code` what is typed there beside its number, and
    `proof` the address with both, for the QR code; empty: there is no such page.
    """

    language: str
    name: str
    post: str
    office: str
    day: date
    address: str = ""
    code: str = ""
    proof: str = ""


@dataclass(frozen=True)
class HandMark:
    """The code of a paper that is signed with a pen: `code` for the scan, `typed` for whoever types it.

    `proof` leads to the page where the paper can be checked (empty: there is none), `printed` is the hash of the page.
    """

    language: str
    name: str
    day: date
    code: str
    typed: str
    printed: str
    proof: str = ""


def hand_mark(values: HandMark) -> bytes:
    """Print it."""
    return press("mark_hand", values.language, values.name, mark=values, size=SIGNATURE_MM).pdf


def registration_mark(values: RegistrationMark) -> bytes:
    """Print it."""
    return marks([values])[0]


def signature_mark(values: SignatureMark) -> bytes:
    """Print it."""
    return marks([values])[0]


def marks(wanted: Sequence[RegistrationMark | SignatureMark]) -> list[bytes]:
    """Print several in one go, as a pile of letters needs them."""
    return [made.pdf for made in press_all([_sheet(values) for values in wanted])]


def _sheet(values: RegistrationMark | SignatureMark) -> Sheet:
    if isinstance(values, RegistrationMark):
        return Sheet("mark_registration", values.language, values.number, {"mark": values, "size": REGISTRATION_MM})
    return Sheet("mark_signature", values.language, values.name, {"mark": values, "size": SIGNATURE_MM})


def usual_place(kind: str, *, page: int = 0, width: float = 595.28, height: float = 841.89) -> Place:
    """Where a mark goes on a paper that keeps no place for it (a Word template): below, right for the stamp.

    The stamp's corner is that of the chancellery's rules (D414 art. 33); the signature's face stands to its left.
    """
    across, high = (side * 72 / 25.4 for side in (REGISTRATION_MM if kind == "registration" else SIGNATURE_MM))
    edge = 12 * 72 / 25.4
    left = width - edge - across if kind == "registration" else edge
    return Place(page, left, edge, left + across, edge + high)

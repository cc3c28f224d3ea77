"""The letter on letterhead, and the order: what is shown, visaed and signed.

Number and date are not in it: they are drawn at the signer's act and set into the place kept for them. Where that place
and the signature's place came to lie is told with the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from edms.drafting.paper.markup import as_html
from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press

MOST_NAMED = 4
"""More addressees than these go by a distribution list, printed after the letter."""


@dataclass(frozen=True)
class Recipient:
    """One of several addressees: the paper names her without her address, which is nobody else's affair."""

    name: str
    copy: bool = False  # "copy to": for information


@dataclass(frozen=True)
class Cosigner:
    """One who signs beside the signatory, with her post."""

    name: str
    post: str


@dataclass(frozen=True)
class Letter:
    """A letter of ours. `kind` is letter, memo or order: an order has its title in the middle and no addressee."""

    office: Office
    language: str
    subject: str
    text: str  # see `markup`
    signatory: str
    signatory_post: str
    kind: str = "letter"
    addressee: str = ""
    addressee_address: str = ""
    recipients: list[Recipient] = field(default_factory=list)  # all of them, where there are several
    their_number: str = ""  # the letter it answers: "on your letter № … of …"
    their_date: date | None = None
    our_number: str = ""  # our number of the letter it answers
    tracking_address: str = ""  # where that letter can be followed, on our first answer to its sender
    tracking_code: str = ""  # with this code beside our number
    annexes: list[str] = field(default_factory=list)  # what is enclosed
    cosigners: list[Cosigner] = field(default_factory=list)  # in their order
    executor: str = ""  # who can be asked about it
    executor_telephone: str = ""
    grade: str = ""  # the mark of one that few may read

    @property
    def by_list(self) -> bool:
        """Are there too many to name them at the head?"""
        return len(self.recipients) > MOST_NAMED


def letter(values: Letter) -> Pressed:
    """Print it. Its places: `registration` for number and date, `signature` for the signature's visible face, and
    `signature-2`, `signature-3` … for those who sign beside her.
    """
    return press(
        "letter", values.language, values.subject, letter=values, office=values.office, body=as_html(values.text)
    )


def signature_sheet(values: Letter, *, numbered: bool = False) -> Pressed:
    """A page for all signatures of a paper that keeps no places for them (a Word template, a PDF that was brought).

    `numbered`: with the place for number and date, too.
    """
    people = [Cosigner(values.signatory, values.signatory_post), *values.cosigners]
    return press("signature_sheet", values.language, values.subject, letter=values, people=people, numbered=numbered)

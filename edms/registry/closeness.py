"""An answer is at least as close as the letter it answers: it says the same things to the same person. So is a paper that
was made for the case of a letter: a visit act says how a family lives whose application few may read.

So it is when it is registered, when somebody enters later that it answers, and when the letter's grade is raised after
it went out. The people of a letter that is not open read its answers too, or nobody in the chancellery could send them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.jobs import Kind, defer
from edms.registry import corrected, readers
from edms.registry.models import Document, DocumentLink
from edms.registry.words import DocumentState, Grade, LinkKind
from edms.staff.models import Organisation

CLOSER = (Grade.OPEN, Grade.OFFICIAL_USE, Grade.PERSONAL)
AS_CLOSE = (LinkKind.REPLY_TO, LinkKind.MADE_FOR)
"""What is linked so is as close as the letter; a registrar says and unsays it."""


def closest(*grades: Grade) -> Grade:
    """Of these grades the one that lets the fewest read."""
    return max(grades, key=CLOSER.index)


def answered(session: Session, links: Iterable[tuple[int, LinkKind]]) -> Sequence[Document]:
    """The letters that a document with these links answers or was made for, as they are now. They are held: whoever raises the grade of
    one meanwhile waits, and then finds the answer.
    """
    ids = [other_id for other_id, kind in links if kind in AS_CLOSE]
    if not ids:
        return []
    held = select(Document).where(Document.document_id.in_(ids)).order_by(Document.document_id)
    held = held.with_for_update(key_share=True, of=Document).execution_options(populate_existing=True)
    return session.scalars(held).all()


def grant(answer: Document, letter: Document) -> None:
    """The people of a letter that few may read read its answer too."""
    if letter.grade is not Grade.OPEN:
        readers.pass_on(letter, to=answer)


def address(session: Session, letter: Document, before: int | None) -> None:
    """Another addressee stands on the card: she reads the letter, and with it the answers that few may read; whom the card
    named before reads none of them any more, unless an act has put one before her.
    """
    readers.address(letter, before, letter.addressee_id)
    named = letter.addressee_id if letter.grade is not Grade.OPEN else None
    above = [letter]
    while above:
        for answer in _answers(session, above.pop(), Document.grade != Grade.OPEN):
            if readers.address(answer, before, named):
                defer(session, Kind.INDEX, answer.document_id)
                above.append(answer)


def refused(session: Session, answer: Document, grade: Grade) -> dict[str, str]:
    """What is wrong with opening an answer to this grade, by field: a letter that it answers is closer."""
    if CLOSER.index(grade) >= CLOSER.index(answer.grade):
        return {}
    letters = (
        select(Document.grade)
        .join(DocumentLink, DocumentLink.other_id == Document.document_id)
        .where(DocumentLink.document_id == answer.document_id, DocumentLink.kind.in_(AS_CLOSE))
    )
    stands = closest(grade, *session.scalars(letters))
    return {} if stands is grade else {"grade": "registry.more_open_than_its_letter"}


def follow(session: Session, actor: Actor, letter: Document) -> None:
    """Whatever answers the letter becomes as close as it is, and what answers that; each with its line and leaf.

    That an answer lies in its case file does not keep it open. What was destroyed has nothing left to read.
    """
    language = session.get_one(Organisation, letter.organisation_id).language
    above = [letter]
    while above:
        letter = above.pop()
        defer(session, Kind.MARK_DRAFTS, letter.document_id)  # what is only being written answers it too
        reason = words.say(language, "registry.closer_as_its_letter", number=letter.number)
        for answer in _more_open(session, letter):
            before, answer.grade = answer.grade, letter.grade
            readers.regrade(answer)
            grant(answer, letter)
            told = {"grade": before.value}, {"grade": answer.grade.value}
            corrected.write(session, actor, answer, reason, *told)
            above.append(answer)


def _more_open(session: Session, letter: Document) -> Sequence[Document]:
    return _answers(session, letter, Document.grade.in_(CLOSER[: CLOSER.index(letter.grade)]))


def _answers(session: Session, letter: Document, which: ColumnElement[bool]) -> Sequence[Document]:
    found = (
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.document_id)
        .where(
            DocumentLink.other_id == letter.document_id,
            DocumentLink.kind.in_(AS_CLOSE),
            which,
            Document.state != DocumentState.DESTROYED,
        )
        .order_by(Document.document_id)
        .with_for_update(of=Document)
        .execution_options(populate_existing=True)
    )
    return session.scalars(found).all()

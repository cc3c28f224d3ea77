"""Comments beside a letter, which never leave with it; and calling somebody by name, which gives sight only openly.

Whoever is mentioned must see the letter already, or the one who writes may share it (a registrar, a leader, whoever has
it): then sight is given by an act of its own in the history. Else the comment is refused, with the name.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.scope import visible
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing import people
from edms.routing.clocks import today_of
from edms.routing.matter import hold, subject
from edms.routing.submission import text_of
from edms.routing.talk.models import Comment, Follow, Mention
from edms.routing.undo import open_to
from edms.staff.actors import actor_for
from edms.staff.models import Official

MOST_MENTIONED = 20


def write(session: Session, actor: Actor, document: Document, *, text: str, mentioned: Sequence[int] = ()) -> Comment:
    """Write beside the letter and call these people. Errors: Invalid (text, people) also for whom it may not be shared."""
    require(actor, Permission.COMMENT_WRITE, document)
    document = hold(session, document.document_id)
    if not (text := text_of(text, "text") or ""):
        raise Invalid(fields={"text": "routing.comment_missing"})
    called = [person for person in dict.fromkeys(mentioned) if person not in actor.people]
    if len(called) > MOST_MENTIONED:
        raise Invalid(fields={"people": "routing.too_many_asked"}, most=MOST_MENTIONED)
    known = people.officials(session, document.organisation_id, called, today_of(session, document), field="people")
    blind = [person for person in called if not _sees(session, known[person], document)]
    if blind and not permits(actor, Permission.DOCUMENT_SHARE, document):
        raise Invalid(fields={"people": "routing.cannot_see_letter"}, name=known[blind[0]].name(actor.language))
    made = Comment(
        document_id=document.document_id, author_id=actor.official_id, acting_for_id=actor.acting_for, text=text,
        at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()  # mentions and event carry its id
    session.add_all([Mention(comment_id=made.comment_id, official_id=person) for person in called])
    if blind:
        record(
            session, actor, Event.SIGHT_GIVEN, subject(document, "comment", made.comment_id),
            organisation_id=document.organisation_id,
            detail={"to": blind, "newly_read": open_to(document, blind)},
        )  # fmt: skip
    record(
        session, actor, Event.COMMENT_WRITTEN, subject(document, "comment", made.comment_id),
        organisation_id=document.organisation_id, detail={"to": called},
    )  # fmt: skip
    return made


def withdraw(session: Session, actor: Actor, comment: Comment) -> None:
    """Take back what one wrote: its place and day stay. Errors: Forbidden for another's, RuleBroken twice."""
    if comment.author_id != actor.official_id:
        raise Forbidden("access.refused", permission=Permission.COMMENT_WRITE.value)
    document = hold(session, comment.document_id, comment)
    if comment.withdrawn_at is not None:
        raise RuleBroken("routing.comment_withdrawn_already")
    comment.withdrawn_at = clock.now()
    record(
        session, actor, Event.COMMENT_WITHDRAWN, subject(document, "comment", comment.comment_id),
        organisation_id=document.organisation_id,
    )  # fmt: skip


def of_letter(session: Session, actor: Actor, document: Document) -> list[tuple[Comment, list[int]]]:
    """The comments beside a letter that the actor reads, in order, each with whom it calls."""
    require(actor, Permission.DOCUMENT_READ, document)
    found = select(Comment).where(Comment.document_id == document.document_id).order_by(Comment.comment_id)
    comments = list(session.scalars(found))
    if not comments:
        return []
    called: dict[int, list[int]] = {comment.comment_id: [] for comment in comments}
    for mention in session.scalars(select(Mention).where(Mention.comment_id.in_(called))):
        called[mention.comment_id].append(mention.official_id)
    return [(comment, called[comment.comment_id]) for comment in comments]


def comment_of(session: Session, actor: Actor, comment_id: int) -> Comment:
    """One comment beside a letter that the actor may read. Errors: NotFound."""
    found = select(Comment).join(Document, Document.document_id == Comment.document_id)
    comment = session.scalar(found.where(Comment.comment_id == comment_id, visible(actor, Document.readers)))
    if comment is None:
        raise NotFound
    return comment


def follow(session: Session, actor: Actor, document: Document, *, on: bool) -> None:
    """Be told of the letter's changes from now on, or no more. One's own choice: it stands in no history."""
    require(actor, Permission.DOCUMENT_READ, document)
    if actor.official_id is None:
        raise Forbidden("access.refused", permission=Permission.DOCUMENT_READ.value)
    present = session.get(Follow, (document.document_id, actor.official_id))
    if on and present is None:
        session.add(Follow(document_id=document.document_id, official_id=actor.official_id, since=clock.now()))
    elif not on and present is not None:
        session.delete(present)
    session.flush()  # what follows in this transaction is told accordingly


def follows(session: Session, actor: Actor, document: Document) -> bool:
    """Does the actor herself follow it?"""
    return actor.official_id is not None and session.get(Follow, (document.document_id, actor.official_id)) is not None


def _sees(session: Session, official: Official, document: Document) -> bool:
    return permits(actor_for(session, official), Permission.DOCUMENT_READ, document)

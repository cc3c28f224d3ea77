"""What the letter's page shows beside the letter: who has the paper, opinions, comments; and what may be done there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.reading import assignments_of
from edms.overview.there import There
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing import declaring
from edms.routing.models import Assignment, Submission
from edms.routing.opinions import asking
from edms.routing.opinions.models import Consultation, OpinionState
from edms.routing.originals import handing
from edms.routing.originals.models import PaperOriginal
from edms.routing.talk import comments
from edms.routing.turns import AT_WORK
from edms.staff.officials import by_id
from edms.web.desk.deeds_of_resolution import lying_before
from edms.web.kit import language, t

Verb = tuple[bool, str, str, str, str]


@dataclass(frozen=True)
class Beside:
    """For the template: rows with names already in words."""

    paper: Any
    holder: str
    receiver: str
    verbs_of_paper: list[tuple[str, str]]
    questions: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    may_comment: bool
    may_ask_reading: bool


@dataclass(frozen=True)
class Around:
    """What several parts of the page ask, asked once: what lies before the reader, her work, who has the paper, the
    questions."""

    there: There
    lying: Submission | None
    works: list[Assignment]
    paper: PaperOriginal | None
    questions: list[Consultation]


def around(session: Session, who: Actor, document: Document, there: There) -> Around:
    """For the page of a letter that the reader sees."""
    return Around(
        there,
        lying_before(session, who, document),
        assignments_of(session, who, document) if there.resolutions else [],
        handing.where(session, document) if there.paper else None,
        asking.of_letter(session, who, document) if there.questions else [],
    )


def of(session: Session, who: Actor, document: Document, around: Around) -> Beside:
    """Everything beside a letter that the reader sees."""
    row, questions = around.paper, around.questions
    said = comments.of_letter(session, who, document) if around.there.comments else []
    ids = {c.author_id for c, _ in said} | {p for _, called in said for p in called}
    ids |= {o.official_id for q in questions for o in q.opinions} | {q.author_id for q in questions}
    ids |= {p for p in (row.holder_id, row.receiver_id) if p is not None} if row is not None else set()
    names = {ident: person.name(language()) for ident, person in by_id(session, ids).items()}
    return Beside(
        paper=row,
        holder=names.get(row.holder_id, "") if row is not None else "",
        receiver=names.get(row.receiver_id or 0, "") if row is not None else "",
        verbs_of_paper=_verbs_of_paper(who, document, row),
        questions=[
            {
                "made": q,
                "author": names.get(q.author_id, ""),
                "opinions": [
                    (o, names.get(o.official_id, ""), t(f"beside.opinion.{o.state.value}")) for o in q.opinions
                ],
                "withdraw": to(document, "withdraw-question", q.consultation_id)
                if q.author_id in who.people and any(o.state is OpinionState.ASKED for o in q.opinions)
                else "",
            }
            for q in questions
        ],
        comments=[
            {
                "made": c,
                "author": names.get(c.author_id, ""),
                "called": [names[p] for p in called if p in names],
                "withdraw": to(document, "withdraw-comment", c.comment_id)
                if c.author_id == who.official_id and c.withdrawn_at is None
                else "",
            }
            for c, called in said
        ],
        may_comment=permits(who, Permission.COMMENT_WRITE, document),
        may_ask_reading=permits(who, Permission.ACQUAINTANCE_ASK, document),
    )


def to(document: Document, what: str, thing: int = 0) -> str:
    """The address of an act on the letter."""
    return url_for("acting.act", document_id=document.document_id, what=what, thing=thing or None)


def verbs(session: Session, who: Actor, document: Document, around: Around) -> list[Verb]:
    """Its part of the letter's menu: (holds, words, address, sign, key)."""
    open_ = document.state is not DocumentState.FILED
    follows = comments.follows(session, who, document)
    mine = [work.official_id for work in around.works if work.state in AT_WORK]
    if around.lying is not None:
        mine.append(around.lying.official_id)
    asks = open_ and asking.may_ask_as(who, document, mine[0] if mine else None)
    reading = permits(who, Permission.ACQUAINTANCE_ASK, document)
    # Whoever stands in for somebody may have it in both places.
    hers = who.official_id in mine or (who.acting_for is not None and declaring.may_declare(session, who, document))
    leaves = open_ and hers
    return [
        (asks, t("beside.ask_opinion"), to(document, "ask-opinion"), "chat-left-text", "KeyO"),
        (reading, t("beside.ask_to_read"), to(document, "acquaintance"), "people", ""),
        (True, t("beside.write_comment"), to(document, "comment"), "chat-left-text", "KeyM"),
        (not follows, t("beside.follow"), to(document, "follow"), "eye", ""),
        (follows, t("beside.unfollow"), to(document, "unfollow"), "eye", ""),
        (leaves, t("beside.conflict"), to(document, "conflict"), "arrow-return-left", ""),
    ]


def _verbs_of_paper(who: Actor, document: Document, row: PaperOriginal | None) -> list[tuple[str, str]]:
    if row is not None and row.receiver_id in who.people:
        return [(t("beside.receive_paper"), to(document, "receive-paper"))]
    rows = []
    if (row is None and permits(who, Permission.PAPER_KEEP, document)) or (
        row is not None and row.holder_id in who.people
    ):
        rows.append((t("beside.place_paper"), to(document, "place-paper")))
    if handing.may_hand(who, document, row):
        rows.append((t("beside.hand_paper"), to(document, "hand-paper")))
    return rows

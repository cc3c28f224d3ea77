"""Answers in the demo's past: drafted, printed, signed to B-LTA at the instant of the injected clock, sent by post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from edms import clock
from edms.demo.town import PIN
from edms.drafting import act, drafts, pages, visas
from edms.drafting.models import Draft, DraftKind
from edms.registry import dispatch
from edms.registry.models import Content, Correspondent, Document
from edms.registry.words import Channel
from edms.routing.models import Resolution
from edms.signing import embedding, finishing, lots, preparing
from edms.signing.models import SignatureRequest

if TYPE_CHECKING:
    from edms.demo.past import Came, Past


def answer(past: Past, came: Came, resolution_id: int) -> None:
    """Write, sign and send the answer to a letter, and close the work on it."""
    executor = working(past, resolution_id)
    at = came.at + timedelta(days=2, hours=3)
    with clock.at(at):
        draft_id = draft(past, came, executor)
    with clock.at(at + timedelta(hours=1)):
        reply_id = sign(past, draft_id)
    with clock.at(at + timedelta(hours=2)):
        send(past, reply_id, came, proof=True)
    with clock.at(at + timedelta(hours=3)), past.house.transaction() as session:
        row = session.get_one(Resolution, resolution_id)
        for assignment in row.assignments:
            past.report(session, assignment, row.author_id, "პასუხი გაგზავნილია.", reply_id)
    if past.chance.random() < 0.75:  # the others are still proposed to the controller
        with clock.at(at + timedelta(hours=5)), past.house.transaction() as session:
            past.off_control(session, session.get_one(Document, came.document_id))


def working(past: Past, resolution_id: int) -> str:
    """Who is responsible under the resolution."""
    with past.house.transaction() as session:
        responsible = session.get_one(Resolution, resolution_id).assignments[0].official_id
    return next(login for login, official in past.town.people.items() if official.official_id == responsible)


def draft(past: Past, came: Came, author: str, *visa: str) -> int:
    """The reply with its page, before those who endorse it or, with nobody named, before the mayor; its id."""
    card = drafts.DraftCard(
        subject=came.written.summary,
        signer_id=past.town.people["davit"].official_id,
        address=came.written.address,
        language=came.written.subject.language,
    )
    return written(past, author, DraftKind.REPLY, card, came.written.answer, came.document_id, visa)


def written(
    past: Past, author: str, kind: DraftKind, card: drafts.DraftCard, text: str, letter: int | None, visa: Sequence[str]
) -> int:
    """A draft as its author sends it on; its id."""
    with past.house.transaction() as session:
        actor = past.actor(session, author)
        reply_to = session.get_one(Document, letter) if letter else None
        made = drafts.begin(session, actor, kind=kind, card=card, text=text, in_reply_to=reply_to)
        pages.make(session, actor, made, store=past.house.store, track_page=past.house.track_page)
        session.flush()  # the visas ask for the version that has its page
        asked = [past.town.people[login].official_id for login in visa]
        visas.ask(session, actor, made, asked, version=made.version)
        return made.draft_id


def send(past: Past, reply_id: int, came: Came, *, proof: bool) -> None:
    """Put the reply on the post list, and with its proof note it as sent."""
    with past.house.transaction() as session:
        reply = session.get_one(Document, reply_id)
        clerk = past.actor(session, "nino")
        correspondent = session.get(Correspondent, reply.correspondent_id) if reply.correspondent_id else None
        sending = dispatch.ask(
            session, clerk, reply, channel=Channel.POST, correspondent=correspondent, address=came.written.address
        )
        if proof:
            dispatch.sent(session, clerk, sending, proof=f"RR{100000000 + reply_id}GE")


def sign(past: Past, draft_id: int) -> int:
    """The mayor's act, step by step as the workers do it; the id of the signed letter."""
    house = past.house
    with house.transaction() as session:
        draft = session.get_one(Draft, draft_id)
        mayor = past.actor(session, "davit")
        shown = session.get_one(Content, draft.versions[-1].content_id)
        request = act.ask_signature(session, mayor, draft, shown_sha256=shown.sha256, check_page=house.check_page)
        session.flush()
        request_id, sha256 = request.signature_request_id, shown.sha256
        work = preparing.to_prepare(session, request_id)
    assert work is not None
    made = preparing.prepare(work, store=house.store, drawn=act.draw_marks(work))
    with house.transaction() as session:
        preparing.prepared(session, request_id, made)
    lots.sign(
        house.transaction, mayor, [request_id], shown={request_id: sha256}, pin=PIN,
        signer=house.signers.signer(past.town.people["davit"].official_id), store=house.store,
    )  # fmt: skip
    with house.transaction() as session:
        work = embedding.to_embed(session, request_id)
    assert work is not None
    embedded = embedding.embed(work, store=house.store)
    with house.transaction() as session:
        embedding.embedded(session, request_id, embedded)
        act.hold_number(session, session.get_one(SignatureRequest, request_id))
    with house.transaction() as session:
        work = finishing.to_raise(session, request_id)
    assert work is not None
    done = finishing.finish(
        work, store=house.store, outside=house.outside, roots=house.roots, algorithms=house.algorithms
    )
    with house.transaction() as session:
        document = act.register_signed(session, session.get_one(SignatureRequest, request_id))
        finishing.finished(session, request_id, done)
    assert document is not None
    return document.document_id

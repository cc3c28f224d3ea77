"""Answers in the demo's past: drafted, printed, signed to B-LTA at the instant of the injected clock, sent by post."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edms import clock
from edms.demo.letters import Written
from edms.demo.town import PIN
from edms.drafting import act, drafts, pages, visas
from edms.drafting.models import Draft, DraftKind
from edms.registry import dispatch
from edms.registry.models import Content, Correspondent, Document
from edms.registry.words import Channel
from edms.routing.models import Resolution
from edms.signing import requests, steps
from edms.signing.models import SignatureRequest

if TYPE_CHECKING:
    from edms.demo.past import Past


def answer(past: Past, document_id: int, given: Resolution, written: Written, at: datetime) -> None:
    """Write, sign and send the answer to a letter, and close the work on it."""
    house = past.house
    with clock.at(at), house.transaction() as session:
        document = session.get_one(Document, document_id)
        row = session.get_one(Resolution, given.resolution_id)
        executor = next(n for n, p in past.town.people.items() if p.official_id == row.assignments[0].official_id)
        author = past.actor(session, executor)
        card = drafts.DraftCard(
            subject=written.summary,
            signer_id=past.town.people["davit"].official_id,
            address=written.address,
            language=written.subject.language,
        )
        draft = drafts.begin(
            session, author, kind=DraftKind.REPLY, card=card, text=written.answer, in_reply_to=document
        )
        pages.make(session, author, draft, store=house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        draft_id = draft.draft_id
    with clock.at(at + timedelta(hours=1)):
        reply_id = sign(past, draft_id)
    with clock.at(at + timedelta(hours=2)), house.transaction() as session:
        reply = session.get_one(Document, reply_id)
        clerk = past.actor(session, "nino")
        correspondent = session.get(Correspondent, reply.correspondent_id) if reply.correspondent_id else None
        sending = dispatch.ask(
            session, clerk, reply, channel=Channel.POST, correspondent=correspondent, address=written.address
        )
        dispatch.sent(session, clerk, sending, proof=f"RR{100000000 + reply_id}GE")
    with clock.at(at + timedelta(hours=3)), house.transaction() as session:
        row = session.get_one(Resolution, given.resolution_id)
        for assignment in row.assignments:
            past.report(session, assignment, row.author_id, "პასუხი გაგზავნილია.", reply_id)


def sign(past: Past, draft_id: int) -> int:
    """The mayor's act, step by step as the workers do it; the id of the signed letter."""
    house = past.house
    with house.transaction() as session:
        draft = session.get_one(Draft, draft_id)
        mayor = past.actor(session, "davit")
        shown = session.get_one(Content, draft.versions[-1].content_id)
        request = act.ask_signature(session, mayor, draft, shown_sha256=shown.sha256)
        session.flush()
        request_id, sha256 = request.signature_request_id, shown.sha256
        work = steps.to_prepare(session, request_id)
    assert work is not None
    made = steps.prepare(work, store=house.store, drawn=act.draw_marks(work))
    with house.transaction() as session:
        steps.prepared(session, request_id, made)
        mayor = past.actor(session, "davit")
        requests.sign(
            session, mayor, [session.get_one(SignatureRequest, request_id)], shown={request_id: sha256}, pin=PIN,
            signer=house.signers.signer(past.town.people["davit"].official_id), store=house.store,
        )  # fmt: skip
    with house.transaction() as session:
        work = steps.to_embed(session, request_id)
    assert work is not None
    embedded = steps.embed(work, store=house.store)
    with house.transaction() as session:
        steps.embedded(session, request_id, embedded)
        act.hold_number(session, session.get_one(SignatureRequest, request_id))
    with house.transaction() as session:
        work = steps.to_raise(session, request_id)
    assert work is not None
    done = steps.finish(work, store=house.store, outside=house.outside, roots=house.roots)
    with house.transaction() as session:
        document = act.register_signed(session, session.get_one(SignatureRequest, request_id))
        steps.finished(session, request_id, done)
    assert document is not None
    return document.document_id

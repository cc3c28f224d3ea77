"""The office of `cut_office` when what is cut off is signing, sealing, carrying proofs on, sending, finding."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from edms import bootstrap, clock
from edms.demo.authority import Inside, make
from edms.drafting import act, drafts, laying, pages, visas
from edms.drafting.models import Draft, DraftKind
from edms.events import Event, EventLine
from edms.jobs import Kind, Queue
from edms.jobs.parking import rescue
from edms.registry import contents, registration
from edms.registry.card import Card
from edms.registry.going_out import addressees, post
from edms.registry.going_out import service as sendings
from edms.registry.going_out.models import PostList
from edms.registry.models import Content, Dispatch, Document, DocumentContent, Number, Register
from edms.registry.words import Channel, ContentRole, DispatchState, DocumentState
from edms.search import finding, saved
from edms.search.postgres import PostgresIndex
from edms.search.question import Question
from edms.search.saved_models import SavedSearch, SharedWith
from edms.signing import lots, seals
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.proof_models import Renewal, SignatureProof
from edms.staff.actors import actor_for
from edms.staff.models import Official, Organisation
from tests import cast, letters
from tests import signatures as s
from tests.services.cut_office import Act, Stage, run
from tests.signers import SEAL
from workers import indexing, renewing, signing
from workers.runtime import run_worker

SIGNERS = {"mayor": "mayor", "deputy": "clerk"}  # who signs with whose key
SUBJECT = "გზის შეკეთება"
SOUGHT = "ხიდის შეკეთება"


def authority(house: bootstrap.House) -> None:
    """The authority of the folder, within the process: it outlives a power cut like the house itself."""
    made = make(house.settings.data_dir, [s.MAYOR, s.CLERK, SEAL], "http://127.0.0.1:1", since=clock.now().replace(microsecond=0) - timedelta(days=400))  # fmt: skip
    house.__dict__.update(outside=Inside(made), roots=s.roots(made), authority=made)


def found(house: bootstrap.House) -> dict[str, Any]:
    """Lay everything ready: two papers for two signers, two whose proof ends, a copy to seal, a letter for three."""
    authority_of = house.__dict__["authority"]
    with house.transaction() as session:
        office = cast.office(session)
        nino, here = office.registrar.actor(), office.organisation.organisation_id
        at: dict[str, Any] = {name: getattr(office, name).official_id for name in ("mayor", "deputy", "registrar")}
        at |= {
            "here": here,
            "book": office.incoming.register_id,
            "pile": [_to_sign(house, session, office) for _ in range(2)],
        }

        def paper(raw: bytes, role: ContentRole) -> tuple[int, int]:
            stored = house.store.put(io.BytesIO(raw), limit=10**8)
            content = contents.enter(session, nino, organisation_id=here, stored=stored, name="1.pdf", media_type="application/pdf")  # fmt: skip
            document = letters.own_letter(session, office)
            contents.attach(session, nino, document, content, role)
            session.flush()
            return document.document_id, content.content_id

        at["old"] = [paper(s.signed_lta(of=authority_of, at_height=n), ContentRole.SIGNED)[1] for n in (100, 101)]
        at["sealing"], at["copy"] = paper(s.page(), ContentRole.COPY)
        sent = letters.own_letter(session, office, correspondent_address="გორი", channel=Channel.POST)
        sent.state, at["sent"] = DocumentState.SIGNED, sent.document_id
        for name in ("ბესო", "გია"):
            addressees.add_later(session, nino, sent, addressees.Named(name, "გორი", Channel.POST, copy=False))
    house.seals.install(at["here"], authority_of.pkcs12("seal").read_bytes(), pin=s.PIN)
    for content_id in at["old"]:
        signing.check(house, content_id)
        with house.transaction() as session:
            row = session.get_one(SignatureProof, content_id)
            row.certified_until = row.proven_until = clock.now() + timedelta(days=3)
    renewing.find_due(house, None)
    with house.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))  # what was laid ready is no concern of the machine
    return at


def _to_sign(house: bootstrap.House, session: Session, office: cast.Office) -> int:
    author = office.executor.actor()
    card = drafts.DraftCard(
        SUBJECT, office.mayor.official_id, addressee="გ. აბაშიძე", cosigners=(office.deputy.official_id,)
    )
    draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="გაცნობებთ.")
    pages.make(session, author, draft, store=house.store)
    session.flush()
    visas.ask(session, author, draft, [], version=draft.version)
    return draft.draft_id


def sign(stage: Stage) -> None:
    """Mayor, then deputy: each takes the pile, prepared by the machine, signs it with one PIN; the machine goes on."""
    house = stage.house
    for name, key in SIGNERS.items():
        with house.transaction() as session:
            signer, made = stage.actor(session, name), []
            for draft in act.to_sign(session, signer):
                page = laying.shown_now(session, draft)
                assert page is not None
                made.append(act.ask_signature(session, signer, draft, shown_sha256=page.sha256).signature_request_id)
        for each in made:
            signing.prepare(house, each)
        with house.transaction() as session:
            rows = [session.get_one(SignatureRequest, each) for each in made]
            shown = {
                each.signature_request_id: each.shown_sha256 for each in rows if each.state is SignatureState.PREPARED
            }
            by, who = s.signer(key, house.__dict__["authority"]), stage.actor(session, name)
            held = [each.with_key_until for each in rows if each.with_key_until is not None]
        with clock.at(max([clock.now(), *held])):  # the act that was cut off holds nothing any more
            done = lots.sign(house.transaction, who, list(shown), shown=shown, pin=s.PIN, signer=by, store=house.store)
        assert not [each.error for each in done if each.error]
        for each in made:
            signing.embed(house, each)
            signing.raise_signature(house, each)


def seen_signed(session: Session, at: dict[str, Any]) -> list[Any]:
    """Signatures raised, letters entered; and are there never two numbers, two letters, a letter without its paper?"""
    papers = [session.get_one(Draft, each) for each in at["pile"]]
    raised = session.scalars(select(SignatureRequest).where(SignatureRequest.state == SignatureState.RAISED)).all()
    entered = [each.document_id for each in papers if each.document_id is not None]
    signed = session.scalar(
        select(func.count())
        .select_from(DocumentContent)
        .where(DocumentContent.document_id.in_(entered), DocumentContent.role == ContentRole.SIGNED)
    )
    numbers = session.scalars(select(Number.draft_ref).where(Number.draft_ref.in_(at["pile"]))).all()
    once = len(numbers) == len(set(numbers)) and len({(r.draft_ref, r.signer_id) for r in raised}) == len(raised)
    all_of = session.scalar(select(func.count()).select_from(Document).where(Document.summary == SUBJECT))
    return [len(raised), len(entered), once and signed == len(entered) == all_of]


def renew(stage: Stage) -> None:
    for content_id in stage.at["old"]:
        renewing.renew(stage.house, content_id)


def seen_renewed(session: Session, at: dict[str, Any]) -> list[Any]:
    rows = [session.get_one(SignatureProof, each) for each in at["old"]]
    done = [each for each in rows if each.renewal is Renewal.DONE and each.renewed_by_id is not None]
    said = select(func.count()).where(EventLine.kind == Event.PROOF_RENEWED)
    all_of = select(func.count()).select_from(Content).where(Content.parent_id.in_(at["old"]))
    return [len(done), session.scalar(said), session.scalar(all_of)]


def seal(stage: Stage) -> None:
    house, at = stage.house, stage.at
    with house.transaction() as session:
        content, organisation = session.get_one(Content, at["copy"]), session.get_one(Organisation, at["here"])
        if seals.sealed_of(session, content) is not None:
            return
        with house.store.open(content.store_key) as stream:
            pdf = stream.read()
        nino = stage.actor(session, "registrar")
    made = seals.signed(house.transaction, nino, at["here"], pdf, pin=s.PIN, signer=house.seals.signer(at["here"]), keys=house.keys)  # fmt: skip
    sealed = seals.finished(made, outside=house.outside, roots=house.roots, at=clock.now())
    with house.transaction() as session:
        content, organisation = session.get_one(Content, at["copy"]), session.get_one(Organisation, at["here"])
        nino = stage.actor(session, "registrar")
        kept = seals.keep(session, nino, organisation, content, sealed, store=house.store, name="s.pdf", document_id=at["sealing"])  # fmt: skip
        contents.attach(session, nino, session.get_one(Document, at["sealing"]), kept, ContentRole.COPY)


def seen_sealed(session: Session, at: dict[str, Any]) -> list[Any]:
    kept = seals.sealed_of(session, session.get_one(Content, at["copy"]))
    said = select(func.count()).where(EventLine.kind == Event.CONTENT_SEALED)
    on = select(func.count()).select_from(DocumentContent).where(DocumentContent.document_id == at["sealing"])
    return [kept is not None, session.scalar(said), session.scalar(on)]


def send(stage: Stage) -> None:
    """To all three at once, then handed over on one list."""
    with stage.house.transaction() as session:
        document = session.get_one(Document, stage.at["sent"])
        if not _sendings(session, stage.at):
            sendings.send_all(session, stage.actor(session, "registrar"), document)
    with clock.at(clock.now() + timedelta(seconds=11)), stage.house.transaction() as session:  # past the time of Undo
        waiting = [each.dispatch_id for each in _sendings(session, stage.at) if each.state is DispatchState.WAITING]
        if waiting:
            post.hand_over(session, stage.actor(session, "registrar"), Channel.POST, waiting)


def _sendings(session: Session, at: dict[str, Any]) -> list[Dispatch]:
    return list(session.scalars(select(Dispatch).where(Dispatch.document_id == at["sent"])))


def seen_sent(session: Session, at: dict[str, Any]) -> list[Any]:
    states = [each.state for each in _sendings(session, at)]
    lists = session.scalar(select(func.count()).select_from(PostList))
    return [states.count(DispatchState.WAITING), states.count(DispatchState.SENT), lists]


def search(stage: Stage) -> None:
    with stage.house.transaction() as session:
        nino = stage.actor(session, "registrar")
        kept = [each.search.saved_search_id for each in saved.all_of(session, nino)]
        kept = kept or [saved.save(session, nino, Question("გზა"), name="გზები").saved_search_id]
    with stage.house.transaction() as session:
        saved.change(session, stage.actor(session, "registrar"), kept[0], shared=SharedWith.UNIT)


def seen_search(session: Session, at: dict[str, Any]) -> list[Any]:
    return [each.shared.value for each in session.scalars(select(SavedSearch))]


def index(stage: Stage) -> None:
    """A letter is registered under its key; a machine takes its job, or returns that of one that died, and indexes it."""
    with stage.house.transaction() as session:
        book, card = session.get_one(Register, stage.at["book"]), Card(summary=SOUGHT, correspondent_name="ანა")
        registration.register(session, stage.actor(session, "registrar"), book, card, idempotency_key="sought")
    with stage.house.transaction() as session:
        rescue(session, silent_seconds=0)
    handlers = {**dict.fromkeys(Kind, lambda house, subject_id: None), Kind.INDEX: indexing.index}
    run_worker(stage.house.urls, handlers, house=stage.house, queues=(Queue.DESK,), until_empty=True)


def seen_indexed(session: Session, at: dict[str, Any]) -> list[Any]:
    """Letters registered, letters found; and does a job still wait where one is not found?"""
    made = session.scalar(select(func.count()).where(Document.summary == SOUGHT))
    nino = actor_for(session, session.get_one(Official, at["registrar"]))
    hits = finding.find(session, nino, "ხიდი", index=PostgresIndex(session)).count
    left = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'index'")) or 0
    return [made, hits, hits == made or left > 0]


ACTS: dict[str, Act] = {
    "sign": (sign, seen_signed),
    "renew": (renew, seen_renewed),
    "seal": (seal, seen_sealed),
    "send": (send, seen_sent),
    "search": (search, seen_search),
    "index": (index, seen_indexed),
}


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], " ".join(sys.argv[3:]), acts=ACTS, lay=found, before=authority)

"""Collects what goes into a package, letter by letter: papers, the evidence of their signatures, acts with their receipts.

Of the history only acts of the register are told, with who did them under which post; what was said with them stays here.
The caller has seen that the letters may be read; a package for the archive is collected by the service itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import __version__, ledger, words
from edms.access.actor import Actor
from edms.archive.package.parts import Act, Agent, Letter, Paper, Rows, Signature
from edms.archive.package.xml import instant
from edms.capture import copies
from edms.errors import NotFound, Unavailable
from edms.events import Event, EventLine
from edms.registry import contents, documents
from edms.registry.models import Content, Document
from edms.signing import proofs, report, verdict_lines
from edms.signing.models import VerdictLine
from edms.staff.models import Official, Organisation
from edms.staff.officials import by_id
from edms.storage.port import ContentStore

TOLD = frozenset(
    {
        Event.ARRIVAL_JOINED,
        Event.CONTENT_ADDED,
        Event.CONTENT_RESTORED,
        Event.CONTENT_WITHDRAWN,
        Event.COPY_CERTIFIED,
        Event.DISPATCH_RETURNED,
        Event.DISPATCH_SENT,
        Event.DISPATCH_SERVED,
        Event.DOCUMENT_CORRECTED,
        Event.DOCUMENT_EXECUTED,
        Event.DOCUMENT_FILED,
        Event.DOCUMENT_MOVED,
        Event.DOCUMENT_REGISTERED,
        Event.DOCUMENT_REOPENED,
        Event.DOCUMENT_SIGNED,
        Event.PROOF_RENEWED,
        Event.REPLY_MARKED,
        Event.SIGNATURE_RAISED,
    }
)
"""What proves a letter and its papers. How an office came to its answer is its own affair."""
SOFTWARE = f"edms {__version__}"
_SYSTEM = Agent("edms", "software", "edms", SOFTWARE)


def office_of(organisation: Organisation) -> Agent:
    """The office as an agent."""
    note = organisation.identification or ""
    return Agent(organisation.code, "organization", organisation.name(organisation.language), note)


def letter(
    session: Session, actor: Actor, document: Document, store: ContentStore, *, place: int, until: datetime
) -> Letter:
    """A letter as it stands; acts up to `until` have their receipts. What it opens later needs no transaction.

    Errors: Unavailable while the ledger has not sealed the last acts.
    """
    speaks = session.get_one(Organisation, document.organisation_id).language
    return Letter(
        place,
        document.number,
        _card(session, document, speaks),
        [(kind.value, other.number) for kind, starts_here, other in documents.linked(session, actor, document) if starts_here],
        _papers(session, document, store),
        _acts(session, document, speaks, until),
    )  # fmt: skip


def _papers(session: Session, document: Document, store: ContentStore) -> list[Paper]:
    """The papers in their order, each followed by what carries its proof on and what signed thing lies in it."""
    places = contents.papers(session, document)
    held = [place.content_id for place in places]
    verdicts = dict(verdict_lines.within(session, held))
    lines = {content.content_id: line for content, line in verdicts.items()}
    carrying = {proof.renewed_by_id for proof in proofs.of(session, list(lines)).values()}
    made: list[Paper] = []
    for place in places:
        copy = copies.copy_of(session, place.content_id)
        opens = partial(_copy, store, copy.store_key) if copy is not None else None
        facts = {"role": place.role.value, "dated_on": place.dated_on, "copy": opens}
        made.append(_paper(place.content, store, lines.get(place.content_id), added_at=place.added_at, **facts))
    for content in sorted(verdicts, key=lambda each: each.content_id):
        if content.content_id not in held:
            role = "carried_on" if content.content_id in carrying else "inside"
            of = content.parent_id if content.parent_id in {paper.content_id for paper in made} else None
            line = lines[content.content_id]
            made.append(_paper(content, store, line, added_at=content.stored_at, role=role, of=of))
    return made


def _paper(content: Content, store: ContentStore, line: VerdictLine | None, **facts: object) -> Paper:
    return Paper(
        content_id=content.content_id,
        name=content.name,
        media=content.media_type,
        size=content.size,
        sha256=content.sha256.hex(),
        opens=partial(store.open, content.store_key),
        signature=_signature(content, line) if line is not None else None,
        **facts,  # type: ignore[arg-type]
    )


def _signature(content: Content, line: VerdictLine) -> Signature:
    rests = json.dumps(verdict_lines.evidence(content, line), ensure_ascii=False, indent=1, sort_keys=True)
    return Signature(
        line.bottom.value, line.checked_at, report.report(content, line), rests.encode(),
        line.level.value if line.level else None, line.proven_at, line.who,
    )  # fmt: skip


def _copy(store: ContentStore, key: str) -> BinaryIO:
    """A copy may be made anew between the look and the reading; the next try finds the new one."""
    try:
        return store.open(key)
    except NotFound:
        raise Unavailable("archive.copy_changed") from None


def _acts(session: Session, document: Document, speaks: str, until: datetime) -> list[Act]:
    found = select(EventLine).where(
        EventLine.document_id == document.document_id, EventLine.kind.in_(TOLD), EventLine.at <= until
    )
    lines = list(session.scalars(found.order_by(EventLine.event_id)))
    ids = {line.official_id for line in lines} - {None}
    people = by_id(session, ids)
    return [
        Act(
            line.event_id,
            line.kind.value,
            words.say(speaks, said_of(line.kind)),
            line.at,
            _agent(people, line.official_id, speaks),
            line.subject_id if line.subject_kind == "content" else None,
            ledger.receipt(session, line.leaf_id) if line.leaf_id is not None else None,
        )
        for line in lines
    ]


def said_of(event: Event) -> str:
    """The message that says what happened."""
    return f"event.{event.value.replace(':', '_').replace('-', '_')}"


def _agent(people: Mapping[int, Official], official_id: int | None, speaks: str) -> Agent:
    who = people.get(official_id or 0)
    if who is None:
        return _SYSTEM
    return Agent(f"official-{who.official_id}", "person", who.name(speaks), who.post(speaks))


def _card(session: Session, document: Document, speaks: str) -> Rows:
    name: Callable[[int | None], str | None] = partial(_name, session, speaks)
    rows: Sequence[tuple[str, object]] = (
        ("kind", document.kind.value),
        ("type", document.document_type),
        ("registeredAt", instant(document.registered_at)),
        ("registeredOn", document.registered_on),
        ("receivedOn", document.received_on),
        ("documentOn", document.document_on),
        ("channel", document.channel.value),
        ("grade", document.grade.value),
        ("language", document.language),
        ("correspondent", document.correspondent_name),
        ("correspondentAddress", document.correspondent_address),
        ("theirNumber", document.their_number),
        ("theirDate", document.their_date),
        ("summary", document.summary),
        ("sheets", document.sheets),
        ("annexSheets", document.annex_sheets),
        ("annexes", document.annexes),
        ("addressee", name(document.addressee_id)),
        ("responsible", name(document.responsible_id)),
        ("state", document.state.value),
        ("caseIndex", document.case_index),
    )
    book = document.register
    return [
        ("number", document.number, {}),
        ("register", book.name(speaks), {"code": book.code}),
        *((field, _text(value), {}) for field, value in rows),
    ]


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _name(session: Session, speaks: str, official_id: int | None) -> str | None:
    return session.get_one(Official, official_id).name(speaks) if official_id is not None else None

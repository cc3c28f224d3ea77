"""Applying online: which services an office offers, what an applicant sent, and the case that begins with it.

What was filled in and attached reaches the office as one archive (the printed application first, then her files and the
values), lies in the tray like everything that arrives, and is registered like everything else. Then the case begins by
itself, with what she filled in.
"""

from __future__ import annotations

import json
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.events import Event, Subject, record
from edms.registry import arrivals, attached, contents
from edms.registry.models import Arrival, Document
from edms.registry.words import OPEN_STATES, Channel, Tray
from edms.services import cases, own_routes
from edms.services.definition import Route
from edms.services.kinds import Opening
from edms.services.models import Application, Case, Offer
from edms.staff.models import Organisation
from edms.storage.port import Stored

PRINTED, VALUES = "application.pdf", "application.json"
MOST_FILES = 20
LONGEST_NAME = 80


@dataclass(frozen=True)
class Brought:
    """A file that came with the form: for which paper, its name as it came, and its bytes."""

    paper: str
    name: str
    stream: IO[bytes]


def may_be_offered(session: Session, organisation: Organisation) -> list[Route]:
    """What citizens could apply for here today: routes that begin with an application."""
    day = clock.today(organisation.time_zone)
    return [r for r in own_routes.on(session, organisation, day) if Opening.APPLICATION in r.opens.ways]


def offered(session: Session, organisation: Organisation) -> list[Route]:
    """What citizens can apply for here today."""
    found = select(Offer.service).where(Offer.organisation_id == organisation.organisation_id)
    names = set(session.scalars(found))
    return [route for route in may_be_offered(session, organisation) if route.name in names]


def offer(session: Session, actor: Actor, organisation: Organisation, services: Sequence[str]) -> None:
    """Say for which services one can apply online from now on; all others are taken off. Errors: Forbidden, Invalid."""
    require(actor, Permission.SERVICES_MANAGE, organisation)
    possible = {route.name for route in may_be_offered(session, organisation)}
    if not set(services) <= possible:
        raise Invalid(fields={"services": "field.not_a_choice"})
    standing = {
        row.service: row
        for row in session.scalars(select(Offer).where(Offer.organisation_id == organisation.organisation_id))
    }
    if set(standing) == set(services):
        return
    for name, row in standing.items():
        if name not in services:
            session.delete(row)
    for name in dict.fromkeys(services):
        if name not in standing:
            row = Offer(organisation_id=organisation.organisation_id, service=name, offered_at=clock.now())
            row.offered_by_id = actor.official_id
            session.add(row)
    session.flush()
    record(
        session,
        actor,
        Event.SERVICE_OFFERED,
        Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail={"before": sorted(standing), "after": sorted(set(services))},
    )


def pack(path: Path, printed: bytes, values: Mapping[str, Any], files: Sequence[Brought]) -> list[dict[str, str]]:
    """Write the archive; which file in it is which paper. A name is data: it stands in the archive without any folder."""
    inside: list[dict[str, str]] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PRINTED, printed)
        for n, each in enumerate(files, start=1):
            name = f"{n:02d}-{_plain(each.name)}"
            with archive.open(name, "w", force_zip64=True) as target:
                while block := each.stream.read(1 << 20):
                    target.write(block)
            inside.append({"paper": each.paper, "file": name})
        archive.writestr(VALUES, json.dumps(dict(values), ensure_ascii=False, indent=1))
    return inside


def apply(
    session: Session, organisation: Organisation, route: Route, *, values: Mapping[str, Any],
    papers: Sequence[Mapping[str, str]], stored: Stored, language: str, key: str,
) -> Arrival:  # fmt: skip
    """Put an application into the tray; the same `key` gives the same arrival, however often the form is sent."""
    service = Actor.system(organisation.organisation_id)
    source_key = f"portal:{key}"
    known = arrivals.known_by(session, organisation.organisation_id, source_key)
    if known is not None:
        return known
    content = contents.enter(
        session, service, organisation_id=organisation.organisation_id, stored=stored, name=f"{route.name}.zip",
        media_type="application/zip",
    )  # fmt: skip
    arrival = arrivals.take_in(
        session, service, organisation_id=organisation.organisation_id, tray=Tray.PORTAL, channel=Channel.PORTAL,
        content=content, source=f"portal: {route.name}", source_key=source_key,
    )  # fmt: skip
    session.add(
        Application(
            organisation_id=organisation.organisation_id,
            arrival_id=arrival.arrival_id,
            service=route.name,
            values=dict(values),
            papers=[dict(each) for each in papers],
            language=language,
            applied_at=clock.now(),
        )
    )
    session.flush()
    return arrival


def of_arrival(session: Session, actor: Actor, arrival: Arrival) -> Application | None:
    """What was filled in online, of an arrival that the actor may read."""
    require(actor, Permission.ARRIVAL_READ, arrival)
    return session.scalar(select(Application).where(Application.arrival_id == arrival.arrival_id))


def registered(session: Session, *, limit: int = 500) -> list[int]:
    """The ids of applications that were registered and whose case has not begun."""
    found = (
        select(Application.application_id)
        .join(Arrival, Arrival.arrival_id == Application.arrival_id)
        .where(Application.begun_at.is_(None), Arrival.document_id.is_not(None))
    )
    return list(session.scalars(found.order_by(Application.application_id).limit(limit)))


def waiting(session: Session, application_id: int) -> Application | None:
    """The application, locked for the caller; None where another has it, or its case has begun."""
    found = select(Application).where(Application.application_id == application_id, Application.begun_at.is_(None))
    return session.scalar(found.with_for_update(of=Application, skip_locked=True))


def begin_case(session: Session, application: Application) -> Case | None:
    """Begin its case; None where its letter is over already, or goes another way. Done again it changes nothing."""
    application.begun_at = application.begun_at or clock.now()
    arrival = session.get_one(Arrival, application.arrival_id)
    document = session.get(Document, arrival.document_id) if arrival.document_id is not None else None
    if document is None or document.state not in OPEN_STATES:
        return None
    standing = cases.of_letter(session, document)
    if standing is not None or application.service not in {r.name for r in cases.routes_for(session, document)}:
        return standing
    return begin(session, Actor.system(application.organisation_id), document, application.service)


def begin(session: Session, actor: Actor, document: Document, service: str) -> Case:
    """Begin the case of a letter with what was filled in online, where it is of this service: whoever comes first, the
    clock or somebody at her desk, nothing of it is lost. Errors: as `cases.begin`."""
    found = (
        select(Application, Arrival)
        .join(Arrival, Arrival.arrival_id == Application.arrival_id)
        .where(Arrival.document_id == document.document_id, Application.service == service)
        .order_by(Application.application_id)
    )
    applied = session.execute(found.limit(1)).one_or_none()
    if applied is None:
        return cases.begin(session, actor, document, service)
    application, arrival = applied[0], applied[1]
    held = attached.attached_to(session, [place.content_id for place in contents.papers(session, document)])
    by_name = {each.name: each.content_id for each in held}
    here = {each["paper"]: by_name.get(each["file"], arrival.content_id) for each in application.papers}
    return cases.begin(session, actor, document, service, values=application.values, papers=here)


def _plain(name: str) -> str:
    """A name without what another system would take for a folder or a command."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if unicodedata.category(c).startswith("C") or c in '<>:"|?*' else c for c in text).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:LONGEST_NAME]}{dot}{ending[:10]}" if dot else kept[:LONGEST_NAME] or "file"

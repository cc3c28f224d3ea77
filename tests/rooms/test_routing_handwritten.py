"""Handwritten resolutions: entered by whom the head lets, under both names; and by nobody else."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.roles import Role
from edms.errors import Conflict, Forbidden, Invalid, NotFound
from edms.events import EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.overview.course import course_of
from edms.overview.history import history
from edms.registry import contents
from edms.registry.models import Content
from edms.registry.words import ContentRole
from edms.routing import handwritten, resolution
from edms.routing.models import SubmissionState
from edms.routing.naming import Executor
from edms.staff import entrusting
from edms.staff.models import RoleGrant, Substitution
from tests.cast import Office
from tests.letters import letter, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def scan(session: Session, office: Office) -> Content:
    made = Content(
        organisation_id=office.organisation.organisation_id, store_key=secrets.token_hex(8), sha256=hashlib.sha256(b"x").digest(),
        size=1, name="sheet.pdf", media_type="application/pdf", stored_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def enter(session: Session, office: Office, who: str = "head_secretary", head: str = "mayor", document=None):
    document = document or letter(session, office)
    return handwritten.enter(
        session, office.actor(who), document, head=getattr(office, head).official_id, scan=scan(session, office),
        text="შეასრულეთ", executors=[Executor(office.unit_head.official_id)],
    )  # fmt: skip


def test_author_and_hand_are_kept_and_shown_with_the_scan(session: Session, office: Office) -> None:
    entrusting.entrust(session, office.mayor.actor(), office.head_secretary.official)
    document = letter(session, office)
    lying = submitted(session, office, document, office.mayor)
    made = enter(session, office, document=document)
    assert (made.author_id, made.entered_by_id) == (office.mayor.official_id, office.head_secretary.official_id)
    assert lying.state is SubmissionState.RESOLVED
    assert [(p.content_id, p.role) for p in contents.papers(session, document)] == [
        (made.scan_content_id, ContentRole.RESOLUTION)
    ]
    with clock.at(NOON + timedelta(minutes=1)):
        step = next(s for s in course_of(session, document, date(2025, 5, 2)) if s.resolution is made)
        assert (step.who, step.entered_by) == (office.mayor.official, office.head_secretary.official)
        entry = next(e for e in history(session, office.registrar.actor(), document) if e.word_of)
        assert (entry.word_of, entry.hand) == ("დავით მაისურაძე", "სალომე ჯაფარიძე")
        for event_id in session.scalars(select(EventLine.event_id)).all():
            notices.tell_of(session, event_id)
    said = select(Notice.message).where(Notice.official_id == office.mayor.official_id)
    assert "notices.resolution_entered" in set(session.scalars(said))


def test_only_what_the_head_allows_her_secretary(session: Session, office: Office) -> None:
    for who in ("head_secretary", "registrar", "controller", "unit_head", "stranger", "foreigner", "lawyer"):
        with pytest.raises(Forbidden):
            enter(session, office, who)
    given = entrusting.entrust(session, office.mayor.actor(), office.head_secretary.official)
    with pytest.raises(Forbidden):
        enter(session, office, head="deputy")  # the deputy allowed nothing
    enter(session, office)
    entrusting.end(session, office.mayor.actor(), given)
    with pytest.raises(Forbidden):
        enter(session, office)


def test_a_withdrawn_role_ends_it_too(session: Session, office: Office) -> None:
    entrusting.entrust(session, office.mayor.actor(), office.head_secretary.official)
    grant = session.scalar(select(RoleGrant).where(RoleGrant.role == Role.HEAD_SECRETARY))
    assert grant is not None
    grant.until_on = date(2025, 5, 1)
    session.flush()
    assert entrusting.entrusted_by(session, office.head_secretary.actor()) == []
    with pytest.raises(Forbidden):
        enter(session, office)


def test_only_the_head_herself_entrusts_and_only_a_secretary_of_hers(session: Session, office: Office) -> None:
    for who in ("executor", "administrator", "head_secretary"):
        with pytest.raises(Forbidden):
            entrusting.entrust(session, office.actor(who), office.head_secretary.official)
    for person in (office.executor, office.foreigner):
        with pytest.raises(Invalid):
            entrusting.entrust(session, office.mayor.actor(), person.official)
    session.add(
        Substitution(
            absent=office.mayor.official, substitute=office.deputy.official, from_on=date(2025, 5, 1),
            until_on=date(2025, 5, 9), reason="x", entered_by_id=office.mayor.official_id,
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(Forbidden):
        entrusting.entrust(session, office.actor("deputy", acting_for="mayor"), office.head_secretary.official)
    given = entrusting.entrust(session, office.mayor.actor(), office.head_secretary.official)
    with pytest.raises(Conflict):
        entrusting.entrust(session, office.mayor.actor(), office.head_secretary.official)
    with pytest.raises(NotFound):
        entrusting.entrustment_of(session, office.deputy.actor(), given.entrustment_id)


def test_she_takes_back_what_she_entered_by_mistake(session: Session, office: Office) -> None:
    entrusting.entrust(session, office.mayor.actor(), office.head_secretary.official)
    made = enter(session, office)
    with pytest.raises(Forbidden):
        resolution.take_back(session, office.registrar.actor(), made)
    resolution.take_back(session, office.head_secretary.actor(), made)
    assert made.ended_at is not None
